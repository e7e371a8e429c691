// The watch over made-up traffic of half a day: quiet while all is normal, and what is put into it is told. `npm run
// bench:anomalies` does the same at length.
import t from 'tap'
import { ask, lost, START_AT, type Trouble } from '../../../../bench/anomalies/shop.js'
import { watchTraffic } from '../../../../bench/anomalies/watched-traffic.js'
import { TrafficWatch } from '../../../../brain/learn/anomalies/traffic-watch.js'
import { ALL_ROUTES, type AnomalySignal, anomalyFlag } from '../../../../core/contract/anomalies.js'
import { type Fact, factBatch } from '../../../support/fact-batches.js'

const HOUR = 3_600_000
const NOON = START_AT + 12 * HOUR
const normal = watchTraffic({ seed: 1, from: START_AT + 9 * HOUR, to: NOON })

/** What is told of a trouble, once it is. */
function toldOf(trouble: Trouble, forS: number): AnomalySignal[] {
  const { told } = watchTraffic({
    ...{ seed: 2, from: NOON, to: NOON + (60 + forS) * 1000, saved: normal.saved, trouble },
    troubleFrom: NOON + 60_000,
  })
  return told.map(({ signal }) => signal)
}

t.test('three hours of normal traffic: nothing', async t => {
  t.ok(normal.requests > 50_000, `${normal.requests} requests`)
  t.same(
    normal.told.map(({ signal }) => signal.says),
    [],
  )
})

t.test('slow, with what is normal, and with a picture', async t => {
  const route = 'GET /products/{id}'
  const told = toldOf({ slow: { route, times: 4 } }, 240)
  t.ok(told.length > 3, 'told again while it lasts')
  t.same(new Set(told.map(({ kind, subject }) => `${kind} ${subject}`)), new Set([`slow ${route}`]))
  t.match(told[0], { unit: 'ms', severity: /medium|high/, example: { method: 'GET', target: /^\/products\/\d+$/ } })
  t.ok((told[0]!.points?.length ?? 0) > 5, 'with what went before')
  t.ok(told[0]!.strength > 2, `${told[0]!.strength}`)
  t.match(told[0]!.falseAlarms, /once in 1e\+7 spans/)
})

t.test('all fails: one group, not one a route', async t => {
  const told = toldOf({ errors: { route: undefined, share: 0.95, status: 503 } }, 70)
  t.match(
    told.find(({ kind }) => kind === 'errors'),
    { subject: ALL_ROUTES, severity: 'high' },
  )
})

t.test('nobody asks any more', async t => {
  const told = toldOf({ missing: { route: undefined, share: 1 } }, 300)
  t.same(new Set(told.map(({ kind, subject }) => `${kind} ${subject}`)), new Set([`traffic-drop ${ALL_ROUTES}`]))
})

t.test('a scanner, a walk and tried passwords', async t => {
  // From wherever people are: behind an address that many share it may be told of that as well.
  const scan = toldOf({ extra: { perSecond: 5, make: count => lost(`/x${count}`) } }, 60).filter(
    ({ detail }) => detail === '*',
  )
  t.match(scan[0], { kind: 'unknown-routes', example: { target: /^\/x\d+$/, status: 404 } })
  t.ok(scan.length <= 60, 'a signal a second at most, not one a request')
  t.ok(scan.reduce((sum, { count }) => sum + count, 0) > 100, 'and yet all are counted')
  const order = 'GET /orders/{id}'
  const walk = toldOf({ extra: { perSecond: 2, make: count => ask(order, `/orders/${777 + count}`, 'u') } }, 60)
  t.match(walk[0], { kind: 'enumeration', subject: order, says: /in order: \d+ steps from 77\d/ })
  const tried = toldOf({ extra: { perSecond: 3, make: () => ask('POST /login', '/login', '', 401) } }, 60)
  t.match(tried[0], { kind: 'credential-stuffing', subject: 'POST /login', severity: 'high' })
  const expired = toldOf(
    { extra: { perSecond: 3, make: count => ask('GET /users/me', '/users/me', `user-${count % 20}`, 401) } },
    40,
  )
  t.same(expired, [], 'sessions of people who were let in before are no theft')
})

t.test('a route that is found under another name is not missing, and the warm-up does not walk', async t => {
  const watch = new TrafficWatch({ warmsUp: true })
  let seq = 0
  const span = (at: number, route: string, method: 'GET' = 'GET'): Fact[] =>
    Array.from({ length: 20 }, (_, i) => ({
      at,
      seq: seq++,
      route,
      method,
      target: `/things/${seq % 9999}`,
      totalMs: 3 + (i % 5),
    }))
  const run = (from: number, to: number, route: string): void => {
    for (let at = from; at < to; at += 10_000) {
      watch.take(factBatch(1, seq, [...span(at, route), ...span(at, 'GET /other')]), at)
    }
  }
  run(START_AT, START_AT + HOUR, 'GET /things/one')
  run(START_AT + HOUR, START_AT + 1.2 * HOUR, 'GET /things/{id}')
  t.same(
    watch.signals().map(({ says }) => says),
    [],
  )
})

t.test('what a person expects is not told again, and the next process knows', async t => {
  const trouble: Trouble = {
    extra: { perSecond: 2, make: count => ask('GET /orders/{id}', `/orders/${777 + count}`, 'u') },
  }
  const { told, saved } = watchTraffic({
    ...{ seed: 2, from: NOON, to: NOON + 60_000, saved: normal.saved, trouble, troubleFrom: NOON },
  })
  const worst = told.at(-1)!.signal
  const watch = new TrafficWatch({ warmsUp: false }, saved)
  watch.expect(worst, worst.strength, NOON + 60_000)
  const again = watchTraffic({
    ...{ seed: 2, from: NOON, to: NOON + 60_000, trouble, troubleFrom: NOON },
    saved: JSON.parse(JSON.stringify(watch)),
  })
  t.same(again.told, [])
})

t.test('each exchange of a scan carries the flag of its anomaly, and others carry none', async t => {
  const watch = new TrafficWatch({ warmsUp: false }, normal.saved)
  const facts = Array.from({ length: 200 }, (_, i): Fact => {
    const isScan = i % 2 === 0
    return {
      ...{ at: NOON + i, seq: i + 1, route: isScan ? 'unlearned' : 'GET /products' },
      ...(isScan ? { target: `/x${i}`, status: 404 } : {}),
    }
  })
  const flags = watch.take(factBatch(9, 0, facts), NOON + 300)
  t.equal(flags?.length, 200)
  t.equal(flags![0], 0, 'the first is none yet')
  t.equal(flags![198], anomalyFlag('unknown-routes'))
  t.equal(flags![199], 0)
  t.equal(new TrafficWatch({ warmsUp: false }).take(factBatch(9, 0, facts.slice(0, 5)), NOON), undefined)
})
