// A client sees its own pending writes in what ghosts answer it, others do not; what it made has a temporary id that becomes
// the real one on recovery. Real processes, a real backend that is killed and started again.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { JournalPage } from '../../core/contract/journal.js'
import { type ChildOrigin, startChildOrigin } from '../support/child-origin.js'
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

async function until<T>(look: () => T | Promise<T>, enough: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    const seen = await look()
    if (enough(seen) || Date.now() > end) return seen
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

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

const isDrained = ({ counts }: JournalPage): boolean => counts.pending + counts.sending === 0

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
    await until(() => proxy.admin<JournalPage & Record<string, unknown>>('/api/journal'), isDrained)
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
