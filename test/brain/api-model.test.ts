// What the model may say to whom, and what it does not learn.
import t from 'tap'
import { ApiModel } from '../../brain/api-model.js'
import { GradeBudget } from '../../brain/grade/budget.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { parseJson } from '../../core/contract/json.js'

const plain = { kind: 'plain' } as const
const place = (id: string) => ({ routeId: 'book', pattern: '/books/{id}', params: [id] })
const list = { routeId: 'books', pattern: '/books', params: [] }

const open = () => {
  const model = new ApiModel(new GradeBudget(1, () => 0))
  let at = 1_000_000
  return {
    model,
    learn: (
      path: string,
      query: string,
      where: { routeId: string; pattern: string; params: readonly string[] },
      body: unknown,
      of: { scope?: string; headers?: string[]; vary?: string[]; status?: number } = {},
    ) => {
      at += 1000
      const { scope = '', headers = [], vary = [], status = 200 } = of
      const answered = {
        method: 'GET',
        path,
        query,
        scope,
        status,
        headers: ['content-type', 'application/json', ...headers],
        redactions: 0,
        completedAt: at,
        vary,
      }
      model.learn(answered, plain, where, parseJson(JSON.stringify(body)), 0)
    },
    ask: (
      path: string,
      query: string,
      where: { routeId: string; pattern: string; params: readonly string[] },
      scope = '',
    ) => {
      const reply = model.compose({ path, query, scope }, plain, where)
      return reply.kind === 'none' ? reply : { ...reply, body: JSON.parse(Buffer.from(reply.body).toString()) }
    },
  }
}
const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ id: from + i, title: `T${from + i}`, shelf: (from + i) % 2 }))

t.test('what one credential was shown is in no answer to another: neither values nor fields', async t => {
  const { learn, ask } = open()
  for (let id = 1; id <= 5; id++)
    learn(
      `/books/${id}`,
      '',
      place(String(id)),
      { id, title: `T${id}`, shelf: id % 2 },
      { scope: 'alice', headers: ['x-user', 'alice'] },
    )
  learn('/books', '', list, rows(1, 20), { scope: 'alice', headers: ['x-user', 'alice'] })
  const own = ask('/books/12', '', place('12'), 'alice')
  t.match(own, { kind: 'answer', body: { id: 12, title: 'T12' } })
  t.match(ask('/books/12', '', place('12'), 'bob'), { kind: 'none' })
  t.match(ask('/books', 'shelf=1', list, 'bob'), { kind: 'none' })
  t.match(ask('/books/12', '', place('12'), ''), { kind: 'none' })
  // Bob has seen another book himself: what stands around it is his own.
  learn('/books/77', '', place('77'), { id: 77, title: 'T77', shelf: 1 }, { scope: 'bob', headers: ['x-user', 'bob'] })
  t.match(ask('/books/12', '', place('12'), 'bob'), { kind: 'none' })
  const bobs = ask('/books/77', '', place('77'), 'bob')
  t.match(bobs, { kind: 'answer', headers: ['content-type', 'application/json', 'x-user', 'bob'] })
})

t.test('fields that differ from answer to answer are in none that is put together', async t => {
  const { learn, ask } = open()
  for (let id = 1; id <= 5; id++)
    learn(
      `/books/${id}`,
      '',
      place(String(id)),
      { id, title: `T${id}`, shelf: id % 2 },
      { headers: ['x-request-id', String(id * 7), 'x-api', 'v2'] },
    )
  learn('/books', '', list, rows(1, 20))
  t.match(ask('/books/12', '', place('12')), {
    kind: 'answer',
    headers: ['content-type', 'application/json', 'x-api', 'v2'],
  })
})

t.test('answers that vary by more than credentials and media type are left to exact ghosts', async t => {
  const { learn, ask } = open()
  learn('/books', '', list, rows(1, 20), { vary: ['accept-language'] })
  t.match(ask('/books', '', list), { kind: 'none' })
  learn('/books', '', list, rows(1, 20), { vary: ['accept', 'cookie'] })
  t.match(ask('/books', '', list), { kind: 'answer', body: rows(1, 20) })
})

