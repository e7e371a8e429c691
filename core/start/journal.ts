// thread: main
// The journal of writes by the settings, and its way to the edges, which send what is in it.
import { steadyClock, systemClock } from '../clock/clock.js'
import { wantsJournal } from '../contract/route-policy.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Settings } from '../contract/settings.js'
import type { Board } from '../health/board.js'
import { type OpenJournal, openJournal } from '../journal/open-journal.js'
import { MAX_REPLAYS } from '../journal/replayer.js'
import type { Log } from '../log/log.js'
import type { Redactor } from '../record/redact.js'
import type { Switches } from '../switches/switches.js'
import type { Edges } from '../threads/edges.js'
import type { WriteReplays } from './write-replays.js'

/** Beside the time limits of the upstream, for an edge to say how a replay went. */
const REPLAY_MARGIN_MS = 5000

export interface WriteJournalParts {
  readonly settings: Settings
  readonly switches: Switches
  readonly folder: string
  readonly board: Board
  /** Connections are taken. */
  readonly listening: () => boolean
  readonly replays: WriteReplays
  readonly redactor: Redactor
  readonly edges: Pick<Edges, 'sendAll'>
  /** What it is encrypted with; undefined: it is not. */
  readonly keys: SealingKeys | undefined
  readonly log: Log
}

/** As `openJournal`. */
export function openWriteJournal(parts: WriteJournalParts): Promise<OpenJournal | undefined> {
  const { settings, switches, folder, board, listening, replays, redactor, edges, keys, log } = parts
  const replayMs =
    settings.connectTimeoutMs + settings.responseTimeoutMs + 2 * settings.idleTimeoutMs + REPLAY_MARGIN_MS
  return openJournal({
    folder,
    maxBytes: settings.journalMaxBytes,
    get takes() {
      return settings.ghostWrites === 'journal' || wantsJournal(switches.rules)
    },
    allowed: () => {
      if (!listening() || board.mode === 'forced' || board.circuit === 'open') return 0
      return board.circuit === 'closed' ? MAX_REPLAYS : 1
    },
    send: write => replays.send(write, steadyClock.now() + replayMs),
    own: {
      // What is there when the journal is opened each edge gets when it starts: none runs then.
      tell: news => edges.sendAll({ kind: 'own-writes', news }),
      redactPath: path => redactor.text(path),
      redactBody: body => redactor.body(body).body,
    },
    clock: systemClock,
    steady: steadyClock,
    log,
    keys,
  })
}
