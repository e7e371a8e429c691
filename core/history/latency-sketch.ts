// thread: history
// How long things took, as counts in buckets that grow by a constant factor: any quantile is known within 2 %, and sketches of
// parts add up to the sketch of the whole (Masson, Rim, Lee: DDSketch, 2019).
import { FIRST_BUCKET, GAMMA, LATENCY_BUCKETS, latencyBucket } from '../contract/latency-bucket.js'

export class LatencySketch {
  readonly #counts = new Float64Array(LATENCY_BUCKETS)
  #total = 0

  get count(): number {
    return this.#total
  }

  add(ms: number, times = 1): void {
    this.#addTo(latencyBucket(ms), times)
  }

  /** All that was added to another one. */
  addAll(other: LatencySketch): void {
    if (other.#total === 0) return
    const counts = other.#counts
    for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) this.#counts[bucket]! += counts[bucket]!
    this.#total += other.#total
  }

  /** What {@link encode} made of another one. */
  merge(bytes: Uint8Array): void {
    let bucket = 0
    let at = 0
    const number = (): number => {
      let value = 0
      let scale = 1
      for (;;) {
        const octet = bytes[at++] ?? 0
        value += (octet & 127) * scale
        if (octet < 128) return value
        scale *= 128
      }
    }
    while (at < bytes.length) {
      bucket += number()
      this.#addTo(bucket, number())
    }
  }

  /** Undefined: it is empty. `share`: 0.5 for the median. */
  quantile(share: number): number | undefined {
    if (this.#total === 0) return undefined
    const rank = share * (this.#total - 1)
    let bucket = 0
    for (let below = this.#counts[0]!; below <= rank; below += this.#counts[bucket]!) bucket += 1
    // In the middle of the bucket, as near to one end as to the other.
    return (2 * GAMMA ** (bucket + FIRST_BUCKET)) / (GAMMA + 1)
  }

  /** Pairs of numbers in base 128: how far the next bucket is from the last one, and its count. */
  encode(): Uint8Array {
    const octets: number[] = []
    const put = (value: number): void => {
      let rest = value
      while (rest >= 128) {
        octets.push((rest % 128) + 128)
        rest = Math.floor(rest / 128)
      }
      octets.push(rest)
    }
    let last = 0
    for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
      const count = this.#counts[bucket]!
      if (count === 0) continue
      put(bucket - last)
      put(count)
      last = bucket
    }
    return Uint8Array.from(octets)
  }

  #addTo(bucket: number, times: number): void {
    this.#counts[Math.min(bucket, LATENCY_BUCKETS - 1)]! += times
    this.#total += times
  }
}