t.test('a write is known at once, in the detail and in every list', async t => {
  const { learn, ask } = open()
  learn('/books', '', list, rows(1, 20))
  learn('/books/3', '', place('3'), { id: 3, title: 'T3', shelf: 1 })
  learn('/books/3', '', place('3'), { id: 3, title: 'New', shelf: 1 })
  const titles = (reply: { body?: unknown }) =>
    (reply.body as { id: number; title: string }[]).map(({ title }) => title)
  t.equal(titles(ask('/books', '', list) as { body: unknown })[2], 'New')
})

t.test('a thing that was never shown leaves its list: all behind it moves up', async t => {
  const { learn, ask, model } = open()
  const page = (n: number) => rows((n - 1) * 10 + 1, n * 10)
  for (const n of [1, 3, 4]) learn('/books', `page=${n}&size=10`, list, page(n), { headers: ['x-total-count', '60'] })
  learn('/books/3', '', place('3'), rows(3, 3)[0])
  t.match(ask('/books', 'page=5&size=5', list), { body: rows(21, 25) })
  const headers = ['content-type', 'application/json']
  const gone = { method: 'DELETE', path: '/books/15', query: '', scope: '', status: 200, headers, completedAt: 9e12 }
  model.learnWrite(gone as unknown as Exchange, place('15'), undefined, undefined, undefined)
  t.match(ask('/books', 'page=5&size=5', list), { body: rows(22, 26) })
})

t.test(
  'what is said of places that are none is graded by each such place, as if it alone had never been asked',
  async t => {
    const { learn, model } = open()
    const headers = ['content-type', 'application/json']
    const nowhere = (path: string, seen: number) =>
      model.learn(
        { method: 'GET', path, query: '', scope: '', status: 404, headers, redactions: 0, completedAt: 1 },
        plain,
        undefined,
        parseJson('{"error":"no such place"}'),
        seen,
      )
    const of = (kind: string) => model.savedGrades().all.find(([name]) => name === kind)?.[1]
    learn('/books', '', list, rows(1, 5))
    nowhere('/films', 0)
    nowhere('/plays', 0)
    // No new route for long.
    for (let i = 0; i < 100; i++) learn('/books', '', list, rows(1, 5))
    t.equal(of('absent no-route-settled nobody'), undefined, 'nothing was asked since')
    for (let seen = 1; seen < 7; seen++) for (const path of ['/films', '/plays']) nowhere(path, seen)
    t.match(of('absent no-route-settled nobody'), { right: 2, wrong: 0, graded: 2 }, 'each once')
  },
)

t.test('the only place that is none has no other to be graded by', async t => {
  const { learn, model } = open()
  learn('/books', '', list, rows(1, 5))
  const headers = ['content-type', 'application/json']
  for (let seen = 0; seen < 4; seen++)
    model.learn(
      { method: 'GET', path: '/films', query: '', scope: '', status: 404, headers, redactions: 0, completedAt: 1 },
      plain,
      undefined,
      parseJson('{"error":"no such place"}'),
      seen,
    )
  t.same(
    model.savedGrades().all.filter(([kind]) => kind.includes('no-route')),
    [],
  )
})

t.test('how sure anything is where no route is known is no less than what is said there', async t => {
  const { model } = open()
  t.same(model.nowhere(), { nobody: 0, others: 0 }, 'nothing was seen')
  const gone = { status: 404, headers: ['content-type', 'application/json'], redactions: 0, method: 'GET' }
  const learn = (path: string, scope: string, at: number) =>
    model.learn({ ...gone, path, query: '', scope, completedAt: at }, plain, undefined, parseJson('{"error":"no"}'), 0)
  for (let i = 1; i <= 12; i++) learn(`/a/${i}/none`, '', i)
  const reply = model.compose({ path: '/a/b/c', query: '', scope: '' }, plain, undefined)
  t.equal(reply.kind, 'answer')
  const { nobody, others } = model.nowhere()
  t.ok(reply.kind === 'answer' && reply.grade.lowerBound > 0.5 && nobody >= reply.grade.lowerBound)
  t.equal(others, 0, 'nobody with credentials was told so')
  for (let i = 1; i <= 12; i++) learn(`/b/${i}/none`, 'alice', 20 + i)
  const hers = model.compose({ path: '/b/b/c', query: '', scope: 'alice' }, plain, undefined)
  t.equal(hers.kind, 'answer')
  t.ok(hers.kind === 'answer' && model.nowhere().others >= hers.grade.lowerBound)
})
