// The learner itself, on a real LMDB, with a clock of the test's own.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openExactScan } from '../../brain/index/exact-scan.js'
import type { VectorIndex } from '../../brain/index/vector-index.js'
import { Learner } from '../../brain/learner.js'
import type { TextToEmbed } from '../../core/contract/brain-tasks.js'
import type { Exchange } from '../../core/contract/exchange.js'
import type { Lesson, LessonRoute } from '../../core/contract/lesson.js'
import type { MemoryWriter } from '../../core/contract/memory.js'
import { RouteMatcher } from '../../core/contract/route-match.js'
import { fillTemplate } from '../../core/ghost/fill-template.js'
import { openWriter } from '../../core/memory/lmdb.js'
import { ghostWays } from '../support/learner.js'

type Tap = { teardown(fn: () => unknown): void }
interface Bench {
  readonly learner: Learner
  readonly memory: MemoryWriter
  readonly indexed: () => number
  readonly lesson: () => Promise<Lesson>
  readonly route: (pattern: string) => Promise<LessonRoute | undefined>
}

const folder = (t: Tap): string => {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-learner-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const open = (t: Tap, dir = folder(t), maxBytes = 1 << 30, gradeShare = 1): Bench => {
  let learner: Learner | undefined
  let index: VectorIndex | undefined
  const memory = openWriter(dir, { maxBytes, forgotten: textKeys => learner?.forget(textKeys) })
  t.teardown(() => memory.close())
  let now = 1_000_000
  learner = new Learner({
    memory,
    openIndex: () => {
      index = openExactScan()
      return index
    },
    ghosts: ghostWays,
    serving: { minConfidence: 0.7, maxAgeS: 0 },
    gradeShare,
    now: () => (now += 10),
  })
  const it = learner
  const lesson = async (): Promise<Lesson> => {
    await it.flush()
    return it.lesson()
  }
  return {
    learner,
    memory,
    indexed: () => index!.size,
    lesson,
    route: async pattern => (await lesson()).routes.find(route => route.pattern === pattern),
  }
}

let clock = 1000
const exchange = (path: string, body: unknown, over: Partial<Exchange> = {}): Exchange => {
  clock += 10
  const key = over.key ?? `${over.method ?? 'GET'} ${path}?${over.query ?? ''} ${over.scope ?? ''}`
  return {
    startedAt: clock,
    completedAt: clock + 5,
    firstByteMs: 1,
    method: 'GET',
    path,
    query: '',
    scope: '',
    shared: false,
    baseKey: key,
    key,
    vary: [],
    requestHeaders: [],
    requestBody: new Uint8Array(0),
    status: 200,
    headers: ['content-type', 'application/json'],
    body: typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body)),
    redactions: 0,
    repeats: 0,
    ...over,
  }
}
const user = (id: number, over: Partial<Exchange> = {}): Exchange =>
  exchange(`/users/${id}`, { id, self: `/users/${id}`, role: 'user' }, over)

t.test('an answer becomes an exemplar of its route, octet for octet', async t => {
  const { learner, memory, route } = open(t)
  const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const { learned } = await learner.learn([
    user(7),
    user(7, { repeats: 3 }),
    exchange('/logo', '', { body: binary, headers: ['content-type', 'image/png'] }),
  ])
  t.equal(learned, 3)
  t.match(memory.exemplar('GET /users/7? '), { status: 200, seen: 5, routeId: (await route('/users/{id}'))!.id })
  t.match(memory.exemplar('GET /logo? '), { body: binary })
  t.match(await route('/users/{id}'), { seen: 5, exemplars: 1 })
})

t.test('errors, parts and answers to nothing asked are not learned', async t => {
  const { learner, memory, lesson } = open(t)
  for (const status of [500, 502, 503, 504, 408, 429, 206, 304, 101]) await learner.learn([user(7, { status })])
  await learner.learn([
    exchange('/users/7', 'x', { method: 'OPTIONS' }),
    exchange('/users/7', 'x', { method: 'TRACE' }),
  ])
  t.equal(memory.counts().exemplars, 0)
  t.same((await lesson()).routes, [])
})

t.test('an absence is remembered, but a scanner makes no routes', async t => {
  const { learner, memory, lesson } = open(t)
  await learner.learn([user(1), user(2), user(3, { status: 404 }), exchange('/wp-admin', {}, { status: 404 })])
  t.match(memory.exemplar('GET /users/3? '), { status: 404 })
  t.match(memory.exemplar('GET /wp-admin? '), { status: 404, routeId: '' })
  t.same(
    (await lesson()).routes.map(({ pattern }) => pattern),
    ['/users/{id}'],
  )
})

