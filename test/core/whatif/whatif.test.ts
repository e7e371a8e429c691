// Outages that did not happen, over a real store and in the real thread, of an API whose answers are known in advance.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { packExchanges } from '../../../core/contract/exchange-wire.js'
import { baseKeyOf } from '../../../core/contract/request-key.js'
import type { RouteRules } from '../../../core/contract/route-policy.js'
import type { WhatIfReply, WhatIfReport } from '../../../core/contract/whatif.js'
import { openDuckDb } from '../../../core/history/duckdb.js'
import { HistoryStore } from '../../../core/history/history-store.js'
import { capturedIn } from '../../../core/history/recorded.js'
import { WhatIf, type WhatIfParts } from '../../../core/whatif/whatif.js'
import { noDuckDb } from '../../support/duckdb.js'
import { type Fact, factBatch } from '../../support/fact-batches.js'
import { temporaryFolder } from '../../support/proxy.js'

const AT = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000
const RUN = 7
const rules = { minConfidence: 0.7, maxAgeS: 0, honour: 'no-store' } as const
const skip = noDuckDb

/** What went through one edge: facts, and beside them what was captured. */
class Traffic {
  readonly #facts: Fact[] = []
  readonly #exchanges: Exchange[] = []
  #seq = 0

  /** It was captured. `at`: ms since the moment of the outage. */
  shipped(at: number, path: string, body: object, more: Partial<Exchange> = {}): void {
    const method = more.method ?? 'GET'
    const key = baseKeyOf({ method, path, query: '', scope: more.scope ?? '' })
    this.#noted(at, path, { kept: 'shipped', method: method as 'GET', status: more.status ?? 200 })
    this.#exchanges.push({
      ...{ startedAt: AT + at, completedAt: AT + at + 3, firstByteMs: 1, method, path, query: '', scope: '' },
      ...{ shared: false, baseKey: key, key, vary: [], requestHeaders: [], requestBody: new Uint8Array(0) },
      ...{ status: 200, headers: ['content-type', 'application/json'], body: Buffer.from(JSON.stringify(body)) },
      ...{ redactions: 0, repeats: 0, noted: [RUN, this.#seq] },
      ...more,
    })
  }

  /** There are its facts alone. */
  noted(at: number, path: string, more: Partial<Fact> = {}): void {
    this.#noted(at, path, more)
  }

