// thread: main of a process that is no proxy
import type { RecordedExchange } from '../../contract/recorded.js'

/** What was read out of a file of another program. */
export interface Recording {
  readonly exchanges: readonly RecordedExchange[]
  /** What is not taken, by why. */
  readonly leftOut: Readonly<Record<string, number>>
}
