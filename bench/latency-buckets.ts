// Latencies of a run in buckets of 10 µs: whole milliseconds hide what a ratio of small latencies is made of. Pure.
export const BUCKET_MS = 0.01
/** 3 s; what took longer stands in the last bucket. */
const BUCKETS = 300_000

export class LatencyBuckets {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0

  add(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(ms / BUCKET_MS)))
    this.#counts[bucket] = this.#counts[bucket]! + 1
    this.#total += 1
  }

  /** Upper end of the bucket that holds the latency below which `share` of all stayed; 0 where there is none. */
  percentile(share: number): number {
    let below = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      below += this.#counts[bucket]!
      if (below > 0 && below >= this.#total * share) return (bucket + 1) * BUCKET_MS
    }
    return 0
  }
}
