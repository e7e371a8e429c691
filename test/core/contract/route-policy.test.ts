import t from 'tap'
import {
  RoutePolicies,
  type RoutePolicy,
  type RouteSwitch,
  routePoliciesOf,
  routeSyntax,
  wantsJournal,
} from '../../../core/contract/route-policy.js'

const policiesOf = (entries: RoutePolicy[], switches: RouteSwitch[] = []): RoutePolicies =>
  new RoutePolicies({ entries, switches })

const found = (routes: string[], method: string, path: string): string | undefined =>
  policiesOf(routes.map(route => ({ route }))).of(method, path)?.route

t.test('a route speaks of the paths that it describes, and of no others', async t => {
  for (const [route, method, path, holds] of [
    ['GET /users/{id}', 'GET', '/users/7', true],
    ['GET /users/{id}', 'HEAD', '/users/7', true],
    ['GET /users/{id}', 'PUT', '/users/7', false],
    ['* /users/{id}', 'PUT', '/users/7', true],
    ['GET /users/{id}', 'GET', '/users/', false],
    ['GET /users/{id}', 'GET', '/users/7/', false],
    ['GET /users/{id}', 'GET', '/users/7/orders', false],
    ['GET /users/{id}', 'GET', '/v1/users/7', false],
    ['GET /users/*/orders', 'GET', '/users/7/orders', true],
    ['* /reports/**', 'GET', '/reports', true],
    ['* /reports/**', 'GET', '/reports/2024/05', true],
    ['* /reports/**', 'GET', '/reportsx', false],
    ['* /**', 'DELETE', '/anything/at/all', true],
    ['GET /', 'GET', '/', true],
    ['GET /', 'GET', '/users', false],
  ] as const)
    t.equal(found([route], method, path), holds ? route : undefined, `${route}: ${method} ${path}`)
})

t.test('the first that speaks of a request counts, and is found again', async t => {
  const policies = policiesOf([{ route: 'GET /users/me', hedgeMs: 5 }, { route: '* /users/{id}' }])
  for (let i = 0; i < 2; i++) {
    t.equal(policies.of('GET', '/users/me')?.hedgeMs, 5)
    t.equal(policies.of('GET', '/users/7')?.route, '* /users/{id}')
    t.equal(policies.of('GET', '/orders'), undefined)
  }
})

t.test('however many paths are asked for, few are remembered, and all are right', async t => {
  const policies = policiesOf([{ route: 'GET /users/{id}' }])
  for (let i = 0; i < 20_000; i++) if (policies.of('GET', `/users/${i}`) === undefined) t.fail(String(i))
  t.equal(policies.of('GET', '/users/1/x'), undefined)
})

t.test('what is no route is told from one that is', async t => {
  for (const route of ['GET /', '* /a/**', 'PATCH /a/{b}/c', 'GET /a/*']) t.match(route, routeSyntax)
  for (const route of ['/users', 'get /users', 'GET users', 'GET /a/**/b', 'GET /a b', 'GET  /a', 'GET /a{b}', ''])
    t.notMatch(route, routeSyntax)
})

t.test('a switch goes before the file, and what it leaves open is as the file says', async t => {
  const policies = policiesOf(
    [{ route: '* /users/**', minConfidence: 0.9, hedgeMs: 50, slowMs: 7 }],
    [{ route: 'GET /users/{id}', minConfidence: 0.5, ghost: 'off' }],
  )
  for (let i = 0; i < 2; i++) {
    t.same(policies.of('GET', '/users/7'), {
      ...{ route: 'GET /users/{id}', minConfidence: 0.5, ghost: 'off', hedgeMs: 50, slowMs: 7 },
    })
    t.equal(policies.of('PUT', '/users/7')?.minConfidence, 0.9)
    t.equal(policies.of('GET', '/orders'), undefined)
  }
  t.equal(policies.of('GET', '/users/7'), policies.of('GET', '/users/8'), 'nothing is made for each path')
  t.match(policies.speakingOf('HEAD', '/users/7'), { entry: { route: '* /users/**' }, flipped: { ghost: 'off' } })
  t.same(policies.speakingOf('GET', '/orders'), { entry: undefined, flipped: undefined })
})

t.test(
  'of several switches that speak of a request it is the one of its learned route, in whatever order they were set',
  async t => {
    const switches = [
      'GET /{a}/{b}',
      'GET /users',
      'GET /users/{id}',
      'GET /users/{id}/orders',
      'GET /users/me',
      'HEAD /users/{id}',
      'GET /{a}/me',
    ].map(route => ({ route, ghost: 'off' as const }))
    for (const order of [switches, [...switches].reverse(), [...switches.slice(3), ...switches.slice(0, 3)]]) {
      const policies = policiesOf([], order)
      for (const [method, path, route] of [
        ['GET', '/users/me', 'GET /users/me'],
        ['GET', '/users/7', 'GET /users/{id}'],
        ['HEAD', '/users/7', 'HEAD /users/{id}'],
        ['HEAD', '/users/me', 'GET /users/me'],
        ['GET', '/orders/me', 'GET /{a}/me'],
        ['GET', '/orders/7', 'GET /{a}/{b}'],
        ['GET', '/users', 'GET /users'],
        ['GET', '/users/7/orders', 'GET /users/{id}/orders'],
        ['PUT', '/users/7', 'GET /users/{id}'],
        ['POST', '/users', 'GET /users'],
      ] as const)
        t.equal(policies.of(method, path)?.route, route, `${method} ${path}`)
    }
  },
)

t.test('where nothing is otherwise nothing is looked up', async t => {
  t.equal(routePoliciesOf({ version: 3, entries: [], switches: [] }), undefined)
  t.ok(routePoliciesOf({ version: 3, entries: [], switches: [{ route: 'GET /a', ghost: 'off' }] }))
  t.ok(routePoliciesOf({ version: 3, entries: [{ route: 'GET /a' }], switches: [] }))
})

t.test('writes are journalled somewhere', async t => {
  t.notOk(wantsJournal({ entries: [{ route: 'PUT /a', writes: 'refuse' }], switches: [] }))
  t.ok(wantsJournal({ entries: [{ route: 'PUT /a', writes: 'journal' }], switches: [] }))
  t.ok(wantsJournal({ entries: [], switches: [{ route: 'PUT /a', writes: 'journal' }] }))
})
