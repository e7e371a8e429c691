// The history as operators meet it: the real program, real databases that are stopped, killed and come back.
import t from 'tap'
import type { ExchangeFacts, HistoryStatus, OutageOnLine } from '../../core/contract/history.js'
import { ask } from '../core/history/postgres-database.js'
import { startOrigin } from '../support/origin.js'
import { patience } from '../support/patience.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { cannotRun, startService } from '../support/services.js'

async function historyOf(proxy: RunningProxy): Promise<HistoryStatus> {
  const { stores } = await proxy.admin<{ stores: { history: HistoryStatus } }>('/api/status')
  return stores.history
}

const until = patience(60_000)

const written = (proxy: RunningProxy, rows: number): Promise<HistoryStatus> =>
  until(
    () => historyOf(proxy),
    status => status.rows >= rows && status.waitingRows === 0,
  )

/** So many requests over a few connections; returns the statuses that were not 200. */
async function load(proxy: RunningProxy, count: number): Promise<number[]> {
  const bad: number[] = []
  let left = count
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) {
        const { status } = await proxy.get(`/users/${left % 20}`)
        if (status !== 200) bad.push(status)
      }
    }),
  )
  return bad
}

t.test('embedded: exchanges, sums and outages are there without any setting, also after a restart', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, {
    // One failure opens the circuit: else the outage is over five seconds after the last ghost, however far this test is.
    ...{ CHAOS_BREAKER_FAILURES: '1', CHAOS_BREAKER_MIN_REQUESTS: '1' },
  })
  await proxy.get('/users/7', { authorization: 'Bearer a' })
  await proxy.get('/users/7', { authorization: 'Bearer a' })
  await proxy.settled()
  await origin.kill()
  t.equal((await proxy.get('/users/7', { authorization: 'Bearer a' })).headers['x-ghost'], 'exact')
  t.equal((await proxy.get('/never/seen')).status >= 500, true)
  await written(proxy, 4)
  const search = async (query: string): Promise<ExchangeFacts[]> =>
    (await proxy.admin<{ exchanges: ExchangeFacts[] }>(`/api/exchanges?${query}`)).exchanges
  t.equal((await search('')).length, 4)
  const [ghost] = await search('by=ghost')
  t.match(ghost, { by: 'exact', status: 200, target: '/users/7', method: 'GET' })
  t.ok(ghost!.confidence! > 0)
  t.type(ghost!.scope, 'string')
  const [refused] = await search('by=refusal')
  t.match(refused, { target: '/never/seen', by: 'refusal' })
  t.match(refused!.fault, /^CHAOS_ERR_UPSTREAM/)
  t.equal((await search('status=5xx')).length, 1)
  const live = await search('by=upstream')
  t.equal(live.length, 2)
  const details = await Promise.all(live.map(({ id }) => proxy.admin(`/api/exchanges/${id}`)))
  const own = details.filter(({ kept }) => kept === 'shipped')
  const repeat = details.filter(({ kept }) => kept === 'unchanged')
  t.equal(own.length, 1, 'the repeat was counted and not captured again')
  t.match(repeat, [{ capturedAs: own[0]?.id }])
  for (const { captured } of details)
    t.match(captured, { target: '/users/7', body: { encoding: 'utf8', text: '{"id":7,"name":"User 7","big":1}' } })
  const { points } = await proxy.admin<{ points: { requests: number; ghosts: number }[] }>(
    '/api/history/series?from=5m&points=1',
  )
  t.match(points.at(-1), { ghosts: 1, refusals: 1 })
  const { routes } = await proxy.admin<{ routes: { route: string }[] }>('/api/history/routes?from=5m')
  t.ok(routes.length > 0)
  const outages = await until(
    async () => (await proxy.admin<{ outages: OutageOnLine[] }>('/api/history/outages')).outages,
    list => list.length > 0,
  )
  t.match(outages[0], { until: null })
  t.match((await proxy.admin('/api/exchanges/none')).status, 404)
  t.match(await proxy.admin('/api/exchanges?from=yesterday'), { status: 400, field: 'from' })
  t.match(await proxy.adminText('/metrics'), /chaos_history_up\{store="duckdb"\} 1\n/)
  await proxy.stop()
  const again = await startProxy(t, origin.url, { CHAOS_DATA_DIR: proxy.dataDir })
  await until(
    () => historyOf(again),
    ({ store }) => store.state === 'up',
  )
  const page = await again.admin<{ exchanges: ExchangeFacts[] }>('/api/exchanges')
  t.equal(page.exchanges.length, 4)
  await again.stop()
})

