// thread: main
// The outages by the settings, their file, and what the history is told of them. What a drill does is none.
import type { Brain } from '../../brain/pool.js'
import { steadyClock, systemClock } from '../clock/clock.js'
import type { PastOutage } from '../contract/history.js'
import type { GivenBatch } from '../contract/outages.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Settings } from '../contract/settings.js'
import { DrilledCircuit } from '../drills/drilled-circuit.js'
import type { Drills } from '../drills/drills.js'
import type { Board } from '../health/board.js'
import type { CircuitWatch } from '../health/watch.js'
import { OutageLine } from '../history/outage-line.js'
import type { Log } from '../log/log.js'
import { Outages } from '../outages/outages.js'
import { OutagesFile } from '../outages/outages-file.js'
import type { Edges } from '../threads/edges.js'
import type { Rounds } from './rounds.js'

/** How often the history is told of the outage that runs. */
const OUTAGE_NEWS_MS = 5000
const closedCircuit = { state: 'closed', because: '' } as const

export interface KeptOutagesParts {
  readonly settings: Settings
  readonly file: string
  /** What the file is encrypted with; undefined: it is not. */
  readonly keys: SealingKeys | undefined
  readonly board: Board
  readonly watch: CircuitWatch
  readonly drills: Drills
  readonly brain: Pick<Brain, 'readiness'>
  readonly edges: Pick<Edges, 'sendAll'>
  /** False: another process writes the file. */
  readonly mayWrite: () => boolean
  readonly tellHistory: (outage: PastOutage) => void
  readonly log: Log
}

export class KeptOutages {
  /** When they begin and end, and what they come to. */
  readonly known: Outages
  readonly #parts: KeptOutagesParts
  readonly #file: OutagesFile
  readonly #drilled = new DrilledCircuit()
  /** Undefined: there is no history. */
  readonly #line: OutageLine | undefined

  constructor(parts: KeptOutagesParts) {
    this.#parts = parts
    const { settings, file, keys, board, watch, drills, brain, edges, mayWrite, tellHistory, log } = parts
    this.#file = new OutagesFile(file, log, keys)
    this.#line = settings.history ? new OutageLine(tellHistory) : undefined
    this.known = new Outages({
      clock: systemClock,
      steady: steadyClock,
      random: Math.random,
      sample: settings.outageSample,
      circuits: {
        upstream: () => (this.#isOfDrill() || board.circuit === 'closed' ? closedCircuit : watch.status()),
        route: () =>
          drills.running.length > 0 ? '' : (watch.routes().find(({ state }) => state !== 'closed')?.because ?? ''),
      },
      readiness: () => brain.readiness(),
      onEnd: () => edges.sendAll({ kind: 'outage-over' }),
      onKept: reports => {
        if (mayWrite()) this.#file.write(reports)
        this.tellHistory()
      },
      earlier: this.#file.read(),
      log,
    })
  }

  /** What ghosts said to clients, as an edge tells it. */
  given(batch: GivenBatch): void {
    if (!this.#isOfDrill() && !this.#drilled.wasOpenAt(batch.since)) this.known.given(batch)
  }

  /** Of what it has not been told yet. */
  tellHistory(): void {
    this.#line?.look(this.known.list())
  }

  /** Of the one that runs, again and again. */
  keepHistoryTold(rounds: Rounds): void {
    if (this.#line === undefined) return
    rounds.every(OUTAGE_NEWS_MS, () => {
      if (this.known.running() !== null) this.tellHistory()
    })
  }

  /** This process goes on without the file, or ends. */
  closeFile(): Promise<void> {
    return this.#file.close(this.known.interrupt())
  }

  #isOfDrill(): boolean {
    const { board, drills } = this.#parts
    return this.#drilled.look(board.circuit === 'closed', drills.running.length > 0, systemClock.now())
  }
}
