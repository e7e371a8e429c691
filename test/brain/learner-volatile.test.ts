// What the learner makes of answers in which something is new each time, on a real LMDB.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Learner } from '../../brain/learner.js'
import type { Exchange } from '../../core/contract/exchange.js'
import type { LessonRoute } from '../../core/contract/lesson.js'
import type { Exemplar, MemoryWriter } from '../../core/contract/memory.js'
import { templateTier } from '../../core/ghost/template.js'
import { openLearner } from '../support/learner.js'

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
  const { learner, memory } = openLearner(dir, () => clock)
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

// ── what is put together ─────────────────────────────────────────────────────────────────────────────────────────────

const HOUR_MS = 3_600_000
interface Envelope {
  readonly meta: { readonly requestId: string; readonly generatedAt: string; readonly expiresAt: string }
  readonly items: readonly User[]
}
interface User {
  readonly id: number
  readonly name: string
  readonly team: string
  readonly createdAt: string
}
const users: readonly User[] = Array.from({ length: 12 }, (_, i) => ({
  id: i + 1,
  name: `User ${i}`,
  team: i % 2 === 0 ? 'red' : 'blue',
  createdAt: new Date(Date.UTC(2020, i, 2)).toISOString(),
}))
const at = (path: string, body: unknown, id: string): Exchange => {
  const [pathname, query = ''] = path.split('?') as [string, string?]
  const headers = ['content-type', 'application/json', 'x-request-id', id]
  return exchange(body, { path: pathname, query, baseKey: `GET ${path}`, key: `GET ${path}`, headers })
}
const list = (query = '', of = users): Exchange => {
  const requestId = randomUUID()
  const now = clock + 4
  const meta = {
    requestId,
    generatedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + HOUR_MS).toISOString(),
  }
  return at(`/users${query}`, { meta, items: of }, requestId)
}
const detail = (user: User, over: object = {}): Exchange => {
  const requestId = randomUUID()
  const body = { requestId, ...user, generatedAt: new Date(clock + 4).toISOString(), ...over }
  return at(`/users/${user.id}`, body, requestId)
}
const ask = (learner: Learner, target: string) => {
  const [path, query = ''] = target.split('?') as [string, string?]
  const reply = learner.compose({ method: 'GET', path, query, scope: '', contentType: '', body: '' })
  if (reply.kind === 'none') return { refused: reply.because }
  const field = (name: string) => reply.headers[reply.headers.indexOf(name) + 1]
  return { because: reply.because, body: JSON.parse(Buffer.from(reply.body).toString()), field }
}
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const isNow = (text: string): boolean => Math.abs(Date.parse(text) - clock) < 1000

t.test(
  'a detail that was never asked for has an id and a moment of its own; its data is what the list showed',
  async t => {
    const { learner } = await open(t, folder(t))
    await learner.learn([list(), list(), ...users.slice(0, 5).flatMap(user => [detail(user), detail(user)]), list()])
    const first = ask(learner, '/users/9')
    const second = ask(learner, '/users/9')
    for (const { body, field } of [first, second]) {
      const { requestId, generatedAt, ...data } = body as User & { requestId: string; generatedAt: string }
      t.same(data, users[8], 'every member of it, dates as well')
      t.match(requestId, uuid)
      t.equal(field!('x-request-id'), requestId)
      t.ok(isNow(generatedAt), generatedAt)
      t.same(Object.keys(body), ['requestId', ...Object.keys(users[0]!), 'generatedAt'], 'in the order of the others')
    }
    t.not(first.body.requestId, second.body.requestId)
    t.match(first.because, /\[record whole\]/)
    await learner.flush()
    const { grades } = learner.lesson().routes.find(({ pattern }) => pattern === '/users/{id}')!
    t.ok(grades.entity!.graded > 0 && grades.entity!.confidence > 0.7, 'and what is new costs no grade')
  },
)

t.test('a list that was never asked for: what stands around the rows keeps its relations', async t => {
  const { learner } = await open(t, folder(t))
  const red = users.filter(({ team }) => team === 'red')
  const narrow = (n: number) => list(`?team=red&limit=${n}`, red.slice(0, n))
  await learner.learn([list(), list(), narrow(2), narrow(2), narrow(3), list('?limit=4', users.slice(0, 4)), list()])
  await learner.learn([
    list(
      '?team=blue',
      users.filter(({ team }) => team === 'blue'),
    ),
    list('?team=red', red),
    list(),
  ])
  const { body, field } = ask(learner, '/users?team=blue&limit=3')
  const { meta, items } = body as Envelope
  t.same(
    items.map(({ id }) => id),
    [2, 4, 6],
  )
  t.match(meta.requestId, uuid)
  t.equal(field!('x-request-id'), meta.requestId)
  t.ok(isNow(meta.generatedAt), meta.generatedAt)
  t.equal(Date.parse(meta.expiresAt) - Date.parse(meta.generatedAt), HOUR_MS)
  t.same(items[0], users[1])
})

