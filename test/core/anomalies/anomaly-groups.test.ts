import t from 'tap'
import { AnomalyGroups, type SavedGroup } from '../../../core/anomalies/anomaly-groups.js'
import type { AnomalyReport, AnomalySignal } from '../../../core/contract/anomalies.js'

const signal = (over: Partial<AnomalySignal> = {}): AnomalySignal => ({
  ...{ kind: 'slow', subject: 'GET /a', detail: '', severity: 'medium', at: 1000, count: 3, strength: 2 },
  ...{ says: 'it is slow', evidence: { p95Ms: 9 }, falseAlarms: 'seldom', unit: 'ms' },
  points: [{ at: 1000, value: 9, normal: 3 }],
  ...over,
})

function open(earlier: readonly SavedGroup[] = []) {
  const began: AnomalyReport[] = []
  const groups = new AnomalyGroups({ onBegan: report => began.push(report), onChange: () => {}, earlier })
  return { groups, began }
}

t.test('signals of one name are one anomaly, told once, and again where it gets more severe', async t => {
  const { groups, began } = open()
  for (let i = 0; i < 5; i++) groups.take([signal({ at: 1000 + i * 1000 })], 1000 + i * 1000)
  groups.take([signal({ severity: 'high', at: 7000, strength: 5 })], 7000)
  groups.take([signal({ subject: 'GET /b' })], 7000)
  t.same(
    began.map(({ subject, severity }) => [subject, severity]),
    [
      ['GET /a', 'medium'],
      ['GET /a', 'high'],
      ['GET /b', 'medium'],
    ],
  )
  const [first] = groups.list()
  t.match(first, {
    subject: 'GET /a',
    count: 18,
    occurrences: 1,
    state: 'open',
    firstSeen: /01\.000Z/,
    lastSeen: /07\.000Z/,
  })
  t.match(groups.report(first!.id), { strength: 5, points: { length: 6 }, evidence: { p95Ms: 9 } })
  t.match(groups.totals(), { open: { high: 1, medium: 1 }, began: { slow: 2 } })
  t.equal(groups.live().length, 2)
})

t.test('it is over when that is said, or when nothing is said; the next time it is the same one', async t => {
  const { groups, began } = open()
  groups.take([signal()], 1000)
  groups.take([signal({ over: true, at: 2000 })], 2000)
  t.equal(groups.list()[0]!.state, 'over')
  groups.take([signal({ at: 3000 })], 3000)
  groups.tick(200_000)
  t.equal(groups.list()[0]!.state, 'open')
  groups.tick(303_000)
  t.match(groups.list(), [{ state: 'over', occurrences: 2 }])
  t.equal(began.length, 2)
})

t.test('dismissed: nothing until it is twice as bad, in the next process as well', async t => {
  const { groups } = open()
  groups.take([signal()], 1000)
  const { id } = groups.list()[0]!
  t.match(groups.feedback(id, 'dismiss', 2000), { state: 'dismiss', feedback: 'dismiss', toldFrom: 4 })
  const next = open(JSON.parse(JSON.stringify(groups.saved())))
  next.groups.take([signal({ strength: 3.9, at: 9e6 })], 9e6)
  t.same(next.began, [])
  t.match(next.groups.list(), [{ id, state: 'dismiss', count: 6 }], 'counted all the same')
  t.equal(next.groups.totals().silenced, 1)
  next.groups.take([signal({ strength: 4.1, at: 9e6 })], 9e6)
  t.match(next.began, [{ id, state: 'open', feedback: null, occurrences: 2 }])
})

t.test('expected: where the detector adapts, what it says later is news; where it cannot, nothing is', async t => {
  const { groups, began } = open()
  groups.take([signal(), signal({ kind: 'soft-failure', detail: 'empty' })], 1000)
  for (const { id } of groups.list()) groups.feedback(id, 'expected', 2000)
  const again = [signal({ at: 3000 }), signal({ kind: 'soft-failure', detail: 'empty', strength: 99 })]
  groups.take(again, 3000)
  t.equal(began.length, 2, 'said before the detector heard of it')
  groups.take(again, 90_000)
  t.same(began.map(({ kind }) => kind).slice(2), ['slow'])
  t.equal(groups.feedback('none', 'expected', 1), undefined)
})

t.test('bounded: what a person said is forgotten last', async t => {
  const { groups } = open()
  groups.take([signal({ subject: 'kept' })], 1)
  groups.feedback(groups.list()[0]!.id, 'dismiss', 2)
  for (let i = 0; i < 700; i++) groups.take([signal({ subject: `${i}`, at: 10 + i, points: [] })], 10 + i)
  t.equal(groups.list().length, 500)
  t.equal(groups.totals().forgotten, 201)
  t.ok(groups.list().some(({ subject }) => subject === 'kept'))
  for (let i = 0; i < 300; i++) groups.take([signal({ subject: '699', at: 1000 + i })], 1000 + i)
  t.equal(groups.report(groups.list().find(({ subject }) => subject === '699')!.id)!.points.length, 120)
})
