import t from 'tap'
import type { GhostAnswer, Tier } from '../../../core/contract/ghost.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { Exemplar, MemoryReader, Tombstone } from '../../../core/contract/memory.js'
import { answerGhost } from '../../../core/ghost/answer.js'
import { exactTier } from '../../../core/ghost/exact.js'
import { semanticTier } from '../../../core/ghost/semantic.js'
import type { GhostAsk, GhostRules, GhostSources, GhostTier, TierOutcome } from '../../../core/ghost/tier.js'

const rules: GhostRules = { minConfidence: 0.7, maxAgeS: 0, honour: 'no-store' }
const now = 1_000_000_000
const failures: Tier[] = []

function memoryOf(exemplars: Record<string, Exemplar | Tombstone>, vary: Record<string, string[]> = {}): MemoryReader {
  return { exemplar: key => exemplars[key], vary: key => vary[key], template: () => undefined, close: async () => {} }
}

const sourcesOf = (memory: MemoryReader): GhostSources => ({
  memory,
  askMatch: async () => ({ kind: 'none', because: 'no-candidate', candidates: [] }),
  compose: async () => ({ kind: 'none', refused: 'not-derivable', because: '' }),
  failed: tier => failures.push(tier),
})

const ask = (over: Partial<GhostAsk> = {}): GhostAsk => ({
  method: 'GET',
  path: '/a',
  query: undefined,
  headers: [],
  scope: '',
  identity: { baseKey: (method, scope) => `${method}|${scope}`, variedKey: (key, fields) => `${key}|${fields.join()}` },
  hasBody: false,
  body: undefined,
  question: { kind: 'plain' },
  route: undefined,
  params: [],
  now,
  answerBy: now + 100,
  ...over,
})

const exemplar = (over: Partial<Exemplar> = {}): Exemplar => ({
  key: 'k',
  baseKey: 'k',
  method: 'GET',
  path: '/a',
  query: '',
  requestBody: Buffer.alloc(0),
  scope: '',
  shared: false,
  routeId: 'r',
  status: 200,
  headers: ['content-type', 'text/plain'],
  capturedAt: now - 5000,
  lastSeenAt: now - 5000,
  seen: 1,
  redactions: 0,
  body: Buffer.from('x'),
  ...over,
})

const askExact = (given: GhostAsk, memory: MemoryReader, over: Partial<GhostRules> = {}) => {
  const result = answerGhost(given, 'auto', [exactTier], sourcesOf(memory), { ...rules, ...over })
  if (result instanceof Promise) throw new Error('exact must not wait')
  return result.answer === undefined ? result.refused : result.answer.body.toString()
}

t.test('exact: own scope, or an answer that is for everybody', async t => {
  const memory = memoryOf({
    'GET|': exemplar({ body: Buffer.from('nobody') }),
    'GET|a': exemplar({ scope: 'a', body: Buffer.from('a') }),
  })
  t.equal(askExact(ask(), memory), 'nobody')
  t.equal(askExact(ask({ scope: 'a' }), memory), 'a')
  t.equal(askExact(ask({ scope: 'b' }), memory), 'not-learned', 'nobody’s answer is not somebody’s')
  t.equal(askExact(ask({ scope: 'b' }), memoryOf({ 'GET|': exemplar({ shared: true }) })), 'x')
})

t.test('exact: Vary, HEAD, tombstones, age', async t => {
  t.equal(askExact(ask(), memoryOf({ 'GET||accept': exemplar() }, { 'GET|': ['accept'] })), 'x')
  t.equal(askExact(ask(), memoryOf({ 'GET|': exemplar() }, { 'GET|': ['accept'] })), 'not-learned')
  t.equal(askExact(ask({ method: 'HEAD' }), memoryOf({ 'GET|': exemplar() })), 'x')
  t.equal(askExact(ask(), memoryOf({ 'GET|': { gone: true, at: 1, because: 'PUT /a' } })), 'gone')
  t.equal(askExact(ask(), memoryOf({ 'GET|': exemplar() }), { maxAgeS: 4 }), 'too-old')
  t.equal(askExact(ask(), memoryOf({ 'GET|': exemplar() }), { maxAgeS: 6 }), 'x')
})

