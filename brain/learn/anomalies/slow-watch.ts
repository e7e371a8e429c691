// thread: any
// Has a route become slower than it is at this time of day? Of the answers of a span it counts how many take longer than 19 of 20
// normally do, and a little more; twice as many as there should be is still taken for normal.
import { DayProfile, type SavedProfile } from './day-profile.js'
import { DecayingSketch } from './decaying-sketch.js'
import { EDetector } from './e-detector.js'

const QUANTILE = 0.95
/** Share of slow answers that is normal: twice what the quantile says, for it is known from what was seen. */
const NORMAL_SHARE = 2 * (1 - QUANTILE)
/** Less than this is no matter to anybody. */
const MARGIN = 1.15
const MARGIN_MS = 1
const ADOPT_STEPS = 8640

export type SlowVerdict = 'quiet' | 'stands' | 'over'

export class SlowWatch {
  readonly #profile: DayProfile
  readonly #detector = new EDetector()
  /** Of the span that runs. */
  readonly #seen = new DecayingSketch()
  #slow = 0
  #limitMs: number | undefined
  #normalMs = 0
  /** Of the last span: p95, and how many were slow. */
  p95Ms = 0
  slow = 0

  constructor(saved?: SavedProfile) {
    this.#profile = new DayProfile(saved)
  }

  /** `count` answers; true: they are slow. `bucket`: of `ms`, see decaying-sketch.ts. */
  add(ms: number, bucket: number, count: number): boolean {
    this.#seen.addTo(bucket, count)
    if (this.#limitMs === undefined || ms <= this.#limitMs) return false
    this.#slow += count
    return true
  }

  /** p95 that is normal now, ms; 0: it is not known. */
  get normalMs(): number {
    return this.#normalMs
  }

  /** The span ends, and another one begins. */
  close(at: number): SlowVerdict {
    const count = this.#seen.count
    const stood = this.#detector.isRaised
    if (count > 0) {
      this.p95Ms = this.#seen.quantile(QUANTILE)
      this.slow = this.#slow
      if (this.#limitMs !== undefined) this.#detector.observe(this.#slow / count, NORMAL_SHARE)
      if (this.#detector.steps >= ADOPT_STEPS) this.adopt()
      if (!this.#detector.isSuspicious) this.#profile.add(this.#seen, at)
      this.#seen.clear()
      this.#slow = 0
    }
    this.#normalMs = this.#profile.quantile(QUANTILE, at) ?? 0
    this.#limitMs = this.#normalMs === 0 ? undefined : this.#normalMs * MARGIN + MARGIN_MS
    return this.#detector.isRaised ? (count > 0 ? 'stands' : 'quiet') : stood ? 'over' : 'quiet'
  }

  /** It is normal as it is now. */
  adopt(): void {
    this.#profile.clear()
    this.#detector.reset()
    this.#limitMs = undefined
  }

  toJSON(): SavedProfile {
    return this.#profile.toJSON()
  }
}
