import t from 'tap'
import { readPlan } from '../../../core/drills/read-plan.js'

const routes = ['GET /users/{id}', 'PUT /users/{id}', 'GET /maps']
const read = (value: unknown) => readPlan(typeof value === 'string' ? value : JSON.stringify(value), routes, 7)

t.test('what is not said has a meaning', async t => {
  t.same(read({ kind: 'blackout', durationS: 60 }), {
    ...{ kind: 'blackout', share: 1, routes: undefined, rampS: 0, seed: 7, durationS: 60, concurrent: false },
    ...{ latencyMs: 1000, status: 503 },
  })
  const all = { share: 0.25, routes: ['GET /maps', '/users/{id}'], rampS: 30, seed: 0, durationS: 60, concurrent: true }
  t.same(read({ kind: 'error', ...all, status: 502 }), { kind: 'error', ...all, latencyMs: 1000, status: 502 })
  t.match(read({ kind: 'latency', durationS: 1, latencyMs: 20, routes: 'all' }), { latencyMs: 20, routes: undefined })
})

t.test('what is wrong is named by its field, and how to put it right', async t => {
  const well = { kind: 'blackout', durationS: 60 }
  const bad: readonly [string, unknown, RegExp][] = [
    ['body', '', /JSON object/],
    ['body', '[]', /JSON object/],
    ['body', 'null', /JSON object/],
    ['kind', { durationS: 60 }, /is missing.*blackout/],
    ['kind', { ...well, kind: 'flood' }, /"flood".*blackout/],
    ['kind', { ...well, kind: ['blackout'] }, /must be one of/],
    ['durationS', { kind: 'blackout' }, /is missing/],
    ['durationS', { ...well, durationS: 0 }, /from 1 to 86400/],
    ['durationS', { ...well, durationS: 86_401 }, /from 1 to 86400/],
    ['durationS', { ...well, durationS: '60' }, /is "60"/],
    ['share', { ...well, share: -0.1 }, /-0.1.*from 0 to 1/],
    ['share', { ...well, share: 1.1 }, /from 0 to 1/],
    ['share', { ...well, share: null }, /from 0 to 1/],
    ['rampS', { ...well, rampS: 61 }, /durationS \(60\)/],
    ['seed', { ...well, seed: 1.5 }, /whole number/],
    ['seed', { ...well, seed: 2 ** 32 }, /whole number/],
    ['concurrent', { ...well, concurrent: 'yes' }, /true or false/],
    ['latencyMs', { ...well, latencyMs: 10 }, /means nothing to the kind blackout/],
    ['latencyMs', { ...well, kind: 'latency', latencyMs: 0 }, /from 1/],
    ['status', { ...well, status: 503 }, /means nothing/],
    ['status', { ...well, kind: 'error', status: 404 }, /500, 502, 503, 504/],
    ['routes', { ...well, routes: [] }, /learned routes/],
    ['routes', { ...well, routes: '/maps' }, /learned routes/],
    ['routes', { ...well, routes: ['GET /maps', 'POST /maps'] }, /no learned route is "POST \/maps"/],
    ['routes', { ...well, routes: [1] }, /no learned route is 1/],
    ['shares', { ...well, shares: 1 }, /«shares» is no member.*share/],
  ]
  for (const [field, given, detail] of bad) t.match(read(given), { problem: { field, detail } }, `${field} ${detail}`)
})
