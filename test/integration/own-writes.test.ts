// A client sees its own pending writes in what ghosts answer it, others do not; what it made has a temporary id that becomes
// the real one on recovery. Real processes, a real backend that is killed and started again.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { JournalPage } from '../../core/contract/journal.js'
import type { MatchExplanation } from '../../core/contract/status.js'
import { type ChildOrigin, startChildOrigin } from '../support/child-origin.js'
import { patience } from '../support/patience.js'
import { type Proxy as RunningProxy, startProxy, temporaryFolder } from '../support/proxy.js'

const program = fileURLToPath(new URL('../support/shelf-origin-process.js', import.meta.url))

interface Book {
  readonly id: number
  readonly title: string
  readonly stock?: number
  readonly state?: string
}

interface List {
  readonly total: number
  readonly items: readonly Book[]
}

interface Shelf {
  readonly books: readonly Book[]
  readonly reviews: readonly Record<string, unknown>[]
  readonly log: readonly {
    method: string
    target: string
    body: Record<string, unknown>
    ifMatch: string
    by: string
  }[]
}

const alice = { authorization: 'Bearer alice' }
const bob = { authorization: 'Bearer bob' }
const json = { 'content-type': 'application/json' }

const until = patience(30_000)

async function start(
  t: Test,
  env: Record<string, string> = {},
): Promise<{ origin: ChildOrigin; proxy: RunningProxy; shelf: () => Promise<Shelf> }> {
  const origin = await startChildOrigin(t, program, [join(temporaryFolder(), 'shelf')])
  const proxy = await startProxy(t, origin.url, { CHAOS_GHOST_WRITES: 'journal', ...env })
  return { origin, proxy, shelf: async () => (await origin.ask({})) as Shelf }
}

/** Both clients look at everything. */
async function learn(proxy: RunningProxy): Promise<void> {
  for (const who of [alice, bob])
    for (const path of ['/books', '/books/1', '/books/2', '/books/3', '/books/77', '/books?state=shelved'])
      await proxy.get(path, who)
  await proxy.settled()
}

