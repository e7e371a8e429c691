// What the model of the API knows outlives a restart, on a real LMDB, and stays within its bounds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ApiModel } from '../../../brain/api-model.js'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { WorldMemory } from '../../../brain/world/world-memory.js'
import { parseJson } from '../../../core/contract/json.js'
import { openWriter } from '../../../core/memory/lmdb.js'

type Tap = { teardown(fn: () => unknown): void }

const folder = (t: Tap): string => {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-world-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const plain = { kind: 'plain' } as const
const listPlace = { routeId: 'list', pattern: '/books', params: [] }
const bookPlace = (id: string) => ({ routeId: 'book', pattern: '/books/{id}', params: [id] })
const book = (id: number) => ({ id, title: `Title ${id}`, author: id % 3, serial: '@', stock: 7 })
/** 64-bit numbers must come back as they went in. */
const text = (value: unknown): string => JSON.stringify(value).replaceAll('"@"', '9007199254740993123')

const open = (dir: string, maxRecords = 1000) => {
  const memory = openWriter(dir, { maxBytes: 1 << 30, forgotten: () => {} })
  const model = new ApiModel(new GradeBudget(1, () => performance.now()))
  const world = new WorldMemory(model.world, memory, maxRecords)
  let at = 1_000_000
  const learn = (
    path: string,
    query: string,
    place: { routeId: string; pattern: string; params: readonly string[] },
    status: number,
    body: unknown,
  ): void => {
    at += 1000
    const headers = ['content-type', 'application/json']
    const answered = { method: 'GET', path, query, scope: '', status, headers, redactions: 0, completedAt: at }
    model.learn(answered, plain, place, parseJson(text(body)), 0)
  }
  const ask = (path: string, query: string, place: { routeId: string; pattern: string; params: readonly string[] }) => {
    const reply = model.compose({ path, query, scope: '' }, plain, place)
    return reply.kind === 'answer'
      ? { status: reply.status, body: Buffer.from(reply.body).toString(), tier: reply.tier }
      : reply
  }
  return { memory, model, world, learn, ask, save: (all: boolean) => memory.batch(() => world.save(at, all)) }
}

const page = (n: number) => Array.from({ length: 10 }, (_, i) => book((n - 1) * 10 + i + 1))

t.test('records, lists, rules and cases of absence are there after a restart', async t => {
  const dir = folder(t)
  const first = open(dir)
  t.notOk(first.world.load(), 'nothing is written down at first')
  for (let n = 1; n <= 5; n++) first.learn('/books', `page=${n}&per_page=10`, listPlace, 200, page(n))
  for (const id of [1, 2, 3]) first.learn(`/books/${id}`, '', bookPlace(String(id)), 200, book(id))
  for (const id of [900, 901, 902])
    first.learn(`/books/${id}`, '', bookPlace(String(id)), 404, { error: 'no such book', id })
  const asked: (readonly [string, string, { routeId: string; pattern: string; params: readonly string[] }])[] = [
    ['/books/27', '', bookPlace('27')],
    ['/books', 'page=2&per_page=20', listPlace],
    ['/books', 'page=3&per_page=5', listPlace],
    ['/books/950', '', bookPlace('950')],
  ]
  const before = asked.map(question => first.ask(...question))
  t.equal((before[0] as { body: string }).body, text(book(27)))
  t.equal((before[1] as { body: string }).body, text([...page(3), ...page(4)]))
  t.same(before[3], { status: 404, body: '{"error":"no such book","id":950}', tier: 'entity' })
  await first.save(true)
  await first.memory.close()

  const second = open(dir)
  t.teardown(() => second.memory.close())
  t.ok(second.world.load())
  t.same(
    asked.map(question => second.ask(...question)),
    before,
  )
  second.learn('/books', 'page=6&per_page=10', listPlace, 200, page(6))
  t.equal(
    (second.ask('/books/57', '', bookPlace('57')) as { body: string }).body,
    text(book(57)),
    'it goes on learning',
  )
})

t.test('what was shown least and longest ago makes room', async t => {
  const dir = folder(t)
  const it = open(dir, 60)
  for (let n = 1; n <= 10; n++) {
    it.learn('/books', `page=${n}&per_page=10`, listPlace, 200, page(n))
    // Asked for again and again.
    for (let i = 0; i < 20; i++) it.learn('/books/4', '', bookPlace('4'), 200, book(4))
  }
  await it.save(true)
  const [type] = it.model.world.types
  t.ok(type!.size <= 60 && type!.size >= 50, `${type!.size} of 100 are kept`)
  t.equal((it.ask('/books/100', '', bookPlace('100')) as { body: string }).body, text(book(100)), 'the latest')
  t.equal((it.ask('/books/4', '', bookPlace('4')) as { body: string }).body, text(book(4)), 'what is wanted')
  t.match(
    it.ask('/books/11', '', bookPlace('11')),
    { kind: 'none' },
    'an old one is not known, and not said to be absent',
  )
  await it.memory.close()
  const again = open(dir, 60)
  t.teardown(() => again.memory.close())
  again.world.load()
  t.equal(again.model.world.types[0]!.size, type!.size, 'nor does it come back')
})
