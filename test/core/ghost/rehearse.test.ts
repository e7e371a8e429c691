import t from 'tap'
import type { Exemplar, Tombstone } from '../../../core/contract/memory.js'
import { RouteMatcher } from '../../../core/contract/route-match.js'
import { rehearse } from '../../../core/ghost/rehearse.js'
import type { GhostSources } from '../../../core/ghost/tier.js'

const exemplar = (key: string, over: Partial<Exemplar> = {}): Exemplar => ({
  ...{ key, baseKey: `base-${key}`, method: 'GET', path: '/users/7', query: '', requestBody: Buffer.alloc(0) },
  ...{ scope: 'alice', shared: false, routeId: 'route', status: 200, headers: ['content-type', 'application/json'] },
  ...{ capturedAt: 1, lastSeenAt: 1, seen: 1, redactions: 0, body: Buffer.from('{"id":7}') },
  ...over,
})

function rehearsed(
  known: Record<string, Exemplar | Tombstone>,
  vary: Record<string, readonly string[]> = {},
  unreadable = '',
): number {
  const exemplar = (key: string): Exemplar | Tombstone | undefined => {
    if (key === unreadable) throw new Error('MDB_CORRUPTED')
    return known[key]
  }
  const sources: GhostSources = {
    memory: { exemplar, vary: key => vary[key], template: () => undefined, close: async () => {} },
    askMatch: () => t.fail('the brain is asked') as never,
    compose: () => t.fail('the brain is asked') as never,
    failed: (_, error) => t.fail(String(error)),
  }
  const rules = { minConfidence: 0.7, maxAgeS: 0, honour: 'no-store' } as const
  const matcher = new RouteMatcher([])
  const parts = { match: (method: string, path: string) => matcher.match(method, path), sources, rules }
  return rehearse(['a', 'b', 'c'], parts, 1000)
}

t.test('takes the way of a ghost to its end, whoever asked, and asks nobody', async t => {
  t.equal(rehearsed({ 'base-a': exemplar('a'), a: exemplar('a') }), 1)
  const varied = { b: exemplar('b', { query: 'q=1' }), c: exemplar('c', { method: 'HEAD' }), 'base-c': exemplar('c') }
  t.equal(rehearsed(varied, { 'base-b': ['accept-language'] }), 2, 'with what its answer varies by')
})

t.test('what is gone, has a body or is not known is left out', async t => {
  t.equal(
    rehearsed({
      a: { gone: true, at: 1, because: 'DELETE /users/7' },
      b: exemplar('b', { requestBody: Buffer.from('{}') }),
    }),
    0,
  )
})

t.test('a memory that cannot be read ends it, and no edge', async t => {
  const known = { 'base-a': exemplar('a'), a: exemplar('a'), 'base-c': exemplar('c'), c: exemplar('c') }
  t.equal(rehearsed(known, {}, 'b'), 1)
  t.equal(rehearsed(known, {}, 'base-a'), 1, 'what the tier meets is not told either')
})
