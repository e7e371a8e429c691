// The brain through its only door: real threads, real LMDB.
import t from 'tap'
import type { Brain } from '../../brain/pool.js'
import { steadyClock } from '../../core/clock/clock.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { packExchanges } from '../../core/contract/exchange-wire.js'
import type { Lesson } from '../../core/contract/lesson.js'
import { openSmallBrain } from '../support/brain.js'
import { temporaryFolder } from '../support/proxy.js'

const exchange = (path: string, query: string, body: object, over: Partial<Exchange> = {}): Exchange => ({
  startedAt: 1000,
  completedAt: 1001,
  firstByteMs: 1,
  method: 'GET',
  path,
  query,
  scope: '',
  shared: false,
  baseKey: `${path}?${query}`,
  key: `${path}?${query}`,
  vary: [],
  requestHeaders: [],
  requestBody: new Uint8Array(0),
  status: 200,
  headers: ['content-type', 'application/json'],
  body: Buffer.from(JSON.stringify(body)),
  redactions: 0,
  repeats: 0,
  ...over,
})

const open = (folder: string): Brain => openSmallBrain(folder, { maxPending: 100 })

t.test('learns, survives what it cannot read, goes on after a restart, and drops what is too much', async t => {
  const folder = temporaryFolder()
  const brain = open(folder)
  const lessons: Lesson[] = []
  brain.onLesson(lesson => lessons.push(lesson))
  t.same((await brain.start()).routes, [])
  const batch = [1, 2, 3].map(id => exchange(`/users/${id}`, '', { id }))
  t.ok(brain.learn(packExchanges(batch), 3))
  t.ok(brain.learn(new Uint8Array([255, 255, 255, 255, 1]).buffer, 1), 'taken, for nobody has looked at it yet')
  t.ok(brain.learn(packExchanges([exchange('/users/4', '', { id: 4 })]), 1))
  t.notOk(brain.learn(packExchanges(batch), 101), 'more than may wait is dropped')
  await brain.flush()
  t.match(brain.status(), {
    captured: 106,
    learned: 4,
    dropped: 102,
    pending: 0,
    exemplars: 4,
    routes: 1,
    learnerRestarts: 0,
    failing: '',
  })
  t.same(
    lessons.at(-1)!.routes.map(({ pattern, exemplars }) => [pattern, exemplars]),
    [['/users/{id}', 4]],
  )
  await brain.close()

  const second = open(folder)
  t.teardown(() => second.close())
  const lesson = await second.start()
  t.equal(lesson.routes[0]!.pattern, '/users/{id}')
  t.ok(lesson.version > lessons.at(-1)!.version, 'versions grow over restarts')
})

t.test('a question is answered by meaning, in its own scope only, or it is late', async t => {
  const brain = open(temporaryFolder())
  t.teardown(() => brain.close())
  await brain.start()
  // The embedder opens in the background: until it is there nothing is embedded.
  while (brain.status().embedder === '') await new Promise(resolve => setImmediate(resolve))
  brain.learn(
    packExchanges([
      exchange('/search', 'q=red+shoes', { hits: 2 }),
      exchange('/search', 'q=green+hats', { hits: 7 }, { scope: 'a', key: 'a', baseKey: 'a' }),
    ]),
    2,
  )
  await brain.flush()
  let route = ''
  brain.onLesson(lesson => {
    route = lesson.routes[0]!.id
  })
  brain.learn(packExchanges([exchange('/search', 'q=blue+coats', { hits: 1 })]), 1)
  await brain.flush()
  const ask = (query: string, scope: string, answerBy = steadyClock.now() + 5000) =>
    brain.match({ method: 'GET', path: '/search', query, scope, routeId: route }, answerBy)
  t.match(await ask('q=Shoes+red', ''), { kind: 'match', key: '/search?q=red+shoes' })
  t.match(await ask('q=hats+green', 'a'), { kind: 'match', key: 'a' })
  const foreign = await ask('q=green+hats', '')
  t.notOk(foreign.kind === 'match' && foreign.key === 'a')
  t.notOk(
    foreign.candidates.some(({ key }) => key === 'a'),
    'not even shown',
  )
  t.match(await ask('q=shoes+not+red', ''), { kind: 'none' })
  t.match(await ask('q=red+shoes', '', steadyClock.now() - 1), { kind: 'none', because: 'brain-late' })
})

t.test('who listens late hears the lesson that was taught before', async t => {
  const brain = open(temporaryFolder())
  t.teardown(() => brain.close())
  t.same((await brain.start()).routes, [])
  brain.learn(packExchanges([1, 2, 3].map(id => exchange(`/users/${id}`, '', { id }))), 3)
  await brain.flush()
  const heard: Lesson[] = []
  brain.onLesson(lesson => heard.push(lesson))
  t.same(
    heard.map(({ routes }) => routes.map(({ pattern }) => pattern)),
    [['/users/{id}']],
  )
})