t.test('what changes each time and cannot be made is left out, and lowers what the answer is worth', async t => {
  const { learner } = await open(t, folder(t))
  const signed = (user: User) => detail(user, { signature: randomBytes(24).toString('base64') })
  await learner.learn([list(), list(), ...users.slice(0, 5).flatMap(user => [signed(user), signed(user)]), list()])
  const { body, because } = ask(learner, '/users/9')
  t.notOk('signature' in body)
  t.match(body, { ...users[8]!, requestId: uuid })
  t.notMatch(because, /whole\]/)
  const again = ask(learner, '/users/2')
  t.notOk('signature' in again.body, 'nor is an old one given again')
})

t.test('what turns out to be data is said as it is', async t => {
  const { learner } = await open(t, folder(t))
  await learner.learn([list(), list(), ...users.slice(0, 5).flatMap(user => [detail(user), detail(user)]), list()])
  t.match(ask(learner, '/users/9').body.generatedAt, /^2026/)
  const fixed = (user: User) => detail(user, { generatedAt: '2021-01-01T00:00:00.000Z' })
  await learner.learn(users.slice(0, 8).flatMap(user => [fixed(user), fixed(user)]))
  t.equal(ask(learner, '/users/2').body.generatedAt, '2021-01-01T00:00:00.000Z')
  t.notMatch(JSON.stringify(ask(learner, '/users/9')), /2096/)
})

t.test('it is known again after a restart, and no stand-in is ever shown', async t => {
  const dir = folder(t)
  const first = await open(t, dir)
  await first.learner.learn([
    list(),
    list(),
    ...users.slice(0, 5).flatMap(user => [detail(user), detail(user)]),
    list(),
  ])
  await first.learner.flush()
  await first.memory.close()
  const { learner } = await open(t, dir)
  const { body, field } = ask(learner, '/users/9')
  t.match(body.requestId, uuid)
  t.equal(field!('x-request-id'), body.requestId)
  t.ok(isNow(body.generatedAt), body.generatedAt)
  t.notMatch(JSON.stringify(ask(learner, '/users')), /2096/)
})

t.test('a template has them as well', async t => {
  const { learner, memory } = await open(t, folder(t))
  const echo = (id: number) => {
    const requestId = randomUUID()
    const body = {
      requestId,
      id,
      kind: 'job',
      generatedAt: new Date(clock + 4).toISOString(),
      see: `/log/${requestId}`,
    }
    return at(`/jobs/${id}`, body, requestId)
  }
  await learner.learn([1, 2, 3, 4, 5, 6, 7, 8].flatMap(id => [echo(id), echo(id)]))
  await learner.flush()
  const { id, templateVersion, grades } = learner.lesson().routes[0]!
  t.ok(templateVersion > 0)
  t.ok(grades.template!.graded > 0)
  const ghost = templateTier.answer(
    {
      ...{ method: 'GET', path: '/jobs/77', query: undefined, headers: [], scope: '', hasBody: false, body: undefined },
      ...{ question: { kind: 'plain' }, route: learner.lesson().routes[0]!, params: ['77'], now: clock, answerBy: 0 },
      identity: { baseKey: () => '', variedKey: () => '' },
    },
    { memory, askMatch: never, compose: never, failed: () => {} },
    { minConfidence: 0, maxAgeS: 0, honour: 'no-store' },
  )
  t.ok(memory.template(id)?.volatile)
  const answer = (ghost as { answer: { headers: readonly string[]; body: Uint8Array } }).answer
  const body = JSON.parse(Buffer.from(answer.body).toString())
  t.match(body, { requestId: uuid, id: 77, kind: 'job', see: `/log/${body.requestId}` })
  t.ok(isNow(body.generatedAt), body.generatedAt)
  t.equal(answer.headers[answer.headers.indexOf('x-request-id') + 1], body.requestId)
})

const never = (): never => {
  throw new Error('a template asks nobody')
}
