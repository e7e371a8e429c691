// What the learner makes of answers in which something is new each time, on a real LMDB.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openExactScan } from '../../brain/index/exact-scan.js'
import { Learner } from '../../brain/learner.js'
import type { Exchange } from '../../core/contract/exchange.js'
import type { LessonRoute } from '../../core/contract/lesson.js'
import type { Exemplar, MemoryWriter } from '../../core/contract/memory.js'
import { fillTemplate } from '../../core/ghost/fill-template.js'
import { reparameterise } from '../../core/ghost/reparameterise.js'
import { openWriter } from '../../core/memory/lmdb.js'

const START = Date.UTC(2026, 4, 1)
let clock = START

function exchange(body: unknown, over: Partial<Exchange> = {}): Exchange {
  const startedAt = clock
  clock += 1300
  return {
    startedAt,
    completedAt: startedAt + 8,
    firstByteMs: 1,
    method: 'GET',
    path: '/quotes',
    query: '',
    scope: '',
    shared: false,
    baseKey: 'GET /quotes',
    key: 'GET /quotes',
    vary: [],
    requestHeaders: [],
    requestBody: new Uint8Array(0),
    status: 200,
    headers: ['content-type', 'application/json', 'x-request-id', randomUUID()],
    body: Buffer.from(JSON.stringify(body)),
    redactions: 0,
    repeats: 0,
    ...over,
  }
}

const quote = (over: object = {}): Exchange =>
  exchange({ requestId: randomUUID(), generatedAt: new Date(clock + 4).toISOString(), price: 9.5, ...over })

type Tap = { teardown(fn: () => unknown): void }

async function open(
  t: Tap,
  dir: string,
): Promise<{ learner: Learner; memory: MemoryWriter; route(): Promise<LessonRoute> }> {
  const memory = openWriter(dir, { maxBytes: 1 << 30, forgotten: () => {} })
  const learner = new Learner({
    memory,
    openIndex: () => openExactScan(),
    ghosts: { fillTemplate, reparameterise, refuses: () => false },
    gradeShare: 1,
    serving: { minConfidence: 0.7, maxAgeS: 0 },
    now: () => clock,
  })
  const route = async (): Promise<LessonRoute> => {
    await learner.flush()
    return learner.lesson().routes[0]!
  }
  t.teardown(() => memory.close())
  return { learner, memory, route }
}

function folder(t: Tap): string {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-volatile-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

t.test('what is new in each answer is taught to the edges, and costs the route no confidence', async t => {
  const { learner, memory, route } = await open(t, folder(t))
  await learner.learn(Array.from({ length: 3 }, () => quote()))
  const known = await route()
  t.same(
    known.volatile?.leaves.map(({ at, class: { kind } }) => `${at} ${kind}`),
    [':x-request-id id', '/requestId id', '/generatedAt time'],
  )
  const before = known.grades.exact!
  await learner.learn(Array.from({ length: 40 }, () => quote()))
  const after = (await route()).grades.exact!
  t.ok(after.confidence > before.confidence && after.lowerBound > 0.9, JSON.stringify(after))
  const stored = memory.exemplar('GET /quotes') as Exemplar
  t.ok(stored.lastSeenAt - stored.capturedAt >= 39 * 1300, 'the answer is the same as long as its data is')

  await learner.learn(Array.from({ length: 40 }, (_, i) => quote({ price: (i * i) % 17 })))
  const wrong = (await route()).grades.exact!
  t.ok(wrong.confidence < after.confidence - 0.1, `a price that changes does: ${JSON.stringify(wrong)}`)
  t.notOk((await route()).volatile?.leaves.some(({ at }) => at === '/price'))
})

t.test('it is kept over a restart, and forgotten when it is no longer so', async t => {
  const dir = folder(t)
  const first = await open(t, dir)
  await first.learner.learn(Array.from({ length: 4 }, () => quote()))
  const { volatile } = await first.route()
  await first.memory.close()
  const second = await open(t, dir)
  t.same((await second.route()).volatile, volatile)
  const fixed = { requestId: randomUUID(), generatedAt: new Date(START).toISOString() }
  await second.learner.learn([quote(fixed), quote(fixed)])
  t.same(
    (await second.route()).volatile?.leaves.map(({ at }) => at),
    [':x-request-id'],
  )
})

t.test('a route whose answers do not change has nothing for the edges to make anew', async t => {
  const { learner, route } = await open(t, folder(t))
  await learner.learn(
    Array.from({ length: 5 }, () => exchange({ a: 1 }, { headers: ['content-type', 'application/json'] })),
  )
  t.notOk('volatile' in (await route()))
})