t.test('a write makes what is known of its target untrue, and of the places that it names', async t => {
  const { learner, memory } = open(t)
  await learner.learn([user(7), user(8), exchange('/users', []), exchange('/users', [], { query: 'page=2' })])
  await learner.learn([
    exchange('/users', '', { method: 'POST', status: 201, headers: ['location', 'http://api.test/users/7'] }),
  ])
  for (const key of ['GET /users? ', 'GET /users/7? ']) t.match(memory.exemplar(key), { gone: true })
  t.match(memory.exemplar('GET /users?page=2 '), { status: 200 }, 'an append does not make every page untrue')
  await learner.learn([exchange('/users', '', { method: 'PUT', status: 204 })])
  t.match(memory.exemplar('GET /users?page=2 '), { gone: true }, 'a replacement does')
  t.match(memory.exemplar('GET /users/8? '), { status: 200 })
  await learner.learn([exchange('/users/x', '', { method: 'PUT', status: 204, headers: ['content-location', '8'] })])
  t.match(memory.exemplar('GET /users/8? '), { gone: true, because: 'PUT /users/x' }, 'named as seen from the target')
  await learner.learn([user(7), user(8)])
  for (const status of [400, 409, 500, 503])
    await learner.learn([exchange('/users/7', '', { method: 'DELETE', status })])
  t.match(memory.exemplar('GET /users/7? '), { status: 200 }, 'a write that failed changes nothing')
})

t.test('an answer that was under way when a write went through is not learned, after a restart either', async t => {
  const dir = folder(t)
  const first = open(t, dir)
  await first.learner.learn([user(7)])
  const early = user(7, { body: Buffer.from('{"old":1}') })
  const write = exchange('/users/7', '', {
    method: 'PATCH',
    startedAt: early.startedAt,
    completedAt: early.completedAt + 50,
  })
  await first.learner.learn([write, early])
  t.match(first.memory.exemplar(early.key), { gone: true })
  await first.learner.flush()
  await first.memory.close()
  const second = open(t, dir)
  await second.learner.learn([early])
  t.match(second.memory.exemplar(early.key), { gone: true })
  await second.learner.learn([user(7, { startedAt: write.completedAt + 1, completedAt: write.completedAt + 2 })])
  t.match(second.memory.exemplar(early.key), { status: 200 })
})

t.test('exact is graded against what the answer became', async t => {
  const { learner, route } = open(t)
  await learner.learn([user(7), user(7), user(7)])
  t.match((await route('/users/{id}'))!.grades.exact, { graded: 2, confidence: 0.957 })
  for (let i = 0; i < 30; i++) await learner.learn([exchange('/clock', { now: i, tick: i * 7 })])
  const clockGrade = (await route('/clock'))!.grades.exact!
  t.ok(clockGrade.lowerBound < 0.7, `${clockGrade.lowerBound}: its answers never stay`)
})

t.test('the same answer in another coding is the same answer', async t => {
  const { learner, route, memory } = open(t)
  const body = Buffer.from(JSON.stringify({ id: 7, list: Array.from({ length: 50 }, (_, i) => i) }))
  const zipped = { body: gzipSync(body), headers: ['content-type', 'application/json', 'content-encoding', 'gzip'] }
  for (let i = 0; i < 10; i++)
    await learner.learn([
      user(7, { body }),
      user(7, zipped),
      user(7, { ...zipped, body: gzipSync(body, { level: 1 }) }),
    ])
  t.match((await route('/users/{id}'))!.grades.exact, { graded: 29, confidence: 0.987 })
  t.ok(memory.exemplar('GET /users/7? '))
})

t.test('broken gzip and hostile JSON are kept and replayed, and nothing is learned of them', async t => {
  const { learner, memory } = open(t)
  const bodies = [Buffer.from('not gzip'), gzipSync(Buffer.alloc(10 << 20)), Buffer.from('['.repeat(100_000))]
  const coded = ['content-type', 'application/json', 'content-encoding', 'gzip']
  const { learned } = await learner.learn([
    user(1, { body: bodies[0]!, headers: coded }),
    user(2, { body: bodies[1]!, headers: coded }),
    user(3, { body: bodies[2]! }),
    user(4, { body: Buffer.from('{"__proto__":{"polluted":1}}') }),
  ])
  t.equal(learned, 4)
  for (const [i, body] of bodies.entries()) t.match(memory.exemplar(`GET /users/${i + 1}? `), { body })
  t.equal(({} as { polluted?: number }).polluted, undefined)
})

