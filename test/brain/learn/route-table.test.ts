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

// ── constants and values in any segment ──────────────────────────────────────────────────────────────────────────────

const people = [...words, 'ivory', 'azure', 'olive']
const ofPeople = (table: RouteTable, below: string, shape: string, rounds: number): RouteTable => {
  for (let i = 0; i < rounds; i++) for (const name of people) table.observe('GET', `/users/${name}${below}`, shape, 1)
  return table
}

t.test('a word in the middle that is answered in a way of its own is a constant there, and nowhere else', async t => {
  const table = ofPeople(ofPeople(new RouteTable(), '', 'user', 3), '/orders', 'orders', 3)
  ofPeople(table, '/orders/7', 'order', 3)
  t.same(patterns(table).sort(), ['GET /users/{id}', 'GET /users/{id}/orders', 'GET /users/{id}/orders/{id2}'])
  const from = table.match('GET', '/users/me/orders')!.route
  for (let i = 0; i < 2; i++) t.equal(table.observe('GET', '/users/me/orders', 'own', 2).split, undefined)
  const { route, params, split } = table.observe('GET', '/users/me/orders', 'own', 3)
  t.match(route, { pattern: '/users/me/orders', seen: 3, lastSeenAt: 3 })
  t.same(params, [])
  t.same(split, { from: from.id, to: route!.id })
  t.equal(table.match('GET', '/users/red/orders')?.route.id, from.id)
  t.equal(
    table.observe('GET', '/users/me', 'user', 4).route?.pattern,
    '/users/{id}',
    'what is answered alike is shared',
  )
  t.equal(table.observe('GET', '/users/me/orders/8', 'order', 4).route?.pattern, '/users/{id}/orders/{id2}')
  t.equal(table.observe('GET', '/users/me/orders/8/lines', 'lines', 4).route?.pattern, '/users/me/orders/{id}/lines')
  const again = RouteTable.fromJSON(JSON.parse(JSON.stringify(table)))
  t.equal(again.match('GET', '/users/me/orders')?.route.id, route!.id)
  t.equal(again.match('GET', '/users/me/orders/9')?.route.pattern, '/users/{id}/orders/{id2}')
})

t.test('what is behind such a word keeps its parameters', async t => {
  const table = ofPeople(new RouteTable(), '/orders/7', 'order', 4)
  const split = [11, 12, 13].map(id => table.observe('GET', `/users/me/orders/${id}`, 'own', 2)).at(-1)!
  t.equal(split.route?.pattern, '/users/me/orders/{id}')
  t.same(split.params, ['13'])
  t.same(table.match('GET', '/users/me/orders/99')?.params, ['99'])
  t.equal(table.match('GET', '/users/red/orders/99')?.route.pattern, '/users/{id}/orders/{id2}')
  const matcher = new RouteMatcher([...table.routes()].map(route => ({ ...route, grades: {}, templateVersion: 0 })))
  for (const path of ['/users/me/orders/9', '/users/red/orders/9', '/users/me/orders'])
    t.equal(matcher.match('GET', path)?.route.id, table.match('GET', path)?.route.id, path)
})

t.test('of several words in one path it is the one that tells', async t => {
  const tenants = ['acme', 'beta', 'corp', 'delta', 'echo', 'fox', 'golf', 'hotel', 'india']
  const table = new RouteTable()
  for (let round = 0; round < 3; round++)
    for (const tenant of tenants)
      for (const name of people) table.observe('GET', `/v1/${tenant}/users/${name}`, 'user', 1)
  t.equal(table.match('GET', '/v1/acme/users/red')?.route.pattern, '/v1/{id}/users/{id2}')
  for (const tenant of tenants.slice(0, 4)) table.observe('GET', `/v1/${tenant}/users/me`, 'own', 2)
  t.equal(table.match('GET', '/v1/acme/users/me')?.route.pattern, '/v1/{id}/users/me')
  t.equal(table.match('GET', '/v1/acme/users/red')?.route.pattern, '/v1/{id}/users/{id2}')
  for (const name of people.slice(0, 4)) table.observe('GET', `/v1/system/users/${name}`, 'account', 2)
  t.equal(table.match('GET', '/v1/system/users/red')?.route.pattern, '/v1/system/users/{id}')
  t.equal(table.match('GET', '/v1/acme/users/red')?.route.pattern, '/v1/{id}/users/{id2}')
})