t.test('with rfc9111 the rules of a shared cache hold; without, only no-store', async t => {
  const cases: [string, string][] = [
    ['private', 'freshness-rules'],
    ['no-cache', 'freshness-rules'],
    ['max-age=1, must-revalidate', 'freshness-rules'],
    ['max-age=60, must-revalidate', 'x'],
    ['s-maxage=1', 'freshness-rules'],
    ['max-age=1', 'x'],
    ['max-age=1, stale-if-error=3', 'freshness-rules'],
    ['max-age=1, stale-if-error=30', 'x'],
  ]
  for (const [control, wanted] of cases) {
    const memory = memoryOf({ 'GET|': exemplar({ headers: ['cache-control', control] }) })
    t.equal(askExact(ask(), memory, { honour: 'rfc9111' }), wanted, control)
    t.equal(askExact(ask(), memory), 'x', control)
  }
})

t.test('what was kept while no-store was ignored is silent again when it is not', async t => {
  const headers = ['cache-control', 'private', 'cache-control', 'no-store']
  const memory = memoryOf({ 'GET|a': exemplar({ scope: 'a', headers }) })
  const asked = ask({ scope: 'a' })
  t.equal(askExact(asked, memory, { honour: 'ignore-no-store' }), 'x')
  t.equal(askExact(asked, memory), 'freshness-rules')
  t.equal(askExact(asked, memory, { honour: 'rfc9111' }), 'freshness-rules')
  t.equal(askExact(ask({ scope: 'b' }), memory, { honour: 'ignore-no-store' }), 'not-learned')
})

t.test('what is settled before any tier is asked', async t => {
  const memory = memoryOf({ 'GET|': exemplar(), 'POST|': exemplar() })
  t.equal(askExact(ask({ method: 'POST', question: { kind: 'write' } }), memory), 'unsafe-method')
  t.equal(askExact(ask({ question: { kind: 'write' } }), memory), 'unsafe-method', 'GraphQL can write by GET')
  t.equal(askExact(ask({ hasBody: true }), memory), 'unsafe-method')
  t.equal(askExact(ask({ headers: ['cache-control', 'No-Store'] }), memory), 'request-no-store')
  t.same(answerGhost(ask(), 'off', [exactTier], sourcesOf(memory), rules), { refused: 'mode-off', attempts: [] })
})

t.test('tiers are asked in order, the most telling reason is reported, a tombstone ends it', async t => {
  const asked: Tier[] = []
  const answer = { tier: 'semantic' } as GhostAnswer
  const tier = (name: Tier, outcome: TierOutcome | Promise<TierOutcome>): GhostTier => ({
    tier: name,
    answer: () => {
      asked.push(name)
      return outcome
    },
  })
  const run = async (tiers: GhostTier[]) => {
    asked.length = 0
    const { attempts, ...rest } = await answerGhost(ask(), 'auto', tiers, sourcesOf(memoryOf({})), rules)
    return { ...rest, attempts: attempts.length }
  }
  t.same(
    await run([
      tier('exact', { refused: 'not-learned' }),
      tier('template', { refused: 'low-confidence' }),
      tier('semantic', Promise.resolve({ refused: 'no-candidate' })),
    ]),
    { refused: 'low-confidence', attempts: 3 },
  )
  t.same(asked, ['exact', 'template', 'semantic'])
  t.same(await run([tier('exact', { refused: 'gone' }), tier('semantic', { answer })]), {
    refused: 'gone',
    attempts: 1,
  })
  t.same(
    await run([
      tier('exact', Promise.resolve({ refused: 'not-learned' })),
      tier('semantic', { answer }),
      tier('template', { refused: 'no-template' }),
    ]),
    { answer, attempts: 2 },
  )
})

t.test('a tier that throws or rejects is refused, told of, and does not silence the others', async t => {
  const answer = { tier: 'semantic' } as GhostAnswer
  const broken: GhostTier = {
    tier: 'exact',
    answer: () => {
      throw new Error('damaged')
    },
  }
  const rejecting: GhostTier = { tier: 'template', answer: () => Promise.reject(new Error('lost')) }
  const sources = sourcesOf(memoryOf({}))
  const alone = await answerGhost(ask(), 'auto', [broken, rejecting], sources, rules)
  t.match(alone, { refused: 'tier-failed' })
  t.same(failures.splice(0), ['exact', 'template'])
  const result = await answerGhost(
    ask(),
    'auto',
    [broken, { tier: 'semantic', answer: () => ({ answer }) }],
    sources,
    rules,
  )
  t.equal(result.answer, answer)
})

