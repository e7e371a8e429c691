import t from 'tap'
import { type Budget, breachesOf, medianOf, p99AboveOf, ratiosOf } from '../../bench/budgets.js'
import type { LoadResult } from '../../bench/load.js'

const round = (perSecond: number, p50Ms = 1, p99Ms = 2, failed = 0): LoadResult => ({
  requests: perSecond * 4,
  perSecond,
  p50Ms,
  p99Ms,
  failed,
})
const budgets = (entries: Record<string, Budget>): Map<string, Budget> => new Map(Object.entries(entries))

t.test('the median takes the middle of each number and adds up the failures', async t => {
  t.match(medianOf([round(300, 3, 9), round(100, 1, 5, 2), round(200, 2, 7, 1)]), {
    perSecond: 200,
    p50Ms: 2,
    p99Ms: 7,
    failed: 3,
  })
  t.equal(medianOf([round(100), round(200)]).perSecond, 150, 'of two, the mean')
})

t.test('ratios are taken within a round: a slow machine slows both', async t => {
  const rounds = new Map([
    ['direct', [round(1000), round(100), round(1000)]],
    ['forward', [round(500), round(50), round(500)]],
  ])
  t.equal(ratiosOf('forward', 'direct', rounds)?.throughput, 0.5)
  t.equal(ratiosOf('forward', 'nginx', rounds), undefined, 'nothing to compare with')
})

t.test('a scenario within its budget is not named', async t => {
  const rounds = new Map([
    ['direct', [round(1000, 1, 2)]],
    ['forward', [round(600, 2, 6)]],
  ])
  t.same(breachesOf(rounds, budgets({ forward: { throughputMin: 0.6, p50Max: 2, p99Max: 3, failedMax: 0 } })), [])
})

t.test('every limit that is broken is named with what was measured', async t => {
  const rounds = new Map([
    ['direct', [round(1000, 1, 2)]],
    ['forward', [round(590, 2.1, 6.2, 1)]],
  ])
  t.same(breachesOf(rounds, budgets({ forward: { throughputMin: 0.6, p50Max: 2, p99Max: 3, failedMax: 0 } })), [
    { scenario: 'forward', budget: 'throughput ≥ 0.6 × direct', measured: '0.59 ×' },
    { scenario: 'forward', budget: 'p50 ≤ 2 × direct', measured: '2.10 ×' },
    { scenario: 'forward', budget: 'p99 ≤ 3 × direct', measured: '3.10 ×' },
    { scenario: 'forward', budget: 'failed ≤ 0', measured: '1' },
  ])
})

t.test('a budget may compare with another scenario, and is not judged where that one did not run', async t => {
  const limit = budgets({ ghost: { against: 'nginx', throughputMin: 1 } })
  t.same(breachesOf(new Map([['ghost', [round(900)]]]), limit), [])
  const both = new Map([
    ['nginx', [round(1000)]],
    ['ghost', [round(900)]],
  ])
  t.same(breachesOf(both, limit), [{ scenario: 'ghost', budget: 'throughput ≥ 1 × nginx', measured: '0.90 ×' }])
})

t.test('a scenario without an answer is over, whatever its budget', async t => {
  const dead = new Map([['direct', [{ requests: 0, perSecond: 0, p50Ms: 0, p99Ms: 0, failed: 64 }]]])
  t.same(breachesOf(dead, new Map()), [{ scenario: 'direct', budget: 'answers > 0', measured: '0' }])
})

t.test('failures of any round count', async t => {
  const rounds = new Map([['failover', [round(100), round(100, 1, 2, 1), round(100)]]])
  t.equal(breachesOf(rounds, budgets({ failover: { failedMax: 0 } })).length, 1)
})

t.test('differences of the p99 are taken within a round, too', async t => {
  const rounds = new Map([
    ['nginx', [round(100, 1, 2), round(100, 1, 20), round(100, 1, 2)]],
    ['ours', [round(100, 1, 2.5), round(100, 1, 20.5), round(100, 1, 2.25)]],
  ])
  t.equal(p99AboveOf('ours', 'nginx', rounds), 0.5)
  t.equal(p99AboveOf('ours', 'caddy', rounds), undefined, 'nothing to compare with')
})

t.test('the p99.9 has a median where it was measured', async t => {
  t.equal(medianOf([round(1)]).p999Ms, undefined)
  t.equal(medianOf([3, 1, 2].map(p999Ms => ({ ...round(1), p999Ms }))).p999Ms, 2)
})
