// One suite for all engines: what is written is found, sums add up, nothing is there twice, and what is old goes.
import type { Test } from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { packExchanges, unpackExchanges } from '../../../core/contract/exchange-wire.js'
import { exchangeIdText } from '../../../core/contract/facts.js'
import type { CapturedExchange, PastOutage } from '../../../core/contract/history.js'
import { unpackRecordings } from '../../../core/contract/recordings.js'
import type { SealingKeys } from '../../../core/contract/sealing.js'
import type { Engine } from '../../../core/history/engine.js'
import { HistoryStore } from '../../../core/history/history-store.js'
import { capturedIn } from '../../../core/history/recorded.js'
import { userExchange } from '../../support/brain.js'
import { type Fact, factBatch } from '../../support/fact-batches.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** A moment at which an hour begins; of today, for engines cut time into spans. */
const NOON = Math.floor(Date.now() / HOUR) * HOUR - 12 * HOUR
const nothing = { captures: [], outages: [] }

function captured(method: string, target: string, body: string): CapturedExchange {
  return {
    ...{ method, target, scope: '', status: 200 },
    requestHeaders: ['accept', 'application/json'],
    requestBody: new Uint8Array(0),
    headers: ['content-type', 'application/json', 'x-odd', 'tab\there'],
    body: Buffer.from(body),
  }
}

