import t from 'tap'
import type { HealthAnswer } from '../../../core/contract/upstreams.js'
import { type Health, HealthProbe, nextHealth } from '../../../core/health/probe.js'
import { silentLog } from '../../../core/log/log.js'

const well = { status: 200 }
const ill = { because: 'CHAOS_ERR_UPSTREAM_RESET' }

t.test('2xx and 3xx are well, anything else is not', async t => {
  for (const status of [200, 204, 299, 301, 399]) t.equal(nextHealth(undefined, { status }, 0).ok, true, `${status}`)
  for (const status of [400, 404, 429, 500, 503]) t.equal(nextHealth(undefined, { status }, 0).ok, false, `${status}`)
  t.match(nextHealth(undefined, ill, 7), { ok: false, because: ill.because, askedAt: 7 })
  t.match(nextHealth(undefined, { status: 503 }, 7), { because: 'it answered 503' })
})

t.test('two failures in a row make it unhealthy, one success makes it healthy', async t => {
  const seen: boolean[] = []
  let health: Health | undefined
  for (const answer of [ill, well, ill, ill, ill, well, ill, well]) {
    health = nextHealth(health, answer, 0)
    seen.push(health.healthy)
  }
  t.same(seen, [true, true, true, false, false, true, true, true])
})

function open(answers: Record<string, HealthAnswer | Promise<HealthAnswer>>) {
  const asked: string[] = []
  let changes = 0
  const said: string[] = []
  const probe = new HealthProbe({
    ask: async url => {
      asked.push(url)
      return answers[url]!
    },
    onChange: () => {
      changes += 1
    },
    clock: { now: () => 5 },
    log: { ...silentLog, warn: (_, text) => said.push(text), info: (_, text) => said.push(text) },
  })
  probe.follow(Object.keys(answers))
  return { probe, asked, said, changes: () => changes }
}

t.test('every upstream is asked; a change is told once', async t => {
  const answers: Record<string, HealthAnswer> = { a: well, b: ill }
  const { probe, asked, said, changes } = open(answers)
  t.equal(probe.healthOf('a'), undefined)
  await probe.round()
  t.equal(changes(), 0)
  for (let i = 0; i < 3; i++) await probe.round()
  t.equal(changes(), 1)
  t.match(probe.healthOf('a'), { healthy: true, askedAt: 5 })
  t.match(probe.healthOf('b'), { healthy: false, failures: 4 })
  answers.b = well
  await probe.round()
  t.equal(changes(), 2)
  t.match(said, [/fails/, /succeeds again/])
  t.same(asked.slice(0, 2), ['a', 'b'])
})

t.test('one whose answer is still out is not asked again; one that was left out is forgotten', async t => {
  let answerSlow: (answer: HealthAnswer) => void = () => {}
  const slow = new Promise<HealthAnswer>(resolve => {
    answerSlow = resolve
  })
  const { probe, asked } = open({ slow, quick: well })
  const rounds = [probe.round(), probe.round()]
  await rounds[1]
  t.same(asked.sort(), ['quick', 'slow'])
  await new Promise(resolve => setImmediate(resolve))
  await probe.round()
  t.same(asked.sort(), ['quick', 'quick', 'slow'])
  probe.follow(['quick'])
  answerSlow(ill)
  await rounds[0]
  t.equal(probe.healthOf('slow'), undefined)
  t.ok(probe.healthOf('quick'))
  probe.follow([])
  t.equal(probe.healthOf('quick'), undefined)
})
