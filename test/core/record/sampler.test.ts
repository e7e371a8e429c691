import t from 'tap'
import { RecentAnswers } from '../../../core/record/recent.js'
import { Sampler } from '../../../core/record/sampler.js'

t.test('a hot route never starves a rare one, and the budget holds', async t => {
  const sampler = new Sampler(100, 1e9)
  let hot = 0
  for (let i = 0; i < 10_000; i++) if (sampler.take('hot', 10, 500)) hot += 1
  t.equal(hot, 75, 'three quarters of the budget at most')
  for (let i = 0; i < 10; i++) t.ok(sampler.take('rare', 10, 600), 'the rare route gets all of its own')
  let rest = 0
  for (let route = 0; route < 1000; route++) if (sampler.take(`r${route}`, 10, 700)) rest += 1
  t.equal(75 + 10 + rest, 100)
  t.ok(sampler.take('hot', 10, 1000), 'a new second, a new budget')
})

t.test('bytes are budgeted too, and one body larger than the budget still gets through', async t => {
  const sampler = new Sampler(100, 1000)
  t.ok(sampler.take('a', 5000, 0))
  t.notOk(sampler.take('a', 10, 0))
})

t.test('an unchanged answer is counted, a changed or an old one is shipped', async t => {
  const recent = new RecentAnswers(10_000, 1000)
  const body = Buffer.from('x')
  t.notOk(recent.isRepeat('r', 200, body, 0))
  t.equal(recent.shipped('r', 200, body, 0), 0)
  t.ok(recent.isRepeat('r', 200, Buffer.from('x'), 10))
  t.ok(recent.isRepeat('r', 200, Buffer.from('x'), 20))
  t.notOk(recent.isRepeat('r', 404, body, 30))
  t.notOk(recent.isRepeat('r', 200, Buffer.from('y'), 30))
  t.notOk(recent.isRepeat('r', 200, body, 1000), 'its age must stay true')
  t.equal(recent.shipped('r', 200, body, 1000), 2, 'the repeats counted since')
  recent.forget()
  t.notOk(recent.isRepeat('r', 200, body, 1001))
})

t.test('memory for comparing is bounded, the oldest goes first', async t => {
  const recent = new RecentAnswers(10_000, 1000)
  for (let i = 0; i < 100; i++) recent.shipped(`r${i}`, 200, Buffer.alloc(500), 0)
  t.notOk(recent.isRepeat('r0', 200, Buffer.alloc(500), 1))
  t.ok(recent.isRepeat('r99', 200, Buffer.alloc(500), 1))
})
