import t from 'tap'
import type { LessonRoute, Segment } from '../../../core/contract/lesson.js'
import { MAX_TIMED_ROUTES } from '../../../core/contract/phases.js'
import { RouteMatcher } from '../../../core/contract/route-match.js'
import { RouteSlots } from '../../../core/timing/route-slots.js'

function route(pattern: string, method = 'GET'): LessonRoute {
  const segments = pattern
    .split('/')
    .slice(1)
    .map(
      (text): Segment =>
        text.startsWith('{') ? { kind: 'param', name: 'id', type: 'int' } : { kind: 'constant', text },
    )
  return {
    ...{ id: `${method}${pattern}`, method, pattern, segments, grades: {} },
    ...{ seen: 1, exemplars: 1, templateVersion: 0, lastSeenAt: 0 },
  }
}

const matcher = (...patterns: string[]) => new RouteMatcher(patterns.map(pattern => route(pattern)))

t.test('all paths of a route share a slot, HEAD with GET; what is not learned shares another', async t => {
  const slots = new RouteSlots(matcher('/users/{id}', '/health'))
  const users = slots.of('GET', '/users/1')
  t.equal(users.pattern, '/users/{id}')
  t.equal(slots.of('GET', '/users/1'), users, 'asked again')
  t.equal(slots.of('HEAD', '/users/2'), users)
  t.not(slots.of('GET', '/health').slot, users.slot)
  t.match(slots.of('POST', '/users/1'), { slot: 0, pattern: undefined })
  t.same(slots.names, ['unlearned', 'other', 'GET /users/{id}', 'GET /health'])
})

t.test('after a lesson paths are matched anew, and slots stay what they are', async t => {
  const slots = new RouteSlots(matcher('/users/{id}'))
  const before = slots.of('GET', '/users/1').slot
  t.equal(slots.of('GET', '/other/1').slot, 0)
  slots.learned(matcher('/other/{id}', '/users/{id}'))
  t.equal(slots.of('GET', '/other/1').pattern, '/other/{id}')
  t.equal(slots.of('GET', '/users/1').slot, before)
})

t.test('routes beyond the bound share one slot and keep their pattern', async t => {
  const patterns = Array.from({ length: MAX_TIMED_ROUTES + 2 }, (_, i) => `/r${i}`)
  const slots = new RouteSlots(matcher(...patterns))
  for (const pattern of patterns) slots.of('GET', pattern)
  t.match(slots.of('GET', patterns.at(-1)!), { slot: 1, pattern: patterns.at(-1) })
  t.equal(slots.names.length, MAX_TIMED_ROUTES + 2)
})

t.test('paths that never come again are found all the same', async t => {
  const slots = new RouteSlots(matcher('/users/{id}'))
  const { slot } = slots.of('GET', '/users/0')
  for (let i = 0; i < 100_000; i++) {
    if (slots.of('GET', `/users/${i}`).slot !== slot) t.fail(`/users/${i}`)
  }
  t.equal(slots.of('GET', `/${'x'.repeat(10_000)}`).slot, 0)
})
