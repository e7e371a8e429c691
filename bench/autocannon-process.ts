// One run of autocannon in a process of its own: it needs a core for itself. Only owner of autocannon.
import autocannon from 'autocannon'
import { LatencyBuckets } from './latency-buckets.js'
import type { Load, LoadResult } from './load.js'

process.once('message', (load: Load) => {
  const latencies = new LatencyBuckets()
  const { url, connections, durationS, pipelining, paths, bodyBytes } = load
  const body = bodyBytes === undefined ? undefined : 'x'.repeat(bodyBytes)
  const instance = autocannon(
    {
      url,
      connections,
      duration: durationS,
      pipelining,
      requests: paths.map(path => (body === undefined ? { method: 'GET', path } : { method: 'POST', path, body })),
      skipAggregateResult: false,
    },
    (error: Error | null, result: autocannon.Result) => {
      if (error) throw error
      const answered = result['2xx'] + result.non2xx
      const reply: LoadResult = {
        requests: answered,
        perSecond: answered / result.duration,
        p50Ms: latencies.percentile(0.5),
        p99Ms: latencies.percentile(0.99),
        // autocannon counts a timeout among the errors as well.
        failed: result.errors + result.non2xx,
      }
      process.send!(reply, () => process.exit(0))
    },
  )
  instance.on('response', (_client, _status, _bytes, responseMs) => latencies.add(responseMs))
})
process.on('disconnect', () => process.exit(0))
