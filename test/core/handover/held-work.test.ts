import t from 'tap'
import { HeldWork } from '../../../core/handover/held-work.js'

t.test('done here, held, then done over there, in order', async t => {
  const here: number[] = []
  const there: number[] = []
  const work = new HeldWork<number>(one => here.push(one))
  work.give(1)
  work.hold()
  work.give(2)
  work.give(3)
  t.strictSame([here, there], [[1], []])
  work.goOn(one => there.push(one))
  work.give(4)
  t.strictSame([here, there, work.dropped], [[1], [2, 3, 4], 0])
})

t.test('what is held is bounded, and what is lost counted', async t => {
  const done: number[] = []
  const work = new HeldWork<number>(() => {})
  work.hold()
  for (let i = 0; i < 10_010; i++) work.give(i)
  work.goOn(one => done.push(one))
  t.equal(done.length, 10_000)
  t.equal(work.dropped, 10)
})
