// thread: learner
// What grading may cost: a share of one core. What is not spent is saved up for a while, so that the first requests after a
// quiet time are all graded; when nothing is left, exchanges are learned without being graded.

/** What grading may take at once after a time without. */
const MAX_MS = 2000

export class GradeBudget {
  readonly #share: number
  readonly #elapsed: () => number
  #leftMs = MAX_MS
  #at: number

  /** `share`: of one core, 0…1; 0: never. `elapsed`: a clock that only goes forward, ms. */
  constructor(share: number, elapsed: () => number) {
    this.#share = share
    this.#elapsed = elapsed
    this.#at = elapsed()
  }

  /** Nothing is ever graded. */
  get isOff(): boolean {
    return this.#share <= 0
  }

  /** Does it where there is something left; undefined: it was not done. It may take more than is left, once. */
  spend<Result>(grade: () => Result): Result | undefined {
    if (this.isOff) return undefined
    const from = this.#elapsed()
    this.#leftMs = Math.min(MAX_MS, this.#leftMs + (from - this.#at) * this.#share)
    this.#at = from
    if (this.#leftMs <= 0) return undefined
    try {
      return grade()
    } finally {
      this.#leftMs -= this.#elapsed() - from
    }
  }
}
