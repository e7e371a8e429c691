// thread: any
// How one upstream stands with this edge: failures in a row eject it for a while, health checks may do the same, and when
// it comes back it starts slowly. State follows from the time that is handed in; nothing here has a timer.

export interface EjectionRules {
  /** Failures in a row that eject; 0: never. */
  readonly ejectFailures: number
  /** Length of the first ejection; the n-th without a success in between is n times as long. */
  readonly ejectMs: number
  /** From its return to its full share; 0: at once. */
  readonly slowStartMs: number
}

/** However often it fails: an ejection is at most this many times as long as the first one. */
const MAX_TIMES = 10
/** Share of its turns that an upstream takes at once when it comes back. */
const FIRST_WEIGHT = 0.1

export class Standing {
  readonly #rules: EjectionRules
  #inARow = 0
  #times = 0
  #healthy = true
  #ejectedUntil = Number.NEGATIVE_INFINITY
  #slowSince = Number.NEGATIVE_INFINITY
  #era = 0

  constructor(rules: EjectionRules) {
    this.#rules = rules
  }

  /** Counts ejections. A call remembers it: an answer to what was asked before an ejection is old news. */
  get era(): number {
    return this.#era
  }

  /** On the clock of whoever hands in the time; in the past where it is not ejected. */
  get ejectedUntil(): number {
    return this.#ejectedUntil
  }

  get healthy(): boolean {
    return this.#healthy
  }

  /** No failure since the last success: another success changes nothing. */
  get isSpotless(): boolean {
    return this.#inARow === 0
  }

  /** Ejected, or its health check failed: it is asked where no other is well. */
  isPassedOver(now: number): boolean {
    return !this.#healthy || now < this.#ejectedUntil
  }

  /** The part of its turns that it takes, 0–1. */
  weight(now: number): number {
    const sinceMs = now - this.#slowSince
    // Before it comes back it is asked only where nobody is well, and then like all others.
    if (sinceMs < 0 || sinceMs >= this.#rules.slowStartMs) return 1
    return Math.max(FIRST_WEIGHT, sinceMs / this.#rules.slowStartMs)
  }

  failed(now: number): void {
    const { ejectFailures, ejectMs } = this.#rules
    this.#inARow += 1
    if (ejectFailures === 0 || this.#inARow < ejectFailures || now < this.#ejectedUntil) return
    // After an ejection the failures are still in a row: the next one ejects again, for longer.
    this.#times = Math.min(this.#times + 1, MAX_TIMES)
    this.#era += 1
    this.#ejectedUntil = now + ejectMs * this.#times
    this.#slowSince = this.#ejectedUntil
  }

  /** `era`: what it was when the call was sent. */
  succeeded(now: number, era: number): void {
    if (era !== this.#era) return
    this.#inARow = 0
    this.#times = 0
    // It was asked although ejected, for no other was well, and it answered.
    if (now < this.#ejectedUntil) this.#comeBack(now)
  }

  /** What the health check found. */
  setHealthy(healthy: boolean, now: number): void {
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    if (!healthy) return
    this.#inARow = 0
    this.#times = 0
    this.#comeBack(now)
  }

  #comeBack(now: number): void {
    this.#ejectedUntil = Number.NEGATIVE_INFINITY
    this.#slowSince = now
  }
}