t.test('an exchange that trips over a bug of ours costs itself, not its batch', async t => {
  const { learner, memory } = open(t)
  const reply = await learner.learn([user(7), user(8, { headers: undefined as never }), user(9)])
  t.match(reply, { learned: 2, failure: String })
  t.ok(memory.exemplar('GET /users/7? '))
  t.ok(memory.exemplar('GET /users/9? '))
})

t.test('a template is learned from two requests, graded by others before they join it', async t => {
  const { learner, memory, route } = open(t)
  await learner.learn([user(1)])
  t.equal((await route('/users/{id}'))!.templateVersion, 0)
  await learner.learn([user(2)])
  const { id, templateVersion } = (await route('/users/{id}'))!
  t.ok(templateVersion > 0)
  const filled = fillTemplate(memory.template(id)!, { params: ['42'], query: '' })!
  t.equal(filled.body.toString(), '{"id":42,"self":"/users/42","role":"user"}')
  t.equal((await route('/users/{id}'))!.grades.template!.graded, 0)
  await learner.learn([3, 4, 5, 6, 7].map(n => user(n)))
  const good = (await route('/users/{id}'))!.grades.template!
  t.equal(good.graded, 5)
  t.ok(good.lowerBound >= 0.7)
  await learner.learn([exchange('/users/8', { id: 8, self: '/users/8', role: 'admin' })])
  t.ok((await route('/users/{id}'))!.grades.template!.confidence < good.confidence)
  t.notMatch(fillTemplate(memory.template(id)!, { params: ['42'], query: '' })!.body.toString(), /role/)
})

t.test('what one credential saw, and what stands redacted, makes no template', async t => {
  const { learner, route } = open(t)
  await learner.learn([
    user(1, { scope: 'a' }),
    user(2, { scope: 'a' }),
    user(3, { redactions: 1 }),
    user(4, { redactions: 1 }),
  ])
  t.equal((await route('/users/{id}'))!.templateVersion, 0)
  await learner.learn([user(5, { scope: 'a', shared: true }), user(6, { scope: 'b', shared: true })])
  t.ok((await route('/users/{id}'))!.templateVersion > 0)
})

t.test('HEAD has exemplars of its own, without a grade, and spoils nothing', async t => {
  const { learner, memory, route } = open(t)
  await learner.learn([user(1), user(2)])
  const head = user(1, { method: 'HEAD', body: new Uint8Array(0) })
  await learner.learn([head, head, head])
  t.match(memory.exemplar('GET /users/1? '), { method: 'GET' })
  t.match(memory.exemplar('HEAD /users/1? '), { method: 'HEAD', seen: 3 })
  t.match((await route('/users/{id}'))!.grades, { exact: { graded: 0 }, template: { graded: 0 } })
})

t.test('words that become a parameter take along what was learned of them', async t => {
  const { learner, memory, route, lesson } = open(t)
  const words = ['red', 'green', 'blue', 'black', 'white', 'pink', 'grey', 'gold']
  for (const word of words) await learner.learn([exchange(`/colours/${word}`, { name: word, kind: 'colour' })])
  const { id, exemplars, templateVersion } = (await route('/colours/{id}'))!
  t.equal((await lesson()).routes.length, 1)
  t.equal(exemplars, 8)
  t.equal(memory.exemplarsOf(id, 100).length, 8, 'the exemplars belong to it now')
  t.ok(templateVersion > 0, 'and have taught it its template')
  t.equal(
    fillTemplate(memory.template(id)!, { params: ['violet'], query: '' })!.body.toString(),
    '{"name":"violet","kind":"colour"}',
  )
})

t.test('goes on where the last one stopped, with lessons that are newer', async t => {
  const dir = folder(t)
  const first = open(t, dir)
  await first.learner.learn([1, 2, 3, 4, 5, 6, 7].map(n => user(n)))
  await first.learner.learn([user(1), user(2)])
  const before = await first.lesson()
  await first.memory.close()
  const second = open(t, dir)
  const { lesson } = await second.learner.boot()
  t.same(lesson!.routes, before.routes)
  t.ok(lesson!.version > before.version)
  await second.memory.close()
  // A thread that ends before it has learned anything must not make the next one repeat its numbers.
  const third = await open(t, dir).learner.boot()
  t.ok(third.lesson!.version > lesson!.version)
})

