// Latencies at a fixed rate, each half second by itself. On a machine that is shared all stand still for tens of milliseconds now and
// then, whoever is measured: a percentile over a whole round says whether that happened, not who answered. The middle of the half
// seconds says how it is when it does not; how many were held up says how often it does. Pure.
import { median } from '../budgets.js'
import { LatencyBuckets } from '../latency-buckets.js'

export const STRETCH_MS = 500
/** A half second of which one in a hundred answers took longer than this was held up. */
export const HELD_UP_MS = 10

export class Stretches {
  readonly #stretches: LatencyBuckets[] = []

  /** `at`: when the request was due, ms since the measurement began. */
  add(at: number, ms: number): void {
    const stretch = Math.max(0, Math.floor(at / STRETCH_MS))
    while (this.#stretches.length <= stretch) this.#stretches.push(new LatencyBuckets())
    this.#stretches[stretch]!.add(ms)
  }

  /** The middle one of those of all half seconds; 0 where there is none. */
  percentile(share: number): number {
    const all = this.#all(share)
    return all.length === 0 ? 0 : median(all)
  }

  /** Share of the half seconds that were held up, 0…1. */
  get heldUp(): number {
    const all = this.#all(0.99)
    return all.length === 0 ? 0 : all.filter(ms => ms > HELD_UP_MS).length / all.length
  }

  /** Without those in which nothing was due. */
  #all(share: number): number[] {
    return this.#stretches.map(stretch => stretch.percentile(share)).filter(ms => ms > 0)
  }
}
