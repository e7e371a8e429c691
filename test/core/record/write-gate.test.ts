import t from 'tap'
import { WriteGate } from '../../../core/record/write-gate.js'

t.test('the first write goes at once, the last one of a window at its end', async t => {
  const gate = new WriteGate<number>(50)
  t.equal(gate.opens('a', 1, 0), true)
  t.equal(gate.opens('a', 2, 10), false)
  t.equal(gate.opens('b', 3, 20), true, 'another target has a gate of its own')
  t.equal(gate.opens('a', 4, 49), false)
  t.same(gate.due(49), [])
  t.same(gate.due(50), [4])
  t.equal(gate.opens('a', 5, 60), false, 'what was sent at the end opens a window as well')
  t.same(gate.due(100), [5], 'and nothing was held for the other')
})

t.test('a write long after is a first one again, and nothing stays behind', async t => {
  const gate = new WriteGate<number>(50)
  t.ok(gate.opens('a', 1, 0))
  t.ok(gate.opens('a', 2, 50))
  t.notOk(gate.isEmpty)
  t.same(gate.due(1000), [])
  t.ok(gate.isEmpty)
})

t.test('all that is held can be had at once', async t => {
  const gate = new WriteGate<string>(50)
  for (const key of ['a', 'b', 'c']) {
    gate.opens(key, 'first', 0)
    gate.opens(key, key, 1)
  }
  t.same(gate.due(Number.POSITIVE_INFINITY), ['a', 'b', 'c'])
  t.ok(gate.isEmpty)
})

t.test('a clock that is set back holds nothing back', async t => {
  const gate = new WriteGate<number>(50)
  gate.opens('a', 1, 1_000_000)
  gate.opens('a', 2, 1_000_010)
  t.same(gate.due(5), [2], 'what is held goes')
  gate.opens('b', 3, 1_000_000)
  t.ok(gate.opens('b', 4, 5), 'and a write is a first one again')
})

t.test('of different writes to one target so many are told in a window, and no more', async t => {
  const gate = new WriteGate<number>(50)
  let told = 0
  for (let i = 0; i < 100; i++) {
    if (!gate.isTold('target', `target ${i}`, 10)) continue
    told += 1
    gate.opens(`target ${i}`, i, 10)
  }
  t.equal(told, 32)
  t.ok(gate.isTold('target', 'target 3', 20), 'one that is told already is no other')
  t.ok(gate.isTold('other', 'other 0', 20))
  t.ok(gate.isTold('target', 'target x', 60), 'the next window has room again')
})

t.test('windows that are over leave nothing behind, though nothing was ever held', async t => {
  const gate = new WriteGate<number>(50)
  for (let i = 0; i < 1000; i++) gate.opens(`write ${i}`, i, i)
  t.ok(gate.size <= 51, String(gate.size))
})
