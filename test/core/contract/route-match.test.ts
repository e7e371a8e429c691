import t from 'tap'
import type { LessonRoute, ParamType, Segment } from '../../../core/contract/lesson.js'
import { RouteMatcher, segmentsOf } from '../../../core/contract/route-match.js'

const route = (method: string, pattern: string, type: ParamType = 'int'): LessonRoute => ({
  id: `${method} ${pattern}`,
  method,
  pattern,
  segments: segmentsOf(pattern).map(
    (text): Segment =>
      text.startsWith('{') ? { kind: 'param', name: text.slice(1, -1), type } : { kind: 'constant', text },
  ),
  grades: {},
  seen: 1,
  exemplars: 1,
  templateVersion: 0,
  lastSeenAt: 0,
})

const matcher = new RouteMatcher([
  route('GET', '/'),
  route('GET', '/users'),
  route('GET', '/users/me'),
  route('GET', '/users/{id}'),
  route('GET', '/users/{id}/posts/{id2}'),
  route('GET', '/users/me/posts'),
  route('DELETE', '/users/{id}'),
  route('GET', '/tags/{id}', 'slug'),
  route('GET', '/keys/{id}', 'opaque'),
])
const found = (method: string, path: string): [string, ...string[]] | undefined => {
  const match = matcher.match(method, path)
  return match && [match.route.pattern, ...match.params]
}

t.test('constants go before parameters, and a dead end is walked back', async t => {
  t.same(found('GET', '/'), ['/'])
  t.same(found('GET', '/users'), ['/users'])
  t.same(found('GET', '/users/me'), ['/users/me'])
  t.same(found('GET', '/users/7'), ['/users/{id}', '7'])
  t.same(found('GET', '/users/7/posts/9'), ['/users/{id}/posts/{id2}', '7', '9'])
  t.same(found('GET', '/users/me/posts'), ['/users/me/posts'])
  t.same(found('DELETE', '/users/7'), ['/users/{id}', '7'])
})

t.test('finds nothing where nothing was learned', async t => {
  for (const path of [
    '',
    '/user',
    '/users/',
    '/users/7/',
    '/users/7/posts',
    '//users',
    '/users//posts/9',
    '/USERS/7',
  ]) {
    t.equal(found('GET', path), undefined, path)
  }
  t.equal(found('POST', '/users/7'), undefined)
  t.equal(found('__proto__', '/users/7'), undefined)
})

t.test('a word never stands in for an id', async t => {
  t.equal(found('GET', '/users/new'), undefined)
  t.same(found('GET', '/users/0b6f7e2a-9a53-4c11-8f0e-2f1d2c3b4a59')?.[0], '/users/{id}', 'an id of another kind may')
  t.same(found('GET', '/tags/new'), ['/tags/{id}', 'new'], 'where words are values they match')
  t.equal(found('GET', '/keys/new'), undefined)
  t.same(found('GET', '/keys/aBcDeFgHiJkLmNoPq'), ['/keys/{id}', 'aBcDeFgHiJkLmNoPq'])
})

t.test('values stay as they were sent', async t => {
  t.same(found('GET', '/tags/a%2Fb%20c'), ['/tags/{id}', 'a%2Fb%20c'])
})
