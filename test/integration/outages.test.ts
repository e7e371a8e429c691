// A backend is killed and comes back with other data: the report says what the ghosts got wrong.
import { request as httpRequest } from 'node:http'
import t from 'tap'
import type { OutageReport, OutageSummary } from '../../core/contract/outages.js'
import { type Proxy as Running, startProxy } from '../support/proxy.js'
import { type StockOrigin, startStockOrigin } from '../support/stock-origin.js'

const ITEMS = 12
const stock = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  ...Object.fromEntries(
    Array.from({ length: ITEMS }, (_, i) => [
      `/items/${i + 1}`,
      { id: i + 1, name: `Item ${i + 1}`, price: { amount: 100 + i, currency: 'EUR' } },
    ]),
  ),
  '/me': { name: 'someone', token: 'tok-1' },
  ...more,
})
const env = {
  CHAOS_WARMUP_PER_SECOND: '200',
  CHAOS_BREAKER_RAMP_MS: '0',
  CHAOS_BREAKER_OPEN_MS: '100',
  CHAOS_BREAKER_FAILURES: '3',
}

interface Status extends Record<string, unknown> {
  readonly circuit: { readonly state: string }
  readonly outage: { readonly id: string; readonly ghosts: number; readonly refused: number } | null
}
const statusOf = (proxy: Running): Promise<Status> => proxy.admin<Status>('/api/status')
const listOf = async (proxy: Running): Promise<readonly OutageSummary[]> =>
  (await proxy.admin<{ outages: OutageSummary[] } & Record<string, unknown>>('/api/outages')).outages

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 20))
}

async function learned(proxy: Running): Promise<void> {
  for (let id = 1; id <= ITEMS; id++) await proxy.get(`/items/${id}`)
  await proxy.get('/me', { authorization: 'Bearer a' })
  await proxy.settled()
}

/** Asks until live answers come again, then until all that is to be asked again was. */
async function recovered(proxy: Running): Promise<OutageReport> {
  await until(async () => {
    await proxy.get('/items/1')
    return (await statusOf(proxy)).circuit.state === 'closed'
  })
  await until(async () => {
    const [latest] = await listOf(proxy)
    return latest?.state === 'done' && (await statusOf(proxy)).outage === null
  })
  const [{ id }] = (await listOf(proxy)) as [OutageSummary]
  return proxy.admin<OutageReport & Record<string, unknown>>(`/api/outages/${id}`)
}

function page(proxy: Running, path: string): Promise<{ headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: proxy.adminPort, path, headers: { accept: 'text/html' }, agent: false }
    httpRequest(options, response => {
      let text = ''
      response.setEncoding('utf8').on('data', piece => (text += piece))
      response.on('end', () => resolve({ headers: response.headers, text }))
    })
      .on('error', reject)
      .end()
  })
}

/** Until the circuit is open; each time it is a ghost that answers. */
async function killed(origin: StockOrigin, proxy: Running, target: string): Promise<void> {
  await origin.kill()
  await until(async () => {
    await proxy.get(target)
    return (await statusOf(proxy)).circuit.state !== 'closed'
  })
}

