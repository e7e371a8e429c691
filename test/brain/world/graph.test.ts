import t from 'tap'
import { canonical, endpointOf, fieldRoute, project, withName, withoutName } from '../../../brain/world/graph.js'
import type { GraphField } from '../../../core/contract/graphql-request.js'
import { type JsonNode, parseJson, printJson } from '../../../core/contract/json.js'

const node = (value: unknown): JsonNode => parseJson(JSON.stringify(value))!
const plain = (of: JsonNode): unknown => JSON.parse(printJson(of))
const field = (name: string, alias = name, selection?: readonly GraphField[]): GraphField =>
  ({ name, alias, args: [], selection }) as unknown as GraphField

t.test('a root field of an endpoint is a route, and no other route is one', async t => {
  const route = fieldRoute('/graphql', field('person', 'luke'))
  t.equal(endpointOf(route), '/graphql')
  t.equal(endpointOf('GET /graphql'), undefined)
})

t.test('aliases are undone when learning and done again when answering', async t => {
  const selection = [field('id'), field('name', 'called'), field('home', 'planet', [field('name', 'of')])]
  const learned = canonical(selection, node({ id: 1, called: 'Luke', planet: { of: 'Tatooine' } }))
  t.same(plain(learned), { id: 1, name: 'Luke', home: { name: 'Tatooine' } })
  const other = [field('name', 'n'), field('home', 'h', [field('name')])]
  const counts = { known: 0, missing: 0 }
  t.same(plain(project(other, learned, thing => thing, counts)), { n: 'Luke', h: { name: 'Tatooine' } })
  t.same(counts, { known: 2, missing: 0 })
})

t.test('what was never seen is left out and counted; what is known from elsewhere is not', async t => {
  const asked = [field('id'), field('mass'), field('height')]
  const counts = { known: 0, missing: 0 }
  const more = (thing: JsonNode): JsonNode =>
    thing.kind === 'object' ? { kind: 'object', entries: [...thing.entries, ['height', node(172)]] } : thing
  t.same(plain(project(asked, node({ id: 1 }), more, counts)), { id: 1, height: 172 })
  t.same(counts, { known: 2, missing: 1 })
})

t.test("Relay's edges and plain nodes are one list", async t => {
  const edges = field('edges', 'edges', [field('node', 'node', [field('id')])])
  const learned = canonical([edges], node({ edges: [{ node: { id: 1 } }, { node: { id: 2 } }] }))
  t.same(plain(learned), { nodes: [{ id: 1 }, { id: 2 }] })
  const again = project([edges], learned, thing => thing, { known: 0, missing: 0 })
  t.same(plain(again), { edges: [{ node: { id: 1 } }, { node: { id: 2 } }] })
})

t.test('an answer of errors serves for another alias', async t => {
  const said = node({ data: { luke: null }, errors: [{ message: 'none', path: ['luke', 'name'] }] })
  const at = { line: 1, column: 3 }
  t.same(plain(withName(withoutName(said, { alias: 'luke', at }), { alias: 'leia', at })), {
    data: { leia: null },
    errors: [{ message: 'none', path: ['leia', 'name'] }],
  })
})
