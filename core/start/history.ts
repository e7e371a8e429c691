// thread: main
// The history by the settings: opened late, left and opened again around a hand-over.
import type { Brain } from '../../brain/pool.js'
import type { Anomalies } from '../anomalies/anomalies.js'
import { steadyClock, systemClock } from '../clock/clock.js'
import type { HistoryForget, HistoryQuery, HistoryReply } from '../contract/history.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Settings } from '../contract/settings.js'
import type { DataDir } from '../data/data-dir.js'
import { History } from '../history/history.js'
import { NOTE_READINESS_MS, noteReadiness } from '../history/readiness-notes.js'
import type { Log } from '../log/log.js'
import { AskDesk } from '../threads/ask-desk.js'
import type { Rounds } from './rounds.js'

/** A question of ours to the history. */
const HISTORY_MS = 20_000
/** When the proxy stops: for what the history has not written yet; the rest goes to the disk. */
const HISTORY_END_MS = 2000

export class KeptHistory {
  readonly #openOne: () => History
  readonly #isKept: boolean
  #now: History | undefined

  /** `keys`: what it is encrypted with; undefined: it is not. */
  constructor(
    settings: Settings,
    dataDir: DataDir,
    keys: SealingKeys | undefined,
    anomalies: Anomalies | undefined,
    log: Log,
  ) {
    this.#isKept = settings.history
    this.#openOne = () => openHistory(settings, dataDir, keys, anomalies, log)
  }

  /** Undefined: it is off, or not open just now. */
  get now(): History | undefined {
    return this.#now
  }

  /** Nothing where it is open, or off. */
  open(): void {
    if (this.#isKept) this.#now ??= this.#openOne()
  }

  /** Undefined: it is off, or not open just now. */
  ask(query: HistoryQuery): Promise<HistoryReply> | undefined {
    return this.#now?.ask(query, steadyClock.now() + HISTORY_MS)
  }

  /** How good ghosts would be, now and again and again. */
  keepReadinessNoted(brain: Pick<Brain, 'readiness'>, rounds: Rounds): void {
    const note = (): void => void noteReadiness(brain, () => this.#now, systemClock)
    note()
    if (this.#isKept) rounds.every(NOTE_READINESS_MS, note)
  }

  async close(): Promise<void> {
    await this.#now?.close(HISTORY_END_MS)
    this.#now = undefined
  }
}

function openHistory(
  settings: Settings,
  dataDir: DataDir,
  keys: SealingKeys | undefined,
  anomalies: Anomalies | undefined,
  log: Log,
): History {
  return new History({
    data: {
      postgresUrl: settings.postgresUrl,
      folder: dataDir.history,
      keys,
      instance: dataDir.installation,
      retentionHours: settings.historyRetentionHours,
      rowsPerSecond: settings.historyRate,
      maxCaptureBytes: settings.historyMaxBytes,
      maxSpillBytes: settings.historyBufferBytes,
      anomalies: anomalies && { warmsUp: settings.warmup },
      logLevel: settings.logLevel,
    },
    desk: post =>
      new AskDesk<HistoryQuery | HistoryForget, HistoryReply>(post, {
        kind: 'unanswered',
        because: 'it takes too long; ask for less',
      }),
    onAnomalies: signals => anomalies?.take(signals),
    log,
  })
}
