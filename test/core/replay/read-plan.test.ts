import t from 'tap'
import { exchangeIdText } from '../../../core/contract/facts.js'
import { type ReadPlan, readReplayPlan } from '../../../core/replay/read-plan.js'

const NOW = Date.parse('2026-01-31T14:05:00Z')
const allowed = ['http://staging.example:8080']
const read = (given: unknown) => readReplayPlan(JSON.stringify(given), allowed, NOW, 7)

t.test('what is not said is what is least surprising: the last hour, as it came, safe methods', async t => {
  const { plan, target } = read({}) as ReadPlan
  t.match(plan, {
    ...{ source: 'history', target: 'http://staging.example:8080', from: NOW - 3_600_000, to: NOW, writes: false },
    ...{ sample: 1, seed: 7, pace: { kind: 'original', speed: 1 }, connections: 16, limit: 10_000 },
  })
  t.match(target, { host: 'staging.example', port: 8080 })
})

t.test('what is said', async t => {
  const given = {
    ...{
      target: 'http://staging.example:8080/v2',
      from: '15m',
      to: '2026-01-31T14:00:00Z',
      routes: ['GET /users/{id}'],
    },
    ...{ methods: ['get', 'POST'], status: '5xx', scope: 'kh', sample: 0.1, seed: 3, limit: 5, perSecond: 200 },
    ...{ connections: 4, writes: true, timeoutMs: 100, compareFields: ['X-Total'], ignored: ['/a'] },
    secrets: { values: { h: 's' } },
  }
  const { plan, secrets } = read(given) as ReadPlan
  t.match(plan, {
    ...{ from: NOW - 900_000, to: NOW - 300_000, methods: ['GET', 'POST'], status: [500, 599] },
    ...{ pace: { kind: 'rate', perSecond: 200 }, compareFields: ['x-total'] },
  })
  t.same(secrets, { scopes: {}, values: { h: 's' } })
  t.notMatch(JSON.stringify(plan), /secrets/)
  t.match(read({ pace: 'fast' }), { plan: { pace: { kind: 'fast' } } })
  t.match(read({ speed: 10 }), { plan: { pace: { kind: 'original', speed: 10 } } })
})

t.test('one exchange alone: its moment is the window, and nothing beside it chooses', async t => {
  const id = exchangeIdText({ at: NOW - 5000, run: 7, seq: 3 })
  t.match(read({ exchange: id, writes: true, secrets: { values: { h: 's' } } }), {
    plan: { exchange: id, from: NOW - 5000, to: NOW - 4999, routes: undefined, writes: true },
  })
  t.match(read({}), { plan: { exchange: undefined } })
  for (const [given, field] of [
    [{ from: '1h' }, 'from'],
    [{ to: '1h' }, 'to'],
    [{ routes: ['GET /a'] }, 'routes'],
    [{ methods: ['GET'] }, 'methods'],
    [{ status: '5xx' }, 'status'],
    [{ scope: 'kh' }, 'scope'],
    [{ sample: 0.5 }, 'sample'],
    [{ seed: 1 }, 'seed'],
    [{ limit: 1 }, 'limit'],
    [{ source: 'har' }, 'source'],
    [{ exchange: 'the last one' }, 'exchange'],
    [{ exchange: 7 }, 'exchange'],
  ] as const)
    t.match(read({ exchange: id, ...given }), { refused: 'plan', field }, JSON.stringify(given))
})

t.test('what is wrong, where, and what would be right', async t => {
  for (const [given, field, detail] of [
    [{ methods: ['DELETE'] }, 'methods', /DELETE .*only where writes is true/],
    [{ target: 7 }, 'target', /must be a URL/],
    [{ colour: 'red' }, 'colour', /no member of a replay/],
    [{ from: 'yesterday' }, 'from', /such as 15m/],
    [{ from: '1h', to: '2h' }, 'from', /before to/],
    [{ status: 'ok' }, 'status', /5xx/],
    [{ sample: 2 }, 'sample', /0 to 1/],
    [{ limit: 1.5 }, 'limit', /whole/],
    [{ pace: 'slow' }, 'pace', /original, rate, fast/],
    [{ pace: 'rate' }, 'perSecond', /missing/],
    [{ pace: 'fast', speed: 2 }, 'speed', /means nothing to the pace fast/],
    [{ connections: 0 }, 'connections', /1 to 1024/],
    [{ writes: 'yes' }, 'writes', /true or false/],
    [{ routes: 'all' }, 'routes', /list/],
    [{ compareFields: ['a b'] }, 'compareFields', /no name of a field/],
    [{ ignored: ['a'] }, 'ignored', /fetchedAt/],
    [{ secrets: { scopes: { '*': 'hush' } } }, 'secrets', /^(?!.*hush)/],
    [[], 'body', /JSON object/],
  ] as const)
    t.match(read(given), { refused: 'plan', field, detail }, JSON.stringify(given))
  t.match(read({ target: 'http://evil.example' }), { refused: 'target', detail: /not in the allow-list/ })
  t.match(readReplayPlan('{"secrets": hush', allowed, NOW, 1), { field: 'body', detail: /^(?!.*hush)/ })
  t.match(readReplayPlan('{}', [], NOW, 1), { refused: 'target', detail: /CHAOS_REPLAY_TARGETS/ })
})
