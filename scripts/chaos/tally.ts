// Counts what the load got, and how long it waited.
import { type Judged, type Verdict, verdicts } from './check-answer.js'

const BUCKET_MS = 0.1
const BUCKETS = 200_000
/** Of each verdict. */
const MAX_SAMPLES = 3

export class Tally {
  readonly counts: Record<Verdict, number> = { live: 0, ghost: 0, failed: 0, 'unmarked-wrong': 0, wrong: 0 }
  readonly #samples: Record<Verdict, string[]> = { live: [], ghost: [], failed: [], 'unmarked-wrong': [], wrong: [] }
  readonly #waits = new Uint32Array(BUCKETS)

  get requests(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  /** The first of what should not have been, in words. */
  get samples(): string[] {
    return Object.entries(this.#samples).flatMap(([verdict, samples]) => samples.map(sample => `${verdict}: ${sample}`))
  }

  add({ verdict, because }: Judged, what: string, waitMs: number): void {
    this.counts[verdict] += 1
    const bucket = Math.min(BUCKETS - 1, Math.floor(waitMs / BUCKET_MS))
    this.#waits[bucket] = this.#waits[bucket]! + 1
    const samples = this.#samples[verdict]
    if (because !== '' && samples.length < MAX_SAMPLES) samples.push(`${what}: ${because}`)
  }

  merge(other: Tally): void {
    for (const verdict of verdicts) {
      this.counts[verdict] += other.counts[verdict]
      const samples = this.#samples[verdict]
      samples.push(...other.#samples[verdict].slice(0, MAX_SAMPLES - samples.length))
    }
    for (let i = 0; i < BUCKETS; i++) this.#waits[i] = this.#waits[i]! + other.#waits[i]!
  }

  /** `share` 0.99: the wait that 99 of 100 were within. */
  waitMs(share: number): number {
    let left = Math.ceil(this.requests * share)
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#waits[i]!
      if (left <= 0) return Math.round((i + 1) * BUCKET_MS * 10) / 10
    }
    return BUCKETS * BUCKET_MS
  }
}
