import t from 'tap'
import type { GhostAnswer } from '../../../core/contract/ghost.js'
import type { GivenBatch } from '../../../core/contract/outages.js'
import { GivenAnswers, type GivenLimits, givenLimits } from '../../../core/outages/given-answers.js'

const route = { method: 'GET', pattern: '/users/{id}' }
const answer = (more: Partial<GhostAnswer> = {}): GhostAnswer => ({
  ...{ tier: 'exact', status: 200, headers: ['content-type', 'application/json'], body: Buffer.from('{"id":7}') },
  ...{ confidence: 0.9, lowerBound: 0.8, capturedAt: 1, redactions: 0 },
  ...more,
})
const asked = (target: string, headers: readonly string[] = [], method = 'GET') => ({
  ...{ method, target, path: target.split('?')[0]!, headers },
})
const named = (target: string, scope = '') => ({ path: target.split('?')[0]!, query: target.split('?')[1], scope })

function book(limits: Partial<GivenLimits> = {}) {
  const batches: GivenBatch[] = []
  const given = new GivenAnswers(batch => batches.push(batch), { ...givenLimits, ...limits })
  const give = (target: string, now = 1, more: Partial<GhostAnswer> = {}): void =>
    given.given('CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN', asked(target), named(target), route, answer(more), now)
  const flushed = (): GivenBatch => {
    batches.length = 0
    given.flush()
    return batches[0]!
  }
  return { given, give, batches, flushed }
}

t.test('a question is told once with its answer, and then how often', async t => {
  const { give, flushed, batches, given } = book()
  give('/users/7', 10)
  give('/users/7', 20)
  give('/users/8?x=1', 30)
  const first = flushed()
  t.match(first, { since: 10, beyond: 0, routes: [{ route: 'GET /users/{id}', ghosts: 3, refused: 0 }] })
  t.equal(first.routes[0]!.confidence.toFixed(2), '2.70')
  t.match(first.questions, [
    { target: '/users/7', times: 2, firstAt: 10, lastAt: 20, unaskable: '', route: 'GET /users/{id}' },
    { target: '/users/8?x=1', times: 1 },
  ])
  t.equal(Buffer.from(first.questions[0]!.answer!.body).toString(), '{"id":7}')
  give('/users/7', 40)
  const second = flushed()
  t.match(second, { since: 40, questions: [{ times: 1, firstAt: 40, answer: undefined }] })
  t.equal(second.questions[0]!.key, first.questions[0]!.key)
  given.flush()
  t.equal(batches.length, 1, 'nothing to tell: nothing is told')
  given.outageOver()
  give('/users/7', 50)
  t.ok(flushed().questions[0]!.answer, 'in another outage it is told anew')
})

t.test('what selects the answer tells questions apart', async t => {
  const { given, flushed } = book()
  for (const language of ['de', 'en', 'de'])
    given.given(
      'CHAOS_ERR_UPSTREAM_RESET',
      asked('/a', ['accept-language', language, 'user-agent', language + Math.random()]),
      named('/a'),
      route,
      answer(),
      1,
    )
  t.match(
    flushed().questions.map(({ fields, times }) => [...fields, times]),
    [
      ['accept-language', 'de', 2],
      ['accept-language', 'en', 1],
    ],
  )
})

t.test('what two people ask for is two questions', async t => {
  const { given, flushed } = book()
  for (const scope of ['a', 'b', 'a'])
    given.given('CHAOS_ERR_UPSTREAM_RESET', asked('/me'), named('/me', scope), route, answer(), 1)
  t.match(
    flushed().questions.map(({ times }) => times),
    [2, 1],
  )
})

t.test('what cannot be asked again is counted, and its body stays here', async t => {
  const { given, give, flushed } = book({ bodyBytes: 100 })
  const open = 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN'
  given.given(open, asked('/me', ['authorization', 'Bearer tok-1']), named('/me', 'hash'), route, answer(), 1)
  given.given(open, asked('/a/eyJ.x.y'), named('/a/~hash'), route, answer(), 1)
  give('/long', 1, { body: Buffer.alloc(101) })
  const vary = answer({ headers: ['vary', 'Origin, X-Tenant'] })
  given.given(open, asked('/t', ['x-tenant', 'a']), named('/t'), route, vary, 1)
  given.given(open, asked('/t2', ['origin', 'https://a.example']), named('/t2'), route, vary, 1)
  const { questions } = flushed()
  t.same(
    questions.map(({ target, unaskable, answer }) => [target, unaskable, answer === undefined]),
    [
      ['/me', 'credentials', true],
      ['/a/~hash', 'secret-in-path', true],
      ['/long', 'too-long', true],
      ['/t', 'selected-otherwise', true],
      ['/t2', '', false],
    ],
  )
  t.notMatch(JSON.stringify(questions), 'tok-1')
})

t.test('hedges, held-back requests, forced ones, writes and passed-on oddities are no part of an outage', async t => {
  const { given, flushed } = book()
  for (const because of [
    'CHAOS_ERR_UPSTREAM_SLOW',
    'CHAOS_ERR_UPSTREAM_RECOVERING',
    'CHAOS_ERR_UPSTREAM_BYPASSED',
    'CHAOS_ERR_UPSTREAM_WRITES_WAIT',
  ] as const) {
    given.given(because, asked('/a'), named('/a'), route, answer(), 1)
    given.silent(because, 'not-learned', route, 1)
  }
  given.silent('CHAOS_ERR_UPSTREAM_RESET', 'unsafe-method', route, 1)
  given.silent('CHAOS_ERR_UPSTREAM_SOFT_FAILURE', 'stale', route, 1)
  t.equal(flushed(), undefined)
  given.silent('CHAOS_ERR_UPSTREAM_RESET', 'not-learned', undefined, 1)
  given.given('CHAOS_ERR_UPSTREAM_RESET', asked('/q', [], 'POST'), named('/q'), route, answer(), 1)
  t.match(flushed(), {
    routes: [
      { route: '', ghosts: 0, refused: 1 },
      { route: 'GET /users/{id}', ghosts: 1, refused: 0 },
    ],
    questions: [],
  })
})

t.test('bounded in number and in octets; what is left out is counted', async t => {
  const few = book({ questions: 3 })
  for (let i = 0; i < 5; i++) few.give(`/users/${i}`)
  few.give('/users/0')
  const batch = few.flushed()
  t.equal(batch.questions.length, 3)
  t.equal(batch.beyond, 2)
  t.equal(batch.routes[0]!.ghosts, 6, 'all are counted by route')
  const small = book({ bytes: 10_000 })
  for (let i = 0; i < 5; i++) small.give(`/users/${i}`, 1, { body: Buffer.alloc(4000) })
  t.match(small.flushed(), { beyond: 3, questions: { length: 2 } })
  const odd = book()
  odd.give(`/${'x'.repeat(5000)}`)
  t.match(odd.flushed(), { beyond: 1, questions: [] })
})
