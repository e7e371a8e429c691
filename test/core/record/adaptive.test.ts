// Learning beside full speed: the real parts of capture, simulated time, tens of thousands of exchanges a second.
import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { unpackExchanges } from '../../../core/contract/exchange-wire.js'
import { Capture } from '../../../core/record/capture.js'
import { Outbox } from '../../../core/record/outbox.js'
import { RecentAnswers } from '../../../core/record/recent.js'
import { Redactor } from '../../../core/record/redact.js'
import { Sampler } from '../../../core/record/sampler.js'
import { Scopes } from '../../../core/record/scope.js'

const RATE = 500
const BYTES = 16 << 20

interface Load {
  /** How often a second. */
  readonly perSecond: number
  readonly path: (nth: number) => string
  /** Octets of an answer; every answer is another one. */
  readonly bytes?: number
}

interface Outcome {
  /** By path without its last segment. */
  readonly asked: Map<string, number>
  readonly shipped: Map<string, number>
  readonly busiestSecond: number
  readonly exchanges: readonly Exchange[]
}

const groupOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
const count = (map: Map<string, number>, key: string): Map<string, number> => map.set(key, (map.get(key) ?? 0) + 1)

/** `learned`: patterns by group; undefined where nothing is learned yet. */
function run(loads: readonly Load[], seconds: number, learned: (path: string) => string | undefined): Outcome {
  const exchanges: Exchange[] = []
  const scopes = new Scopes(Buffer.alloc(32, 1), ['authorization'])
  const capture = new Capture({
    scopes,
    redactor: new Redactor([], secret => scopes.hash(secret)),
    recent: new RecentAnswers(16 << 20, 10_000),
    sampler: new Sampler(() => RATE, BYTES),
    outbox: new Outbox(bytes => exchanges.push(...unpackExchanges(bytes))),
    honour: 'no-store',
    patternOf: (_method, path) => learned(path),
    mayShare: () => true,
  })
  const outcome = { asked: new Map(), shipped: new Map(), busiestSecond: 0, exchanges }
  let nth = 0
  for (let second = 0; second < seconds; second++) {
    let thisSecond = 0
    for (const { at, path, bytes } of arrivals(loads, second)) {
      const body = Buffer.alloc(bytes, 'x')
      body.writeUInt32LE(nth++)
      const verdict = capture.take({
        ...{ startedAt: at, firstByteAt: at, completedAt: at, method: 'GET', target: path, path, query: undefined },
        ...{ requestHeaders: [], requestHasBody: false, requestBody: undefined, status: 200, headers: [], body },
      })
      count(outcome.asked, groupOf(path))
      if (verdict !== 'shipped') continue
      count(outcome.shipped, groupOf(path))
      thisSecond += 1
    }
    outcome.busiestSecond = Math.max(outcome.busiestSecond, thisSecond)
  }
  capture.flush()
  return outcome
}

/** Evenly over the second, all loads mixed. */
function arrivals(loads: readonly Load[], second: number): { at: number; path: string; bytes: number }[] {
  const all = loads.flatMap(({ perSecond, path, bytes = 100 }, load) =>
    Array.from({ length: perSecond }, (_, i) => ({
      at: second * 1000 + ((i + load / loads.length) * 1000) / perSecond,
      path: path(second * perSecond + i),
      bytes,
    })),
  )
  return all.sort((a, b) => a.at - b.at)
}

const rare = (bytes = 100, prefix = ''): Load[] =>
  Array.from({ length: 20 }, (_, route) => ({
    perSecond: 3 + (route % 3),
    path: (nth: number) => `${prefix}/rare${route}/${nth % 7}`,
    bytes,
  }))

/** Every answer of every rare route was shipped. */
function allRareShipped(t: { same(a: unknown, b: unknown, why: string): void }, { asked, shipped }: Outcome): void {
  const rareOnly = (map: Map<string, number>) => [...map].filter(([group]) => group.includes('rare')).sort()
  t.same(rareOnly(shipped), rareOnly(asked), 'every answer of a rare route')
}

t.test('one hot route at 30,000 a second, its answers changing all the time', async t => {
  const hot: Load = { perSecond: 30_000, path: nth => `/hot/${nth % 50}` }
  const outcome = run([hot, ...rare()], 4, path => `${groupOf(path)}/{id}`)
  allRareShipped(t, outcome)
  t.ok(outcome.shipped.get('/hot')! > 4 * RATE * 0.4, 'the rest of the budget is for the hot one')
  t.ok(outcome.busiestSecond <= RATE, `${outcome.busiestSecond} in a second`)
  t.equal(
    outcome.exchanges.length,
    [...outcome.shipped.values()].reduce((a, b) => a + b),
  )
})

t.test('twenty hot routes at once, from the first second on', async t => {
  const hot = Array.from(
    { length: 20 },
    (_, route): Load => ({ perSecond: 1500, path: nth => `/hot${route}/${nth % 9}` }),
  )
  const outcome = run([...hot, ...rare()], 4, path => `${groupOf(path)}/{id}`)
  allRareShipped(t, outcome)
  t.ok(outcome.busiestSecond <= RATE)
  const shares = [...outcome.shipped].filter(([group]) => group.includes('hot')).map(([, shipped]) => shipped)
  t.ok(Math.min(...shares) > Math.max(...shares) / 4, `hot routes share what is left: ${shares}`)
})

t.test('before anything is learned, below one and the same prefix', async t => {
  const hot: Load = { perSecond: 30_000, path: nth => `/api/v1/hot/${nth % 50}` }
  allRareShipped(
    t,
    run([hot, ...rare(100, '/api/v1')], 2, () => undefined),
  )
})

t.test('paths that nobody knows and that never come again', async t => {
  const scan: Load = { perSecond: 2000, path: nth => `/scan${'abcdefghij'[nth % 10]}${words(nth)}/x` }
  allRareShipped(
    t,
    run([scan, ...rare()], 3, path => (path.startsWith('/rare') ? `${groupOf(path)}/{id}` : undefined)),
  )
})

t.test('the budget of bytes is the narrow one', async t => {
  const hot: Load = { perSecond: 3000, path: nth => `/hot/${nth % 50}`, bytes: 200_000 }
  const large: Load = { perSecond: 1, path: () => '/rare-large/1', bytes: 1 << 20 }
  const outcome = run([hot, large, ...rare(40_000)], 3, path => `${groupOf(path)}/{id}`)
  allRareShipped(t, outcome)
  const bytes = outcome.exchanges.reduce((sum, { body }) => sum + body.length, 0)
  t.ok(bytes <= 3 * BYTES, `${bytes} octets in 3 s`)
})

t.test('of a hot route, requests never seen before go first', async t => {
  const known: Load = { perSecond: 10_000, path: nth => `/hot/${nth % 50}` }
  const unseen: Load = { perSecond: 100, path: nth => `/hot/${1000 + nth}` }
  const { exchanges } = run([known, unseen], 4, () => '/hot/{id}')
  const ids = new Set(exchanges.map(({ path }) => Number(path.split('/')[2])).filter(id => id >= 1000))
  // The first second knows nothing of what comes.
  const later = Array.from({ length: 300 }, (_, i) => 1100 + i)
  t.same(
    later.filter(id => !ids.has(id)),
    [],
  )
})

function words(nth: number): string {
  return [...String(nth)].map(digit => 'klmnopqrst'[Number(digit)]).join('')
}
