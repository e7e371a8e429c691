import t from 'tap'
import { RoutePolicies, routeSyntax } from '../../../core/contract/route-policy.js'

const found = (routes: string[], method: string, path: string): string | undefined =>
  new RoutePolicies(routes.map(route => ({ route }))).of(method, path)?.route

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
  const policies = new RoutePolicies([{ route: 'GET /users/me', hedgeMs: 5 }, { route: '* /users/{id}' }])
  for (let i = 0; i < 2; i++) {
    t.equal(policies.of('GET', '/users/me')?.hedgeMs, 5)
    t.equal(policies.of('GET', '/users/7')?.route, '* /users/{id}')
    t.equal(policies.of('GET', '/orders'), undefined)
  }
})

t.test('however many paths are asked for, few are remembered, and all are right', async t => {
  const policies = new RoutePolicies([{ route: 'GET /users/{id}' }])
  for (let i = 0; i < 20_000; i++) if (policies.of('GET', `/users/${i}`) === undefined) t.fail(String(i))
  t.equal(policies.of('GET', '/users/1/x'), undefined)
})

t.test('what is no route is told from one that is', async t => {
  for (const route of ['GET /', '* /a/**', 'PATCH /a/{b}/c', 'GET /a/*']) t.match(route, routeSyntax)
  for (const route of ['/users', 'get /users', 'GET users', 'GET /a/**/b', 'GET /a b', 'GET  /a', 'GET /a{b}', ''])
    t.notMatch(route, routeSyntax)
})