t.test('a constant that is answered as the values beside it is a value again; to and fro takes longer', async t => {
  const table = ofPeople(new RouteTable(), '/orders', 'orders', 8)
  const me = (shape: string) => table.observe('GET', '/users/me/orders', shape, 5)
  const until = (shape: string, done: () => boolean): number => {
    for (let times = 1; times <= 200; times++) {
      me(shape)
      if (done()) return times
      ofPeople(table, '/orders', 'orders', 1)
    }
    return Number.NaN
  }
  const isOwn = (): boolean => table.match('GET', '/users/me/orders')?.route.pattern === '/users/me/orders'
  t.equal(until('own', isOwn), 3)
  const own = table.match('GET', '/users/me/orders')!.route
  const seen = table.match('GET', '/users/red/orders')!.route.seen
  for (let i = 0; i < 5; i++) t.same(me('orders').moved, [])
  const { moved, route } = me('orders')
  t.same(moved, [{ from: own.id, to: route!.id }])
  t.equal(route!.pattern, '/users/{id}/orders')
  t.equal(route!.seen, seen + own.seen)
  t.same(patterns(table), ['GET /users/{id}/orders'])
  t.equal(until('own', isOwn), 6)
  t.equal(
    until('orders', () => !isOwn()),
    12,
  )
})

t.test('words before the same names are values, though not each has all of them', async t => {
  const table = new RouteTable()
  for (const [i, name] of words.entries()) {
    if (i % 3 !== 0) table.observe('GET', `/${name}/users`, 'users', 1)
    if (i % 3 !== 1) table.observe('GET', `/${name}/orders`, 'orders', 1)
    if (i % 3 !== 2) table.observe('GET', `/${name}/status`, 'status', 1)
    table.observe('GET', `/${name}/users/7`, 'user', 1)
  }
  t.equal(table.match('GET', '/any/users')?.route.pattern, '/{id}/users')
  t.equal(table.match('GET', '/any/orders')?.route.pattern, '/{id}/orders')
  t.equal(table.match('GET', '/any/users/9')?.route.pattern, '/{id}/users/{id2}')
})

t.test('collections that each have a count and a schema stay constants', async t => {
  const table = new RouteTable()
  for (const word of words) {
    table.observe('GET', `/${word}`, 'envelope', 1)
    table.observe('GET', `/${word}/7`, `a ${word}`, 1)
    table.observe('GET', `/${word}/count`, 'count', 1)
    table.observe('GET', `/${word}/schema`, 'schema', 1)
  }
  for (const word of words) t.equal(table.match('GET', `/${word}/8`)?.route.pattern, `/${word}/{id}`)
})

t.test('splits and merges of made-up paths are bounded, and what the edges match is what is learned', async t => {
  const random = seededRandom(23)
  const table = new RouteTable()
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  for (let i = 0; i < 30_000; i++) {
    const path = `/${pick(people)}/${pick(['users', 'orders'])}/${pick([...people, '7', '8'])}/${pick(['a', 'b'])}`
    table.observe('GET', path, random() < 0.9 ? 'usual' : `s${Math.floor(random() * 4)}`, i)
  }
  t.ok(table.size <= 1000, `${table.size} routes`)
  const again = RouteTable.fromJSON(JSON.parse(JSON.stringify(table)))
  const matcher = new RouteMatcher([...table.routes()].map(route => ({ ...route, grades: {}, templateVersion: 0 })))
  for (const name of people)
    for (const path of [`/${name}/users/red/a`, `/${name}/orders/7/b`]) {
      t.equal(matcher.match('GET', path)?.route.id, table.match('GET', path)?.route.id)
      t.equal(again.match('GET', path)?.route.id, table.match('GET', path)?.route.id)
    }
})
