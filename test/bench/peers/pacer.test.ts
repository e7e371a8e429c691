import t from 'tap'
import { Pacer } from '../../../bench/peers/pacer.js'

t.test('moments lie evenly, and none is due before its time', async t => {
  const pacer = new Pacer(4, 1000, 2000)
  t.equal(pacer.take(999), undefined)
  t.equal(pacer.take(1000), 1000)
  t.equal(pacer.take(1249), undefined)
  t.equal(pacer.take(1250), 1250)
})

t.test('what was kept from being sent keeps the moment at which it was due', async t => {
  const pacer = new Pacer(10, 0, 1000)
  const late = [pacer.take(250), pacer.take(250), pacer.take(250), pacer.take(250)]
  t.same(late, [0, 100, 200, undefined])
})

t.test('nothing is due at the end or after it', async t => {
  const pacer = new Pacer(2, 0, 1000)
  t.notOk(pacer.done)
  t.same([pacer.take(5000), pacer.take(5000), pacer.take(5000)], [0, 500, undefined])
  t.ok(pacer.done)
})

t.test('a rate that does not divide a second does not drift', async t => {
  const pacer = new Pacer(3, 0, 1_000_000)
  let last: number | undefined
  for (let taken = 0; taken < 2998; taken++) last = pacer.take(999_000)
  t.ok(Math.abs(last! - 999_000) < 1e-6)
})
