import { gzipSync } from 'node:zlib'
import t from 'tap'
import { ForgetMatcher, type ForgetRequest, forgettingOf, routeProblem } from '../../../core/contract/forgetting.js'

const matcherOf = (request: ForgetRequest): ForgetMatcher => new ForgetMatcher(forgettingOf(request, 1000))
const exchange = { method: 'GET', target: '/users/7', scope: '' }

t.test('a text is found as it stands, escaped, coded and in any case, and nowhere else', async t => {
  const matcher = matcherOf({ kind: 'match', text: 'Alice+1@persons.example' })
  for (const text of [
    'alice+1@persons.example',
    '/find?q=alice%2B1%40persons.example',
    '/find?q=alice+1%40persons.example',
    '{"email":"alice+1\\u0040persons.example"}',
    '{"json":"{\\"email\\":\\"alice+1\\\\u0040persons.example\\"}"}',
    `${'x'.repeat(10_000)}ALICE+1@PERSONS.EXAMPLE${'y'.repeat(10)}`,
  ])
    t.ok(matcher.text(text), text.slice(-60))
  for (const text of ['', 'alice+1@persons.exampl', 'alice+2@persons.example', 'a'.repeat(100_000)])
    t.notOk(matcher.text(text))
  const body = gzipSync('{"email":"alice+1@persons.example"}')
  t.ok(matcher.exchange({ ...exchange, headers: ['content-encoding', 'gzip'], body }))
  t.notOk(matcher.exchange({ ...exchange, headers: [], body }), 'nobody said that it is coded')
})

t.test('nothing of what is to be forgotten is in what is kept of it', async t => {
  for (const request of [
    { kind: 'match', text: 'alice@persons.example' },
    { kind: 'scope', scope: 'hash-of-alice-00000000' },
    { kind: 'route', route: '/users/alice' },
  ] as const) {
    const json = JSON.stringify(forgettingOf(request, 1000))
    t.notMatch(json, /alice/)
    t.not(json, JSON.stringify(forgettingOf(request, 1000)), 'it is salted')
  }
})

t.test('a credential is the whole of its hash', async t => {
  const matcher = matcherOf({ kind: 'scope', scope: 'hash-of-alice-00000000' })
  t.ok(matcher.exchange({ ...exchange, scope: 'hash-of-alice-00000000' }))
  t.notOk(matcher.exchange({ ...exchange, scope: 'hash-of-bob-0000000000' }))
  t.notOk(matcher.exchange(exchange))
  t.ok(matcher.text('["uid","hash-of-alice-00000000"]'))
})

t.test('a route: its method, its segments, what is below it', async t => {
  const one = matcherOf({ kind: 'route', route: 'GET /users/{id}' })
  for (const [method, path, is] of [
    ['GET', '/users/7', true],
    ['GET', '/users/7?a=1', true],
    ['POST', '/users/7', false],
    ['GET', '/users', false],
    ['GET', '/users/7/orders', false],
    ['GET', '/orders/7', false],
  ] as const)
    t.equal(one.path(method, path), is, `${method} ${path}`)
  t.ok(one.text('GET /users/{id}'))
  const all = matcherOf({ kind: 'route', route: '/users/**' })
  t.ok(all.path('DELETE', '/users/7/orders'))
  t.ok(all.path('GET', '/users'))
  t.notOk(all.path('GET', '/orders'))
  t.equal(routeProblem('/users/{id}'), undefined)
  t.type(routeProblem('users'), 'string')
})

t.test('what came later is not covered', async t => {
  const matcher = matcherOf({ kind: 'route', route: '/users' })
  t.ok(matcher.covers(1000))
  t.notOk(matcher.covers(1001))
})
