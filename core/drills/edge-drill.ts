// thread: edge
// One drill at one edge: which requests it covers, which of them it hits, and what became of them.
import type { Clock } from '../clock/clock.js'
import type { DrillComparison, DrillCounts, DrillNews, DrillPlan, RunningDrill } from '../contract/drills.js'
import { isHit, shareAfter } from './chance.js'
import { DrillCells } from './drill-cells.js'
import { Imitation, type ImitationParts } from './imitation.js'
import { noCounts } from './tally.js'

export interface EdgeDrillParts extends Omit<ImitationParts, 'timeLeftMs'> {
  /** Steady: that of main, too. */
  readonly steady: Clock
}

/** Of one edge, until it tells main. */
const MAX_ROUTES = 500
const OTHER = '(other)'
const UNLEARNED = '(not learned)'

export class EdgeDrill {
  readonly id: string
  readonly imitation: Imitation
  readonly #plan: DrillPlan
  readonly #beganAt: number
  readonly #endsAt: number
  readonly #cells: DrillCells
  readonly #steady: Clock
  /** Undefined: all. */
  readonly #routes: ReadonlySet<string> | undefined
  #counts = new Map<string, DrillCounts>()
  #compared: DrillComparison[] = []
  #notAnswered = 0

  constructor({ id, plan, beganAt, endsAt, cells }: RunningDrill, parts: EdgeDrillParts) {
    this.id = id
    this.#plan = plan
    this.#beganAt = beganAt
    this.#endsAt = endsAt
    this.#cells = new DrillCells(cells)
    this.#steady = parts.steady
    this.#routes = plan.routes && new Set(plan.routes)
    this.imitation = new Imitation(plan, { ...parts, timeLeftMs: () => this.timeLeftMs })
  }

  /** By the clock of this edge: main may be late. */
  get timeLeftMs(): number {
    return this.#cells.isEnded ? 0 : Math.max(0, this.#endsAt - this.#steady.now())
  }

  /** `pattern`: undefined where no route is learned for it. */
  covers(method: string, pattern: string | undefined): boolean {
    if (this.#routes === undefined) return true
    if (pattern === undefined) return false
    return this.#routes.has(pattern) || this.#routes.has(nameOf(method, pattern))
  }

  /** Of a request that it covers. Each call is another request. */
  draw(method: string): boolean {
    const { kind, seed } = this.#plan
    const isDrawn = isHit(seed, this.#cells.next(), shareAfter(this.#plan, this.#steady.now() - this.#beganAt))
    // A made-up 200 is only ever said to one who asks: a write must not seem to be done.
    return isDrawn && (kind !== 'soft-failure' || method === 'GET')
  }

  /** Only an upstream that is said to be gone is worth asking whether it would have said the same. */
  get asksTruth(): boolean {
    return this.#plan.kind === 'blackout' && this.timeLeftMs > 0
  }

  countsOf(method: string, pattern: string | undefined): DrillCounts {
    const name = nameOf(method, pattern)
    const key = this.#counts.has(name) || this.#counts.size < MAX_ROUTES ? name : OTHER
    let counts = this.#counts.get(key)
    if (counts === undefined) {
      counts = noCounts()
      this.#counts.set(key, counts)
    }
    return counts
  }

  /** Undefined: the shadow brought nothing to compare with. */
  compared(comparison: Omit<DrillComparison, 'route'> | undefined, pattern: string | undefined): void {
    if (comparison === undefined) this.#notAnswered += 1
    else this.#compared.push({ route: nameOf(comparison.method, pattern), ...comparison })
  }

  /** Since the last call; undefined: nothing. */
  takeNews(): DrillNews | undefined {
    if (this.#counts.size === 0 && this.#compared.length === 0 && this.#notAnswered === 0) return undefined
    const news = {
      id: this.id,
      counts: [...this.#counts],
      compared: this.#compared,
      notAnswered: this.#notAnswered,
    }
    this.#counts = new Map()
    this.#compared = []
    this.#notAnswered = 0
    return news
  }
}

/** HEAD is counted with GET: it is the same route. */
function nameOf(method: string, pattern = UNLEARNED): string {
  return `${method === 'HEAD' ? 'GET' : method} ${pattern}`
}
