// thread: any
// Percentiles of many times in little room: counts by ranges, each a twentieth wider than the one before. Pure.
import type { ReplayLatency } from '../contract/replays.js'

const FIRST_MS = 0.05
const GROWTH = 1.05
const RANGES = 320

export class Latencies {
  readonly #counts = new Uint32Array(RANGES)
  #total = 0

  add(ms: number): void {
    const range = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / Math.log(GROWTH))
    this.#counts[Math.min(RANGES - 1, range)]! += 1
    this.#total += 1
  }

  /** Off by a twentieth at most. */
  percentiles(): ReplayLatency {
    return { p50Ms: this.#at(0.5), p95Ms: this.#at(0.95), p99Ms: this.#at(0.99) }
  }

  #at(share: number): number | null {
    if (this.#total === 0) return null
    const wanted = Math.ceil(this.#total * share)
    let seen = 0
    for (let range = 0; range < RANGES; range++) {
      seen += this.#counts[range]!
      if (seen >= wanted) return Math.round(FIRST_MS * GROWTH ** range * 1000) / 1000
    }
    return null
  }
}