t.test('what a write made stale is given last, with its own confidence, and only by itself', async t => {
  const route = { grades: {}, staleGrade: { confidence: 0.8, lowerBound: 0.75, graded: 9 } } as unknown as LessonRoute
  const sources = sourcesOf(memoryOf({ 'GET|': exemplar({ staleAt: now - 1000 }) }))
  const composed = { tier: 'entity', confidence: 1 } as GhostAnswer
  const knows = (outcome: TierOutcome): GhostTier => ({
    tier: 'entity',
    knowsWrites: true,
    answer: () => Promise.resolve(outcome),
  })
  const blind: GhostTier = { tier: 'semantic', answer: () => ({ answer: { tier: 'semantic' } as GhostAnswer }) }
  const run = (tiers: GhostTier[], minConfidence = 0.7) =>
    answerGhost(ask({ route }), 'auto', tiers, sources, { ...rules, minConfidence })
  t.equal((await run([exactTier, knows({ answer: composed }), blind])).answer, composed)
  const stale = await run([exactTier, knows({ refused: 'not-derivable' }), blind])
  t.match(stale.answer, { tier: 'exact', confidence: 0.8, because: /write/ })
  t.same(
    stale.attempts.map(({ tier, refused }) => [tier, refused]),
    [
      ['exact', 'stale'],
      ['entity', 'not-derivable'],
      ['exact', ''],
    ],
  )
  t.match(await run([exactTier, knows({ refused: 'brain-late' }), blind], 0.78), { refused: 'stale' })
})

t.test('a HEAD answer is as stale as that to GET', t => {
  const stale = { 'GET|': exemplar({ staleAt: now - 1000 }) }
  t.equal(
    askExact(ask({ method: 'HEAD' }), memoryOf({ ...stale, 'HEAD|': exemplar() }), { minConfidence: 0.8 }),
    'stale',
  )
  const seenSince = { ...stale, 'HEAD|': exemplar({ lastSeenAt: now - 500 }) }
  t.equal(askExact(ask({ method: 'HEAD' }), memoryOf(seenSince), { minConfidence: 0.8 }), 'x')
  t.end()
})

t.test('sharing own: what was answered to others, or to nobody knows whom, is not said, be it public', async t => {
  const own = { sharing: 'own' } as const
  const everybodys = memoryOf({ 'GET|': exemplar({ shared: true }) })
  t.equal(askExact(ask({ scope: 'a' }), everybodys), 'x', 'as long as that is not asked for')
  t.equal(askExact(ask({ scope: 'a' }), everybodys, own), 'not-learned')
  t.equal(askExact(ask(), everybodys, own), 'not-shared', 'it may have been said to somebody with credentials')
  const both = memoryOf({
    'GET|': exemplar({ shared: true, lastSeenAt: now }),
    'GET|a': exemplar({ scope: 'a', body: Buffer.from('a') }),
  })
  t.equal(askExact(ask({ scope: 'a' }), both), 'x', 'the newest')
  t.equal(askExact(ask({ scope: 'a' }), both, own), 'a')
  t.equal(askExact(ask(), memoryOf({ 'GET|': exemplar() }), own), 'x', 'who has no credentials has its own as well')
})

t.test('sharing own: tiers that put together what several were told are not asked', async t => {
  const asked: Tier[] = []
  const tierOf = (tier: Tier, keepsApart: boolean): GhostTier => ({
    tier,
    keepsApart,
    answer: () => {
      asked.push(tier)
      return { refused: 'no-candidate' }
    },
  })
  const tiers = [tierOf('exact', true), tierOf('entity', false), tierOf('template', false), tierOf('semantic', true)]
  const result = await answerGhost(ask(), 'auto', tiers, sourcesOf(memoryOf({})), { ...rules, sharing: 'own' })
  t.same(asked, ['exact', 'semantic'])
  t.match(result, {
    refused: 'not-shared',
    attempts: [{}, { tier: 'entity', refused: 'not-shared', because: /sharing is own/ }, {}, {}],
  })
})

t.test('sharing own: what means the same is said to whom it was said, too', async t => {
  const askSemantic = async (shared: boolean, sharing: 'public' | 'own') => {
    const sources: GhostSources = {
      ...sourcesOf(memoryOf({ k: exemplar({ shared }) })),
      askMatch: async () => ({
        ...{ kind: 'match', key: 'k', similarity: 1, candidates: [] },
        grade: { confidence: 0.9, lowerBound: 0.9, graded: 9 },
      }),
    }
    const given = ask({ route: { id: 'r' } as LessonRoute })
    const result = await answerGhost(given, 'auto', [semanticTier], sources, { ...rules, sharing })
    return result.answer === undefined ? result.refused : 'answered'
  }
  t.equal(await askSemantic(true, 'public'), 'answered')
  t.equal(await askSemantic(true, 'own'), 'not-shared')
  t.equal(await askSemantic(false, 'own'), 'answered')
})
