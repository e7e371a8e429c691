// What becomes of the answer of the tiers where the client has writes of its own.
import t from 'tap'
import type { GhostAnswer } from '../../../core/contract/ghost.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { ComposeReply } from '../../../core/contract/messages.js'
import type { OwnWrite } from '../../../core/contract/own-write.js'
import type { Question } from '../../../core/contract/question.js'
import type { RouteShows } from '../../../core/contract/route-shows.js'
import { answerOwn } from '../../../core/ghost/answer-own.js'
import type { GhostAsk, GhostSources, GhostTier, TierOutcome } from '../../../core/ghost/tier.js'

const many: RouteShows = { type: 'book', kind: 'many', path: [], idMember: 'id', inputs: [] }
const one: RouteShows = { ...many, kind: 'one' }
const showsAt = (path: string): RouteShows | undefined =>
  path === '/books' ? many : /^\/books\/\d+$/.test(path) ? one : undefined

const write = (method: string, path: string, sent?: object, more: Partial<OwnWrite> = {}): OwnWrite => ({
  id: `${method} ${path}`,
  writer: 'a',
  method,
  path,
  body: sent === undefined ? undefined : JSON.stringify(sent),
  isMergePatch: false,
  temporary: undefined,
  acceptedAt: 1000,
  order: 1,
  ...more,
})

const said = (body: unknown, more: Partial<GhostAnswer> = {}): TierOutcome => ({
  answer: {
    tier: 'exact',
    status: 200,
    headers: ['content-type', 'application/json', 'etag', '"x"'],
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    confidence: 1,
    lowerBound: 0.9,
    capturedAt: 0,
    redactions: 0,
    ...more,
  },
})

interface Asked {
  readonly path: string
  readonly says: TierOutcome
  readonly writes: readonly OwnWrite[]
  readonly gone?: ComposeReply
  readonly question?: Question
  readonly method?: string
  readonly isCrowded?: boolean
  readonly minConfidence?: number
  readonly sharing?: 'own'
}

async function ask({ path, says, writes, gone, question, method, isCrowded, minConfidence, sharing }: Asked) {
  const shows = showsAt(path)
  const tier: GhostTier = { tier: 'exact', keepsApart: true, answer: () => says }
  const sources = {
    compose: async (asked: { gone?: boolean }): Promise<ComposeReply> =>
      asked.gone === true && gone !== undefined ? gone : { kind: 'none', refused: 'not-derivable', because: '' },
  } as unknown as GhostSources
  const asking = {
    method: method ?? 'GET',
    path,
    query: undefined,
    headers: [],
    scope: 'a',
    hasBody: false,
    question: question ?? { kind: 'plain' },
    route: shows === undefined ? undefined : ({ shows } as LessonRoute),
    params: [path.split('/').at(-1)!],
    now: 0,
    answerBy: 0,
  } as unknown as GhostAsk
  const routeOf = (at: string) =>
    showsAt(at) === undefined ? undefined : { route: { shows: showsAt(at) } as LessonRoute, params: [] }
  const result = await answerOwn(
    { ask: asking, own: { writes, isCrowded: isCrowded === true }, routeOf, creationAt: () => undefined },
    'auto',
    [tier],
    sources,
    { minConfidence: minConfidence ?? 0.7, maxAgeS: 0, honour: 'no-store', sharing: sharing ?? 'public' },
  )
  const { answer } = result
  return answer === undefined
    ? { refused: result.refused }
    : {
        status: answer.status,
        json: answer.body.length > 0 ? JSON.parse(Buffer.from(answer.body).toString()) : undefined,
        pending: answer.pending,
        lowerBound: answer.lowerBound,
        headers: answer.headers,
      }
}

const patch = write('PATCH', '/books/1', { n: 2 })

t.test('a change is laid over, less sure, and without what named the octets before', async t => {
  const answer = await ask({ path: '/books/1', says: said({ id: 1, n: 1 }), writes: [patch] })
  t.match(answer, { json: { id: 1, n: 2 }, pending: { shown: 1, isUnclear: false } })
  t.ok(answer.lowerBound! < 0.9 && answer.lowerBound! >= 0.7)
  t.notOk(answer.headers!.includes('etag'))
  const coded = said('', { headers: ['content-encoding', 'unheard-of'], body: Buffer.from('?') })
  t.same(await ask({ path: '/books/1', says: coded, writes: [patch] }), { refused: 'own-write-unclear' })
})