const write = (proxy: RunningProxy, method: string, path: string, body?: object, who = alice, headers = {}) =>
  proxy.send(method, path, {
    headers: { ...who, ...(body === undefined ? {} : json), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const drained = (proxy: RunningProxy): Promise<JournalPage> =>
  until(
    () => proxy.admin<JournalPage & Record<string, unknown>>('/api/journal'),
    ({ counts }) => counts.pending + counts.sending === 0,
  )

for (const front of ['uws', 'strict'])
  t.test(`${front}: the writer sees what it wrote, others what was; afterwards the backend has it`, async t => {
    const { origin, proxy, shelf } = await start(t, { CHAOS_FRONT: front })
    await learn(proxy)
    await origin.kill()
    t.equal((await write(proxy, 'PATCH', '/books/1', { stock: 9 })).status, 202)
    t.equal((await write(proxy, 'DELETE', '/books/2')).status, 202)
    const made = await write(proxy, 'POST', '/books', { title: 'Ulysses', stock: 1 })
    t.equal(made.status, 202)
    const { temporaryId } = made.json<{ temporaryId: string }>()
    t.ok(Number(temporaryId) >= 2_000_000_000, 'far from real ones')

    const list = await proxy.get('/books', alice)
    t.equal(list.status, 200)
    t.match(list.headers['x-ghost-pending'], /^3/)
    t.ok(Number(list.headers['x-ghost-confidence']) < 0.95)
    const { total, items } = list.json<List & Record<string, unknown>>()
    t.equal(total, 3)
    t.same(
      items.map(({ id, title, stock }) => [id, title, stock]),
      [
        [1, 'Emma', 9],
        [3, 'Walden', 3],
        [Number(temporaryId), 'Ulysses', 1],
      ],
    )
    t.match((await proxy.get('/books/1', alice)).json(), { id: 1, title: 'Emma', stock: 9, state: 'shelved' })
    const gone = await proxy.get('/books/2', alice)
    t.equal(gone.status, 404)
    t.match(gone.json(), { error: 'there is none', id: '2' })
    t.equal(gone.headers['x-ghost-pending'], '1')
    t.match((await proxy.get(`/books/${temporaryId}`, alice)).json(), { id: Number(temporaryId), title: 'Ulysses' })
    const untouched = await proxy.get('/books/3', alice)
    t.equal(untouched.headers['x-ghost-pending'], undefined)

    const others = await proxy.get('/books', bob)
    t.equal(others.headers['x-ghost-pending'], undefined)
    t.same(
      others.json<List & Record<string, unknown>>().items.map(({ id, stock }) => [id, stock]),
      [
        [1, 3],
        [2, 3],
        [3, 3],
      ],
    )
    t.match((await proxy.get('/books/2', bob)).json(), { title: 'Dracula' })

    // What was made can be spoken of before it is there.
    t.equal((await write(proxy, 'PATCH', `/books/${temporaryId}`, { stock: 4 })).status, 202)
    t.equal(
      (await write(proxy, 'POST', '/reviews', { bookId: Number(temporaryId), text: `on /books/${temporaryId}` }))
        .status,
      202,
    )
    t.match((await proxy.get(`/books/${temporaryId}`, alice)).json(), { title: 'Ulysses', stock: 4 })

    await origin.start()
    await drained(proxy)
    const after = await shelf()
    t.match(await proxy.admin('/api/journal'), { counts: { done: 5, parked: 0 } })
    const ulysses = after.books.find(({ title }) => title === 'Ulysses')!
    t.same(
      after.books.map(({ id, title, stock }) => [id, title, stock]),
      [
        [1, 'Emma', 9],
        [3, 'Walden', 3],
        [ulysses.id, 'Ulysses', 4],
      ],
    )
    t.ok(ulysses.id < 100)
    t.match(after.reviews[0], { bookId: ulysses.id, text: `on /books/${ulysses.id}` })
    t.notMatch(JSON.stringify(after.log), temporaryId)
  })

/** Creations that both clients saw answered. */
async function learnCreations(proxy: RunningProxy): Promise<void> {
  await learn(proxy)
  for (const who of [alice, bob]) {
    await write(proxy, 'POST', '/books', { title: `by ${who.authorization}`, stock: 2 }, who)
    await write(proxy, 'POST', '/books', { title: 'Ivanhoe', stock: 5, note: 'worn' }, who)
    await write(proxy, 'POST', '/reviews', { bookId: 1, text: 'well' }, who)
    await write(proxy, 'POST', '/reviews', { bookId: 2, text: 'ill' }, who)
  }
  await learn(proxy)
}

function routesFile(routes: object[]): Record<string, string> {
  const file = join(temporaryFolder(), 'routes.json')
  writeFileSync(file, JSON.stringify(routes))
  return { CHAOS_ROUTES_FILE: file }
}

t.test(
  'answers as learned: 201 with a temporary id, which later writes and questions may name, also afterwards',
  async t => {
    const { origin, proxy, shelf } = await start(
      t,
      routesFile([{ route: 'POST /**', writes: 'journal', answer: 'learned' }]),
    )
    await learnCreations(proxy)
    await origin.kill()
    const made = await write(proxy, 'POST', '/books', { title: 'Ulysses', stock: 1 })
    t.equal(made.status, 201)
    t.equal(made.headers['x-ghost'], 'journalled')
    t.match(made.headers.link, /^<\/\.well-known\/chaos-proxy\/journal\/[0-9a-f-]{36}>; rel="status"$/)
    const book = made.json<Book & Record<string, unknown>>()
    t.match(book, { title: 'Ulysses', stock: 1, state: 'shelved' })
    t.ok(book.id >= 2_000_000_000)
    t.ok(Math.abs(Date.parse(String(book.madeAt)) - Date.now()) < 60_000)
    t.equal(made.headers.location, `/books/${book.id}`)
    const status = String(made.headers.link).slice(1, -'>; rel="status"'.length)
    t.match((await proxy.get(status)).json(), { method: 'POST', path: '/books' })

    t.equal((await write(proxy, 'PUT', `/books/${book.id}`, { title: 'Ulysses', stock: 8 })).status, 202)
    const review = await write(proxy, 'POST', '/reviews', { bookId: book.id, text: 'long' })
    t.equal(review.status, 201)
    t.match(review.json(), { bookId: book.id, text: 'long' })
    t.match((await proxy.get(`/books/${book.id}`, alice)).json(), { id: book.id, stock: 8, state: 'shelved' })
    // To others the number says nothing.
    const other = await proxy.get(`/books/${book.id}`, bob)
    t.not(other.json<Record<string, unknown>>().title, 'Ulysses')

    await origin.start()
    await drained(proxy)
    const { books, reviews } = await shelf()
    const real = books.find(({ title }) => title === 'Ulysses')!
    t.equal(real.stock, 8)
    t.match(reviews.at(-1), { bookId: real.id, text: 'long' })

    const now = await until(
      () => proxy.get(`/books/${book.id}`, alice),
      ({ status }) => status === 200,
    )
    t.equal(now.headers['x-ghost'], undefined, 'live')
    t.equal(now.json<Book & Record<string, unknown>>().id, real.id)
    t.equal((await proxy.get(`/books/${book.id}`, bob)).status, 404)
    const later = await write(proxy, 'POST', '/reviews', { bookId: book.id, text: 'later' })
    t.equal(later.headers['x-ghost'], 'journalled', 'its body is made right on its way')
    await until(shelf, ({ reviews }) => reviews.some(({ text }) => text === 'later'))
    await drained(proxy)
    t.equal((await write(proxy, 'POST', '/reviews', { bookId: 1, text: 'live' })).headers['x-ghost'], undefined)
    t.match(
      (await shelf()).reviews.find(({ text }) => text === 'later'),
      { bookId: real.id },
    )
  },
)

t.test('what builds on a creation that is refused is parked with it', async t => {
  const { origin, proxy, shelf } = await start(t)
  await learn(proxy)
  await origin.kill()
  const made = (await write(proxy, 'POST', '/books', { title: 'refused' })).json<{ id: string; temporaryId: string }>()
  const review = (await write(proxy, 'POST', '/reviews', { bookId: Number(made.temporaryId) })).json<{ id: string }>()
  await origin.start()
  await drained(proxy)
  t.match(await proxy.admin(`/api/journal/${made.id}`), { state: 'parked', answer: { status: 422 } })
  t.match(await proxy.admin(`/api/journal/${review.id}`), {
    state: 'parked',
    because: new RegExp(`${made.id}.*is parked`),
    attempts: 0,
  })
  t.same((await shelf()).reviews, [])
})

t.test('kill -9 of the proxy: pending writes are shown, and temporary ids become real, by the next one', async t => {
  const first = await start(t)
  await learn(first.proxy)
  await first.origin.kill()
  const made = await write(first.proxy, 'POST', '/books', { title: 'Ulysses', stock: 1 })
  const { temporaryId } = made.json<{ temporaryId: string }>()
  await write(first.proxy, 'PATCH', `/books/${temporaryId}`, { stock: 6 })
  await write(first.proxy, 'POST', '/reviews', { bookId: Number(temporaryId) })
  await first.proxy.stop('SIGKILL')
  const proxy = await startProxy(t, first.origin.url, {
    CHAOS_GHOST_WRITES: 'journal',
    CHAOS_DATA_DIR: first.proxy.dataDir,
  })
  // Until its edges have heard what was learned it stays silent; a ghost of the old state would end this as well.
  const seen = await until(
    () => proxy.get('/books', alice),
    ({ headers }) => headers['x-ghost'] !== 'none',
  )
  t.match(seen.headers['x-ghost-pending'], /^2/)
  t.match(seen.json<List & Record<string, unknown>>().items.at(-1), {
    id: Number(temporaryId),
    title: 'Ulysses',
    stock: 6,
  })
  await first.origin.start()
  await drained(proxy)
  const { books, reviews } = await first.shelf()
  t.match(books.at(-1), { title: 'Ulysses', stock: 6 })
  t.match(reviews, [{ bookId: books.at(-1)!.id }])
})

t.test('preconditions: what changed since the client saw it is parked; its own changes are no conflict', async t => {
  const { origin, proxy, shelf } = await start(t, routesFile([{ route: '* /books/3', preconditions: 'off' }]))
  await learn(proxy)
  // Somebody who does not come this way changes two of them.
  for (const id of [2, 3])
    await fetch(`${origin.url}/books/${id}`, { method: 'PATCH', body: JSON.stringify({ stock: 100 }) })
  await origin.kill()
  for (const stock of [7, 8]) await write(proxy, 'PATCH', '/books/1', { stock })
  const lost = (await write(proxy, 'PATCH', '/books/2', { stock: 1 })).json<{ id: string }>()
  await write(proxy, 'PATCH', '/books/3', { stock: 1 })
  await origin.start()
  await drained(proxy)
  t.match(await proxy.admin(`/api/journal/${lost.id}`), { state: 'parked', answer: { status: 412 } })
  const { books, log } = await shelf()
  t.same(
    books.map(({ stock }) => stock),
    [8, 100, 1],
  )
  const conditions = log.filter(({ by }) => by !== '').map(({ target, ifMatch }) => [target, ifMatch !== ''])
  t.same(conditions.filter(([target]) => target === '/books/1').length, 2)
  t.same(
    conditions.filter(([target]) => target === '/books/1').map(([, has]) => has),
    [true, true],
  )
  t.same(
    conditions.find(([target]) => target === '/books/3'),
    ['/books/3', false],
  )
  t.equal((await proxy.get('/books/2', alice)).json<Book & Record<string, unknown>>().stock, 100)
  await proxy.admin(`/api/journal/${lost.id}/retry`, { method: 'POST' })
  await until(shelf, ({ books }) => books[1]!.stock === 1)
  t.equal((await shelf()).books[1]!.stock, 1, 'a person decided')
})

t.test('where nobody can tell what a write comes to its client is not shown the old state', async t => {
  const { origin, proxy } = await start(t)
  await learn(proxy)
  await origin.kill()
  await write(proxy, 'POST', '/books/1/lend', { to: 'carol' })
  await proxy.send('PUT', '/books/3', { headers: { ...alice, 'content-type': 'text/plain' }, body: 'Walden, again' })
  for (const path of ['/books/1', '/books/3', '/books']) {
    const refused = await proxy.get(path, alice)
    t.equal(refused.headers['x-ghost-refused'], 'own-write-unclear', path)
    t.equal((await proxy.get(path, bob)).status, 200)
  }
  t.equal((await proxy.get('/books/2', alice)).status, 200)
  const unsure = await proxy.get('/books/1', { ...alice })
  t.ok(unsure.status >= 502)
})

t.test('nobody’s writes are shown to nobody: without credentials all look alike', async t => {
  const { origin, proxy } = await start(t)
  for (const path of ['/books', '/books/1', '/books/2', '/books/3']) await proxy.get(path)
  await proxy.settled()
  await origin.kill()
  t.equal((await write(proxy, 'PATCH', '/books/1', { stock: 9 }, {} as typeof alice)).status, 202)
  const seen = await proxy.get('/books/1')
  t.equal(seen.json<Book & Record<string, unknown>>().stock, 3)
  t.equal(seen.headers['x-ghost-pending'], undefined)
})

t.test('asked why, the proxy tells what the client would get, its own writes included', async t => {
  const { origin, proxy } = await start(t)
  await learn(proxy)
  await origin.kill()
  await write(proxy, 'PATCH', '/books/1', { stock: 41 })
  await write(proxy, 'POST', '/books/2/lend', { to: 'carol' })
  const why = (path: string, headers: object): Promise<MatchExplanation & Record<string, unknown>> =>
    proxy.admin('/api/debug/match', { method: 'POST', body: { path, headers } })
  const own = await why('/books/1', alice)
  t.match(own, { verdict: 'answer', pending: { writes: 2, shown: 1 }, answer: { headers: { 'x-ghost-pending': '1' } } })
  t.equal(JSON.parse(own.answer!.body).stock, 41)
  t.match(await why('/books/2', alice), { verdict: 'refusal', reason: 'own-write-unclear', pending: { writes: 2 } })
  const other = await why('/books/1', bob)
  t.match(other, { verdict: 'answer', pending: null })
  t.equal(JSON.parse(other.answer!.body).stock, 3)
})

t.test('whichever edge is asked, the moment the write is taken', async t => {
  const { origin, proxy } = await start(t, { CHAOS_WORKERS: '2' })
  await learn(proxy)
  await origin.kill()
  for (let stock = 100; stock < 105; stock++) {
    t.equal((await write(proxy, 'PATCH', '/books/1', { stock })).status, 202)
    // As many sockets, on both edges.
    const seen = await Promise.all(Array.from({ length: 8 }, () => proxy.get('/books/1', alice)))
    t.same(
      seen.map(reply => reply.json<Book & Record<string, unknown>>().stock),
      seen.map(() => stock),
    )
  }
})