t.test('switched off it costs nothing and says so', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_HISTORY: 'off' })
  await proxy.get('/a')
  const status = await proxy.admin<{ stores: { history: unknown } }>('/api/status')
  t.equal(status.stores.history, 'off')
  t.match(await proxy.admin('/api/exchanges'), { status: 503, detail: /CHAOS_HISTORY=on/ })
})

for (const service of ['postgres', 'timescale'] as const) {
  t.test(`${service} stands still, crashes and comes back under load`, { skip: cannotRun(service) }, async t => {
    const server = await startService(t, service)
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_POSTGRES_URL: server.url })
    let sent = 0
    const loaded = async (count: number): Promise<void> => {
      t.same(await load(proxy, count), [], 'no request fails')
      sent += count
    }
    await loaded(300)
    const first = await written(proxy, sent)
    t.match(first.store, { kind: service, state: 'up' })
    server.pause()
    await loaded(1000)
    t.equal((await proxy.admin<{ ready: boolean }>('/readyz')).ready, true)
    server.resume()
    await written(proxy, sent)
    await server.kill()
    await loaded(1000)
    const away = await until(
      () => historyOf(proxy),
      ({ store }) => store.state === 'down',
    )
    t.equal(away.store.state, 'down')
    t.match(away.store.lastError, /PostgreSQL at 127\.0\.0\.1/)
    t.ok(away.store.remedy.length > 0)
    t.equal((await proxy.admin<{ ready: boolean }>('/readyz')).ready, true)
    const meanwhile = await until(
      () => proxy.admin<{ store?: object; exchanges?: ExchangeFacts[] }>('/api/exchanges?limit=5'),
      ({ exchanges }) => (exchanges?.length ?? 0) > 0,
    )
    t.match(meanwhile.store, { kind: 'duckdb', standsIn: true }, 'the embedded one answers')
    await server.restart()
    await loaded(300)
    const last = await written(proxy, sent)
    t.match(last, { rows: sent, dropped: 0, store: { state: 'up', lastError: '' }, standIn: null })
    const [row] = await ask(
      server.url,
      'SELECT count(*)::int AS rows, count(DISTINCT (run, seq))::int AS different FROM chaos_proxy.exchanges',
    )
    t.same(row, { rows: sent, different: sent }, 'each is there, and once')
    const { points } = await proxy.admin<{ points: { requests: number }[] }>('/api/history/series?points=60')
    t.equal(
      points.reduce((sum, { requests }) => sum + requests, 0),
      sent,
    )
    t.notMatch(proxy.output(), /chaos:chaos@/, 'no line shows the password')
  })
}

t.test(
  'a wrong password: one line, the embedded store, and no restart once it is right',
  { skip: cannotRun('postgres') },
  async t => {
    const server = await startService(t, 'postgres')
    const origin = await startOrigin(t)
    await ask(server.url, `CREATE ROLE proxy LOGIN PASSWORD 'old'`)
    await ask(server.url, 'CREATE SCHEMA chaos_proxy AUTHORIZATION proxy')
    const proxy = await startProxy(t, origin.url, {
      CHAOS_POSTGRES_URL: server.url.replace('chaos:chaos', 'proxy:new'),
    })
    t.same(await load(proxy, 50), [])
    const status = await until(
      () => historyOf(proxy),
      ({ standIn }) => standIn?.state === 'up',
    )
    t.match(status, { store: { kind: 'postgres', state: 'down', remedy: /password/ }, standIn: { kind: 'duckdb' } })
    t.equal((await proxy.admin<{ ready: boolean }>('/readyz')).ready, true)
    const { exchanges } = await until(
      () => proxy.admin<{ exchanges: ExchangeFacts[] }>('/api/exchanges?limit=100'),
      page => page.exchanges?.length === 50,
    )
    t.equal(exchanges.length, 50)
    t.equal(proxy.output().match(/the store of the history is away/g)?.length, 1, 'one line, however often it is tried')
    await ask(server.url, `ALTER ROLE proxy PASSWORD 'new'`)
    t.match(await written(proxy, 50), { rows: 50, dropped: 0, store: { state: 'up' } })
    const [row] = await ask(server.url, 'SELECT count(*)::int AS rows FROM chaos_proxy.exchanges')
    t.same(row, { rows: 50 })
  },
)