t.test('what has nothing to do with it is answered as ever', async t => {
  const other = await ask({ path: '/books/2', says: said({ id: 2 }), writes: [patch] })
  t.equal(other.pending, undefined)
  t.equal(other.lowerBound, 0.9)
  const head = await ask({
    path: '/books/2',
    says: said('', { body: Buffer.alloc(0) }),
    writes: [patch],
    method: 'HEAD',
  })
  t.equal(head.lowerBound, 0.9, 'what cannot be looked into, too')
  const bare = await ask({
    path: '/books/1',
    says: said('', { body: Buffer.alloc(0) }),
    writes: [patch],
    method: 'HEAD',
  })
  t.same(bare, { refused: 'own-write-unclear' })
})

t.test('deleted: as it is said of what is gone, or a refusal; made anew it is there again', async t => {
  const gone: ComposeReply = {
    kind: 'answer',
    tier: 'entity',
    status: 410,
    headers: [],
    body: Buffer.from('{"gone":true}'),
    grade: { confidence: 0.1, lowerBound: 0.1, graded: 0 },
    capturedAt: 0,
    because: '',
  }
  const [remove, put] = [write('DELETE', '/books/1'), write('PUT', '/books/1', { n: 5 })]
  const says = said({ id: 1, n: 1 })
  t.match(await ask({ path: '/books/1', says, writes: [patch, remove], gone }), { status: 410, json: { gone: true } })
  t.same(await ask({ path: '/books/1', says, writes: [remove] }), { refused: 'gone' })
  const apart = await ask({ path: '/books/1', says, writes: [remove], gone, sharing: 'own' })
  t.same(apart, { refused: 'gone' }, 'what is said of such was said to others')
  const other = write('PATCH', '/books/2', { n: 3 })
  t.match(
    await ask({ path: '/books/1', says, writes: [remove, other], gone }),
    { status: 410 },
    'whatever else was written',
  )
  t.match(await ask({ path: '/books/1', says, writes: [remove, put], gone }), { status: 200, json: { id: '1', n: 5 } })
  t.same(await ask({ path: '/books/1', says, writes: [remove, patch], gone }), { refused: 'own-write-unclear' })
})

t.test('what nobody knew is there once it was written whole, or made', async t => {
  const unknown: TierOutcome = { refused: 'not-learned' }
  t.match(await ask({ path: '/books/9', says: unknown, writes: [write('PUT', '/books/9', { n: 5 })] }), {
    status: 200,
    json: { n: 5 },
    pending: { shown: 1 },
  })
  t.same(await ask({ path: '/books/9', says: unknown, writes: [write('PATCH', '/books/9', { n: 5 })] }), {
    refused: 'not-learned',
  })
  const made = write('POST', '/books', { n: 7 }, { temporary: { id: '2000000001', isNumber: true } })
  const later = write('PATCH', '/books/2000000001', { n: 8 })
  const absent = said({ error: 'none' }, { status: 404 })
  t.match(await ask({ path: '/books/2000000001', says: absent, writes: [made, later] }), {
    status: 200,
    json: { id: 2_000_000_001, n: 8 },
    pending: { shown: 2 },
  })
})

t.test('below the bound it is refused, and shown where the operator wants it, marked', async t => {
  const lend = write('POST', '/books/1/lend', {})
  t.same(await ask({ path: '/books/1', says: said({ id: 1 }), writes: [lend] }), { refused: 'own-write-unclear' })
  t.match(await ask({ path: '/books/1', says: said({ id: 1 }), writes: [lend], minConfidence: 0.3 }), {
    json: { id: 1 },
    pending: { shown: 0, isUnclear: true },
  })
  const search: Question = { kind: 'search', body: { kind: 'literal', raw: 'null' }, text: '' }
  const asked = { path: '/graphql', says: said({ data: 1 }), writes: [write('POST', '/graphql')], question: search }
  t.match(
    await ask(asked),
    { json: { data: 1 }, pending: { shown: 0, isUnclear: true } },
    'most have nothing to do with it',
  )
  t.match(await ask({ path: '/books', says: said([{ id: 1 }]), writes: [], isCrowded: true }), {
    pending: { isUnclear: true },
  })
})
