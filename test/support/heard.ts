// What a child process says until it ends.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Listens from now on. `out`: what it has said so far. */
export function heard(child: ChildProcess): { readonly out: () => string; readonly ended: Promise<Ended> } {
  let out = ''
  let err = ''
  child.stdout?.on('data', chunk => (out += chunk))
  child.stderr?.on('data', chunk => (err += chunk))
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, out, err }))
  return { out: () => out, ended }
}
