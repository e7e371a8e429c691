// Dark or light: as the system has it, until a person says otherwise.
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'

const KEY = 'chaos-proxy-theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

function current(): Theme {
  const chosen = localStorage.getItem(KEY)
  return chosen === 'light' || chosen === 'dark' ? chosen : system.matches ? 'dark' : 'light'
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = current()
  for (const listener of listeners) listener()
}

system.addEventListener('change', applyTheme)

export function useTheme(): [Theme, () => void] {
  const theme = useSyncExternalStore(listener => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, current)
  return [
    theme,
    () => {
      localStorage.setItem(KEY, theme === 'dark' ? 'light' : 'dark')
      applyTheme()
    },
  ]
}
