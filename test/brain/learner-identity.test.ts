// Which requests the learner takes for one and the same, on a real LMDB.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Learner } from '../../brain/learner.js'
import type { Exchange } from '../../core/contract/exchange.js'
import type { LessonRoute } from '../../core/contract/lesson.js'
import type { Exemplar, MemoryWriter } from '../../core/contract/memory.js'
import { baseKeyOf, variedKeyOf } from '../../core/contract/request-key.js'
import { selected } from '../../core/record/identity.js'
import { openLearner } from '../support/learner.js'

type Tap = { teardown(fn: () => unknown): void }

let clock = Date.UTC(2026, 4, 1)

function folder(t: Tap): string {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-identity-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** As an edge hands it over. */
function exchange(target: string, body: unknown, over: Partial<Exchange> = {}): Exchange {
  clock += 1000
  const [path = '', query = ''] = target.split('?')
  const method = over.method ?? 'GET'
  const vary = over.vary ?? []
  const baseKey = baseKeyOf({ method, path, query, scope: over.scope ?? '' })
  const by = selected(over.requestHeaders ?? [], vary)
  return {
    startedAt: clock,
    completedAt: clock + 5,
    firstByteMs: 1,
    method,
    path,
    query,
    scope: '',
    shared: false,
    baseKey,
    key: variedKeyOf(baseKey, by),
    vary,
    ...(by.length === 0 ? {} : { selected: by }),
    requestHeaders: [],
    requestBody: new Uint8Array(0),
    status: 200,
    headers: ['content-type', 'application/json'],
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    redactions: 0,
    repeats: 0,
    ...over,
  }
}

interface Bench {
  readonly learner: Learner
  readonly memory: MemoryWriter
  hear(target: string, body: unknown, over?: Partial<Exchange>): Promise<void>
  route(pattern?: string): Promise<LessonRoute | undefined>
  /** What is kept of a request that is named so. */
  kept(target: string, headers?: readonly string[]): Exemplar | undefined
}

function open(t: Tap, dir = folder(t)): Bench {
  const { learner, memory } = openLearner(dir, () => clock)
  t.teardown(() => memory.close())
  return {
    learner,
    memory,
    hear: async (target, body, over) => {
      await learner.learn([exchange(target, body, over)])
    },
    route: async (pattern = '/books') => {
      await learner.flush()
      return learner.lesson().routes.find(route => route.pattern === pattern)
    },
    kept: (target, headers = []) => {
      const [path = '', query = ''] = target.split('?')
      const base = baseKeyOf({ method: 'GET', path, query, scope: '' })
      const found = memory.exemplar(variedKeyOf(base, selected(headers, memory.vary(base) ?? [])))
      return found === undefined || 'gone' in found ? undefined : found
    },
  }
}

const book = (id: number) => ({ id, title: `Title ${id}`, pages: 100 + id })
const page = (n: number) => ({ total: 40, items: [1, 2, 3, 4, 5].map(i => book((n - 1) * 5 + i)) })

t.test(
  'what is asked with a cache-buster is kept as if it had none, also what was asked before that was known',
  async t => {
    const { hear, route, kept, memory, learner } = open(t)
    const first = clock + 1000
    for (let i = 0; i < 48; i++) await hear(`/books?page=${1 + (i % 6)}&_=${clock}`, page(1 + (i % 6)))
    t.match((await route())!.ignored, [{ name: '_' }])
    t.match(kept('/books?page=1'), { query: 'page=1', ignored: ['_'] })
    t.match(kept('/books?page=2'), { query: 'page=2', ignored: ['_'] })
    t.equal(kept(`/books?page=1&_=${first - 1000}`), undefined, 'the old name is gone')
    t.equal(memory.counts().exemplars, 6)
    t.equal((await route())!.exemplars, 6)

    await hear(`/books?_=${clock}&page=7`, page(7))
    t.match(kept('/books?page=7'), { query: 'page=7' })
    const composed = learner.compose({
      method: 'GET',
      path: '/books',
      query: `page=2&_=${clock}`,
      scope: '',
      body: '',
      contentType: '',
    })
    t.match(composed, { kind: 'answer', tier: 'query' }, JSON.stringify(composed))
    t.same(composed.kind === 'answer' && JSON.parse(Buffer.from(composed.body).toString()), page(2))
  },
)

t.test('one answer that it changed, and nothing that rests on it is used any more', async t => {
  const { hear, route, kept, learner } = open(t)
  await hear('/books', page(1))
  for (let i = 0; i < 24; i++) await hear(`/books?v=${clock}`, page(1))
  for (let i = 0; i < 24; i++) await hear(`/books?page=2&v=${clock}`, page(2))
  t.match((await route())!.ignored, [{ name: 'v' }])
  t.equal(kept('/books')!.ignored, undefined, 'asked without it as well')
  t.same(kept('/books?page=2')!.ignored, ['v'])
  await hear(`/books?v=${clock}`, page(3))
  t.equal((await route())!.ignored, undefined, 'dropped at once')
  t.match(JSON.parse(Buffer.from(kept('/books')!.body).toString()), page(1))
  t.match(kept(`/books?v=${clock - 1000}`), { query: `v=${clock - 1000}` })
  const composed = learner.compose({ method: 'GET', path: '/books', query: '', scope: '', body: '', contentType: '' })
  const { items } = page(1)
  if (composed.kind === 'answer') t.match(JSON.parse(Buffer.from(composed.body).toString()), { items })
  await hear(`/books?v=${clock}`, page(1))
  for (let i = 0; i < 60; i++) await hear(`/books?v=${clock}`, page(1))
  t.equal((await route())!.ignored, undefined, 'and never again')
})

t.test('it is known after a restart', async t => {
  const dir = folder(t)
  const before = open(t, dir)
  for (let i = 0; i < 24; i++) await before.hear(`/books?_=${clock}`, page(1))
  t.match((await before.route())!.ignored, [{ name: '_' }])
  await before.memory.close()
  const after = open(t, dir)
  t.match((await after.route())!.ignored, [{ name: '_' }])
  await after.hear(`/books?page=4&_=${clock}`, page(4))
  t.match(after.kept('/books?page=4'), { ignored: ['_'] })
})

t.test('what Vary selects stays apart, and writes find what they touched', async t => {
  const { hear, route, kept } = open(t)
  const asks = (origin: string): Partial<Exchange> => ({ vary: ['origin'], requestHeaders: ['origin', origin] })
  for (let i = 0; i < 24; i++) {
    await hear(`/books?_=${clock}`, page(1), asks('http://a'))
    await hear(`/books?_=${clock}`, page(2), asks('http://b'))
  }
  t.match((await route())!.ignored, [{ name: '_' }])
  t.match(JSON.parse(Buffer.from(kept('/books', ['origin', 'http://a'])!.body).toString()), page(1))
  t.match(JSON.parse(Buffer.from(kept('/books', ['origin', 'http://b'])!.body).toString()), page(2))
  await hear(`/books?_=${clock}`, { id: 41 }, { method: 'POST', status: 201 })
  t.equal(kept('/books', ['origin', 'http://a']), undefined, 'the list that it came into')
})

t.test('a route that its paths make anew keeps what is known of its parameters', async t => {
  const { hear, route, kept, learner } = open(t)
  for (let i = 0; i < 30; i++) await hear(`/books/sea?_=${clock}`, book(0))
  t.match((await route('/books/sea'))!.ignored, [{ name: '_' }])
  const words = ['sky', 'moon', 'sun', 'star', 'tree', 'lake', 'hill', 'wind', 'rain', 'snow', 'fire', 'stone', 'sand']
  for (const [i, word] of words.entries()) await hear(`/books/${word}`, book(i))
  const all = learner.lesson().routes
  t.same(
    all.map(({ pattern }) => pattern),
    ['/books/{id}'],
  )
  t.match(all[0]!.ignored, [{ name: '_' }])
  await hear(`/books/sky?_=${clock}`, book(0))
  t.match(kept('/books/sky'), { path: '/books/sky', query: '' })
  t.match(kept('/books/sea'), { ignored: ['_'] })
})

const accepts = (accept: string, type: string, over: Partial<Exchange> = {}): Partial<Exchange> => ({
  requestHeaders: ['accept', accept],
  headers: ['content-type', type],
  ...over,
})
const speaks = (language: string): Partial<Exchange> => ({ requestHeaders: ['accept-language', language] })

t.test('forms that go with Accept are kept apart, and what was kept before finds its place', async t => {
  const { hear, route, kept, learner } = open(t)
  const json = accepts('application/json', 'application/json; charset=utf-8')
  const html = accepts('text/html', 'text/html')
  for (let i = 1; i < 5; i++) await hear(`/books/${i}`, book(i), json)
  await hear('/books/1', '<h1>Title 1</h1>', html)
  t.match(kept('/books/1', ['accept', 'application/json'])?.headers, ['content-type', /json/])
  t.match(kept('/books/1', ['accept', 'text/html'])?.headers, ['content-type', 'text/html'])
  t.match(kept('/books/2', ['accept', 'Application/JSON']), { path: '/books/2' }, 'asked before that was known')
  t.equal(kept('/books/2', ['accept', 'text/html']), undefined, 'nobody asked for it so')
  t.equal(kept('/books/2'), undefined)
  await hear('/books/9', book(9), json)
  t.ok(kept('/books/9', ['accept', 'application/json']), 'asked since')
  t.same((await route('/books/{id}'))!.offered?.types, ['application/json', 'text/html'])
  const composed = learner.compose({
    method: 'GET',
    path: '/books/1',
    query: '',
    scope: '',
    body: '',
    contentType: '',
  })
  t.match(composed, { kind: 'answer' }, 'what was shown is true in whatever form')
})

t.test('languages that go with Accept-Language are kept apart; nothing is put together of them', async t => {
  const dir = folder(t)
  const { hear, route, kept, learner, memory } = open(t, dir)
  const words = { en: 'Title', de: 'Titel' } as const
  const text = (id: number, language: 'en' | 'de') => ({ id, name: `${words[language]} ${id}`, pages: 100 + id })
  for (let i = 1; i < 6; i++) await hear(`/books/${i}`, text(i, 'en'), speaks('en'))
  await hear('/books/1', text(1, 'de'), speaks('de'))
  const nameOf = (path: string, language: string): unknown => {
    const found = kept(path, ['accept-language', language])
    return found === undefined ? undefined : JSON.parse(Buffer.from(found.body).toString()).name
  }
  t.equal(nameOf('/books/1', 'en'), 'Title 1')
  t.equal(nameOf('/books/1', 'de'), 'Titel 1')
  await hear('/books/1', text(1, 'en'), speaks('en'))
  t.match(await route('/books/{id}'), { differsBy: ['accept-language'], templateVersion: 0 })
  t.equal(nameOf('/books/3', 'en'), 'Title 3')
  t.equal(nameOf('/books/3', 'de'), undefined)
  const composed = learner.compose({ method: 'GET', path: '/books/3', query: '', scope: '', body: '', contentType: '' })
  t.match(composed, { kind: 'none', because: /depends on the form/ })
  await learner.flush()
  await memory.close()
  const after = open(t, dir)
  t.match(await after.route('/books/{id}'), { differsBy: ['accept-language'] })
})

t.test('clients of many languages, one answer: nothing is told apart', async t => {
  const { hear, route, kept } = open(t)
  for (let i = 0; i < 30; i++)
    await hear(`/books/${1 + (i % 5)}`, book(1 + (i % 5)), speaks(['en', 'de', 'fr'][i % 3]!))
  t.ok(kept('/books/2'), 'whoever asks')
  t.equal((await route('/books/{id}'))!.differsBy, undefined)
})

t.test('that a form is not to be had is kept for who asked for it', async t => {
  const { hear, kept } = open(t)
  const json = accepts('application/json', 'application/json')
  for (let i = 1; i < 4; i++) await hear(`/books/${i}`, book(i), json)
  await hear('/books/1', 'no', accepts('image/png', 'text/plain', { status: 406 }))
  t.match(kept('/books/1', ['accept', 'image/png']), { status: 406 })
  t.match(kept('/books/1', ['accept', 'application/json']), { status: 200 })
})
