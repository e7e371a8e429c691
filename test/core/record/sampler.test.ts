import t from 'tap'
import { RecentAnswers } from '../../../core/record/recent.js'
import { fairShare, Sampler } from '../../../core/record/sampler.js'

const take = (sampler: Sampler, route: string, bytes: number, nowMs: number, learned = true) =>
  sampler.take(route, learned, true, bytes, nowMs)

t.test('a hot route never starves a rare one, and the budget holds', async t => {
  const sampler = new Sampler(() => 100, 1e9)
  let hot = 0
  for (let i = 0; i < 10_000; i++) if (take(sampler, 'hot', 10, 500)) hot += 1
  t.equal(hot, 58, 'its first eight, and the half that is not kept for others')
  for (let i = 0; i < 8; i++) t.ok(take(sampler, 'rare', 10, 600), 'the rare route gets all of its own')
  let rest = 0
  for (let route = 0; route < 1000; route++) if (take(sampler, `r${route}`, 10, 700)) rest += 1
  t.equal(58 + 8 + rest, 100)
  t.ok(take(sampler, 'hot', 10, 1000), 'a new second, a new budget')
})

t.test('room for others is as much as they took a second ago, and some', async t => {
  const sampler = new Sampler(() => 100, 1e9)
  const hot = (second: number) => {
    let taken = 0
    for (let i = 0; i < 1000; i++) if (take(sampler, 'hot', 10, second * 1000 + i)) taken += 1
    return taken
  }
  t.equal(hot(0), 58)
  t.equal(hot(1), 75, 'nobody else came: 8 × 1.5 and an eighth are kept, and an eighth of the rest for growth')
  for (let route = 0; route < 10; route++) take(sampler, `rare${route}`, 10, 2000)
  t.equal(hot(2), 75, 'ten come, and have what was kept')
  t.equal(hot(3), 61, 'they may come again')
  t.equal(hot(5), 58, 'what was wanted long ago says nothing')
})

t.test('a route that wants more than it gets has it over the whole second', async t => {
  const sampler = new Sampler(() => 500, 1e9)
  const taken: number[] = []
  for (let ms = 0; ms < 2000; ms++) for (let i = 0; i < 2; i++) if (take(sampler, 'hot', 10, ms)) taken.push(ms)
  const tenths = Array.from({ length: 10 }, (_, i) => taken.filter(ms => Math.floor((ms - 1000) / 100) === i).length)
  const [first, ...rest] = tenths
  t.ok(first! <= 8 + 2 * rest[0]! + 1, `${tenths}`)
  t.ok(Math.max(...rest.slice(0, -1)) - Math.min(...rest.slice(0, -1)) <= 1, `${tenths}`)
  t.equal(
    tenths.reduce((sum, one) => sum + one),
    8 + Math.ceil((500 - 8 * 1.5 - 500 / 8) * (7 / 8)),
    'and not less than before',
  )
})

t.test('routes that become hot at once leave room for one another, but for requests never seen', async t => {
  const known = (sampler: Sampler, route: string) => {
    let taken = 0
    for (let i = 0; i < 1000; i++) if (sampler.take(route, true, false, 10, 0)) taken += 1
    return taken
  }
  const sampler = new Sampler(() => 100, 1e9)
  t.same([known(sampler, 'a'), known(sampler, 'b'), known(sampler, 'c')], [33, 21, 14])
  t.ok(take(sampler, 'c', 10, 0))
})

t.test('bytes are budgeted too, and one body larger than the budget still gets through', async t => {
  const sampler = new Sampler(() => 100, 1000)
  t.ok(take(sampler, 'a', 5000, 0))
  t.notOk(take(sampler, 'a', 10, 0))
  t.notOk(take(sampler, 'b', 5000, 0), 'one a second')
})

t.test('the rate may change from second to second, and is never nothing', async t => {
  let rate = 4
  const sampler = new Sampler(() => rate, 1e9)
  const taken = (second: number) =>
    Array.from({ length: 9 }, () => take(sampler, 'a', 1, second * 1000)).filter(Boolean)
  t.equal(taken(0).length, 4)
  rate = 0
  t.equal(taken(1).length, 1)
})

t.test('what is left is shared by what each wants', async t => {
  t.equal(fairShare([], 100), Number.POSITIVE_INFINITY)
  t.equal(fairShare([1000, 10], 100), 90, 'ten, and the rest for the other')
  t.equal(fairShare([60, 10, 80], 100), 45)
  t.equal(fairShare([1, 2], 100), Number.POSITIVE_INFINITY, 'there is enough for all')
})

t.test('an unchanged answer is counted, a changed or an old one is shipped', async t => {
  const recent = new RecentAnswers(10_000, 1000)
  const body = Buffer.from('x')
  t.notOk(recent.isRepeat('g', 'r', 200, body, 0))
  t.equal(recent.shipped('g', 'r', 'k', 200, body, 0), 0)
  t.ok(recent.knows('g', 'r'))
  t.notOk(recent.knows('g', 'other'))
  t.ok(recent.isRepeat('g', 'r', 200, Buffer.from('x'), 10))
  t.ok(recent.isRepeat('g', 'r', 200, Buffer.from('x'), 20))
  t.notOk(recent.isRepeat('g', 'r', 404, body, 30))
  t.notOk(recent.isRepeat('g', 'r', 200, Buffer.from('y'), 30))
  t.notOk(recent.isRepeat('g', 'r', 200, body, 1000), 'its age must stay true')
  t.equal(recent.shipped('g', 'r', 'k', 200, body, 1000), 2, 'the repeats counted since')
  recent.forget()
  t.notOk(recent.isRepeat('g', 'r', 200, body, 1001))
})

t.test('repeats are told once, by exemplar, whether the answer is shipped again or not', async t => {
  const recent = new RecentAnswers(10_000, 1000)
  const body = Buffer.from('x')
  recent.shipped('g', 'r', 'k', 200, body, 0)
  t.equal(recent.takeRepeats(), undefined, 'it came once')
  for (const at of [1, 2, 3]) recent.isRepeat('g', 'r', 200, body, at)
  t.same(recent.takeRepeats(), [['k', 3]])
  t.equal(recent.takeRepeats(), undefined)
  recent.isRepeat('g', 'r', 200, body, 4)
  t.equal(recent.shipped('g', 'r', 'k', 200, body, 5), 4, 'all of them count for the exemplar')
  recent.forget()
  t.same(recent.takeRepeats(), [['k', 1]], 'what was counted is told, even if it is not compared with any more')
})

t.test('memory for comparing is bounded, the oldest goes first', async t => {
  const recent = new RecentAnswers(10_000, 1000)
  for (let i = 0; i < 100; i++) recent.shipped('g', `r${i}`, `k${i}`, 200, Buffer.alloc(500), 0)
  t.notOk(recent.isRepeat('g', 'r0', 200, Buffer.alloc(500), 1))
  t.ok(recent.isRepeat('g', 'r99', 200, Buffer.alloc(500), 1))
})