for (const front of ['uws', 'strict'])
  t.test(`${front}: what changed meanwhile is named, route and field; what did not is right`, async t => {
    const origin = await startStockOrigin(t, stock())
    const proxy = await startProxy(t, origin.url, { ...env, CHAOS_FRONT: front })
    await learned(proxy)
    t.same(await listOf(proxy), [], 'no outage yet')
    t.equal((await statusOf(proxy)).outage, null)

    await killed(origin, proxy, '/items/3')
    t.equal((await proxy.get('/items/5')).headers['x-ghost'], 'exact')
    t.equal((await proxy.get('/me', { authorization: 'Bearer a' })).headers['x-ghost'], 'exact')
    t.equal((await proxy.get('/never/seen/before')).status, 503)
    await until(async () => (await statusOf(proxy)).outage?.refused === 1)
    const { outage } = await statusOf(proxy)
    t.ok(outage!.ghosts >= 5, 'the status names the outage that runs')
    t.match(await proxy.adminText('/metrics'), /^chaos_outage_running 1$/m)

    origin.stock(stock({ '/items/3': { id: 3, name: 'Item 3', price: { amount: 250, currency: 'EUR' } } }))
    await origin.start()
    const report = await recovered(proxy)
    t.match(report, { id: outage!.id, circuit: 'upstream', refused: 1, wrong: 1, beyond: 0 })
    t.ok(report.right >= 1 && report.compared === report.right + report.wrong)
    t.equal(report.notAsked.credentials, 1)
    t.type(report.predicted, 'number')
    t.ok(report.turnedOut! < 1 && report.turnedOut! > 0)
    const route = report.routes.find(({ wrong }) => wrong > 0)!
    t.equal(route.route, 'GET /items/{id}')
    t.ok(route.similarity! < 1 && route.similarity! > 0.5, `similarity ${route.similarity}`)
    t.ok(route.confidence! > 0.7)
    t.match(route.fields, [{ field: '/price/amount', differed: 1, target: '/items/3', given: '102', truth: '250' }])
    t.equal(route.fields.length, 1)
    t.ok(route.wrongForS >= 0)
    const seen = await origin.seen()
    t.notOk('/me' in seen, 'nothing is asked with nobody’s credentials that was asked with somebody’s')
    const metrics = await proxy.adminText('/metrics')
    t.match(metrics, /^chaos_outages_total 1$/m)
    t.match(metrics, /^chaos_outage_compared_total\{verdict="wrong"\} 1$/m)
    t.match(metrics, /^chaos_outage_running 0$/m)

    const { headers, text } = await page(proxy, `/api/outages/${report.id}`)
    t.match(headers['content-type'], /^text\/html/)
    t.match(headers['content-security-policy'], /^default-src 'none'/)
    t.match(text, /<code>\/price\/amount<\/code>/)
    t.match((await page(proxy, '/api/outages')).text, new RegExp(`href="/api/outages/${report.id}"`))
  })

t.test('reports outlive a restart; one that runs then is said to be interrupted', async t => {
  const origin = await startStockOrigin(t, stock())
  const proxy = await startProxy(t, origin.url, env)
  await learned(proxy)
  await killed(origin, proxy, '/items/3')
  await origin.start()
  const { id } = await recovered(proxy)
  await killed(origin, proxy, '/items/4')
  await until(async () => ((await statusOf(proxy)).outage?.ghosts ?? 0) > 0)
  const running = (await statusOf(proxy)).outage!.id
  await proxy.stop()
  const next = await startProxy(t, origin.url, { ...env, CHAOS_DATA_DIR: proxy.dataDir })
  const list = await listOf(next)
  t.match(list, [
    { id: running, state: 'interrupted', until: null },
    { id, state: 'done', wrong: 0 },
  ])
})

t.test('where nothing shall be asked again nothing is', async t => {
  const origin = await startStockOrigin(t, stock())
  const proxy = await startProxy(t, origin.url, { ...env, CHAOS_OUTAGE_SAMPLE: '0' })
  await learned(proxy)
  await killed(origin, proxy, '/items/3')
  await origin.start()
  const report = await recovered(proxy)
  t.match(report, { compared: 0, similarity: null, turnedOut: null })
  t.ok(report.notAsked.sample > 0)
  t.notOk('/items/3' in (await origin.seen()))
})

t.test('ghosts of the mode `forced` are no outage', async t => {
  const origin = await startStockOrigin(t, stock())
  const proxy = await startProxy(t, origin.url, env)
  await learned(proxy)
  await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'forced' } })
  t.equal((await proxy.get('/items/3')).headers['x-ghost'], 'exact')
  await proxy.admin('/api/mode', { method: 'PUT', body: { mode: 'auto' } })
  // What an edge has to tell comes with the ghost after it.
  await killed(origin, proxy, '/items/4')
  await until(async () => ((await statusOf(proxy)).outage?.ghosts ?? 0) > 0)
  await origin.start()
  const { distinct } = await recovered(proxy)
  t.ok(distinct <= 2, `of ${distinct} questions none is the one of before`)
})
