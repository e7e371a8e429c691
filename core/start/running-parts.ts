// thread: main
// What a proxy that serves consists of, as far as it matters when it ends.
import type { Brain } from '../../brain/pool.js'
import type { AdminServer } from '../admin/server.js'
import type { Anomalies } from '../anomalies/anomalies.js'
import type { MemoryReader } from '../contract/memory.js'
import type { Settings } from '../contract/settings.js'
import type { Drills } from '../drills/drills.js'
import type { Acceptor } from '../front/acceptor.js'
import type { OpenJournal } from '../journal/open-journal.js'
import type { Log } from '../log/log.js'
import type { Replays } from '../replay/replays.js'
import type { Edges } from '../threads/edges.js'
import type { Exporter } from '../tracing/exporter.js'
import type { KeptHistory } from './history.js'
import type { OtherInstances } from './other-instances.js'
import type { KeptOutages } from './outages.js'
import type { Rounds } from './rounds.js'

export interface RunningParts {
  readonly settings: Settings
  readonly acceptor: Acceptor
  readonly edges: Edges
  readonly brain: Brain
  readonly memory: MemoryReader
  readonly journal: OpenJournal | undefined
  readonly history: KeptHistory
  readonly others: OtherInstances
  readonly outages: KeptOutages
  readonly anomalies: Anomalies | undefined
  readonly drills: Drills
  readonly trafficReplays: Replays
  readonly admin: AdminServer
  /** Undefined: no traces are made. */
  readonly traces: Exporter | undefined
  /** Looks at everything; ends when the last request has ended. */
  readonly looks: Rounds
  /** Ends what is done beside requests: nothing of it is begun any more. */
  readonly endBackground: () => void
  readonly log: Log
}

/** For the last spans to reach the collector. */
export const LAST_SPANS_MS = 2000

/** What others or another process go on with. */
export async function leaveStores({ outages, history, others }: RunningParts): Promise<void> {
  outages.tellHistory()
  await Promise.all([history.close(), others.leave()])
}
