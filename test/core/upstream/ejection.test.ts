import t from 'tap'
import { type EjectionRules, Standing } from '../../../core/upstream/ejection.js'

const rules: EjectionRules = { ejectFailures: 3, ejectMs: 1000, slowStartMs: 2000 }

function fail(standing: Standing, times: number, now: number): void {
  for (let i = 0; i < times; i++) standing.failed(now)
}

t.test('so many failures in a row eject for so long; a success in between begins the row anew', async t => {
  const standing = new Standing(rules)
  fail(standing, 2, 0)
  standing.succeeded(0, standing.era)
  fail(standing, 2, 0)
  t.notOk(standing.isPassedOver(0))
  standing.failed(5)
  t.ok(standing.isPassedOver(5))
  t.ok(standing.isPassedOver(1004))
  t.notOk(standing.isPassedOver(1005))
  t.equal(standing.ejectedUntil, 1005)
})

t.test('0 failures: never', async t => {
  const standing = new Standing({ ...rules, ejectFailures: 0 })
  fail(standing, 100, 0)
  t.notOk(standing.isPassedOver(0))
})

t.test('one failure after it ejects again, for longer each time, at most tenfold; a success resets that', async t => {
  const standing = new Standing(rules)
  let now = 0
  fail(standing, 2, now)
  const lengths: number[] = []
  for (let i = 0; i < 12; i++) {
    standing.failed(now)
    lengths.push(standing.ejectedUntil - now)
    now = standing.ejectedUntil
  }
  t.same(lengths, [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 10_000, 10_000])
  standing.succeeded(now, standing.era)
  fail(standing, 2, now)
  t.notOk(standing.isPassedOver(now))
  standing.failed(now)
  t.equal(standing.ejectedUntil - now, 1000)
})

t.test('failures while it is ejected neither lengthen it nor count as a second time', async t => {
  const standing = new Standing(rules)
  fail(standing, 50, 0)
  t.equal(standing.ejectedUntil, 1000)
  standing.failed(1000)
  t.equal(standing.ejectedUntil, 3000)
})

t.test('one that is asked all the same and answers is back; an answer to an older call says nothing', async t => {
  const standing = new Standing(rules)
  const before = standing.era
  fail(standing, 3, 0)
  standing.succeeded(10, before)
  t.ok(standing.isPassedOver(10))
  standing.succeeded(10, standing.era)
  t.notOk(standing.isPassedOver(10))
  t.equal(standing.weight(10), 0.1)
})

t.test('after an ejection its weight grows from a tenth to all', async t => {
  const standing = new Standing(rules)
  t.equal(standing.weight(0), 1)
  fail(standing, 3, 0)
  t.equal(standing.weight(500), 1, 'where all are ejected none is favoured')
  t.same(
    [1000, 1100, 2000, 2900, 3000, 9000].map(now => standing.weight(now)),
    [0.1, 0.1, 0.5, 0.95, 1, 1],
  )
  const atOnce = new Standing({ ...rules, slowStartMs: 0 })
  fail(atOnce, 3, 0)
  t.equal(atOnce.weight(1000), 1)
})

t.test('a failed health check passes it over until one succeeds, then it starts slowly', async t => {
  const standing = new Standing(rules)
  standing.setHealthy(true, 0)
  t.equal(standing.weight(0), 1, 'no news')
  fail(standing, 3, 0)
  standing.setHealthy(false, 0)
  t.ok(standing.isPassedOver(99_999))
  standing.setHealthy(true, 500)
  t.notOk(standing.isPassedOver(500), 'what the check says now outweighs what was seen before')
  t.equal(standing.weight(1500), 0.5)
  fail(standing, 2, 1500)
  t.notOk(standing.isPassedOver(1500), 'and the row begins anew')
})