t.test('texts: named once, found by meaning, graded before they are trusted, never across scopes', async t => {
  const { learner, route, memory } = open(t)
  const search = (q: string, items: unknown, scope = ''): Exchange =>
    exchange('/search', { query: decodeURIComponent(q), items }, { query: `q=${q}`, scope, shared: false })
  // Stands for an embedder: texts with the same first letter are near.
  const vectorOf = ({ text }: TextToEmbed): Float32Array => {
    const letter = text.split(' ').at(-1)!.charCodeAt(0) - 97
    return Float32Array.from({ length: 26 }, (_, i) => (i === letter ? 1 : i === 0 ? 0.1 + text.length / 1000 : 0))
  }
  const index = async (texts: readonly TextToEmbed[]): Promise<void> => {
    await learner.index(
      'test',
      texts.map(text => ({ ...text, vector: vectorOf(text) })),
    )
  }
  const first = await learner.learn([search('shiny%20shoes', [1, 2, 3]), user(7), search('shiny%20shoes', [1, 2, 3])])
  t.equal(first.toEmbed.length, 1, 'once, and nothing where there is no free text')
  await index(first.toEmbed)
  const text = first.toEmbed[0]!
  const found = learner.search('test', (await route('/search'))!.id, text.partition, text.text, vectorOf(text))
  t.match(found, { best: { key: 'GET /search?q=shiny%20shoes ', grade: { confidence: 0.5, graded: 0 } } })
  t.match(found.candidates, [{ method: 'GET', target: '/search?q=shiny%20shoes' }])
  t.equal(learner.search('test', '', 'another partition', '', vectorOf(text)).best, undefined)
  t.same(learner.unembedded('test', 10), [])
  t.equal(learner.unembedded('another embedder', 10).length, 1)

  const second = await learner.learn([search('shiny%20sandals', [1, 2, 3])])
  await index(second.toEmbed)
  t.equal(learner.unembedded('test', 10).length, 0)
  const scoped = await learner.learn([search('shiny%20shoes', [9], 'someone')])
  t.not(scoped.toEmbed[0]!.partition, text.partition)

  const own = search('quiet%20shoes', [8], 'someone')
  const withheld = await learner.learn([{ ...own, headers: [...own.headers, 'cache-control', 'no-store'] }])
  t.same(withheld.toEmbed, [], 'what says no-store and is kept all the same has no vector: they are shared')
  t.equal(learner.unembedded('test', 10).length, 1, 'of the other one')

  // Its answer is buried: it is no candidate any more, and the next one like it takes its place.
  await learner.learn([exchange('/search', '', { method: 'PUT' })])
  t.equal(learner.search('test', '', text.partition, text.text, vectorOf(text)).best, undefined)
  const again = await learner.learn([search('shiny%20shoes', [4])])
  await index(again.toEmbed)
  t.match(learner.search('test', '', text.partition, text.text, vectorOf(text)).best, {
    key: 'GET /search?q=shiny%20shoes ',
  })
  t.equal(memory.counts().vectors, 2)
})

t.test('texts of exemplars that the memory forgot are forgotten', async t => {
  const { learner, memory, indexed } = open(t, folder(t), 100_000)
  for (let i = 0; i < 150; i++) {
    const word = i.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]!)
    const { toEmbed } = await learner.learn([
      exchange(
        '/search',
        { text: 'x'.repeat(2000) },
        { query: `q=word+${word}`, key: createHash('sha256').update(word).digest('base64url').slice(0, 22) },
      ),
    ])
    await learner.index(
      'test',
      toEmbed.map(text => ({ ...text, vector: Float32Array.from([1, i]) })),
    )
  }
  await learner.learn([user(1)])
  const { vectors, exemplars, bytes } = memory.counts()
  t.ok(exemplars < 100 && bytes <= 100_000, `${exemplars} ${bytes}`)
  t.equal([...memory.states('text:')].length, vectors)
  t.equal(indexed(), vectors)
})

const posted = (path: string, body: unknown, answer: unknown, over: Partial<Exchange> = {}): Exchange =>
  exchange(path, answer, {
    method: 'POST',
    requestHeaders: ['content-type', 'application/json'],
    requestBody: Buffer.from(JSON.stringify(body)),
    key: `POST ${path} ${JSON.stringify(body)}`,
    ...over,
  })

