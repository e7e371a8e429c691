import t from 'tap'
import type { LoadResult } from '../../../bench/load.js'
import type { GrowthResult, SpeedResult } from '../../../bench/peers/results.js'
import { type PeerScenario, peerScenarios } from '../../../bench/peers/scenarios.js'
import { verdictsOf } from '../../../bench/peers/verdicts.js'

const scenario = (name: string): PeerScenario => peerScenarios.find(one => one.name === name)!
const round = (perSecond: number, p99Ms = 2, failed = 0): LoadResult => ({
  requests: perSecond * 4,
  perSecond,
  p50Ms: 1,
  p99Ms,
  failed,
})
const speed = (name: string, rounds: Record<string, LoadResult[]>): SpeedResult => ({
  kind: 'speed',
  scenario: scenario(name),
  rounds: new Map(Object.entries(rounds)),
  leftOut: [],
})

t.test('each front is held to each peer that took part', async t => {
  const verdicts = verdictsOf([
    speed('json-64', {
      'chaos-uws': [round(50), round(500), round(52)],
      'chaos-strict': [round(48), round(480), round(49)],
      nginx: [round(50), round(500), round(50)],
      caddy: [round(10), round(100), round(10)],
    }),
  ])
  t.same(verdicts, [
    { budget: 'json-64: requests/s of chaos-uws ≥ 1 × nginx', measured: '1.00 ×', met: true },
    { budget: 'json-64: requests/s of chaos-strict ≥ 1 × nginx', measured: '0.96 ×', met: false },
    { budget: 'json-64: requests/s of chaos-uws ≥ 3 × caddy', measured: '5.00 ×', met: true },
    { budget: 'json-64: requests/s of chaos-strict ≥ 3 × caddy', measured: '4.80 ×', met: true },
  ])
})

t.test('at a fixed rate the p99 is compared, not the requests', async t => {
  const verdicts = verdictsOf([
    speed('rate', { 'chaos-uws': [round(50, 2.4)], 'chaos-strict': [round(50, 1.9)], nginx: [round(50, 1.8)] }),
  ])
  t.same(verdicts, [
    { budget: 'rate: p99 of chaos-uws ≤ nginx + 0.5 ms', measured: '+ 0.60 ms', met: false },
    { budget: 'rate: p99 of chaos-strict ≤ nginx + 0.5 ms', measured: '+ 0.10 ms', met: true },
  ])
})

t.test('a scenario without a budget says nothing, unless answers are missing', async t => {
  t.same(verdictsOf([speed('body-1k', { 'chaos-uws': [round(1)], nginx: [round(9)] })]), [])
  const broken = speed('body-1k', { 'chaos-uws': [round(10), round(10, 2, 3)], nginx: [round(9, 2, 7)] })
  t.same(verdictsOf([broken]), [
    { budget: 'body-1k: chaos-uws answers everything', measured: '3 failed of 80', met: false },
  ])
})

const growth = (name: string, extraBytes: number, wanted: number, reached = wanted): GrowthResult => ({
  kind: 'growth',
  scenario: scenario(name),
  growths: [{ name: 'chaos-uws', what: 'up', beforeBytes: 1e8, peakBytes: 1e8 + extraBytes, wanted, reached }],
  leftOut: [],
})

t.test('memory is judged by what it grew, and only where all came through', async t => {
  t.match(verdictsOf([growth('large', 64e6, 1 << 30)]), [{ measured: '64.0 MB', met: true }])
  t.match(verdictsOf([growth('large', 65e6, 1 << 30)]), [{ met: false }])
  t.match(verdictsOf([growth('idle', 1e6, 10_000, 9_000)]), [{ measured: '1.0 MB, 9000 of 10000 reached', met: false }])
  const nearlyAll = 'idle: chaos-uws, up with 9500 of 10000: ≤ 95 MB extra'
  t.match(verdictsOf([growth('idle', 95e6, 9_500)]), [{ budget: nearlyAll, measured: '95.0 MB', met: true }])
  t.match(verdictsOf([growth('idle', 96e6, 9_500)]), [{ met: false }], 'a little fewer are judged by their share')
  t.same(verdictsOf([growth('idle', 1e6, 500)]), [], 'far fewer connections than the budget speaks of')
})
