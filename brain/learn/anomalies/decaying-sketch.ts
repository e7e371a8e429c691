// thread: any
// Quantiles of what was seen of late, in little memory: counts in buckets that grow by a constant factor (Masson, Rim, Lee:
// DDSketch, 2019), of which old ones fade. Coarser than that of the history, for there are many of them.

const GROWTH = 1.08
const LOG_GROWTH = Math.log(GROWTH)
/** Values from 0.01 to 10^9 (ms, octets) are told apart. */
const FIRST = Math.floor(Math.log(0.01) / LOG_GROWTH)
const BUCKETS = Math.ceil(Math.log(1e9) / LOG_GROWTH) - FIRST + 1
/** Less than this of one is nothing. */
const NOTHING = 0.01

/** Pairs of bucket and count. */
export type SavedSketch = readonly number[]

export function bucketOf(value: number): number {
  return value <= 0.01 ? 0 : Math.ceil(Math.log(value) / LOG_GROWTH) - FIRST
}

export class DecayingSketch {
  readonly #counts = new Float32Array(BUCKETS)
  #total = 0

  constructor(saved: SavedSketch = []) {
    for (let i = 0; i + 1 < saved.length; i += 2) this.#addTo(saved[i]!, saved[i + 1]!)
  }

  get count(): number {
    return this.#total
  }

  add(value: number): void {
    this.addTo(bucketOf(value))
  }

  /** More of what {@link bucketOf} says: several sketches that take the same value need one logarithm. */
  addTo(bucket: number, times = 1): void {
    this.#addTo(bucket, times)
  }

  merge(other: DecayingSketch): void {
    if (other.#total === 0) return
    for (let i = 0; i < BUCKETS; i++) this.#counts[i]! += other.#counts[i]!
    this.#total += other.#total
  }

  /** What was seen counts for so much less, 0…1. */
  fade(by: number): void {
    let total = 0
    for (let i = 0; i < BUCKETS; i++) {
      const left = this.#counts[i]! * by
      this.#counts[i] = left < NOTHING ? 0 : left
      total += this.#counts[i]!
    }
    this.#total = total
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** Upper bound of the bucket in which it is; 0 where nothing was seen. */
  quantile(share: number): number {
    if (this.#total === 0) return 0
    let below = 0
    for (let i = 0; i < BUCKETS; i++) {
      below += this.#counts[i]!
      if (this.#counts[i]! > 0 && below >= share * this.#total) return GROWTH ** (i + FIRST)
    }
    return this.max
  }

  get max(): number {
    for (let i = BUCKETS - 1; i >= 0; i--) if (this.#counts[i]! > 0) return GROWTH ** (i + FIRST)
    return 0
  }

  toJSON(): SavedSketch {
    const saved: number[] = []
    for (let i = 0; i < BUCKETS; i++) if (this.#counts[i]! > 0) saved.push(i, Math.round(this.#counts[i]! * 100) / 100)
    return saved
  }

  #addTo(bucket: number, times: number): void {
    const at = Math.max(0, Math.min(BUCKETS - 1, bucket))
    this.#counts[at]! += times
    this.#total += times
  }
}
