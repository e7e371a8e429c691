import t from 'tap'
import type { Recording } from '../../../core/contract/replays.js'
import type { Step } from '../../../core/replay/prepare.js'
import { type Outcome, Tally } from '../../../core/replay/tally.js'

const step = (ms: number): Step => ({
  recording: { id: 'a', at: 1000, endedAt: 1000 + ms, status: 200 } as Recording,
  ...{ method: 'GET', target: '/a', path: '/a', place: '/a', isWrite: false, client: '', at: 1000, endedAt: 1000 + ms },
})
const answered = (more: Partial<Extract<Outcome, { kind: 'answered' }>> = {}): Outcome => ({
  ...{ kind: 'answered', status: 200, ms: 10, partings: [], differences: [], compared: true },
  ...more,
})

t.test('each answer is counted once, its partings one by one', async t => {
  const tally = new Tally()
  tally.add(step(100), 'GET /a', answered())
  tally.add(step(100), 'GET /a', answered({ partings: ['fields', 'values'] }))
  tally.add(step(100), 'GET /b', answered({ compared: false }))
  tally.add(step(100), 'GET /b', { kind: 'failed', fault: 'CHAOS_ERR_UPSTREAM_RESET' })
  tally.skip('write')
  t.same(tally.totals, {
    ...{ sent: 4, same: 1, different: 1, uncompared: 1, failed: 1 },
    partings: { status: 0, fields: 1, shape: 0, values: 1 },
  })
  t.equal(tally.skipped.write, 1)
  t.match(tally.routes(), [
    { route: 'GET /a', sent: 2, different: 1 },
    { route: 'GET /b', sent: 2, failed: 1 },
  ])
  const { recorded, replayed } = tally.latencies()
  t.ok(Math.abs(recorded.p50Ms! - 100) < 6, String(recorded.p50Ms))
  t.ok(Math.abs(replayed.p99Ms! - 10) < 0.6, String(replayed.p99Ms))
  t.match(tally.takeDifferences(), [
    { exchange: 'a', target: '/a', status: 200, partings: ['fields', 'values'], fault: '' },
    { status: 0, fault: 'CHAOS_ERR_UPSTREAM_RESET' },
  ])
  t.same(tally.takeDifferences(), [])
})

t.test('one route that is all wrong leaves room for the others', async t => {
  const tally = new Tally()
  for (let i = 0; i < 1000; i++) tally.add(step(1), 'GET /a', answered({ partings: ['status'] }))
  tally.add(step(1), 'GET /b', answered({ partings: ['status'] }))
  const told = tally.takeDifferences()
  t.ok(told.length < 100)
  t.ok(told.some(({ route }) => route === 'GET /b'))
  t.equal(tally.totals.different, 1001)
})