/** `name`: of a history of its own; opened again by the same name it is the same one. `keys`: what is said is encrypted. */
export function storeSuite(t: Test, open: (name: string) => Promise<Engine>, keys?: SealingKeys): void {
  const opened = async (
    t: Test,
    name: string,
    now: number,
    instance = 'one',
  ): Promise<{ store: HistoryStore; engine: Engine }> => {
    const engine = await open(name)
    t.teardown(() => engine.close())
    return { engine, store: await HistoryStore.open(engine, instance, now, { keys }) }
  }

  t.test('what was written is found: by time, route, method, status, who answered, whose', async t => {
    const { store } = await opened(t, 'search', NOON)
    const facts: Fact[] = [
      { at: NOON + 1, seq: 1, route: 'GET /users/{id}', target: '/users/7?a=\\b\tc', waitMs: 0.5, totalMs: 1.25 },
      { at: NOON + 2, seq: 2, route: 'POST /users', method: 'POST', status: 201, scope: 'kh2' },
      { at: NOON + 3, seq: 3, route: 'GET /users/{id}', by: 'exact', confidence: 0.93, scope: 'kh1' },
      {
        ...{ at: NOON + 4, seq: 4, route: 'unlearned', status: 503, by: 'refusal' },
        fault: 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT',
      },
      { at: NOON + 4, seq: 5, route: 'GET /users/{id}', status: 404, bytesOut: 4_000_000_000 },
    ]
    const flagged = { ...factBatch(7, 0, facts), anomalies: Uint32Array.of(0, 0, 256, 0, 0) }
    await store.write({ ...nothing, facts: [flagged] }, NOON)
    const day = { from: NOON, to: NOON + HOUR, limit: 10 }
    const seqs = async (more: object): Promise<number[]> =>
      (await store.exchanges({ ...day, ...more })).exchanges.map(({ id }) => Number.parseInt(id.split('-')[2]!, 36))
    t.same(await seqs({}), [5, 4, 3, 2, 1], 'newest first')
    t.same(await seqs({ route: 'GET /users/{id}' }), [5, 3, 1])
    t.same(await seqs({ method: 'POST' }), [2])
    t.same(await seqs({ status: [400, 599] }), [5, 4])
    t.same(await seqs({ by: ['exact', 'semantic'] }), [3])
    t.same(await seqs({ by: ['refusal', 'upstream'] }), [5, 4, 2, 1])
    t.same(await seqs({ scope: 'kh1' }), [3])
    t.same(await seqs({ to: NOON + 3 }), [2, 1], 'the end does not belong to the window')
    t.same(await seqs({ from: NOON + 4 }), [5, 4])
    const [first, ghost, refusal] = [1, 3, 4].map(seq => exchangeIdText({ at: NOON + seq, run: 7, seq }))
    t.match((await store.exchange(first!))?.facts, {
      ...{ id: first, at: new Date(NOON + 1).toISOString(), instance: 'one', route: 'GET /users/{id}', method: 'GET' },
      ...{ target: '/users/7?a=\\b\tc', status: 200, by: 'upstream', totalMs: 1.25, waitMs: 0.5, connectMs: null },
      ...{ confidence: null, fault: null, scope: null, anomalies: 0, bytesOut: 100 },
    })
    t.match((await store.exchange(ghost!))?.facts, {
      by: 'exact',
      confidence: 0.93,
      scope: 'kh1',
      target: null,
      anomalies: 256,
    })
    t.match((await store.exchange(refusal!))?.facts, { fault: 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT', status: 503 })
    t.equal((await store.exchanges({ ...day, status: [404, 404] })).exchanges[0]?.bytesOut, 4_000_000_000)
    t.equal(await store.exchange('zz-1-1'), null)
    t.equal(await store.exchange(`'; drop table exchanges`), null)
  })

  t.test('pages follow each other without gap or overlap, also within one millisecond', async t => {
    const { store } = await opened(t, 'pages', NOON)
    const facts = (run: number): Fact[] =>
      Array.from({ length: 50 }, (_, i) => ({ at: NOON + Math.floor(i / 10), seq: i, route: `GET /${run}` }))
    await store.write({ ...nothing, facts: [factBatch(1, 0, facts(1)), factBatch(2, 0, facts(2))] }, NOON)
    const seen: string[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await store.exchanges({ from: NOON, to: NOON + SECOND, limit: 7, cursor })
      seen.push(...page.exchanges.map(({ id }) => id))
      cursor = page.next ?? undefined
      pages += 1
    } while (cursor !== undefined)
    t.equal(pages, 15)
    t.equal(seen.length, 100)
    t.equal(new Set(seen).size, 100)
  })

  t.test('a page reaches back as far as it has to, over hours without anything', async t => {
    const { store } = await opened(t, 'far-pages', NOON)
    const moments = [1, 2, 16 * MINUTE, 17 * MINUTE, 3 * HOUR, 11 * HOUR, 11 * HOUR + 1].map(before => NOON - before)
    const facts = moments.map((at, seq): Fact => ({ at, seq, route: 'GET /a', status: seq % 2 === 0 ? 200 : 500 }))
    await store.write({ ...nothing, facts: [factBatch(1, 0, facts)] }, NOON)
    const window = { from: NOON - 11 * HOUR - 1, to: NOON }
    const pages: number[][] = []
    let cursor: string | undefined
    do {
      const page = await store.exchanges({ ...window, limit: 2, cursor })
      pages.push(page.exchanges.map(({ id }) => Number.parseInt(id.split('-')[2]!, 36)))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    t.same(pages, [[0, 1], [2, 3], [4, 5], [6]])
    const failed = await store.exchanges({ ...window, limit: 3, status: [500, 599] })
    t.match(failed, { exchanges: [{ status: 500 }, { status: 500 }, { status: 500 }], next: null })
    t.equal((await store.exchanges({ from: NOON, to: NOON - HOUR, limit: 3 })).exchanges.length, 0)
  })

  t.test('recordings: oldest first, page by page, with what was captured of each', async t => {
    const { store } = await opened(t, 'recordings', NOON)
    const facts: Fact[] = [
      { at: NOON + 1, seq: 1, route: 'GET /a', target: '/a', scope: 'kh1', totalMs: 7 },
      { at: NOON + 2, seq: 2, route: 'POST /a', method: 'POST', target: '/a', bytesIn: 5 },
      { at: NOON + 2, seq: 3, route: 'GET /a', target: '/a' },
      { at: NOON + 3, seq: 4, route: 'GET /b', target: '/b', by: 'exact' },
      { at: NOON + 4, seq: 5, route: 'GET /b', target: '/b' },
    ]
    const capture = (at: number, seq: number, one: CapturedExchange, size = 10) => ({
      id: { at, run: 7, seq },
      exchange: one,
      size,
    })
    const captures = [
      capture(NOON - 9, 90, captured('GET', '/a', 'old')),
      capture(NOON - 8, 91, captured('GET', '/a', 'newer')),
      capture(NOON - 8, 92, { ...captured('GET', '/a', 'of another'), scope: 'kh2' }),
      capture(NOON + 1, 1, captured('GET', '/a', 'one')),
      capture(NOON + 2, 2, { ...captured('POST', '/a', 'two'), requestBody: Buffer.from('12345') }),
      // Together more than a page has room for.
      capture(NOON + 4, 5, captured('GET', '/b', 'five'), 20 << 20),
    ]
    await store.write({ facts: [factBatch(7, 0, facts)], captures, outages: [] }, NOON)
    const ask = async (more: object) => {
      const query = { kind: 'recordings', from: NOON, to: NOON + HOUR, limit: 10, ...more } as const
      const reply = await store.answer(query, false, NOON)
      if (reply.kind !== 'recordings') throw new Error(reply.kind)
      return { recordings: unpackRecordings(reply.bytes), next: reply.next }
    }
    const first = await ask({})
    t.match(first.recordings, [
      { at: NOON + 1, endedAt: NOON + 8, method: 'GET', target: '/a', scope: 'kh1', client: 'kh1', status: 200 },
      {
        method: 'POST',
        bytesIn: 5,
        captured: { status: 200, headers: ['content-type', 'application/json', 'x-odd', 'tab\there'] },
      },
      { target: '/a', captured: null },
      { target: '/b' },
    ])
    t.equal(Buffer.from(first.recordings[1]!.captured!.requestBody).toString(), '12345')
    t.equal(Buffer.from(first.recordings[0]!.captured!.body).toString(), 'one')
    const second = await ask({ cursor: first.next })
    t.match(second.recordings, [{ id: exchangeIdText({ at: NOON + 4, run: 7, seq: 5 }) }])
    t.equal(second.next, null)
    const targets = async (more: object) =>
      (await ask(more)).recordings.map(({ method, target }) => `${method} ${target}`)
    t.same(await targets({ routes: ['POST /a', 'GET /b'], by: ['upstream', 'exact'], to: NOON + 4 }), [
      'POST /a',
      'GET /b',
    ])
    t.same(await targets({ methods: ['POST'] }), ['POST /a'])
    t.same(await targets({ scope: 'kh1' }), ['GET /a'])
    // Two began in the same millisecond.
    t.same(await targets({ exchange: exchangeIdText({ at: NOON + 2, run: 7, seq: 3 }) }), ['GET /a'])
    t.same(await targets({ exchange: exchangeIdText({ at: NOON + 2, run: 8, seq: 3 }) }), [])
    t.same(await targets({ exchange: 'no id' }), [])
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await ask({ limit: 2, cursor })
      paged.push(...page.recordings.map(({ id }) => id.split('-')[2]!))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    t.same(paged, ['1', '2', '3', '4', '5'])
    const of = [
      { method: 'GET', target: '/a' },
      { method: 'GET', target: '/none' },
      { method: 'GET', target: "'; --" },
    ]
    const reply = await store.answer({ kind: 'earlier-captures', before: NOON, of }, false, NOON)
    const earlier = reply.kind === 'recordings' ? unpackRecordings(reply.bytes) : []
    t.same(earlier.map(({ scope, captured: one }) => [scope, Buffer.from(one!.body).toString()]).sort(), [
      ['', 'newer'],
      ['kh2', 'of another'],
    ])
  })

  t.test('a batch that is handed in again is there once, in another process too', async t => {
    const first = await opened(t, 'again', NOON)
    const batch = (number: number, seq: number) =>
      factBatch(9, number, [{ at: NOON + seq, seq, route: 'GET /a', totalMs: 4 }])
    await first.store.write({ ...nothing, facts: [batch(0, 1), batch(1, 2)] }, NOON)
    await first.store.write({ ...nothing, facts: [batch(1, 2), batch(2, 3)] }, NOON)
    await first.store.close()
    const { store } = await opened(t, 'again', NOON)
    await store.write({ ...nothing, facts: [batch(1, 2), batch(2, 3), batch(3, 4)] }, NOON)
    const page = await store.exchanges({ from: NOON, to: NOON + SECOND, limit: 100 })
    t.equal(page.exchanges.length, 4)
    const { points } = await store.series({ from: NOON, to: NOON + SECOND, points: 1 }, NOON + SECOND)
    t.equal(points[0]?.requests, 4, 'nor are they counted twice')
  })

  t.test('a write that fails leaves nothing', async t => {
    const { store } = await opened(t, 'fails', NOON)
    const good = factBatch(1, 0, [{ at: NOON, seq: 1, route: 'GET /a' }])
    const bad = { id: { at: NOON, run: 2 ** 40, seq: 1 }, exchange: captured('GET', '/a', '{}'), size: 10 }
    await t.rejects(store.write({ facts: [good], captures: [bad], outages: [] }, NOON))
    t.equal((await store.exchanges({ from: NOON, to: NOON + SECOND, limit: 1 })).exchanges.length, 0)
    await store.write({ ...nothing, facts: [good] }, NOON)
    t.equal((await store.exchanges({ from: NOON, to: NOON + SECOND, limit: 1 })).exchanges.length, 1)
  })

  t.test('a series says the same whichever sums it is made of, before, while and after they are rolled up', async t => {
    const { store } = await opened(t, 'series', NOON)
    const minutes = 130
    const facts: Fact[] = Array.from({ length: minutes * 30 }, (_, i) => {
      const at = NOON + i * 2 * SECOND
      const ghost = i % 10 === 0
      return {
        ...{ at, seq: i, route: i % 3 === 0 ? 'GET /b' : 'GET /a', totalMs: 1 + (i % 100) },
        ...(ghost ? { by: 'template' as const } : {}),
        status: i % 50 === 7 ? 500 : 200,
      }
    })
    await store.write({ ...nothing, facts: [factBatch(3, 0, facts)] }, NOON)
    const end = NOON + minutes * MINUTE
    const look = async () => ({
      seconds: await store.series({ from: NOON, to: NOON + MINUTE, points: 60 }, end),
      minutes: await store.series({ from: NOON, to: end, points: minutes, route: 'GET /a' }, end),
      hours: await store.series({ from: NOON, to: NOON + 2 * HOUR, points: 2 }, end),
      all: await store.series({ from: NOON, to: end, points: 1 }, end),
      routes: await store.routes({ from: NOON, to: end, order: 'requests', limit: 5 }, end),
      short: await store.routes(
        { from: NOON + 15 * SECOND, to: NOON + 645 * SECOND, order: 'requests', limit: 5 },
        end,
      ),
      odd: await store.routes(
        { from: NOON + 90 * SECOND, to: NOON + 75 * MINUTE + 30 * SECOND, order: 'requests', limit: 5 },
        end,
      ),
    })
    const before = await look()
    t.equal(before.seconds.stepMs, SECOND)
    t.equal(before.seconds.points.length, 30, 'moments without traffic are left out')
    t.equal(before.minutes.resolutionS, 60)
    t.equal(before.minutes.points.length, minutes)
    t.equal(before.hours.resolutionS, 3600)
    t.match(before.hours.points[0], { requests: 1800, perSecond: 0.5, errors: 36, ghosts: 180 })
    for (const [share, exact] of [
      ['p50Ms', 50.5],
      ['p95Ms', 95],
      ['p99Ms', 99],
    ] as const)
      t.ok(
        Math.abs(before.hours.points[0]![share]! / exact - 1) < 0.03,
        `${share} is ${before.hours.points[0]![share]}`,
      )
    t.same(
      before.routes.map(({ route, requests }) => [route, requests]),
      [
        ['GET /a', 2600],
        ['GET /b', 1300],
      ],
    )
    t.equal(
      before.odd.reduce((sum, { requests }) => sum + requests, 0),
      2220,
      'a window need not begin with a minute or an hour',
    )
    t.equal(
      before.short.reduce((sum, { requests }) => sum + requests, 0),
      315,
      'nor be long enough to have a whole hour in it',
    )
    await store.roll(NOON + 61 * MINUTE)
    t.same(await look(), before, 'an hour is rolled up, and not all of the next')
    await store.roll(end + HOUR)
    t.same(await look(), before, 'all is')
    await store.roll(end + HOUR)
    t.same(await look(), before, 'and only once')
    // What comes late, an hour after its own was rolled up.
    await store.write(
      { ...nothing, facts: [factBatch(3, 1, [{ at: NOON + 1, seq: 1e6, route: 'GET /a', status: 500 }])] },
      end,
    )
    const late = await look()
    t.equal(late.seconds.points[0]!.requests, before.seconds.points[0]!.requests + 1)
    t.equal(late.minutes.points[0]!.requests, before.minutes.points[0]!.requests + 1)
    t.equal(late.hours.points[0]!.errors, before.hours.points[0]!.errors + 1)
    const { engine } = await opened(t, 'series-again', NOON)
    t.ok(engine.detail.length > 0)
  })

  t.test('two proxies on one history add up', async t => {
    const { store: one, engine } = await opened(t, 'two', NOON)
    const two = await HistoryStore.open(engine, 'two', NOON, { keys })
    const facts = (ms: number): Fact[] =>
      Array.from({ length: 100 }, (_, i) => ({ at: NOON + i * SECOND, seq: i, route: 'GET /a', totalMs: ms }))
    await one.write({ ...nothing, facts: [factBatch(1, 0, facts(10))] }, NOON)
    await two.write({ ...nothing, facts: [factBatch(2, 0, facts(20))] }, NOON)
    await one.roll(NOON + 2 * HOUR)
    const { points } = await two.series({ from: NOON, to: NOON + HOUR, points: 1 }, NOON + HOUR)
    t.equal(points[0]?.requests, 200, 'one is rolled up and the other is not')
    t.equal(points[0]?.meanMs, 15)
    t.same(
      new Set((await one.exchanges({ from: NOON, to: NOON + 1, limit: 5 })).exchanges.map(({ instance }) => instance)),
      new Set(['one', 'two']),
    )
  })

  t.test('rows that tell of exchanges together count in sums, and are not found one by one', async t => {
    const { store } = await opened(t, 'together', NOON)
    const alone: Fact = { at: NOON, seq: 1, route: 'GET /a', totalMs: 10, bytesOut: 100 }
    const facts = [alone, { ...alone, seq: 0, totalMs: 30, bytesOut: 900 }, { ...alone, seq: 0, status: 500 }]
    const shares = { ordinary: 0.1, notable: 0.1 }
    const batch = { ...factBatch(1, 0, facts), counts: Uint32Array.of(1, 9, 5), shares }
    t.same(await store.write({ ...nothing, facts: [batch] }, NOON), { kept: 0, counted: 15 })
    t.same((await store.exchanges({ from: NOON, to: NOON + 1, limit: 5 })).exchanges, [], 'of one in ten, it is not')
    const [all] = (await store.series({ from: NOON, to: NOON + SECOND, points: 1 }, NOON + HOUR)).points
    t.match(all, { requests: 15, errors: 5, bytesOut: 1100, meanMs: (10 + 9 * 30 + 5 * 10) / 15 })
    t.ok(Math.abs(all!.p50Ms! - 30) < 1, `${all!.p50Ms}`)
  })

  t.test('routes are ordered by what is asked for', async t => {
    const { store } = await opened(t, 'routes', NOON)
    const facts: Fact[] = [
      { at: NOON, seq: 1, route: 'GET /slow', totalMs: 900 },
      { at: NOON, seq: 2, route: 'GET /bad', status: 500 },
      { at: NOON, seq: 3, route: 'GET /ghost', by: 'entity' },
      { at: NOON, seq: 4, route: 'GET /often' },
      { at: NOON, seq: 5, route: 'GET /often' },
      { at: NOON, seq: 6, route: 'GET /silent', by: 'refusal', status: 503 },
      { at: NOON, seq: 7, route: 'GET /silent', by: 'aborted', status: 0, totalMs: 5000 },
    ]
    await store.write({ ...nothing, facts: [factBatch(1, 0, facts)] }, NOON)
    const first = async (order: 'requests' | 'errors' | 'ghosts' | 'refusals' | 'p99') =>
      (await store.routes({ from: NOON, to: NOON + MINUTE, order, limit: 1 }, NOON))[0]
    t.match(await first('requests'), { route: 'GET /often', requests: 2 })
    t.match(await first('p99'), { route: 'GET /slow' }, 'who went away says nothing of how long it took')
    t.match(await first('ghosts'), { route: 'GET /ghost', ghosts: 1 })
    t.match(await first('refusals'), { route: 'GET /silent', refusals: 1, errors: 1 })
    t.equal((await store.routes({ from: NOON, to: NOON + MINUTE, order: 'errors', limit: 9 }, NOON)).length, 5)
  })

  t.test('a captured exchange comes back octet for octet', async t => {
    const { store } = await opened(t, 'captured', NOON)
    const id = { at: NOON, run: 5, seq: 6 }
    const exchange = { ...captured('POST', '/a?b=1', ''), body: Uint8Array.from({ length: 256 }, (_, i) => i) }
    const facts = [factBatch(5, 0, [{ at: NOON, seq: 6, route: 'POST /a', method: 'POST' }])]
    await store.write({ facts, captures: [{ id, exchange, size: 500 }], outages: [] }, NOON)
    const found = await store.exchange(exchangeIdText(id))
    t.same(Buffer.from(found!.captured!.body), Buffer.from(exchange.body))
    t.same(found!.captured!.headers, exchange.headers)
    t.match(found!.captured, { method: 'POST', target: '/a?b=1', status: 200 })
  })

  t.test('an answer that was the same as the one before is shown as that one, where it is clear which', async t => {
    const { store } = await opened(t, 'same', NOON)
    const facts: Fact[] = [
      { at: NOON + 1, seq: 1, route: 'GET /a', target: '/a', kept: 'shipped' },
      { at: NOON + 2, seq: 2, route: 'GET /a', target: '/a', kept: 'unchanged' },
      { at: NOON + 3, seq: 3, route: 'GET /a', target: '/a', kept: 'sampled-out' },
      { at: NOON + 4, seq: 4, route: 'GET /a', target: '/a', kept: 'unchanged', scope: 'kh' },
      { at: NOON + 5, seq: 5, route: 'GET /a', target: '/a', kept: 'shipped' },
      { at: NOON + 6, seq: 6, route: 'GET /a', target: '/a', kept: 'unchanged' },
    ]
    const id = (seq: number) => exchangeIdText({ at: NOON + seq, run: 4, seq })
    const other = { ...captured('GET', '/a', '<a/>'), requestHeaders: ['accept', 'text/xml'] }
    const captures = [
      { id: { at: NOON + 1, run: 4, seq: 1 }, exchange: captured('GET', '/a', '{"a":1}'), size: 9 },
      { id: { at: NOON + 5, run: 4, seq: 5 }, exchange: other, size: 9 },
    ]
    await store.write({ facts: [factBatch(4, 0, facts)], captures, outages: [] }, NOON)
    const [first, same, sampled, others, , either] = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(seq => store.exchange(id(seq))),
    )
    t.match(first, { capturedAs: null, captured: { target: '/a' }, facts: { kept: 'shipped' } })
    t.equal(same!.capturedAs, id(1))
    t.equal(Buffer.from(same!.captured!.body).toString(), '{"a":1}')
    t.match(sampled, { captured: null, capturedAs: null, facts: { kept: 'sampled-out' } })
    t.match(others, { captured: null }, 'what nobody in particular was told may be another answer with credentials')
    t.match(either, { captured: null, capturedAs: null }, 'it may have been the one or the other')
  })

  t.test('what the learner was told comes back whole, newest first, in pages bounded by octets', async t => {
    const { store } = await opened(t, 'learned', NOON)
    const exchanges = [1, 2, 3].map(seq => ({
      ...userExchange(seq),
      ...{ startedAt: NOON + seq, completedAt: NOON + seq + 5, query: 'a=1', noted: [8, seq] as const, repeats: seq },
      ...{ requestBody: Buffer.from('asked'), selected: ['origin', 'digest'], vary: ['origin'] },
    }))
    const captures = capturedIn(packExchanges(exchanges))
    const old = { id: { at: NOON, run: 8, seq: 0 }, exchange: captured('GET', '/old', '{}'), size: 9 }
    await store.write({ ...nothing, facts: [], captures: [...captures, old] }, NOON)
    const told: Exchange[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const query = { kind: 'captures', from: NOON, to: NOON + HOUR, limit: 2, maxBytes: 1, cursor } as const
      const reply = await store.answer(query, false, NOON)
      if (reply.kind !== 'captures') throw new Error(reply.kind)
      t.equal(reply.count, 1, 'one that is too long for a page comes all the same, alone')
      told.push(...unpackExchanges(reply.bytes))
      cursor = reply.next ?? undefined
      pages += 1
    } while (cursor !== undefined)
    t.equal(pages, 3, 'what was kept without it is left out')
    t.same(
      told.map(one => ({ ...one, requestBody: one.requestBody.toString(), body: one.body.toString() })),
      [...exchanges].reverse().map(one => ({ ...one, requestBody: 'asked', body: one.body.toString() })),
    )
    const others = await store.answer(
      { kind: 'captures', from: NOON, to: NOON + HOUR, limit: 2, maxBytes: 1, instance: 'two' },
      false,
      NOON,
    )
    t.match(others, { count: 0, next: null })
  })

  t.test('what was asked in a window is told whole, or evenly where that is too much', async t => {
    const { store } = await opened(t, 'demand', NOON)
    const facts = Array.from(
      { length: 1000 },
      (_, seq): Fact => ({ at: NOON + seq, seq, route: 'GET /a', target: '/a', kept: 'unchanged' }),
    )
    await store.write({ ...nothing, facts: [factBatch(8, 0, facts)] }, NOON)
    const demand = async (limit: number) => {
      const reply = await store.answer({ kind: 'demand', from: NOON, to: NOON + 900, limit }, false, NOON)
      if (reply.kind !== 'demand') throw new Error(reply.kind)
      return reply
    }
    const all = await demand(900)
    t.equal(all.every, 1)
    t.equal(all.rows.length, 900)
    t.match(all.rows[7], { at: NOON + 7, run: 8, seq: 7, kept: 'unchanged', by: 'upstream', share: 1, scope: null })
    const some = await demand(100)
    t.equal(some.every, 9)
    t.ok(some.rows.length > 70 && some.rows.length < 130, `${some.rows.length} of 900`)
    const firstHalf = some.rows.filter(({ at }) => at < NOON + 450).length / some.rows.length
    t.ok(firstHalf > 0.35 && firstHalf < 0.65, 'from all of it')
  })

  t.test('readiness is noted, thinned out, and goes when it is old', async t => {
    const { store } = await opened(t, 'readiness', NOON)
    const readiness = [0, 1, 2, 3].map(i => ({
      ...{ at: NOON + i * MINUTE, overall: i === 0 ? null : i / 10, repeated: 1, unseen: null, unseenShare: 0.25 },
    }))
    await store.write({ ...nothing, facts: [], readiness }, NOON)
    const points = async (points: number) => {
      const query = { kind: 'readiness', from: NOON, to: NOON + 4 * MINUTE, points } as const
      const reply = await store.answer(query, false, NOON)
      return reply.kind === 'readiness' ? reply.points.map(({ overall }) => overall) : reply
    }
    t.same(await points(4), [null, 0.1, 0.2, 0.3])
    t.same(await points(2), [0.1, 0.3], 'the newest of each step')
    await store.makeRoom(NOON + 2 * MINUTE, NOON, 1)
    t.same(await points(4), [0.2, 0.3])
  })

  t.test('outages stand on a line, and the newest news of one replaces what was known', async t => {
    const { store } = await opened(t, 'outages', NOON)
    const outage: PastOutage = {
      ...{ id: 'o1', since: NOON, until: null, circuit: 'upstream', because: 'resets', ghosts: 1, refused: 0 },
    }
    await store.write({ facts: [], captures: [], outages: [outage] }, NOON)
    t.match(await store.outages({ from: NOON + HOUR, to: NOON + 2 * HOUR }), [{ id: 'o1', until: null }])
    await store.write({ facts: [], captures: [], outages: [{ ...outage, until: NOON + MINUTE, ghosts: 9 }] }, NOON)
    t.match(await store.outages({ from: NOON, to: NOON + HOUR }), [
      { instance: 'one', id: 'o1', until: new Date(NOON + MINUTE).toISOString(), ghosts: 9 },
    ])
    t.same(await store.outages({ from: NOON + HOUR, to: NOON + 2 * HOUR }), [], 'it was over by then')
  })

  t.test('what is too old goes, and captures beyond their budget, oldest first', async t => {
    const { store } = await opened(t, 'old', NOON)
    const old = NOON - 24 * HOUR
    const facts: Fact[] = [
      { at: old, seq: 1, route: 'GET /a' },
      { at: NOON, seq: 2, route: 'GET /a' },
      { at: NOON + 2 * SECOND, seq: 3, route: 'GET /a' },
    ]
    const captures = facts.map(({ at, seq }) => ({
      ...{ id: { at, run: 1, seq }, exchange: captured('GET', `/${seq}`, '{}'), size: 1000 },
    }))
    await store.write({ facts: [factBatch(1, 0, facts)], captures, outages: [] }, NOON)
    const there = async (): Promise<[string, boolean][]> => {
      const { exchanges } = await store.exchanges({ from: old, to: NOON + HOUR, limit: 9 })
      const details = await Promise.all(exchanges.map(({ id }) => store.exchange(id)))
      return details.map(detail => [detail!.facts.id.split('-')[2]!, detail!.captured !== null])
    }
    t.same(await there(), [
      ['3', true],
      ['2', true],
      ['1', true],
    ])
    await store.makeRoom(NOON - 12 * HOUR, NOON - HOUR, 10_000)
    t.same(await there(), [
      ['3', true],
      ['2', true],
    ])
    await store.makeRoom(NOON - 12 * HOUR, NOON - HOUR, 1500)
    t.same(await there(), [
      ['3', true],
      ['2', false],
    ])
    const { points } = await store.series({ from: old, to: NOON + HOUR, points: 2 }, NOON)
    t.equal(
      points.reduce((sum, { requests }) => sum + requests, 0),
      2,
    )
  })
}
