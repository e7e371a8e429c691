import t from 'tap'
import { similarity } from '../../../core/contract/similarity.js'
import type { VolatileMap } from '../../../core/contract/volatile.js'

const json = (value: unknown, status = 200): { status: number; body: Buffer } => ({
  status,
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

t.test('1 for the same, 0 for another status, the share of leaves between', async t => {
  t.equal(similarity(json({ a: 1 }), json({ a: 1 })), 1)
  t.equal(similarity(json('{"a":1,"b":2}'), json('{ "b": 2, "a": 1 }')), 1, 'order and space say nothing')
  t.equal(similarity(json({ a: 1 }), json({ a: 1 }, 404)), 0)
  // Two leaves and the status on each side, two of three in common.
  t.equal(similarity(json({ a: 1, b: 2 }), json({ a: 1, b: 3 })), 2 / 3)
  // Left out: precision stays, recall drops. 2 × 2 / (2 + 3).
  t.equal(similarity(json({ a: 1 }), json({ a: 1, b: 3 })), 0.8)
  t.equal(similarity(json({ a: 1, b: 3 }), json({ a: 1 })), 0.8, 'invented counts as much as left out')
})

t.test('values are compared as they are written, places included', async t => {
  t.ok(similarity(json('{"id":9007199254740993}'), json('{"id":9007199254740992}')) < 1)
  t.ok(similarity(json({ a: '1' }), json({ a: 1 })) < 1, 'a string is no number')
  t.ok(similarity(json([1, 2]), json([2, 1])) < 1, 'a list has an order')
  t.ok(similarity(json({ a: {} }), json({ a: [] })) < 1)
  t.equal(similarity(json({ a: [] }), json({ a: [] })), 1)
})

t.test('what is not JSON is the same or it is not', async t => {
  t.equal(similarity(json('<p>1</p>'), json('<p>1</p>')), 1)
  t.equal(similarity(json('<p>1</p>'), json('<p>2</p>')), 0)
  t.equal(similarity(json('<p>1</p>'), json({ a: 1 })), 0)
  t.equal(similarity(json(''), json('')), 1)
})

t.test('always within 0…1, and the same both ways', async t => {
  const values = [{}, [], 1, null, 'x', { a: { b: [1, { c: null }] } }, { a: { b: [1] } }, [[[]]], ['a', 'a', 'a']]
  for (const a of values.map(value => json(JSON.stringify(value))))
    for (const b of values.map(value => json(JSON.stringify(value)))) {
      const score = similarity(a, b)
      t.ok(score >= 0 && score <= 1 && score === similarity(b, a), `${a.body} ${b.body} ${score}`)
      t.equal(score === 1, a.body.equals(b.body))
    }
})

t.test('what is made anew with each answer is not compared, where it is what it should be', async t => {
  const iso = { style: 'iso', separator: 'T', digits: 3, trims: false, zone: 'Z' } as const
  const volatile: VolatileMap = {
    leaves: [
      { at: '/at', class: { kind: 'time', format: iso, offsetMs: 0 } },
      { at: '/items/~/at', class: { kind: 'time', format: iso, offsetMs: 0 } },
      { at: '/n', class: { kind: 'counter', step: 1 } },
    ],
  }
  const compare = (a: unknown, b: unknown): number => similarity(json(a), json(b), undefined, volatile)
  const [one, other] = ['2026-05-01T00:00:00.000Z', '2026-05-01T00:00:07.000Z']
  t.equal(compare({ at: one, items: [{ at: one, a: 1 }] }, { at: other, items: [{ at: other, a: 1 }] }), 1)
  t.ok(compare({ at: one, items: [{ at: one, a: 1 }] }, { at: other, items: [{ at: other, a: 2 }] }) < 1)
  t.ok(compare({ at: one }, { at: null }) < 1, 'null is data')
  t.ok(compare({ b: one }, { b: other }) < 1)
  t.ok(compare({ n: 1 }, { n: 2 }) < 1, 'nobody knows where a counter stands')
  t.ok(similarity(json({ at: one }), json({ at: other })) < 1)
})