  async writeTo(store: HistoryStore): Promise<void> {
    const captures = capturedIn(packExchanges(this.#exchanges))
    await store.write({ facts: [factBatch(RUN, 0, this.#facts)], captures, outages: [] }, AT)
  }

  #noted(at: number, path: string, more: Partial<Fact>): void {
    this.#seq += 1
    const route = `${more.method ?? 'GET'} ${path.replace(/\d+/, '{id}')}`
    this.#facts.push({ at: AT + at, seq: this.#seq, target: path, route, ...more })
  }
}

async function opened(
  t: Test,
  traffic: Traffic,
  parts: Partial<WhatIfParts> = {},
): Promise<{ whatIf: WhatIf; folder: string }> {
  const dir = temporaryFolder()
  const engine = await openDuckDb(join(dir, 'history.duckdb'))
  const store = await HistoryStore.open(engine, 'one', AT)
  await traffic.writeTo(store)
  const folder = join(dir, 'whatif')
  const whatIf = new WhatIf({
    data: { instance: 'one', rules, writes: 'refuse', softFailures: true, isSealed: true },
    routeRules: () => ({ version: 0, entries: [], switches: [] }),
    folder,
    askHistory: query => store.answer(query, false, AT),
    ...parts,
  })
  t.teardown(async () => {
    whatIf.close()
    await store.close()
  })
  return { whatIf, folder }
}

const reportOf = (reply: WhatIfReply): WhatIfReport => {
  if (reply === 'busy' || 'unanswered' in reply) throw new Error(JSON.stringify(reply))
  return reply
}
const user = (id: number, kind = 'person') => ({ id, kind })
const HOUR = { at: AT, until: AT + 3_600_000 }
const MINUTE = 60_000

/** Ten users are known, and in the hour after it: 4 asked as before, 1 that is another now, 1 of no known route, … */
function knownHour(): Traffic {
  const traffic = new Traffic()
  for (let id = 1; id <= 10; id++) traffic.shipped(-10 * MINUTE + id, `/users/${id}`, user(id))
  for (let id = 1; id <= 4; id++) traffic.noted(id * MINUTE, `/users/${id}`, { kept: 'unchanged' })
  traffic.shipped(55 * MINUTE, '/users/5', user(5, 'robot'))
  traffic.shipped(5 * MINUTE, '/places/north', { name: 'north' })
  traffic.noted(6 * MINUTE, '/places/north', { kept: 'unchanged' })
  traffic.shipped(7 * MINUTE, '/users/3', {}, { method: 'PUT', status: 204, body: new Uint8Array(0) })
  traffic.noted(8 * MINUTE, '/users/6', { status: 503, by: 'refusal', fault: 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT' })
  traffic.noted(9 * MINUTE, '/users/7', { kept: 'not-stored' })
  traffic.noted(9 * MINUTE, '/users/8', { by: 'aborted', status: 0 })
  return traffic
}

t.test('what is known in advance comes out: exact, wrong, refused, and what nobody can know', { skip }, async t => {
  const { whatIf, folder } = await opened(t, knownHour())
  const report = reportOf(await whatIf.ask(HOUR))
  t.same(report.counts, { exact: 4, acceptable: 0, wrong: 1, refused: 3, journalled: 0, unknown: 2 })
  t.match(report, {
    ...{ requests: 10, judged: 0.8, oneOf: 1, acceptable: 0.7, tiers: { exact: 5 }, refusals: { write: 1 } },
    unknown: { failed: 1, 'not-kept': 1 },
    learnedFrom: { exchanges: 10, since: new Date(AT - 10 * MINUTE + 1).toISOString(), isCut: false },
  })
  t.equal(
    Object.values(report.refusals).reduce((sum, count) => sum + count, 0),
    3,
  )
  // 4 right, one with a leaf of three wrong, two of which nothing was known.
  t.equal(report.similarity, Math.round(((4 + 2 / 3) / 7) * 1000) / 1000)
  t.match(report.worst, [
    {
      ...{ route: 'GET /users/{id}', method: 'GET', target: '/users/5', tier: 'exact', similarity: 0.667 },
      differences: [{ at: '/kind', given: '"person"', truth: '"robot"' }],
    },
  ])
  t.match(
    report.routes.find(({ route }) => route === 'GET /places/north'),
    { requests: 2, similarity: 0, counts: { refused: 2 } },
    'what was seen after the moment is not known, however often it comes',
  )
  t.same(readdirSync(folder), [], 'nothing of it is left on the disk')
})

t.test('it decays: each part of the hour has its own counts', { skip }, async t => {
  const { whatIf } = await opened(t, knownHour())
  const { steps } = reportOf(await whatIf.ask(HOUR))
  t.equal(steps.length, 12)
  t.match(steps[0], { fromS: 0, toS: 300, requests: 4, similarity: 1, counts: { exact: 4 } })
  t.match(steps[1], { fromS: 300, requests: 5, similarity: 0, counts: { refused: 3, unknown: 2 } })
  t.match(steps[11], { toS: 3600, requests: 1, similarity: 0.667, counts: { wrong: 1 } })
  t.match(steps[5], { requests: 0, similarity: null })
})

t.test('another moment knows another past', { skip }, async t => {
  const { whatIf } = await opened(t, knownHour())
  const before = reportOf(await whatIf.ask({ at: AT - 20 * MINUTE, until: AT }))
  t.match(before, { requests: 10, counts: { refused: 10 }, learnedFrom: { exchanges: 0, since: null } })
  const later = reportOf(await whatIf.ask({ at: AT + 5 * MINUTE + 10, until: AT + 7 * MINUTE }))
  t.match(later, { requests: 1, counts: { exact: 1 } }, 'by then the place was seen')
  const busy = reportOf(await whatIf.ask({ at: AT + 5 * MINUTE + 1, until: AT + 7 * MINUTE }))
  t.match(busy, { counts: { refused: 1, exact: 0 } }, 'an answer that was under way is not known')
})

t.test('what is acceptable is asked for; writes may be journalled; routes have their own rules', { skip }, async t => {
  const data = { instance: 'one', rules, writes: 'journal' as const, softFailures: true, isSealed: true }
  const entries = [{ route: 'GET /users/4', ghost: 'off' as const }]
  let routeRules: RouteRules = { version: 0, entries, switches: [] }
  const { whatIf } = await opened(t, knownHour(), { data, routeRules: () => routeRules })
  const { counts, refusals } = reportOf(await whatIf.ask({ ...HOUR, acceptable: 0.6 }))
  t.same(counts, { exact: 3, acceptable: 1, wrong: 0, refused: 3, journalled: 1, unknown: 2 })
  t.equal(refusals['mode-off'], 1)
  // As they are when somebody asks.
  routeRules = { version: 1, entries, switches: [{ route: 'GET /users/{id}', ghost: 'auto' }] }
  t.equal(reportOf(await whatIf.ask({ ...HOUR, acceptable: 0.6 })).counts.exact, 4)
})

t.test('rows that stand for many count as many; a repeat of one of two forms is not guessed at', { skip }, async t => {
  const traffic = new Traffic()
  traffic.shipped(-5000, '/a', { a: 1 }, { requestHeaders: ['accept', 'application/json'] })
  traffic.shipped(-4000, '/b', { b: 1 }, { requestHeaders: ['accept', 'application/json'] })
  traffic.shipped(-3000, '/b', { b: 1 }, { requestHeaders: ['accept', 'text/html'] })
  traffic.noted(10, '/a', { kept: 'unchanged' })
  traffic.noted(20, '/b', { kept: 'unchanged' })
  traffic.noted(30, '/c', { kept: 'sampled-out' })
  traffic.noted(40, '/d', { kept: 'shipped' })
  const { whatIf } = await opened(t, traffic)
  const report = reportOf(await whatIf.ask(HOUR))
  t.match(report, { counts: { exact: 1, unknown: 3 }, unknown: { form: 1, 'sampled-out': 1, gone: 1 } })
})

t.test('one at a time; the same question is answered once; what fails says why', { skip }, async t => {
  const { whatIf } = await opened(t, knownHour())
  const [first, same, other] = await Promise.all([
    whatIf.ask(HOUR),
    whatIf.ask(HOUR),
    whatIf.ask({ ...HOUR, acceptable: 0.5 }),
  ])
  t.equal(first, same)
  t.equal(other, 'busy')
  const silent = await opened(t, new NoTraffic(), {
    askHistory: () => Promise.resolve({ kind: 'unanswered', because: 'the disk is gone' }),
  })
  t.match(await silent.whatIf.ask(HOUR), { unanswered: /the disk is gone/ })
  const late = await opened(t, new NoTraffic(), { askHistory: () => new Promise(() => {}), withinMs: 50 })
  t.match(await late.whatIf.ask(HOUR), { unanswered: /takes longer than 0.05 s/ })
  const stopped = await opened(t, new NoTraffic(), { askHistory: () => new Promise(() => {}) })
  const asked = stopped.whatIf.ask(HOUR)
  stopped.whatIf.close()
  t.match(await asked, { unanswered: /stops/ })
})

/** Of which nothing is asked. */
class NoTraffic extends Traffic {
  override async writeTo(): Promise<void> {}
}
