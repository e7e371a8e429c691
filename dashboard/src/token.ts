// The admin token: for this tab and no longer, and never in a URL.

const KEY = 'chaos-proxy-token'
const listeners = new Set<() => void>()
let refused = false

export function token(): string {
  return sessionStorage.getItem(KEY) ?? ''
}

/** The proxy wants one, or another one. */
export function isRefused(): boolean {
  return refused
}

export function refuse(): void {
  refused = true
  for (const listener of listeners) listener()
}

export function setToken(text: string): void {
  sessionStorage.setItem(KEY, text)
  refused = false
  for (const listener of listeners) listener()
}

export function forget(): void {
  sessionStorage.removeItem(KEY)
  refuse()
}

export function onTokenChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
