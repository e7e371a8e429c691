// thread: replay
// What a replay comes to so far, by route and together. Knows no clock.
import type {
  ReplayCounts,
  ReplayDifference,
  ReplayLatency,
  ReplayParting,
  ReplayRoute,
  ReplaySkip,
} from '../contract/replays.js'
import { Latencies } from './latencies.js'
import type { Step } from './prepare.js'

/** Differences that are told of one route, and of all. */
const MAX_OF_ROUTE = 20
const MAX_DIFFERENCES = 500
/** Further routes are told together. */
const MAX_ROUTES = 500
const OTHER = 'other'

/** What came of one request. */
export type Outcome =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly ms: number
      readonly partings: readonly ReplayParting[]
      readonly differences: ReplayDifference['differences']
      /** False: nothing but the status was there to compare with. */
      readonly compared: boolean
    }
  | { readonly kind: 'failed'; readonly fault: string }

class Counted {
  readonly counts: ReplayCounts = {
    ...{ sent: 0, same: 0, different: 0, uncompared: 0, failed: 0 },
    partings: { status: 0, fields: 0, shape: 0, values: 0 },
  }
  readonly recorded = new Latencies()
  readonly replayed = new Latencies()
  told = 0

  add(outcome: Outcome, recordedMs: number): void {
    const { counts } = this
    counts.sent += 1
    if (outcome.kind === 'failed') {
      counts.failed += 1
      return
    }
    this.recorded.add(recordedMs)
    this.replayed.add(outcome.ms)
    for (const parting of outcome.partings) counts.partings[parting] += 1
    if (outcome.partings.length > 0) counts.different += 1
    else if (outcome.compared) counts.same += 1
    else counts.uncompared += 1
  }
}

export class Tally {
  readonly #all = new Counted()
  readonly #routes = new Map<string, Counted>()
  readonly #skipped: Record<ReplaySkip, number> = {
    ...{ write: 0, 'no-target': 0, 'no-body': 0, 'no-credentials': 0 },
    ...{ redacted: 0, 'not-a-request': 0, 'not-sampled': 0 },
  }
  #fresh: ReplayDifference[] = []
  #told = 0

  skip(why: ReplaySkip): void {
    this.#skipped[why] += 1
  }

  add(step: Step, route: string, outcome: Outcome): void {
    const { recording } = step
    const name = this.#routes.has(route) || this.#routes.size < MAX_ROUTES ? route : OTHER
    let ofRoute = this.#routes.get(name)
    if (ofRoute === undefined) {
      ofRoute = new Counted()
      this.#routes.set(name, ofRoute)
    }
    const recordedMs = recording.endedAt - recording.at
    this.#all.add(outcome, recordedMs)
    ofRoute.add(outcome, recordedMs)
    const isWorthTelling = outcome.kind === 'failed' || outcome.partings.length > 0
    if (!isWorthTelling || ofRoute.told >= MAX_OF_ROUTE || this.#told >= MAX_DIFFERENCES) return
    ofRoute.told += 1
    this.#told += 1
    const answered = outcome.kind === 'answered' ? outcome : undefined
    this.#fresh.push({
      ...{ exchange: recording.id, route, method: step.method, target: step.target, recordedStatus: recording.status },
      status: answered?.status ?? 0,
      partings: answered?.partings ?? [],
      fault: outcome.kind === 'failed' ? outcome.fault : '',
      differences: answered?.differences ?? [],
    })
  }

  get totals(): ReplayCounts {
    return this.#all.counts
  }

  get skipped(): Readonly<Record<ReplaySkip, number>> {
    return this.#skipped
  }

  latencies(): { readonly recorded: ReplayLatency; readonly replayed: ReplayLatency } {
    return { recorded: this.#all.recorded.percentiles(), replayed: this.#all.replayed.percentiles() }
  }

  /** Most requests first. */
  routes(): ReplayRoute[] {
    return [...this.#routes]
      .map(([route, { counts, recorded, replayed }]) => ({
        route,
        ...counts,
        recorded: recorded.percentiles(),
        replayed: replayed.percentiles(),
      }))
      .sort((a, b) => b.sent - a.sent)
  }

  /** Since the last time that this was asked. */
  takeDifferences(): ReplayDifference[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }
}
