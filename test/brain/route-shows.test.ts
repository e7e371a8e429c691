// What edges are taught so that they can put a client's own writes into answers, and what is said of what is gone.
import t from 'tap'
import type { Exchange } from '../../core/contract/exchange.js'
import type { RouteShows } from '../../core/contract/route-shows.js'
import { exchange, open, write } from './learner-in-time.js'

const states = ['in', 'out', 'lost']
const books = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, title: `Book ${i}`, state: states[i % 3]! }))

function seeAll(over: Partial<Exchange> = {}): Exchange[] {
  const see = (target: string, body: unknown) => exchange(target, body, over)
  const page = (all: readonly unknown[], n: number) => ({
    data: { items: all.slice((n - 1) * 5, n * 5), total: all.length },
  })
  return [
    ...[1, 2, 3].map(n => see(`/books?page=${n}&size=5`, page(books, n))),
    see('/books?size=3', { data: { items: books.slice(0, 3), total: 12 } }),
    see('/books', page(books, 1)),
    ...states.flatMap(state => {
      const all = books.filter(book => book.state === state)
      return [
        see(`/books?state=${state}`, page(all, 1)),
        see(`/books?state=${state}&size=2`, { data: { items: all.slice(0, 2), total: all.length } }),
      ]
    }),
    ...books.slice(0, 6).map(book => see(`/books/${book.id}`, { data: book })),
    see('/books?page=1&size=5', page(books, 1)),
  ]
}

t.test('where records stand, what names and counts them, what parameters mean', async t => {
  const { learn, learner } = open(t)
  await learn(...seeAll(), ...seeAll())
  const { routes } = learner.lesson()
  const showsOf = (pattern: string): RouteShows | undefined => routes.find(route => route.pattern === pattern)?.shows
  const list = showsOf('/books')!
  const one = showsOf('/books/{id}')!
  t.match(list, {
    kind: 'many',
    path: ['data', 'items'],
    idMember: 'id',
    total: { path: ['data', 'total'] },
    order: { member: 'id', descending: false },
  })
  t.match(list.ids, { isNumber: true, format: { style: 'count', max: 16 } })
  const inputs = new Map(list.inputs)
  t.same(inputs.get('state'), { kind: 'equals', member: 'state' })
  t.same(inputs.get('page'), { kind: 'page', first: 1 })
  t.same(inputs.get('size'), { kind: 'limit' })
  t.match(one, { kind: 'one', path: ['data'], idMember: 'id', type: list.type })
  t.same(new Map(one.inputs).get('/0'), { kind: 'name' })
})

t.test('what is said of one that is gone, though nobody took it away yet', async t => {
  const { learn, learner } = open(t)
  await learn(...seeAll())
  const ask = (gone: boolean) =>
    learner.compose({
      method: 'GET',
      path: '/books/3',
      query: '',
      scope: '',
      body: '',
      contentType: '',
      ...(gone ? { gone } : {}),
    })
  t.equal(ask(true).kind, 'none', 'nothing of the kind was seen')
  await learn(exchange('/books/77', { error: { code: 'no-book', id: '77' } }, { status: 404 }))
  const said = ask(true)
  t.match(said, { kind: 'answer', status: 404 })
  if (said.kind === 'answer')
    t.same(JSON.parse(Buffer.from(said.body).toString()), { error: { code: 'no-book', id: '3' } })
  t.not(ask(false).kind === 'answer' && (ask(false) as { status?: number }).status, 404)
  await learn(
    write('DELETE', '/books/5', undefined, {}),
    exchange('/books/5', { error: { code: 'gone' } }, { status: 410 }),
  )
  t.match(ask(true), { kind: 'answer', status: 410 }, 'what was said of another that was taken away')
})