t.test('questions in bodies are exemplars, with a route for each kind of question to a place', async t => {
  const { learner, memory, lesson } = open(t)
  const graph = posted('/graphql', { query: '{film(id:1){title} all{id}}' }, { data: {} })
  const rpc = posted('/rpc', { jsonrpc: '2.0', id: 1, method: 'user.get', params: [1] }, { id: 1 })
  const search = posted('/search', { q: 'x', size: 1 }, [])
  await learner.learn([graph, rpc, search, posted('/search', { size: 2, q: 'y' }, []), exchange('/search', [])])
  t.match(memory.exemplar(graph.key), { status: 200, requestBody: Buffer.from(graph.requestBody), method: 'POST' })
  const { routes } = await lesson()
  t.same(routes.map(({ method, pattern, seen }) => `${method} ${pattern} ${seen}`).sort(), [
    'GET /search 1',
    'POST /graphql#query.all,film 1',
    'POST /rpc#rpc.user.get 1',
    'POST /search#search.q,size 2',
  ])
  const matcher = new RouteMatcher(routes)
  t.equal(matcher.match('POST', '/graphql/#query.all,film')?.route.pattern, 'POST /graphql#query.all,film'.slice(5))
  t.equal(matcher.match('POST', '/graphql/#query.all'), undefined)
})

t.test('questions to one place never become a parameter, and are bounded', async t => {
  const { learner, memory, lesson } = open(t)
  const asked = Array.from({ length: 250 }, (_, i) => posted('/graphql', { query: `{a${i}}` }, { data: {} }))
  await learner.learn(asked)
  const { routes } = await lesson()
  t.equal(routes.length, 200)
  t.ok(routes.every(({ segments }) => segments.every(({ kind }) => kind === 'constant')))
  t.match(memory.exemplar(asked[249]!.key), { routeId: '' }, 'all are exemplars')
})

t.test('GraphQL by GET has no template and no meaning of its own, and the route of its POST', async t => {
  const { learner, lesson } = open(t)
  for (let i = 0; i < 4; i++)
    await learner.learn([
      exchange('/graphql', { data: { film: { id: i } } }, { query: `query={film(id:${i}){id}}`, key: `g${i}` }),
    ])
  t.match((await lesson()).routes, [{ method: 'POST', pattern: '/graphql#query.film', seen: 4, templateVersion: 0 }])
})

t.test('a mutation buries no question of its endpoint, another write buries what is at its path', async t => {
  const { learner, memory } = open(t)
  const graph = posted('/graphql', { query: '{film{id}}' }, { data: {} })
  const search = posted('/search', { q: 'x' }, [])
  await learner.learn([graph, search])
  await learner.learn([posted('/graphql', { query: 'mutation{film{id}}' }, { data: {} })])
  t.match(memory.exemplar(graph.key), { status: 200 })
  await learner.learn([posted('/search', { q: 'made' }, {}, { status: 201 })])
  t.match(memory.exemplar(search.key), { gone: true })
})

t.test('a mistake is remembered, but never in the place of a good answer', async t => {
  const { learner, memory } = open(t)
  await learner.learn([user(1), user(1, { status: 400 }), user(2, { status: 400 })])
  t.match(memory.exemplar('GET /users/1? '), { status: 200 })
  t.match(memory.exemplar('GET /users/2? '), { status: 400 })
  await learner.learn([user(2), user(2, { status: 404 })])
  t.match(memory.exemplar('GET /users/2? '), { status: 404 }, 'an absence does')
})

t.test('an answer to a question is graded by the next one', async t => {
  const { learner, lesson } = open(t)
  const ask = (n: number) => posted('/search', { q: 'x' }, { n })
  await learner.learn([ask(1), ask(1), ask(1)])
  t.equal((await lesson()).routes[0]!.grades.exact!.graded, 2)
})

t.test('without a share of a core nothing that is put together is graded; repeats are', async t => {
  const all = [...Array.from({ length: 12 }, (_, i) => user(i + 1)), user(1)]
  for (const [gradeShare, graded] of [
    [1, true],
    [0, false],
  ] as const) {
    const { learner, route } = open(t, folder(t), 1 << 30, gradeShare)
    await learner.learn(all)
    const { grades } = (await route('/users/{id}'))!
    t.equal(grades.template!.graded > 0, graded)
    t.equal(grades.exact!.graded, 1)
  }
})
