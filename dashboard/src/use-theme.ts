// Dark or light: as the system has it, until a person says otherwise.
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'

const KEY = 'chaos-proxy-theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

/**
 * Read when something was changed, and not whenever a page is drawn: a browser that is asked between a change and its telling may
 * take the change for told.
 */
let theme: Theme = 'light'

export function applyTheme(): void {
  const chosen = localStorage.getItem(KEY)
  theme = chosen === 'light' || chosen === 'dark' ? chosen : system.matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme
  for (const listener of listeners) listener()
}

system.addEventListener('change', applyTheme)

export function useTheme(): [Theme, () => void] {
  const shown = useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => theme,
  )
  return [
    shown,
    () => {
      localStorage.setItem(KEY, shown === 'dark' ? 'light' : 'dark')
      applyTheme()
    },
  ]
}
