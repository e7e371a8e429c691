import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'

/** A clock that stands still but for what work takes and the test lets pass. */
const clockwork = (share: number) => {
  let now = 0
  const budget = new GradeBudget(share, () => now)
  const work = (ms: number) => budget.spend(() => (now += ms)) !== undefined
  return { work, pass: (ms: number) => (now += ms) }
}

t.test('what was saved up is spent, then a share of the time that passes', async t => {
  const { work, pass } = clockwork(0.25)
  t.ok(work(1990))
  t.ok(work(5000), 'more than is left, once')
  t.notOk(work(1), 'nothing is left')
  pass(4000)
  t.notOk(work(1), 'a quarter of the time is less than what is owed')
  pass(9000)
  t.ok(work(1))
})

t.test('no more is saved up than two seconds', async t => {
  const { work, pass } = clockwork(0.5)
  pass(1_000_000)
  t.ok(work(8000))
  t.notOk(work(1))
})

t.test('without a share nothing is done', async t => {
  const { work, pass } = clockwork(0)
  pass(1_000_000)
  t.notOk(work(1))
})

t.test('what fails costs what it took', async t => {
  let now = 0
  const budget = new GradeBudget(0.25, () => now)
  t.throws(() =>
    budget.spend(() => {
      now += 3000
      throw new Error('a bug')
    }),
  )
  t.equal(
    budget.spend(() => 1),
    undefined,
  )
})
