import t from 'tap'
import { MAX_ROUTES, RouteTable } from '../../../brain/learn/route-table.js'
import { RouteMatcher } from '../../../core/contract/route-match.js'
import { seededRandom } from '../../support/random.js'

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

t.test('a word that is answered in a way of its own, and no other value so, is a constant after all', async t => {
  const table = new RouteTable()
  const watched = [...words, 'ivory', 'azure', 'olive']
  for (const word of watched) table.observe('GET', `/colours/${word}`, 'colour', 1)
  t.equal(table.match('GET', '/colours/me')?.route.pattern, '/colours/{id}')
  for (let i = 0; i < 2; i++) for (const word of watched) table.observe('GET', `/colours/${word}`, 'colour', 2)
  const param = table.match('GET', '/colours/red')!.route
  for (let i = 0; i < 2; i++) t.equal(table.observe('GET', '/colours/me', 'own', 3).split, undefined)
  const { route, params, split } = table.observe('GET', '/colours/me', 'own', 4)
  t.match(route, { pattern: '/colours/me', seen: 3, lastSeenAt: 4 })
  t.same(params, [])
  t.same(split, { from: param.id, to: route!.id })
  t.equal(table.match('GET', '/colours/red')?.route.id, param.id)
  const again = RouteTable.fromJSON(JSON.parse(JSON.stringify(table)))
  t.equal(again.match('GET', '/colours/me')?.route.id, route!.id)
})

t.test('values that lack a member, or name themselves, stay values', async t => {
  const random = seededRandom(7)
  const table = new RouteTable()
  const many = Array.from({ length: 60 }, (_, i) => `${words[i % 10]}${words[Math.floor(i / 10)]}`)
  const shapes = new Map(many.map(word => [word, random() < 0.8 ? 'whole' : random() < 0.5 ? 'short' : 'shorter']))
  for (let i = 0; i < 3000; i++) {
    const word = many[Math.floor(random() * many.length)]!
    const { split } = table.observe('GET', `/people/${word}`, shapes.get(word)!, i, word.startsWith('p'))
    t.equal(split, undefined)
  }
  t.ok(patterns(table).includes('GET /people/{id}'))
})

t.test(
  '100,000 random paths, all answered well, make no more routes than there may be, and leave those there are',
  async t => {
    const random = seededRandom(11)
    const table = new RouteTable()
    for (let i = 0; i < 10; i++) learn(table, ['/users/1', '/users/me', '/orders/7/items'])
    const known = patterns(table)
    const part = (): string => {
      const kind = random()
      if (kind < 0.3) return Math.floor(random() * 1e6).toString()
      if (kind < 0.6)
        return random()
          .toString(36)
          .slice(2, 2 + Math.ceil(random() * 12))
      return words[Math.floor(random() * words.length)]! + (random() < 0.5 ? '' : random().toString(36).slice(2, 5))
    }
    const startedAt = process.cpuUsage().user
    for (let i = 0; i < 100_000; i++) {
      const path = `/${Array.from({ length: 1 + Math.floor(random() * 5) }, part).join('/')}`
      table.observe('GET', path, `s${Math.floor(random() * 50)}`, i)
    }
    t.ok(table.size <= MAX_ROUTES, `${table.size} routes`)
    t.ok(JSON.stringify(table).length < 4_000_000, 'nor does what is kept of them')
    t.ok(process.cpuUsage().user - startedAt < 60e6)
    for (const pattern of known) t.ok(patterns(table).includes(pattern), pattern)
  },
)
