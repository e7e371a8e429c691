// When requests are due at a fixed rate. A moment that is taken late is still the moment that counts: a latency is
// measured from when its request should have gone out, else a slow answer would hide what it kept from being sent
// (coordinated omission). Pure.
export class Pacer {
  readonly #intervalMs: number
  readonly #startedAt: number
  readonly #endAt: number
  #taken = 0

  /** Times are milliseconds of one clock; the last moment is before `endAt`. */
  constructor(perSecond: number, startedAt: number, endAt: number) {
    this.#intervalMs = 1000 / perSecond
    this.#startedAt = startedAt
    this.#endAt = endAt
  }

  /** The earliest moment that is due and was not taken yet; undefined where none is. */
  take(now: number): number | undefined {
    const at = this.#next()
    if (at > now || at >= this.#endAt) return undefined
    this.#taken += 1
    return at
  }

  /** Every moment was taken. */
  get done(): boolean {
    return this.#next() >= this.#endAt
  }

  #next(): number {
    // Not a running sum: it would drift.
    return this.#startedAt + this.#taken * this.#intervalMs
  }
}
