// What is asked in words, unlike all that was asked before.
import t from 'tap'
import { ExchangeWatch } from '../../../../brain/learn/anomalies/exchange-watch.js'
import type { AnomalySignal } from '../../../../core/contract/anomalies.js'

const ROUTE = 'GET /search'
const asked = { method: 'GET', path: '/search', query: 'q=x', status: 200, scope: '', startedAt: 1000 }

/** Texts as near to each other as those of one subject are. */
function taught(texts: number): ExchangeWatch {
  const watch = new ExchangeWatch({ watchesQueries: true })
  for (let i = 0; i < texts; i++) watch.distance(ROUTE, asked, 0.8 + (i % 10) / 100)
  return watch
}

function far(watch: ExchangeWatch, times: number): AnomalySignal[] {
  for (let i = 0; i < times; i++) watch.distance(ROUTE, asked, 0.1)
  return watch.signals()
}

t.test('some texts far from all others are one anomaly, with the numbers', async t => {
  const watch = taught(2000)
  t.same(watch.signals(), [], 'what is normal is not told')
  const [signal, ...others] = far(watch, 6)
  t.same(others, [])
  t.match(signal, { kind: 'distant-request', subject: ROUTE, unit: 'similarity', example: { target: '/search?q=x' } })
  t.match(signal!.says, /unlike all that was asked before: a similarity of 0\.1/)
})

t.test('one far text is chance, and of few texts nothing follows', async t => {
  t.same(far(taught(2000), 1), [])
  t.same(far(taught(50), 6), [])
})

t.test('it is known after a restart, and normal once a person said so', async t => {
  const before = taught(2000)
  const again = new ExchangeWatch({ watchesQueries: true }, JSON.parse(JSON.stringify(before)))
  t.equal(far(again, 6).length, 1)
  again.expect({ kind: 'distant-request', subject: ROUTE, detail: '' })
  t.same(far(again, 6), [])
})
