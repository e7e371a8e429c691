// thread: history
// How many exchanges are kept one by one: all of them up to a rate, above it a share. Sums count every one. What went wrong, and
// what was no answer of the upstream, has the same rate for itself, so that the ordinary never drowns it.
import { FACT_CELLS, type FactBatch, FactReader, type FactShares, factCell } from '../contract/facts.js'

interface Count {
  ordinary: number
  notable: number
}

export class RowShare {
  readonly #perSecond: number
  #second = 0
  #last: Count = { ordinary: 0, notable: 0 }
  #current: Count = { ordinary: 0, notable: 0 }

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Of a batch that has just come; `now`: epoch ms. */
  of(batch: FactBatch, now: number): FactShares {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#last = second === this.#second + 1 ? this.#current : { ordinary: 0, notable: 0 }
      this.#current = { ordinary: 0, notable: 0 }
      this.#second = second
    }
    const outcomes = new Uint32Array(batch.cells)
    let notables = 0
    for (let row = 0; row < batch.rows; row++)
      if (FactReader.isNotable(outcomes[row * FACT_CELLS + factCell.outcome]!)) notables += 1
    const ordinaries = batch.rows - notables
    this.#current.notable += notables
    this.#current.ordinary += ordinaries
    const [ordinary, notable] = [this.#share('ordinary'), this.#share('notable')]
    return { ordinary, notable, rows: Math.ceil(ordinary * ordinaries + notable * notables) }
  }

  #share(kind: keyof Count): number {
    return Math.min(1, this.#perSecond / Math.max(1, this.#last[kind], this.#current[kind]))
  }
}

/** The same exchange is kept or not whoever asks, and however often. Knuth's multiplicative hash of its number. */
export function isKept(seq: number, share: number): boolean {
  return share >= 1 || Math.imul(seq, 2_654_435_761) >>> 0 < share * 2 ** 32
}
