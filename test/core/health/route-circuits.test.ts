import t from 'tap'
import { FIRST_ROUTE_CIRCUIT, ROUTE_CIRCUITS, UPSTREAM_CIRCUIT } from '../../../core/contract/circuits.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import { RouteCircuits } from '../../../core/health/route-circuits.js'

const route = (pattern: string) => ({ method: 'GET', pattern }) as LessonRoute
const many = (count: number, prefix = 'r') => Array.from({ length: count }, (_, i) => route(`/${prefix}${i}`))

t.test('a route keeps its circuit over all lessons', async t => {
  const circuits = new RouteCircuits()
  const [a, b] = circuits.assign([route('/a'), route('/b')], 0).circuits
  t.same(circuits.assign([route('/new'), route('/b'), route('/a')], 1), {
    circuits: [FIRST_ROUTE_CIRCUIT + 2, b, a],
    fresh: [FIRST_ROUTE_CIRCUIT + 2],
    gone: [],
  })
  t.equal(circuits.nameOf(a!), 'GET /a')
  t.equal(circuits.nameOf(3), 'unlearned, group 3 of 64')
})

t.test('there are so many and no more; that of a route which is gone is used again, after a while', async t => {
  const circuits = new RouteCircuits()
  const first = circuits.assign(many(ROUTE_CIRCUITS + 5), 0)
  t.equal(first.circuits.filter(circuit => circuit === UPSTREAM_CIRCUIT).length, 5)
  t.equal(new Set(first.fresh).size, ROUTE_CIRCUITS)
  const others = many(ROUTE_CIRCUITS - 1)
  const gone = circuits.assign([...others, route('/late')], 1000)
  t.same(gone.gone, [first.circuits[ROUTE_CIRCUITS - 1]])
  t.same(gone.fresh, [], 'edges may still count for the one before')
  t.same(circuits.assign([...others, route('/late')], 121_000).fresh, gone.gone)
  t.equal(circuits.live.length, 64 + ROUTE_CIRCUITS)
})

t.test('what no path can match needs none', async t => {
  const { circuits } = new RouteCircuits().assign([route('/graphql/#query.film'), route('/a')], 0)
  t.same(circuits, [UPSTREAM_CIRCUIT, FIRST_ROUTE_CIRCUIT])
})
