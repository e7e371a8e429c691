// Drills with the real program before a real server that is well all the while.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { DrillReport } from '../../core/contract/drills.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'

interface Status {
  readonly drills: 'off' | { readonly running: readonly { id: string; kind: string; says: string }[] }
  readonly circuit: { state: string }
  readonly routeCircuits: readonly unknown[]
}

async function startServer(t: { teardown(fn: () => unknown): void }) {
  const state = { price: 1, asked: [] as string[] }
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    state.asked.push(`${method} ${url}`)
    request.resume()
    const token = `secret-${state.price}`
    const body = JSON.stringify({ path: url, price: state.price, access_token: token, note: 'x'.repeat(40) })
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      response.end(method === 'HEAD' ? undefined : body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const begin = (proxy: RunningProxy, drill: object) =>
  proxy.admin<DrillReport & { status?: number; field?: string }>('/api/drills', { method: 'POST', body: drill })
const look = (proxy: RunningProxy, id: string) => proxy.admin<DrillReport>(`/api/drills/${id}`)
const end = (proxy: RunningProxy, id: string) => proxy.admin<DrillReport>(`/api/drills/${id}`, { method: 'DELETE' })
const statusOf = (proxy: RunningProxy) => proxy.admin<Status>('/api/status')
const captured = async (proxy: RunningProxy) =>
  (await proxy.admin<{ captured: number; unchanged: number }>('/api/learning')).captured

/** Asked until it is so. */
async function until<T>(ask: () => Promise<T>, enough: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await ask()
    if (enough(found)) return found
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function learned(proxy: RunningProxy): Promise<void> {
  for (let i = 1; i <= 12; i++) {
    await proxy.get(`/books/${i}`)
    await proxy.get(`/maps/${i}`)
  }
  await proxy.settled()
}

t.test('where drills are not allowed nothing begins', async t => {
  const server = await startServer(t)
  const proxy = await startProxy(t, server.url)
  t.match(await begin(proxy, { kind: 'blackout', durationS: 60 }), { status: 403, detail: /CHAOS_DRILLS=on/ })
  t.equal((await statusOf(proxy)).drills, 'off')
  t.equal((await proxy.get('/books/1')).headers['x-chaos-drill'], undefined)
})

for (const front of ['uws', 'strict']) {
  const settings = { CHAOS_FRONT: front, CHAOS_DRILLS: 'on', CHAOS_BREAKER_OPEN_MS: '600000' }

  t.test(`${front}: a blackout tells what an outage would have looked like, and is over without a trace`, async t => {
    const server = await startServer(t)
    const proxy = await startProxy(t, server.url, settings)
    await learned(proxy)
    // The truth has moved on since it was learned.
    server.state.price = 2
    const seen = server.state.asked.length
    const drill = await begin(proxy, { kind: 'blackout', durationS: 600 })
    t.match(drill, { state: 'running', plan: { kind: 'blackout', share: 1 } })

    const ghost = await proxy.get('/books/1')
    t.match(ghost.headers, { 'x-ghost': 'exact', 'x-chaos-drill': drill.id })
    t.match(ghost.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_CONNECT_REFUSED/)
    t.equal(ghost.json<{ price: number }>().price, 1)
    const refusal = await proxy.get('/never/seen')
    t.equal(refusal.status, 502)
    t.equal(refusal.headers['x-chaos-drill'], drill.id)
    const write = await proxy.send('PUT', '/books/1', { body: '{"price":9}' })
    t.equal(write.status, 503, 'it was surely not done')

    const report = await until(
      () => look(proxy, drill.id),
      ({ totals, ifItHadDied }) => totals.requests === 3 && ifItHadDied!.compared === 1,
    )
    t.match(report.totals, { requests: 3, hit: 3, live: 0, ghosts: { exact: 1 }, refused: 2 })
    const [worst] = report.ifItHadDied!.worst
    t.match(worst, { route: 'GET /books/{id}', target: '/books/1', tier: 'exact', ghostStatus: 200, truthStatus: 200 })
    t.ok(worst!.similarity > 0.5 && worst!.similarity < 1, `${worst!.similarity}`)
    t.same(worst!.differences, [{ at: '/price', given: '1', truth: '2' }])
    t.notMatch(JSON.stringify(report), /secret-/, 'secrets differ as well, and are not told')
    t.same(server.state.asked.slice(seen), ['GET /books/1'], 'asked in the shadow, and for nothing else')

    t.match((await statusOf(proxy)).drills, { running: [{ id: drill.id, kind: 'blackout', says: /DELETE/ }] })
    const metrics = await proxy.adminText('/metrics')
    t.match(metrics, /^chaos_drills_running\{kind="blackout"\} 1$/m)
    t.match(metrics, /^chaos_drill_hits_total 3$/m)
    t.match(proxy.output(), new RegExp(`"drill":"${drill.id}".*a drill begins`))

    // The circuit acts for real: it opens, for ten minutes.
    await until(
      async () => {
        await Promise.all([proxy.get('/books/2'), proxy.get('/maps/2')])
        return statusOf(proxy)
      },
      ({ circuit }) => circuit.state === 'open',
    )
    const shut = await proxy.get('/books/3')
    t.match(shut.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN/)
    t.equal(shut.headers['x-chaos-drill'], drill.id)

    t.match(await end(proxy, drill.id), { state: 'ended', because: 'it was ended by hand' })
    await until(
      async () => {
        await Promise.all([proxy.get('/books/2'), proxy.get('/maps/2')])
        return statusOf(proxy)
      },
      ({ circuit }) => circuit.state === 'closed',
    )
    const live = await until(
      () => proxy.get('/books/1'),
      ({ headers }) => headers['x-ghost'] === undefined,
    )
    t.equal(live.headers['x-chaos-drill'], undefined)
    t.equal(live.json<{ price: number }>().price, 2)
    t.match(await statusOf(proxy), { drills: { running: [] } })
    t.match(await proxy.adminText('/metrics'), /^chaos_drills_running\{kind="blackout"\} 0$/m)
    t.match(proxy.output(), /a drill is over/)
    t.equal((await look(proxy, drill.id)).state, 'ended', 'its report stays')
    t.match(await proxy.admin('/api/outages'), { outages: [] }, 'a drill is no outage')
  })

  t.test(`${front}: each kind meets its fault, on its routes alone, and nothing made up is learned`, async t => {
    const server = await startServer(t)
    const proxy = await startProxy(t, server.url, { ...settings, CHAOS_BREAKER_MIN_REQUESTS: '10000' })
    await learned(proxy)
    // Enough for its good answers to be known.
    for (let i = 13; i <= 24; i++) await proxy.get(`/books/${i}`)
    await proxy.settled()
    const before = await captured(proxy)
    for (const [kind, code] of [
      ['reset', 'CHAOS_ERR_UPSTREAM_RESET'],
      ['malformed', 'CHAOS_ERR_UPSTREAM_MALFORMED'],
      ['error', 'CHAOS_ERR_UPSTREAM_STATUS_503'],
      ['truncated-body', 'CHAOS_ERR_UPSTREAM_TRUNCATED'],
    ] as const) {
      const drill = await begin(proxy, { kind, durationS: 600, routes: ['GET /books/{id}'] })
      const ghost = await proxy.get('/books/1')
      t.equal(ghost.status, 200, kind)
      t.match(ghost.headers['proxy-status'], new RegExp(code))
      t.equal(ghost.headers['x-chaos-drill'], drill.id)
      const other = await proxy.get('/maps/1')
      t.same([other.headers['x-ghost'], other.headers['x-chaos-drill']], [undefined, undefined])
      t.match(await end(proxy, drill.id), { state: 'ended' })
    }
    const error = await begin(proxy, { kind: 'error', status: 500, durationS: 600 })
    const made = await proxy.get('/unknown')
    t.same([made.status, made.headers['x-chaos-drill']], [500, error.id], 'no ghost knows it')
    await end(proxy, error.id)
    const told = await until(
      () => look(proxy, error.id),
      ({ totals }) => totals.requests === 1,
    )
    t.match(told.totals, { hit: 1, live: 0, faulty: 1 })
    const soft = await begin(proxy, { kind: 'soft-failure', durationS: 600 })
    const asked = server.state.asked.length
    t.match((await proxy.get('/unknown')).json(), { error: /drill/ })
    const noticed = await proxy.get('/books/1')
    t.match(noticed.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_SOFT_FAILURE/)
    t.match(noticed.json(), { path: '/books/1' })
    t.equal(server.state.asked.length, asked)
    t.equal((await proxy.send('PUT', '/books/1', { body: '{}' })).headers['x-chaos-drill'], undefined)
    t.same(server.state.asked.slice(asked), ['PUT /books/1'], 'a write goes through')
    await end(proxy, soft.id)
    await proxy.settled()
    t.equal(await captured(proxy), before + 1, 'the write alone')
    t.match((await proxy.get('/unknown')).json(), { path: '/unknown' }, 'there is the truth again')
  })

  t.test(`${front}: a slow upstream: hedges act, and what waits goes on when the drill is ended`, async t => {
    const server = await startServer(t)
    const proxy = await startProxy(t, server.url, {
      ...{ ...settings, CHAOS_WORKERS: '1', CHAOS_GHOST_HEDGE_MS: '20', CHAOS_RESPONSE_TIMEOUT_MS: '600000' },
    })
    await learned(proxy)
    const drill = await begin(proxy, { kind: 'latency', latencyMs: 500_000, durationS: 600 })
    const waiting = proxy.get('/unknown')
    const upload = proxy.send('POST', '/unknown', { body: 'y'.repeat(10_000) })
    const ghost = await proxy.get('/books/1')
    t.match(ghost.headers['proxy-status'], /CHAOS_ERR_UPSTREAM_SLOW/)
    t.notOk(server.state.asked.includes('GET /unknown'))
    // Its body has arrived as well.
    await until(
      () => proxy.admin<{ requests: { activeRequests: number } }>('/api/status'),
      ({ requests }) => requests.activeRequests === 2,
    )
    await end(proxy, drill.id)
    for (const reply of [await waiting, await upload]) {
      t.equal(reply.status, 200)
      t.equal(reply.headers['x-ghost'], undefined)
      t.equal(reply.headers['x-chaos-drill'], drill.id)
    }
  })

  t.test(`${front}: a write is journalled in a blackout, and sent when that is over`, async t => {
    const server = await startServer(t)
    const proxy = await startProxy(t, server.url, { ...settings, CHAOS_GHOST_WRITES: 'journal' })
    await learned(proxy)
    const drill = await begin(proxy, { kind: 'blackout', durationS: 600 })
    // Replays are left out of it, but not those that the circuit holds back.
    await until(
      async () => {
        await Promise.all([proxy.get('/books/2'), proxy.get('/maps/2')])
        return statusOf(proxy)
      },
      ({ circuit }) => circuit.state === 'open',
    )
    const asked = server.state.asked.length
    const reply = await proxy.send('PUT', '/books/1', { body: '{"price":9}' })
    t.match([reply.status, reply.headers], [202, { 'x-ghost': 'journalled', 'x-chaos-drill': drill.id }])
    t.notOk(server.state.asked.slice(asked).includes('PUT /books/1'))
    await end(proxy, drill.id)
    await until(
      async () => {
        await Promise.all([proxy.get('/books/2'), proxy.get('/maps/2')])
        return server.state.asked
      },
      asked => asked.includes('PUT /books/1'),
    )
  })

  t.test(`${front}: a slow body arrives whole`, async t => {
    const server = await startServer(t)
    const proxy = await startProxy(t, server.url, settings)
    const drill = await begin(proxy, { kind: 'slow-body', latencyMs: 50, durationS: 600 })
    const reply = await proxy.get('/unknown')
    t.match(reply.json(), { path: '/unknown', price: 1 })
    t.equal(reply.headers['x-chaos-drill'], drill.id)
  })
}

t.test('bad input changes nothing, and one drill runs at a time', async t => {
  const server = await startServer(t)
  const proxy = await startProxy(t, server.url, { CHAOS_DRILLS: 'on' })
  t.match(await begin(proxy, { kind: 'flood', durationS: 60 }), { status: 400, field: 'kind' })
  t.match(await begin(proxy, { kind: 'blackout', durationS: 60, share: -1 }), { status: 400, field: 'share' })
  t.match(await begin(proxy, { kind: 'blackout' }), { status: 400, field: 'durationS' })
  t.match(await begin(proxy, { kind: 'blackout', durationS: 60, routes: ['GET /a'] }), { status: 400, field: 'routes' })
  t.equal((await proxy.get('/books/1')).headers['x-ghost'], undefined)
  await begin(proxy, { kind: 'blackout', durationS: 60 })
  t.match(await begin(proxy, { kind: 'reset', durationS: 60 }), { status: 409, field: 'concurrent' })
  t.match(await begin(proxy, { kind: 'reset', durationS: 60, concurrent: true }), { state: 'running' })
  t.equal((await proxy.admin<{ drills: unknown[] }>('/api/drills')).drills.length, 2)
})

t.test('a drill ends by itself, and with the proxy', async t => {
  const server = await startServer(t)
  const proxy = await startProxy(t, server.url, { CHAOS_DRILLS: 'on' })
  const drill = await begin(proxy, { kind: 'blackout', durationS: 1 })
  t.equal((await proxy.get('/unknown')).status, 502)
  const report = await until(
    () => look(proxy, drill.id),
    ({ state }) => state === 'ended',
  )
  t.equal(report.because, 'its time was over')
  t.equal((await proxy.get('/unknown')).status, 200)
  await begin(proxy, { kind: 'latency', latencyMs: 500_000, durationS: 600 })
  const waiting = proxy.get('/unknown')
  await until(
    () => proxy.admin<{ requests: { activeRequests: number } }>('/api/status'),
    ({ requests }) => requests.activeRequests === 1,
  )
  t.equal(await proxy.stop(), 0)
  t.equal((await waiting).status, 200, 'what waited was answered before')
  t.match(proxy.output(), /the proxy shut down/)
})
