// thread: any
// Has the share of answers of a kind (errors, refusals) risen? What is normal fades within hours.
import { EDetector } from './e-detector.js'

export interface ShareRules {
  /** Never taken for strange, whatever was normal. */
  readonly floor: number
  /** So many times what is normal, and so much more, is normal as well. */
  readonly factor: number
  readonly slack: number
  /** Requests that are looked at together. */
  readonly minRequests: number
}

const HALF_LIFE_MS = 6 * 3_600_000
const MIN_REQUESTS = 200
const MIN_AGE_MS = 600_000
/** An alarm that stands for a day is how it is. */
const ADOPT_STEPS = 8640
const MAX_LIMIT = 0.95

export interface SavedShare {
  readonly since: number
  readonly at: number
  readonly requests: number
  readonly hits: number
}

export type ShareVerdict = 'quiet' | 'stands' | 'over'

export class ShareWatch {
  readonly #rules: ShareRules
  readonly #detector = new EDetector()
  #since: number
  #at: number
  #requests: number
  #hits: number
  /** Not looked at yet. */
  #waiting = { requests: 0, hits: 0 }
  /** Of what was looked at last. */
  share = 0
  hits = 0

  constructor(rules: ShareRules, saved?: SavedShare) {
    this.#rules = rules
    this.#since = saved?.since ?? 0
    this.#at = saved?.at ?? 0
    this.#requests = saved?.requests ?? 0
    this.#hits = saved?.hits ?? 0
  }

  /** What is normal. */
  get normal(): number {
    return this.#requests === 0 ? 0 : this.#hits / this.#requests
  }

  /** Up to here it is taken for normal; undefined: too little is known. */
  limit(at: number): number | undefined {
    if (this.#requests < MIN_REQUESTS || at - this.#since < MIN_AGE_MS) return undefined
    const { floor, factor, slack } = this.#rules
    return Math.min(MAX_LIMIT, Math.max(floor, factor * this.normal + slack))
  }

  /** One span of time. */
  observe(requests: number, hits: number, at: number): ShareVerdict {
    this.#waiting.requests += requests
    this.#waiting.hits += hits
    if (this.#waiting.requests < this.#rules.minRequests) return 'quiet'
    const seen = this.#waiting
    this.#waiting = { requests: 0, hits: 0 }
    this.share = seen.hits / seen.requests
    this.hits = seen.hits
    const limit = this.limit(at)
    const stood = this.#detector.isRaised
    if (limit !== undefined) this.#detector.observe(this.share, limit)
    if (this.#detector.steps >= ADOPT_STEPS) this.adopt()
    if (!this.#detector.isSuspicious) this.#learn(seen.requests, seen.hits, at)
    return this.#detector.isRaised ? 'stands' : stood ? 'over' : 'quiet'
  }

  /** It is normal as it is now. */
  adopt(): void {
    this.#requests = 0
    this.#hits = 0
    this.#since = 0
    this.#detector.reset()
  }

  toJSON(): SavedShare {
    return { since: this.#since, at: this.#at, requests: this.#requests, hits: this.#hits }
  }

  #learn(requests: number, hits: number, at: number): void {
    if (this.#since === 0) this.#since = at
    const fade = this.#at > 0 && at > this.#at ? 0.5 ** ((at - this.#at) / HALF_LIFE_MS) : 1
    this.#at = at
    this.#requests = this.#requests * fade + requests
    this.#hits = this.#hits * fade + hits
  }
}
