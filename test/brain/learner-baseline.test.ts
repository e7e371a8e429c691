// What the learner makes of a 200 that is wrong, on a real LMDB.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Exchange } from '../../core/contract/exchange.js'
import type { LessonRoute } from '../../core/contract/lesson.js'
import type { Exemplar, MemoryWriter } from '../../core/contract/memory.js'
import { openLearner } from '../support/learner.js'

let clock = Date.UTC(2026, 4, 1)

function answer(id: number, body: unknown, over: Partial<Exchange> = {}): Exchange {
  clock += 20
  const path = `/items/${id}`
  return {
    startedAt: clock,
    completedAt: clock + 5,
    firstByteMs: 1,
    method: 'GET',
    path,
    query: '',
    scope: '',
    shared: false,
    baseKey: `GET ${path}`,
    key: `GET ${path}`,
    vary: [],
    requestHeaders: [],
    requestBody: new Uint8Array(0),
    status: 200,
    headers: ['content-type', 'application/json'],
    body: Buffer.from(JSON.stringify(body)),
    redactions: 0,
    repeats: 0,
    ...over,
  }
}

const item = (id: number) => answer(id, { id, name: `item ${id}`, price: id * 3 })
const renamed = (id: number) => answer(id, { uid: id, title: `item ${id}`, cost: id * 3 })
const down = (id: number) => answer(id, { error: 'the database is away' })

type Tap = { teardown(fn: () => unknown): void }

function folder(t: Tap): string {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-baseline-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function open(t: Tap, dir: string, softFailures = true) {
  const { learner, memory } = openLearner(dir, () => clock, { softFailures })
  t.teardown(() => memory.close())
  const route = (): LessonRoute => learner.lesson().routes.find(({ pattern }) => pattern.startsWith('/items/{'))!
  return { learner, memory, route }
}

function stored(memory: MemoryWriter, id: number): unknown {
  return JSON.parse(Buffer.from((memory.exemplar(`GET /items/${id}`) as Exemplar).body).toString())
}

const ids = Array.from({ length: 30 }, (_, i) => i + 1)

t.test('what the route never answers is not learned, and what is taught outlives a restart', async t => {
  const dir = folder(t)
  const first = open(t, dir)
  await first.learner.learn(ids.map(item))
  const { baseline, seen } = first.route()
  t.same(baseline?.members, ['id', 'name', 'price'])
  await first.learner.learn([
    down(3),
    answer(4, 0, { body: Buffer.from('<html>') }),
    answer(900, {}),
    answer(5, [], { body: Buffer.alloc(0) }),
  ])
  t.match(stored(first.memory, 3), { name: 'item 3' })
  t.match(stored(first.memory, 4), { name: 'item 4' })
  t.match(stored(first.memory, 5), { name: 'item 5' })
  t.equal(first.memory.exemplar('GET /items/900'), undefined)
  t.equal(first.route().seen, seen)
  await first.learner.flush()
  await first.memory.close()

  const second = open(t, dir)
  t.same(second.route().baseline, baseline)
  await second.learner.learn([down(3)])
  t.match(stored(second.memory, 3), { name: 'item 3' })
})

t.test('an API that changes its shape for good is learned after a while', async t => {
  const { learner, memory, route } = open(t, folder(t))
  await learner.learn(ids.map(item))
  for (const id of ids.slice(0, 19)) await learner.learn([renamed(id)])
  t.match(stored(memory, 1), { name: 'item 1' }, 'a burst is not a while')
  clock += 600_000
  await learner.learn([renamed(1), renamed(2)])
  t.match(stored(memory, 1), { title: 'item 1' })
  t.match(stored(memory, 2), { title: 'item 2' })
  t.equal(route().baseline, undefined, 'nothing is held against the new form, nor against the old one')
  await learner.learn(ids.map(renamed))
  t.same(route().baseline?.members, ['uid', 'title', 'cost'])
  await learner.learn([item(1)])
  t.match(stored(memory, 1), { title: 'item 1' }, 'now the old form is wrong')
})

t.test('repeats that an edge counted are evidence for a route that has one request', async t => {
  const { learner } = open(t, folder(t))
  const one = answer(0, { rate: 3, currency: 'x' }, { path: '/rates', key: 'GET /rates', baseKey: 'GET /rates' })
  await learner.learn([one])
  const taught = () => learner.lesson().routes.find(({ pattern }) => pattern === '/rates')?.baseline
  t.equal(taught(), undefined)
  learner.unshipped({ repeats: [['GET /rates', 19]], unstorable: 0 })
  t.match(taught(), { members: ['rate', 'currency'], onlyBare: true })
})

t.test('that what is not there still is not, counts where an edge only counted it', async t => {
  const { learner, memory } = open(t, folder(t))
  await learner.learn(ids.map(item))
  const missing = (id: number) => answer(id, { error: 'none' }, { status: 404 })
  await learner.learn([9001, 9002].map(missing))
  const graded = async (): Promise<number> => {
    await learner.flush()
    const { all } = JSON.parse(memory.state('model-grades') ?? '{"all":[]}') as { all: [string, { graded: number }][] }
    return all.reduce((sum, [kind, { graded }]) => sum + (kind.startsWith('absent') ? graded : 0), 0)
  }
  const before = await graded()
  const { key } = missing(9002)
  learner.unshipped({ repeats: [[key, 1]], unstorable: 0 })
  t.equal(await graded(), before + 1)
  learner.unshipped({ repeats: [[key, 500]], unstorable: 0 })
  learner.unshipped({ repeats: [[key, 500]], unstorable: 0 })
  t.equal(await graded(), before + 2, 'a few times')
})

t.test('an answer whose secrets were replaced is no measure of lengths', async t => {
  const { learner, route } = open(t, folder(t))
  await learner.learn(ids.map(id => answer(id, { id, pin: '~a-long-hash-in-the-place-of-it' }, { redactions: 1 })))
  t.match(route().baseline, { members: ['id', 'pin'], minBytes: 0 })
  await learner.learn(ids.slice(1).map(id => answer(id, { id, pin: null })))
  t.match(route().baseline, { minBytes: '{"id":2,"pin":null}'.length })
})

t.test('switched off, everything is learned and nothing taught', async t => {
  const { learner, memory, route } = open(t, folder(t), false)
  await learner.learn(ids.map(item))
  t.equal(route().baseline, undefined)
  await learner.learn([down(3)])
  t.match(stored(memory, 3), { error: 'the database is away' })
})

t.test('a refusal in the form of a 200 is learned like a 403, and is no sign of how good answers look', async t => {
  const { learner, memory, route } = open(t, folder(t))
  await learner.learn(ids.map(item))
  const { baseline } = route()
  await learner.learn([answer(3, { error: { code: 403, message: 'not yours any more' } })])
  t.match(stored(memory, 3), { error: { code: 403 } })
  t.same(route().baseline?.members, baseline?.members)
})
