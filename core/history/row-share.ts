// thread: history
// How many exchanges are kept one by one: all of them up to a rate, above it a share. Sums count every one. What went wrong, and
// what was no answer of the upstream, has the same rate for itself, so that the ordinary never drowns it.
import { RateShare } from '../contract/fact-share.js'
import { type FactBatch, FactReader, type FactShares } from '../contract/facts.js'

export class RowShare {
  readonly #ordinary: RateShare
  readonly #notable: RateShare

  constructor(perSecond: number) {
    this.#ordinary = new RateShare(perSecond)
    this.#notable = new RateShare(perSecond)
  }

  /** Of a batch that has just come; `now`: epoch ms. What its edge did not tell one by one is not kept either. */
  of(batch: FactBatch, now: number): FactShares {
    const facts = new FactReader(batch)
    let ordinaries = 0
    let notables = 0
    for (let i = 0; i < facts.rows; i++) {
      const { isNotable, count } = facts.row(i)
      if (isNotable) notables += count
      else ordinaries += count
    }
    const ordinary = Math.min(this.#ordinary.add(ordinaries, now), batch.shares?.ordinary ?? 1)
    const notable = Math.min(this.#notable.add(notables, now), batch.shares?.notable ?? 1)
    return { ordinary, notable, rows: Math.ceil(ordinary * ordinaries + notable * notables) }
  }
}
