// thread: edge
// Rows of a batch that others like theirs may join: the same route, outcome and second, and times that differ by no more than 4 %.
// A table of numbers, emptied with each batch: nothing is made anew for an exchange.
import { MAX_TIMED_ROUTES } from '../contract/phases.js'

/** Places; half of them are used at most, so that one that is looked for is found soon. */
const PLACES = 4096
const SLOTS = MAX_TIMED_ROUTES + 2
const BUCKET_BITS = 12
const SECOND_BITS = 10

export class FactLikes {
  /** 1 + the row; 0: the place is free. */
  readonly #rows = new Uint16Array(PLACES)
  readonly #outcomes = new Int32Array(PLACES)
  readonly #kinds = new Int32Array(PLACES)
  #used = 0
  /** Octets of the largest bodies of each slot in this batch: of requests, of answers. */
  readonly #largestIn = new Float64Array(SLOTS).fill(-1)
  readonly #largestOut = new Float64Array(SLOTS).fill(-1)

  /**
   * The row that tells of such exchanges; -1: none does, and `next` will from now on, if there is room. `slot` and `bucket` are numbers
   * of the route and of how long it took, `second` any number that tells neighbouring seconds apart.
   */
  rowOf(slot: number, outcome: number, bucket: number, second: number, next: number): number {
    const kind = (((slot << BUCKET_BITS) | bucket) << SECOND_BITS) | (second & ((1 << SECOND_BITS) - 1))
    let place = (Math.imul(kind ^ Math.imul(outcome, 0x9e3779b1), 0x85ebca6b) >>> 20) & (PLACES - 1)
    for (;;) {
      const row = this.#rows[place]!
      if (row === 0) break
      if (this.#kinds[place] === kind && this.#outcomes[place] === outcome) return row - 1
      place = (place + 1) & (PLACES - 1)
    }
    if (this.#used < PLACES / 2) {
      this.#rows[place] = next + 1
      this.#kinds[place] = kind
      this.#outcomes[place] = outcome
      this.#used += 1
    }
    return -1
  }

  /** Whether a body is larger than all of its route before it in this batch. */
  isLargest(slot: number, bytesIn: number, bytesOut: number): boolean {
    const isLarger = bytesIn > this.#largestIn[slot]! || bytesOut > this.#largestOut[slot]!
    if (bytesIn > this.#largestIn[slot]!) this.#largestIn[slot] = bytesIn
    if (bytesOut > this.#largestOut[slot]!) this.#largestOut[slot] = bytesOut
    return isLarger
  }

  /** Another batch begins. */
  clear(): void {
    this.#largestIn.fill(-1)
    this.#largestOut.fill(-1)
    if (this.#used === 0) return
    this.#rows.fill(0)
    this.#used = 0
  }
}
