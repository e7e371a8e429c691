import t from 'tap'
import { MAX_ROUTES, RouteTable } from '../../../brain/learn/route-table.js'
import { RouteMatcher } from '../../../core/contract/route-match.js'

const patterns = (table: RouteTable): string[] =>
  [...table.routes()].map(({ method, pattern }) => `${method} ${pattern}`)
const learn = (table: RouteTable, paths: readonly string[], shape = 'shape'): RouteTable => {
  for (const path of paths) table.observe('GET', path, shape, 1)
  return table
}
const words = ['red', 'green', 'blue', 'black', 'white', 'pink', 'grey', 'brown', 'gold', 'cyan']

t.test('what looks like an id is a parameter at once', async t => {
  const table = learn(new RouteTable(), [
    '/',
    '/users',
    '/users/7',
    '/users/8/posts/2024-05-01',
    '/users/9/posts/2024-05-02',
    '/orders/0b6f7e2a-9a53-4c11-8f0e-2f1d2c3b4a59',
    '/blobs/deadbeef01',
    '/keys/V1StGXR8Z5jdHi6BmyT',
  ])
  t.same(patterns(table).sort(), [
    'GET /',
    'GET /blobs/{id}',
    'GET /keys/{id}',
    'GET /orders/{id}',
    'GET /users',
    'GET /users/{id}',
    'GET /users/{id}/posts/{id2}',
  ])
  const types = [...table.routes()]
    .flatMap(({ segments }) => segments)
    .flatMap(s => (s.kind === 'param' ? [s.type] : []))
  t.same([...new Set(types)].sort(), ['date', 'hex', 'int', 'opaque', 'uuid'])
})

t.test('words become a parameter when there are many with answers of one shape', async t => {
  const table = new RouteTable()
  learn(
    table,
    words.slice(0, 7).map(word => `/colours/${word}`),
  )
  t.equal(table.size, 7, 'seven are not enough')
  const { route, params, moved } = table.observe('GET', '/colours/gold', 'shape', 5)
  t.equal(route?.pattern, '/colours/{id}')
  t.same(params, ['gold'])
  t.equal(new Set(moved.map(({ from }) => from)).size, 8, 'all of them moved')
  t.ok(moved.every(({ to }) => to === route!.id))
  t.equal(route!.seen, 8, 'what was counted moved along')
  t.equal(route!.lastSeenAt, 5)
  t.same(patterns(table), ['GET /colours/{id}'])
  t.same(table.match('GET', '/colours/never-seen')?.params, ['never-seen'])
})

t.test('words stay constants where the answers have different shapes', async t => {
  const table = new RouteTable()
  for (const word of words) table.observe('GET', `/${word}`, `shape of ${word}`, 1)
  t.equal(table.size, words.length)
})

t.test('what is below the words goes along: /shops/{id}/items/{id2}', async t => {
  const table = new RouteTable()
  for (const word of words) learn(table, [`/shops/${word}`, `/shops/${word}/items/7`])
  t.same(patterns(table).sort(), ['GET /shops/{id}', 'GET /shops/{id}/items/{id2}'])
  t.equal(table.match('GET', '/shops/any/items/9')?.route.pattern, '/shops/{id}/items/{id2}')
  t.same(table.match('GET', '/shops/any/items/9')?.params, ['any', '9'])
})

t.test('a constant stays beside a parameter', async t => {
  const table = learn(new RouteTable(), ['/users/me', '/users/1', '/users/2', '/users/me/posts', '/users/1/posts'])
  t.equal(table.match('GET', '/users/me')?.route.pattern, '/users/me')
  t.equal(table.match('GET', '/users/3')?.route.pattern, '/users/{id}')
  t.equal(table.match('GET', '/users/me/posts')?.route.pattern, '/users/me/posts')
  t.equal(table.match('GET', '/users/new'), undefined, 'and a word is no id')
  t.equal(table.match('POST', '/users/1'), undefined)
})

t.test('the type of a place widens in every pattern through it', async t => {
  const table = learn(new RouteTable(), ['/a/1', '/a/1/b', '/a/0b6f7e2a-9a53-4c11-8f0e-2f1d2c3b4a59'])
  for (const { segments } of table.routes()) t.match(segments[1], { kind: 'param', type: 'opaque' })
  learn(
    table,
    words.map(word => `/a/${word}`),
  )
  for (const { segments } of table.routes()) t.match(segments[1], { kind: 'param', type: 'slug' })
  t.equal(table.match('GET', '/a/word/b')?.route.pattern, '/a/{id}/b')
})

t.test('the edges find what the learner finds', async t => {
  const table = new RouteTable()
  for (const word of words)
    learn(table, [`/shops/${word}`, `/shops/${word}/items/7`, '/users/7', '/users/me', '/', '/a//b'])
  const matcher = new RouteMatcher([...table.routes()].map(route => ({ ...route, grades: {}, templateVersion: 0 })))
  for (const path of [
    '/',
    '/users/7',
    '/users/me',
    '/users/x',
    '/shops/z',
    '/shops/z/items/1',
    '/shops',
    '/a//b',
    '/a/',
    '',
  ]) {
    const mine = table.match('GET', path)
    const theirs = matcher.match('GET', path)
    t.equal(theirs?.route.id, mine?.route.id, path)
    t.same(theirs?.params, mine?.params, path)
  }
})

t.test('survives a restart', async t => {
  const table = new RouteTable()
  for (const word of words) learn(table, [`/shops/${word}`, `/shops/${word}/items/7`, '/users/7'])
  const again = RouteTable.fromJSON(JSON.parse(JSON.stringify(table)))
  const routes = (of: RouteTable) => [...of.routes()].sort((a, b) => (a.id < b.id ? -1 : 1))
  t.same(routes(again), routes(table))
  t.equal(again.observe('GET', '/shops/another', 'shape', 9).route?.id, table.match('GET', '/shops/any')?.route.id)
})

t.test('junk cannot make it grow without bound', async t => {
  const table = new RouteTable()
  for (let i = 0; i < 3 * MAX_ROUTES; i++)
    table.observe('GET', `/w${i.toString(36)}x/${'y'.repeat(i % 7)}z/q${i}`, `${i}`, 1)
  t.ok(table.size <= MAX_ROUTES, `${table.size}`)
  for (let i = 0; i < 2 * MAX_ROUTES; i++) table.observe(`M${i}`, '/x', 's', 1)
  t.ok(table.size <= MAX_ROUTES)
  const bytes = JSON.stringify(table).length
  for (let i = 0; i < MAX_ROUTES; i++) table.observe(`N${i}`, `/${i}x`, 's', 1)
  t.equal(JSON.stringify(table).length, bytes, 'a full table takes nothing in')
  t.equal(table.observe('GET', '/a'.repeat(1000), 's', 1).route, undefined)
})

t.test('a path with braces in it is no pattern', async t => {
  const table = learn(new RouteTable(), ['/users/7', '/users/{id}'])
  t.equal(new Set([...table.routes()].map(({ id }) => id)).size, 2)
})
