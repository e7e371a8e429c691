// thread: main
// What of the proxy itself does not work while it serves, each as one sentence with its remedy: the `because` of the health in
// /api/status. Pure.
import type { JournalStatus } from '../contract/journal.js'
import type { TracesStatus } from '../contract/spans.js'
import type { MemoryPressureState } from '../contract/status.js'

export interface OwnState {
  /** Why nothing could be learned the last time; '' where it could. */
  readonly learningFails: string
  readonly journal: JournalStatus | undefined
  readonly memory: MemoryPressureState
  readonly edges: number
  readonly edgesRunning: number
  /** Undefined: no traces are made. */
  readonly traces: TracesStatus | undefined
}

const DISK_REMEDY = 'see that the disk of CHAOS_DATA_DIR has room, may be written to and is well'

export function ownProblems({ learningFails, journal, memory, edges, edgesRunning, traces }: OwnState): string[] {
  const problems: string[] = []
  if (learningFails !== '') {
    // The words of LMDB's binding lead nowhere: what it means it wrote to the log itself.
    const because = learningFails.replace(' (see commitError for details)', ', see the log')
    problems.push(`what is learned cannot be kept (${because}); ${DISK_REMEDY}`)
  }
  if (journal !== undefined && journal.failing !== '')
    problems.push(`the journal cannot be written (${journal.failing}): writes are refused; ${DISK_REMEDY}`)
  if (journal?.full === true)
    problems.push(
      `the journal is full (${journal.maxBytes} bytes): writes are refused until some were sent; raise CHAOS_JOURNAL_MAX_BYTES`,
    )
  if (memory !== 'calm')
    problems.push(
      memory === 'full'
        ? 'memory is nearly used up: new requests get 503; raise CHAOS_PROCESS_MAX_BYTES or the limit of the container'
        : 'memory is tight: nothing is learned; raise CHAOS_PROCESS_MAX_BYTES or the limit of the container',
    )
  if (edgesRunning < edges)
    problems.push(`${edgesRunning} of ${edges} edge threads take connections; the log says why, and others are started`)
  if (traces?.collector === 'failing')
    problems.push(
      `the collector of traces does not take them (${traces.lastError}); see that it runs at ${traces.endpoint}, or correct CHAOS_TRACES_ENDPOINT and CHAOS_TRACES_HEADERS`,
    )
  return problems
}
