// Whether the proxy lets this page in. The token itself becomes a cookie that no script can read, and is kept nowhere.

const listeners = new Set<() => void>()
let refused = false

/** The proxy wants somebody to log in. */
export function isRefused(): boolean {
  return refused
}

export function refuse(): void {
  set(true)
}

/** Somebody has logged in. */
export function enter(): void {
  set(false)
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function set(isRefused: boolean): void {
  refused = isRefused
  for (const listener of listeners) listener()
}
