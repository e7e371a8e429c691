import t from 'tap'
import { warmTargets } from '../../brain/warm-targets.js'
import type { RouteWorld } from '../../brain/world/route-world.js'
import type { Missing } from '../../core/contract/readiness.js'

const missing = (over: Partial<Missing>): Missing => ({
  kind: 'detail',
  routeId: 'r',
  method: 'GET',
  pattern: '/books/{id}',
  target: '/books/7',
  scope: '',
  demand: 0.1,
  because: '',
  ...over,
})
const answered = (count: number, scope = ''): RouteWorld =>
  ({
    observations: Array.from({ length: count }, (_, i) => ({ path: `/books/${i}`, query: '', scope, status: 200 })),
  }) as unknown as RouteWorld
const targets = (over: Partial<Missing>, route: RouteWorld | undefined = answered(8)) =>
  warmTargets([missing(over)], () => route).map(({ target }) => target)

t.test('only GETs, for nobody, with a target, on a route that answered many such well', async t => {
  t.same(targets({}), ['/books/7'])
  t.same(targets({ method: 'POST' }), [])
  t.same(targets({ scope: 'a' }), [])
  t.same(targets({ target: null }), [])
  t.same(targets({}, answered(7)), [])
  t.same(targets({}, answered(20, 'a')), [])
  t.same(
    warmTargets([missing({})], () => undefined),
    [],
  )
  const same = { observations: Array.from({ length: 20 }, () => answered(1).observations[0]!) } as unknown as RouteWorld
  t.same(targets({}, same), [], 'one request, however often, proves nothing of others')
})

t.test('what sounds as if it did something is left alone', async t => {
  for (const target of ['/books/7/delete', '/users/7/unsubscribe', '/books/7?action=reset', '/run_job/3', '/logout/7'])
    t.same(targets({ target }), [], target)
  t.same(targets({ target: '/books/7?sort=title' }), ['/books/7?sort=title'])
})
