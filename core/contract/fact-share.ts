// thread: any
// Of exchanges at some rate, which are kept one by one: all of them up to a rate, above it a share.

/** Which share of so many a second that is; what came in the second before counts as well. Knows no clock: it is told the time. */
export class RateShare {
  readonly #perSecond: number
  #second = 0
  #last = 0
  #current = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** So many have come; `now`: epoch ms. Returns the share of them, 0…1. */
  add(count: number, now: number): number {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#last = second === this.#second + 1 ? this.#current : 0
      this.#current = 0
      this.#second = second
    }
    this.#current += count
    return Math.min(1, this.#perSecond / Math.max(1, this.#last, this.#current))
  }
}

/** The same exchange is kept or not whoever asks, and however often. Knuth's multiplicative hash of its number. */
export function isKept(seq: number, share: number): boolean {
  return share >= 1 || Math.imul(seq, 2_654_435_761) >>> 0 < share * 2 ** 32
}
