// thread: history
// What is told of many exchanges together: sums that add up, so that a minute follows from its seconds.
import { type Answerer, answerers, type FactReader, ghostAnswerers } from '../contract/facts.js'
import type { Traffic } from '../contract/history.js'
import { LatencySketch } from './latency-sketch.js'

/** One row of sums as a store keeps it. */
export interface SumsRow {
  readonly requests: number
  readonly errors: number
  readonly ghosts: number
  readonly refusals: number
  readonly sum_ms: number
  readonly bytes_in: number
  readonly bytes_out: number
  readonly sketch: Uint8Array
}

/** By the place among the answerers: each exchange is looked at. */
const isGhost = answerers.map(by => (ghostAnswerers as readonly Answerer[]).includes(by))
/** The client has no whole answer: how long it took says nothing. */
const isUntimed = answerers.map(by => by === 'aborted' || by === 'cut')
const REFUSAL = answerers.indexOf('refusal')
const CUT = answerers.indexOf('cut')

export class TrafficSums {
  requests = 0
  errors = 0
  ghosts = 0
  refusals = 0
  sumMs = 0
  bytesIn = 0
  bytesOut = 0
  readonly sketch = new LatencySketch()

  add(facts: FactReader): void {
    const { byAt, totalMs, count } = facts
    this.requests += count
    if (facts.status >= 500 || byAt === CUT) this.errors += count
    if (isGhost[byAt]) this.ghosts += count
    else if (byAt === REFUSAL) this.refusals += count
    this.bytesIn += facts.bytesIn
    this.bytesOut += facts.bytesOut
    if (isUntimed[byAt]) return
    this.sumMs += totalMs * count
    this.sketch.add(totalMs, count)
  }

  addAll(other: TrafficSums): void {
    this.requests += other.requests
    this.errors += other.errors
    this.ghosts += other.ghosts
    this.refusals += other.refusals
    this.sumMs += other.sumMs
    this.bytesIn += other.bytesIn
    this.bytesOut += other.bytesOut
    this.sketch.addAll(other.sketch)
  }

  merge(row: SumsRow): void {
    this.requests += row.requests
    this.errors += row.errors
    this.ghosts += row.ghosts
    this.refusals += row.refusals
    this.sumMs += row.sum_ms
    this.bytesIn += row.bytes_in
    this.bytesOut += row.bytes_out
    this.sketch.merge(row.sketch)
  }

  row(): SumsRow {
    return {
      requests: this.requests,
      errors: this.errors,
      ghosts: this.ghosts,
      refusals: this.refusals,
      sum_ms: this.sumMs,
      bytes_in: this.bytesIn,
      bytes_out: this.bytesOut,
      sketch: this.sketch.encode(),
    }
  }

  traffic(spanMs: number): Traffic {
    const { sketch, requests } = this
    const at = (share: number): number | null => rounded(sketch.quantile(share))
    return {
      requests,
      perSecond: rounded(requests / (spanMs / 1000)) ?? 0,
      errors: this.errors,
      ghosts: this.ghosts,
      refusals: this.refusals,
      meanMs: sketch.count === 0 ? null : rounded(this.sumMs / sketch.count),
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    }
  }
}

/** To the microsecond where it is a time. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000
}
