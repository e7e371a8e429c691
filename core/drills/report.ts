// thread: main
// All that edges told of one drill, put together. State follows from what is added; the clock is not asked.
import type {
  DrillComparison,
  DrillCounts,
  DrillEnd,
  DrillNews,
  DrillPlan,
  DrillReport,
  DrillRouteReport,
} from '../contract/drills.js'
import { addCounts, ghostsIn, noCounts } from './tally.js'

interface Route {
  readonly counts: DrillCounts
  compared: number
  similarity: number
}

const MAX_ROUTES = 500
const OTHER = '(other)'
const MAX_WORST = 10

export class DrillRecord {
  readonly #routes = new Map<string, Route>()
  readonly #totals = noCounts()
  #worst: readonly DrillComparison[] = []
  #notAnswered = 0

  constructor(
    readonly id: string,
    readonly plan: DrillPlan,
  ) {}

  add({ counts, compared, notAnswered }: DrillNews): void {
    for (const [route, more] of counts) {
      addCounts(this.#routeOf(route).counts, more)
      addCounts(this.#totals, more)
    }
    for (const one of compared) {
      const route = this.#routeOf(one.route)
      route.compared += 1
      route.similarity += one.similarity
      if (one.similarity < 1) this.#worst = worse([...this.#worst, one])
    }
    this.#notAnswered += notAnswered
  }

  get hits(): number {
    return this.#totals.hit
  }

  /** Epoch ms. */
  report(because: DrillEnd, beganAt: number, endsAt: number): DrillReport {
    const { id, plan } = this
    return {
      id,
      state: because === 'running' ? 'running' : 'ended',
      because,
      beganAt: new Date(beganAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
      plan,
      totals: this.#totals,
      ifItHadDied: plan.kind === 'blackout' ? this.#ifItHadDied() : null,
      routes: [...this.#routes].map(([route, { counts, compared, similarity }]): DrillRouteReport => {
        return { route, ...counts, compared, similarity: compared === 0 ? null : similarity / compared }
      }),
    }
  }

  /** Each route by its own mean: it counts by what was asked of it, not by how often it was compared. */
  #ifItHadDied(): DrillReport['ifItHadDied'] {
    let asked = 0
    let worth = 0
    let compared = 0
    for (const [name, { counts, ...route }] of this.#routes) {
      // What is no question to a ghost says nothing of ghosts.
      if (!name.startsWith('GET ')) continue
      compared += route.compared
      const ghosts = ghostsIn(counts)
      // What nothing is known of speaks neither way.
      if (ghosts > 0 && route.compared === 0) continue
      asked += ghosts + counts.refused
      if (ghosts > 0) worth += (ghosts * route.similarity) / route.compared
    }
    return {
      similarity: compared === 0 ? null : worth / asked,
      compared,
      notAnswered: this.#notAnswered,
      worst: this.#worst,
    }
  }

  #routeOf(name: string): Route {
    const key = this.#routes.has(name) || this.#routes.size < MAX_ROUTES ? name : OTHER
    let route = this.#routes.get(key)
    if (route === undefined) {
      route = { counts: noCounts(), compared: 0, similarity: 0 }
      this.#routes.set(key, route)
    }
    return route
  }
}

function worse(all: readonly DrillComparison[]): readonly DrillComparison[] {
  return [...all].sort((a, b) => a.similarity - b.similarity).slice(0, MAX_WORST)
}
