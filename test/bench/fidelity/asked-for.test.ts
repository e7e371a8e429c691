import t from 'tap'
import { type PromisedRoute, promisedFor } from '../../../bench/fidelity/asked-for.js'
import type { BeforeTheKill } from '../../../bench/fidelity/results.js'
import { made } from './answers.js'

const route = (
  pattern: string | null,
  repeated: number | null,
  unseen: number | null,
  over: Partial<PromisedRoute> = {},
): PromisedRoute => ({
  ...{ method: pattern === null ? null : 'GET', pattern, demand: 0.5 },
  repeated: { share: 0.5, readiness: repeated },
  unseen: { share: 0.5, readiness: unseen },
  ...over,
})
const before = (...routes: PromisedRoute[]): BeforeTheKill => ({
  ...{ settled: true, waitedMs: 0, learning: {}, readiness: 0.9, repeated: 0.8, unseen: 0.4 },
  routes,
})
const asked = (path: string, name = 'param-new', m = 'GET') => {
  const of = made({ class: name, path })
  return { ...of, req: { ...of.req, m } }
}

t.test('a question is promised what its route was, asked before or not', async t => {
  const told = before(
    route('/books', 1, 0.5),
    route('/books/{id}', 0.9, 0.3),
    route('/books/new', 0.7, 0.1),
    route(null, 0.2, 0),
  )
  t.equal(promisedFor([asked('/books?page=2')], told), 0.5)
  t.equal(promisedFor([asked('/books', 'repeat')], told), 1)
  t.equal(promisedFor([asked('/books/7')], told), 0.3)
  t.equal(promisedFor([asked('/books/new')], told), 0.1, 'a constant before a parameter')
  t.equal(promisedFor([asked('/films/7/cast')], told), 0, 'no route is known')
  t.equal(promisedFor([asked('/books', 'repeat'), asked('/books')], told), 0.75)
})

t.test('several questions to one path weigh as the traffic did', async t => {
  const by = (name: string, demand: number, unseen: number) =>
    route(`/graphql#${name}`, 1, unseen, { method: 'POST', demand })
  const told = before(by('query.a', 0.3, 1), by('query.b', 0.1, 0.2))
  t.equal(promisedFor([asked('/graphql', 'param-new', 'POST')], told)?.toFixed(9), '0.800000000')
  t.equal(promisedFor([asked('/graphql?query=x')], told)?.toFixed(9), '0.800000000', 'by GET as well')
})

t.test('what was never measured is promised what all are; writes are promised nothing', async t => {
  t.equal(promisedFor([asked('/books')], before(route('/books', 1, null))), 0.4)
  t.equal(promisedFor([asked('/books', 'unsafe', 'POST')], before(route('/books', 1, 0.5))), undefined)
  const { routes: _, ...untold } = before()
  t.equal(promisedFor([asked('/books')], untold), undefined)
})
