// thread: any
// Have requests ceased to come? What is missing of what should have come by the level of late, and by that of this hour on earlier
// days where that is lower, is 0…1 for each span of time; traffic that is missing now and then by itself is not judged.
import { EDetector } from './e-detector.js'

/** Spans are looked at together until so many requests should have come: fewer may be missing by chance. */
const MIN_EXPECTED = 5
const MAX_WAITING = 30
/** So much may be missing. */
const NORMAL_MISSING = 0.4
/** Traffic that lacks more than this on average comes and goes. */
const STEADY_MISSING = 0.2
const MIN_SPANS = 180
const LEVEL_HALF_LIFE = 60
const MISSING_HALF_LIFE = 720
const HOURLY = 0.006
const ADOPT_STEPS = 8640

export interface SavedDrop {
  readonly spans: number
  readonly level: number
  readonly missing: number
  /** By hour of the day, with the day on which it was last seen. */
  readonly hours: readonly (readonly [hour: number, day: number, level: number, isKnown: boolean])[]
}

export type DropVerdict = 'quiet' | 'stands' | 'over'

export class DropWatch {
  readonly #detector = new EDetector()
  readonly #hours = new Map<number, { day: number; level: number; isKnown: boolean }>()
  #spans: number
  #level: number
  #missing: number
  /** Not looked at yet. */
  #waiting = { requests: 0, whole: 0, spans: 0 }
  /** Of the last span. */
  expected = 0

  constructor(saved?: SavedDrop) {
    this.#spans = saved?.spans ?? 0
    this.#level = saved?.level ?? 0
    this.#missing = saved?.missing ?? 0
    for (const [hour, day, level, isKnown] of saved?.hours ?? []) this.#hours.set(hour, { day, level, isKnown })
  }

  get isRaised(): boolean {
    return this.#detector.isRaised
  }

  get isSuspicious(): boolean {
    return this.#detector.isSuspicious
  }

  /**
   * One span of time. `whole`: what `requests` are a part of, so that only their share of it is judged; 1 for all requests
   * together. `at`: epoch ms.
   */
  observe(requests: number, whole: number, at: number): DropVerdict {
    const waiting = this.#waiting
    waiting.requests += requests
    waiting.whole += whole
    waiting.spans += 1
    const hour = this.#hourAt(at)
    const normal = hour?.isKnown === true ? Math.min(this.#level, hour.level) : this.#level
    this.expected = normal * whole
    const expected = normal * waiting.whole
    const { isRaised } = this.#detector
    if (expected < MIN_EXPECTED && waiting.spans < MAX_WAITING) return isRaised ? 'stands' : 'quiet'
    this.#waiting = { requests: 0, whole: 0, spans: 0 }
    if (expected >= MIN_EXPECTED) {
      const missing = 1 - Math.min(1, waiting.requests / expected)
      if (this.#spans >= MIN_SPANS && this.#missing <= STEADY_MISSING) this.#detector.observe(missing, NORMAL_MISSING)
      if (this.#detector.steps >= ADOPT_STEPS) this.adopt()
      if (!this.#detector.isSuspicious)
        this.#missing += (missing - this.#missing) * rate(MISSING_HALF_LIFE, this.#spans, waiting.spans)
    }
    if (!this.#detector.isSuspicious && waiting.whole > 0) {
      const seen = waiting.requests / waiting.whole
      this.#level += (seen - this.#level) * rate(LEVEL_HALF_LIFE, this.#spans, waiting.spans)
      this.#spans += waiting.spans
      this.#learnHour(at, seen, waiting.spans)
    }
    return this.#detector.isRaised ? 'stands' : isRaised ? 'over' : 'quiet'
  }

  /** It is normal as it is now. */
  adopt(): void {
    this.#spans = 0
    this.#level = 0
    this.#missing = 0
    this.#hours.clear()
    this.#detector.reset()
  }

  toJSON(): SavedDrop {
    return {
      spans: this.#spans,
      level: this.#level,
      missing: this.#missing,
      hours: [...this.#hours].map(([hour, { day, level, isKnown }]) => [hour, day, level, isKnown]),
    }
  }

  /** The lower one of the two between which it is: at night all goes to bed within the hour. */
  #hourAt(at: number): { level: number; isKnown: boolean } | undefined {
    const of = Math.floor(at / 3_600_000) % 24
    const isEarly = at % 3_600_000 < 1_800_000
    const here = this.#hours.get(of)
    const next = this.#hours.get((of + (isEarly ? 23 : 1)) % 24)
    if (here === undefined || !here.isKnown || next === undefined || !next.isKnown) return here
    return { level: Math.min(here.level, next.level), isKnown: true }
  }

  #learnHour(at: number, seen: number, spans: number): void {
    const day = Math.floor(at / 86_400_000)
    const of = Math.floor(at / 3_600_000) % 24
    const hour = this.#hours.get(of)
    if (hour === undefined) this.#hours.set(of, { day, level: seen, isKnown: false })
    else {
      if (hour.day !== day) hour.isKnown = true
      hour.day = day
      hour.level += (seen - hour.level) * Math.min(1, HOURLY * spans)
    }
  }
}

/** Of an exponential mean that is a plain mean at first. */
function rate(halfLife: number, before: number, spans: number): number {
  return Math.max(1 - 0.5 ** (spans / halfLife), spans / (before + spans))
}
