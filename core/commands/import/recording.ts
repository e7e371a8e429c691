// thread: main of a process that is no proxy
import type { RecordedExchange } from '../../contract/recorded.js'

/** What was read out of a file of another program. */
export interface Recording {
  readonly exchanges: readonly RecordedExchange[]
  /** What is not taken, by why. */
  readonly leftOut: Readonly<Record<string, number>>
}

/** Undefined: it is not there. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
