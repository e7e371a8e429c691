import t from 'tap'
import { brokenIn, progressOf, reportOf } from '../../../core/commands/replay-report.js'
import type { ReplayReport } from '../../../core/contract/replays.js'

const latency = { p50Ms: 1.5, p95Ms: 20, p99Ms: 40 }
const counts = { sent: 200, same: 196, different: 3, uncompared: 0, failed: 1 }
const partings = { status: 1, fields: 0, shape: 2, values: 0 }
const report: ReplayReport = {
  ...{ id: 'r1', plan: { target: 'http://s:1' } as ReplayReport['plan'], addresses: ['10.0.0.1'], state: 'ended' },
  ...{ because: '', complete: true, beganAt: '', endedAt: '', selected: 230, toSend: 200, late: 2, rewritten: 4 },
  skipped: {
    write: 30,
    'no-target': 0,
    'no-body': 0,
    'no-credentials': 0,
    redacted: 0,
    'not-a-request': 0,
    'not-sampled': 0,
  },
  totals: { ...counts, partings },
  ...{ perSecond: 99.5, recorded: latency, replayed: latency },
  routes: [{ route: 'GET /a', ...counts, partings, recorded: latency, replayed: latency }],
  differences: [
    {
      ...{
        exchange: 'x',
        route: 'GET /a',
        method: 'GET',
        target: '/a?b=1',
        recordedStatus: 200,
        status: 200,
        fault: '',
      },
      partings: ['shape'],
      differences: [{ at: '/name', given: 'string', truth: null }],
    },
  ],
}

t.test('more that is different than may be, or an early end, breaks it', async t => {
  t.match(brokenIn(report, 0), [/2\.00 % of the answers were not as recorded, more than 0 %/])
  t.same(brokenIn(report, 2), [])
  t.match(brokenIn({ ...report, complete: false, because: 'it was stopped by hand' }, 2), [/its end: it was stopped/])
})

t.test('told in lines', async t => {
  const text = reportOf(report, 0)
  t.match(text, /^replay r1 to http:\/\/s:1: 230 recorded, 200 sent \(99\.5\/s\), 196 as recorded, 3 different/)
  t.match(text, /\nnot sent: 30 write\n/)
  t.match(text, /\nGET \/a +200 +196 +1 +0 +2 +0 +1 +1\.50 ms +1\.50 ms\n/)
  t.match(text, /\nGET \/a\?b=1 {2}shape\n {4}\/name: string → \(nothing\)\n/)
  t.match(text, /\nBROKEN\n/)
  t.match(reportOf(report, 5), /\nanswers were as recorded\n$/)
  const half = { ...report, state: 'running' as const, totals: { ...report.totals, sent: 100 } }
  t.match(
    progressOf(half),
    /^running █{10}░{10} 100 of 200, 99\.5\/s: 196 as recorded, 3 different, 1 without an answer$/,
  )
})
