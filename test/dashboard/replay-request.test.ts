import t from 'tap'
import { readReplayPlan } from '../../core/replay/read-plan.js'
import { replayBody, targetsIn } from '../../dashboard/src/replay-request.js'

const bodyOf = (fields: Readonly<Record<string, string>>): Record<string, unknown> =>
  replayBody(name => fields[name] ?? '')

t.test('an empty form says nothing', async t => {
  t.same(bodyOf({}), {})
})

t.test('all that the API takes goes there as it takes it', async t => {
  const body = bodyOf({
    ...{ source: 'history', target: 'http://s:1', from: '15m', to: '5m', status: '5xx', scope: 'kh', sample: '0.1' },
    ...{ seed: '3', limit: '7', pace: 'rate', perSecond: '200', connections: '4', timeoutMs: '50', writes: 'on' },
    ...{ methods: 'get, POST  put', compareFields: 'x-total,x-page', routes: 'GET /a b\r\n\n POST /a ' },
    ...{ ignored: '/items/~/a,b\n:x-id', secrets: '{"values": {"h": "s"}}' },
  })
  t.strictSame(body, {
    ...{ source: 'history', target: 'http://s:1', from: '15m', to: '5m', status: '5xx', scope: 'kh', sample: 0.1 },
    ...{ seed: 3, limit: 7, pace: 'rate', perSecond: 200, connections: 4, timeoutMs: 50, writes: true },
    ...{ methods: ['get', 'POST', 'put'], compareFields: ['x-total', 'x-page'], routes: ['GET /a b', 'POST /a'] },
    ...{ ignored: ['/items/~/a,b', ':x-id'], secrets: { values: { h: 's' } } },
  })
  t.notMatch(readReplayPlan(JSON.stringify(body), ['http://s:1'], Date.now(), 1), { refused: 'plan' })
  t.strictSame(bodyOf({ exchange: 'a-b-c', pace: 'original', speed: '2' }), {
    ...{ exchange: 'a-b-c', pace: 'original', speed: 2 },
  })
})

t.test('what is wrong goes there too, and is refused by its name', async t => {
  for (const [field, text] of [
    ['limit', 'many'],
    ['speed', 'Infinity'],
    ['secrets', 'hush'],
    ['exchange', 'the last one'],
  ] as const)
    t.match(readReplayPlan(JSON.stringify(bodyOf({ [field]: text })), ['http://s:1'], Date.now(), 1), {
      ...{ refused: 'plan', field },
    })
})

t.test('the targets that are allowed', async t => {
  t.same(targetsIn(''), [])
  t.same(targetsIn('http://a:1,https://b/v2'), ['http://a:1', 'https://b/v2'])
})
