// thread: main
// The drills of the process: begun by a person, ended by the clock, a person, or the end of the process. Nothing here has a
// timer; edges end a drill by their own clock, and need not be told.
import type { Clock } from '../clock/clock.js'
import type { DrillEnd, DrillNews, DrillPlan, DrillReport, RunningDrill } from '../contract/drills.js'
import type { Log } from '../log/log.js'
import { DrillCells } from './drill-cells.js'
import { DrillRecord } from './report.js'

export interface DrillsParts {
  /** Steady: that of the edges, too. */
  readonly steady: Clock
  readonly timeOfDay: Clock
  readonly newId: () => string
  /** Edges follow the list. */
  readonly tell: (running: readonly RunningDrill[]) => void
  /** It is over; steady ms of its beginning. What it did to circuits is to be undone. */
  readonly onEnd: (beganAt: number) => void
  readonly log: Log
}

interface Kept {
  readonly record: DrillRecord
  readonly running: RunningDrill
  /** Epoch ms. */
  readonly beganAt: number
  endedAt: number
  because: DrillEnd
}

/** Reports that are kept. */
const MAX_KEPT = 20
const MAX_RUNNING = 8

/** `busy`: another one runs, and this one does not want to be beside others. `full`: too many run. */
export type DrillRefusal = 'busy' | 'full'

export class Drills {
  readonly #parts: DrillsParts
  /** Oldest first. */
  #kept: Kept[] = []
  #hits = 0

  constructor(parts: DrillsParts) {
    this.#parts = parts
  }

  begin(plan: DrillPlan): DrillReport | DrillRefusal {
    this.tick()
    const others = this.#running()
    if (others.length > 0 && !plan.concurrent) return 'busy'
    if (others.length >= MAX_RUNNING) return 'full'
    const { steady, timeOfDay, newId, log } = this.#parts
    const now = steady.now()
    const id = newId()
    const kept: Kept = {
      record: new DrillRecord(id, plan),
      running: { id, plan, beganAt: now, endsAt: now + plan.durationS * 1000, cells: DrillCells.create() },
      beganAt: timeOfDay.now(),
      endedAt: timeOfDay.now() + plan.durationS * 1000,
      because: 'running',
    }
    this.#kept.push(kept)
    while (this.#kept.length > MAX_KEPT)
      this.#kept.splice(
        this.#kept.findIndex(({ because }) => because !== 'running'),
        1,
      )
    this.#parts.tell(this.running)
    log.warn({ drill: id, ...plan }, 'a drill begins: faults of the upstream are imitated')
    return reportOf(kept)
  }

  /** Undefined: there is none of that name. One that is over stays as it is. */
  end(id: string): DrillReport | undefined {
    const kept = this.#kept.find(({ record }) => record.id === id)
    if (kept?.because === 'running') this.#end(kept, 'it was ended by hand')
    return kept && reportOf(kept)
  }

  /** Ends what is over by the clock. */
  tick(): void {
    const now = this.#parts.steady.now()
    for (const kept of this.#running()) if (now >= kept.running.endsAt) this.#end(kept, 'its time was over')
  }

  close(): void {
    for (const kept of this.#running()) this.#end(kept, 'the proxy shut down')
  }

  /** From an edge; also of one that is over, for requests outlive it. */
  heard(news: DrillNews): void {
    const kept = this.#kept.find(({ record }) => record.id === news.id)
    if (kept === undefined) return
    const before = kept.record.hits
    kept.record.add(news)
    this.#hits += kept.record.hits - before
  }

  /** What edges follow. */
  get running(): readonly RunningDrill[] {
    return this.#running().map(({ running }) => running)
  }

  /** The upstream is said not to be there: that it accepts connections means nothing. */
  get isBlackout(): boolean {
    return this.#running().some(({ running }) => running.plan.kind === 'blackout')
  }

  /** Requests that met an imitated fault, since the start. */
  get hits(): number {
    return this.#hits
  }

  /** Newest first. */
  reports(): DrillReport[] {
    this.tick()
    return this.#kept.map(reportOf).reverse()
  }

  look(id: string): DrillReport | undefined {
    this.tick()
    const kept = this.#kept.find(({ record }) => record.id === id)
    return kept && reportOf(kept)
  }

  #running(): readonly Kept[] {
    return this.#kept.filter(({ because }) => because === 'running')
  }

  #end(kept: Kept, because: DrillEnd): void {
    const { log, timeOfDay } = this.#parts
    new DrillCells(kept.running.cells).end()
    kept.because = because
    kept.endedAt = timeOfDay.now()
    this.#parts.tell(this.running)
    this.#parts.onEnd(kept.running.beganAt)
    log.warn({ drill: kept.record.id, kind: kept.running.plan.kind, because }, 'a drill is over')
  }
}

function reportOf({ record, because, beganAt, endedAt }: Kept): DrillReport {
  return record.report(because, beganAt, endedAt)
}
