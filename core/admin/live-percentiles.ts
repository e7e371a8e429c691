// thread: main
// Percentiles of the time between two looks at a histogram.
import type { LivePercentiles } from '../contract/live.js'

/**
 * Both cumulative, by upper bound and one more for +Inf. Within a bucket times are taken to be spread evenly; what is beyond
 * the last bound is told as that bound. Null: nothing came in between.
 */
export function percentilesBetween(
  before: readonly number[],
  after: readonly number[],
  boundsS: readonly number[],
): LivePercentiles | null {
  const since = after.map((count, i) => count - (before[i] ?? 0))
  const total = since.at(-1) ?? 0
  if (total <= 0) return null
  const at = (share: number): number => {
    const rank = share * total
    const bucket = since.findIndex(count => count >= rank)
    const upper = boundsS[bucket]
    if (upper === undefined) return rounded((boundsS.at(-1) ?? 0) * 1000)
    const lower = bucket === 0 ? 0 : boundsS[bucket - 1]!
    const below = bucket === 0 ? 0 : since[bucket - 1]!
    return rounded((lower + ((upper - lower) * (rank - below)) / (since[bucket]! - below)) * 1000)
  }
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
