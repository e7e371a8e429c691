// thread: any
// What is normal at this time of day: a sketch for each hour of it, which fades from day to day, and one of the last hours, for as
// long as the hour was not seen on an earlier day.
import { DecayingSketch, type SavedSketch } from './decaying-sketch.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of the sketch of the last hours. */
const HALF_LIFE_MS = HOUR_MS
/** What an hour of yesterday counts against that of today. */
const DAILY = 0.7
const MIN_COUNT = 300
/** The last hours say nothing before. */
const MIN_AGE_MS = 600_000

export interface SavedProfile {
  readonly since: number
  readonly at: number
  readonly recent: SavedSketch
  readonly hours: readonly (readonly [hour: number, day: number, isKnown: boolean, sketch: SavedSketch])[]
}

interface Hour {
  /** On which it was last seen. */
  day: number
  /** Enough was seen on earlier days. */
  isKnown: boolean
  readonly sketch: DecayingSketch
}

export class DayProfile {
  #recent: DecayingSketch
  readonly #hours = new Map<number, Hour>()
  /** Epoch ms of the first one, and of the last one; 0: there was none. */
  #since: number
  #at: number

  constructor(saved?: SavedProfile) {
    this.#recent = new DecayingSketch(saved?.recent)
    this.#since = saved?.since ?? 0
    this.#at = saved?.at ?? 0
    for (const [hour, day, isKnown, sketch] of saved?.hours ?? [])
      this.#hours.set(hour, { day, isKnown, sketch: new DecayingSketch(sketch) })
  }

  /** What is normal and was seen at that time, epoch ms. */
  add(seen: DecayingSketch, at: number): void {
    if (this.#since === 0) this.#since = at
    if (this.#at > 0 && at > this.#at) this.#recent.fade(0.5 ** ((at - this.#at) / HALF_LIFE_MS))
    this.#at = at
    this.#recent.merge(seen)
    const day = Math.floor(at / DAY_MS)
    const of = hourOf(at)
    let hour = this.#hours.get(of)
    if (hour === undefined) {
      hour = { day, isKnown: false, sketch: new DecayingSketch() }
      this.#hours.set(of, hour)
    }
    if (hour.day !== day) {
      hour.isKnown ||= hour.sketch.count >= MIN_COUNT
      hour.sketch.fade(DAILY ** Math.min(30, Math.abs(day - hour.day)))
      hour.day = day
    }
    hour.sketch.merge(seen)
  }

  /** Undefined: too little is known. */
  quantile(share: number, at: number): number | undefined {
    const hour = this.#known(hourOf(at), at)
    if (hour !== undefined) {
      // What is normal changes within the hour: that of the nearer neighbour is normal as well.
      const isEarly = (at % HOUR_MS) * 2 < HOUR_MS
      const neighbour = this.#known(hourOf(at + (isEarly ? -HOUR_MS : HOUR_MS)), at)
      return Math.max(hour.sketch.quantile(share), neighbour?.sketch.quantile(share) ?? 0)
    }
    if (this.#recent.count < MIN_COUNT || at - this.#since < MIN_AGE_MS) return undefined
    return this.#recent.quantile(share)
  }

  /** All begins anew. */
  clear(): void {
    this.#recent = new DecayingSketch()
    this.#hours.clear()
    this.#since = 0
    this.#at = 0
  }

  toJSON(): SavedProfile {
    return {
      since: this.#since,
      at: this.#at,
      recent: this.#recent.toJSON(),
      hours: [...this.#hours].map(([hour, { day, isKnown, sketch }]) => [hour, day, isKnown, sketch.toJSON()]),
    }
  }

  #known(of: number, at: number): Hour | undefined {
    const hour = this.#hours.get(of)
    if (hour === undefined) return undefined
    // Before the first value of today nobody has looked at what yesterday left.
    const isKnown = hour.isKnown || (hour.day !== Math.floor(at / DAY_MS) && hour.sketch.count >= MIN_COUNT)
    return isKnown ? hour : undefined
  }
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) % 24
}
