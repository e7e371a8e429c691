import t from 'tap'
import { readExchangeQuery, readRoutesQuery, readSeriesQuery, readWindow } from '../../../core/admin/history-query.js'

const NOW = Date.parse('2026-01-31T14:05:00Z')
const MINUTE = 60_000
const exchanges = (text: string) => readExchangeQuery(new URLSearchParams(text), NOW)

t.test('a moment is a date, epoch ms, or how long ago; without any it is the last hour', async t => {
  t.match(exchanges(''), { from: NOW - 60 * MINUTE, to: NOW, limit: 50, route: undefined, by: undefined })
  t.match(exchanges('from=15m'), { from: NOW - 15 * MINUTE, to: NOW })
  t.match(exchanges('from=2d&to=36h'), { from: NOW - 48 * 60 * MINUTE, to: NOW - 36 * 60 * MINUTE })
  t.match(exchanges('from=90s'), { from: NOW - 90_000 })
  t.match(exchanges('from=2026-01-31T13:00:00Z'), { from: NOW - 65 * MINUTE })
  t.match(exchanges(`from=${NOW - 5}&to=${NOW}`), { from: NOW - 5, to: NOW })
  t.match(exchanges('to=3h'), { from: NOW - 240 * MINUTE, to: NOW - 180 * MINUTE }, 'an hour before its end')
})

t.test('what is chosen', async t => {
  t.match(exchanges('status=503'), { status: [503, 503] })
  t.match(exchanges('status=5xx'), { status: [500, 599] })
  t.match(exchanges('status=400-499'), { status: [400, 499] })
  t.match(exchanges('by=ghost,refusal'), { by: ['exact', 'entity', 'query', 'template', 'semantic', 'refusal'] })
  t.match(exchanges('route=GET%20/users/{id}&method=get&scope=abc&limit=7&cursor=a-b-c'), {
    ...{ route: 'GET /users/{id}', method: 'GET', scope: 'abc', limit: 7, cursor: 'a-b-c' },
  })
  t.match(readSeriesQuery(new URLSearchParams('route=x&points=9'), NOW), { route: 'x', points: 9 })
  t.match(readRoutesQuery(new URLSearchParams('order=p99'), NOW), { order: 'p99', limit: 20 })
  t.same(readWindow(new URLSearchParams(''), NOW), { from: NOW - 60 * MINUTE, to: NOW })
})

t.test('what is wrong is named, with what would be right', async t => {
  for (const [text, field] of [
    ['from=yesterday', 'from'],
    ['from=99999999999999999999', 'from'],
    ['to=2026-13-01', 'to'],
    ['from=1h&to=2h', 'from'],
    ['status=6xx', 'status'],
    ['status=ok', 'status'],
    ['by=somebody', 'by'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1e2', 'limit'],
    ['colour=red', 'colour'],
  ] as const)
    t.match(exchanges(text), { field, detail: /\w/ }, text)
  t.match(readRoutesQuery(new URLSearchParams('order=beauty'), NOW), { field: 'order', detail: /requests, errors/ })
  t.match(readSeriesQuery(new URLSearchParams('limit=1'), NOW), { field: 'limit', detail: /points/ })
})
