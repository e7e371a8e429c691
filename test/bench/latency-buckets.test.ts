import t from 'tap'
import { LatencyBuckets } from '../../bench/latency-buckets.js'

t.test('a percentile is the latency below which that share stayed, to a hundredth of a millisecond', async t => {
  const latencies = new LatencyBuckets()
  t.equal(latencies.percentile(0.99), 0, 'of nothing')
  for (let i = 1; i <= 100; i++) latencies.add(i / 10 - 0.005)
  t.equal(latencies.percentile(0.5).toFixed(2), '5.00')
  t.equal(latencies.percentile(0.99).toFixed(2), '9.90')
  t.equal(latencies.percentile(1).toFixed(2), '10.00')
})

t.test('what is longer than the buckets reach still counts', async t => {
  const latencies = new LatencyBuckets()
  latencies.add(1)
  latencies.add(60_000)
  t.equal(latencies.percentile(1), 3000)
})
