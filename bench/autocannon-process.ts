// One run of autocannon in a process of its own: it needs a core for itself. Only owner of autocannon.
import autocannon from 'autocannon'
import type { Load, LoadResult } from './load.js'

/** autocannon counts whole milliseconds; ratios of small latencies need more. */
const BUCKET_MS = 0.01
const BUCKETS = 300_000

process.once('message', (load: Load) => {
  const counts = new Uint32Array(BUCKETS)
  const instance = autocannon(
    {
      url: load.url,
      connections: load.connections,
      duration: load.durationS,
      pipelining: load.pipelining,
      requests: load.paths.map(path => ({ method: 'GET', path })),
      skipAggregateResult: false,
    },
    (error: Error | null, result: autocannon.Result) => {
      if (error) throw error
      const answered = result['2xx'] + result.non2xx
      const reply: LoadResult = {
        requests: answered,
        perSecond: answered / result.duration,
        p50Ms: percentile(counts, 0.5),
        p99Ms: percentile(counts, 0.99),
        // autocannon counts a timeout among the errors as well.
        failed: result.errors + result.non2xx,
      }
      process.send!(reply, () => process.exit(0))
    },
  )
  instance.on('response', (_client, _status, _bytes, responseMs) => {
    const bucket = Math.min(BUCKETS - 1, Math.floor(responseMs / BUCKET_MS))
    counts[bucket] = counts[bucket]! + 1
  })
})
process.on('disconnect', () => process.exit(0))

function percentile(counts: Uint32Array, share: number): number {
  let total = 0
  for (const count of counts) total += count
  let below = 0
  for (let bucket = 0; bucket < counts.length; bucket++) {
    below += counts[bucket]!
    if (below >= total * share && below > 0) return (bucket + 1) * BUCKET_MS
  }
  return 0
}
