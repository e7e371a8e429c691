// One person's data, written by real traffic through the real program, forgotten; then every file of the data folder, every key of
// Redis and every table is searched for what it held.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { ForgetReport } from '../../core/contract/forgetting.js'
import type { HistoryStatus } from '../../core/contract/history.js'
import { ask as askDatabase } from '../core/history/postgres-database.js'
import { patience } from '../support/patience.js'
import { type Proxy as RunningProxy, runMain, startProxy } from '../support/proxy.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { cannotRun, startService } from '../support/services.js'
import { isUp, sharedOf } from '../support/shared-proxies.js'

const until = patience(60_000)
const ALICE = { authorization: 'Bearer secret-of-alice' }
const BOB = { authorization: 'Bearer secret-of-bob' }
/** What stands in nothing but Alice's answers. */
const traces = ['alice@persons.example', 'alice%40persons', 'Wonderland 4711', 'secret-of-alice']

/** Whose the credential is, gzip where it is taken; people for everybody. Refuses writes once it is told to fail. */
async function personsApi(t: Test): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    const name = /secret-of-(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody'
    const street = name === 'alice' ? 'Wonderland 4711' : `Street of ${name}`
    const [path = ''] = request.url!.split('?')
    const [, collection, id] = path.split('/')
    const body =
      collection === 'me'
        ? { id: 1, name, street, email: `${name}@persons.example` }
        : collection === 'orders'
          ? { id: Number(id), buyer: `${name}@persons.example`, street, item: `item-${id}` }
          : { id: Number(id ?? 0), kind: 'thing', title: `title-${id}` }
    request.resume().on('end', () => {
      const octets = Buffer.from(JSON.stringify(body))
      const coded = /gzip/.test(String(request.headers['accept-encoding']))
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(coded ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}),
      })
      response.end(coded ? gzipSync(octets) : octets)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function traffic(proxy: RunningProxy): Promise<void> {
  for (const who of [ALICE, BOB]) {
    for (let id = 1; id <= 12; id++) await proxy.get(`/orders/${id}`, who)
    await proxy.get('/me', { ...who, 'accept-encoding': 'gzip' })
    await proxy.get('/me', who)
  }
  for (let id = 1; id <= 12; id++) await proxy.get(`/things/${id}`)
  await proxy.get('/find?buyer=alice%40persons.example')
  await proxy.settled()
}

function filesIn(folder: string): { readonly path: string; readonly octets: Buffer }[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [{ path, octets: readFileSync(path) }]
  })
}

/** Which of the traces stand in which file. */
function tracesIn(folder: string, sought: readonly string[] = traces): string[] {
  return filesIn(folder).flatMap(({ path, octets }) =>
    sought.filter(trace => octets.includes(trace)).map(trace => `${path}: ${trace}`),
  )
}

async function written(proxy: RunningProxy): Promise<void> {
  await until(
    async () => (await proxy.admin<{ stores: { history: HistoryStatus } }>('/api/status')).stores.history,
    ({ rows, waitingRows }) => rows > 0 && waitingRows === 0,
  )
}

const forget = (proxy: RunningProxy, body: object): Promise<ForgetReport> =>
  proxy.admin<ForgetReport & Record<string, unknown>>('/api/forget', { method: 'POST', body })

const remedies = ({ stores }: ForgetReport): unknown[] =>
  stores.filter(({ problem, remaining }) => problem !== '' || remaining > 0)

t.test('a credential is forgotten in memory, history and files, and others keep what is theirs', async t => {
  const origin = await personsApi(t)
  const proxy = await startProxy(t, origin.url)
  await traffic(proxy)
  await written(proxy)
  t.not(tracesIn(proxy.dataDir).length, 0)
  const dry = await forget(proxy, { scope: 'Authorization: Bearer secret-of-alice', dryRun: true })
  t.ok(dry.stores.find(({ store }) => store === 'memory')!.found > 10)
  t.ok(dry.stores.find(({ store }) => store === 'history (duckdb)')!.found > 10)
  t.equal(
    dry.stores.every(({ erased }) => erased === 0),
    true,
  )
  t.match((await proxy.admin<{ exchanges: unknown[] }>('/api/exchanges?limit=1000')).exchanges.length > 30, true)

  const report = await forget(proxy, { scope: 'Authorization: Bearer secret-of-alice' })
  t.same(remedies(report), [])
  t.equal(report.complete, true)
  t.notMatch(proxy.output(), /secret-of-alice/)
  t.notMatch(readFileSync(join(proxy.dataDir, 'audit.log'), 'utf8'), /alice/)
  const again = await forget(proxy, { scope: 'Authorization: Bearer secret-of-alice', dryRun: true })
  t.equal(
    again.stores.every(({ found }) => found === 0),
    true,
  )
  // The one who asked for her by name is somebody else's exchange.
  t.same(tracesIn(proxy.dataDir, ['Wonderland 4711', 'secret-of-alice']), [])
  const { exchanges } = await proxy.admin<{ exchanges: { scope: string | null }[] }>('/api/exchanges?limit=1000')
  t.equal(new Set(exchanges.map(({ scope }) => scope)).size, 2, 'of Bob, and of nobody')
})

t.test('a text: paths, queries and bodies in whatever coding, also after a restart', async t => {
  const origin = await personsApi(t)
  const proxy = await startProxy(t, origin.url)
  await traffic(proxy)
  await written(proxy)
  const ended = await runMain({}, [
    ...['forget', '--match', 'ALICE@persons.example'],
    ...['--admin', `127.0.0.1:${proxy.adminPort}`, '--json'],
  ])
  t.equal(ended.code, 0, ended.out + ended.err)
  t.same(tracesIn(proxy.dataDir), [])
  // From before, and told only now: as another instance would that was slow.
  const old = Date.now() - 60_000
  const late = (target: string, buyer: string): object => ({
    ...{ startedAt: old, completedAt: old, method: 'GET', target, requestHeaders: [], requestBody: '', status: 200 },
    ...{ headers: ['content-type', 'application/json'], body: JSON.stringify({ id: 77, buyer }) },
  })
  await proxy.admin('/api/exchanges', {
    method: 'POST',
    body: { exchanges: [late('/orders/77', 'alice@persons.example'), late('/orders/78', 'carol@persons.example')] },
  })
  await proxy.settled()
  await proxy.stop()
  t.not(tracesIn(proxy.dataDir, ['carol@persons.example']).length, 0)
  t.same(tracesIn(proxy.dataDir), [], 'nor is anything written when it stops')
  const next = await startProxy(t, origin.url, { CHAOS_DATA_DIR: proxy.dataDir })
  const { stores } = await forget(next, { match: 'alice@persons.example', dryRun: true })
  t.same(
    stores.filter(({ found }) => found > 0),
    [],
  )
  t.same((await next.get('/orders/3', BOB)).json().buyer, 'bob@persons.example')
})

t.test('a route, and what is wrong is said', async t => {
  const origin = await personsApi(t)
  const proxy = await startProxy(t, origin.url)
  await traffic(proxy)
  await written(proxy)
  const report = await forget(proxy, { route: 'GET /orders/{id}' })
  t.same(remedies(report), [])
  t.same(tracesIn(proxy.dataDir, ['item-3']), [])
  t.not(tracesIn(proxy.dataDir, ['title-3']).length, 0)
  t.match(await forget(proxy, { match: 'abc' }), { status: 400, field: 'match' })
  t.match(await forget(proxy, {}), { status: 400 })
  t.match(await forget(proxy, { scope: 'X-Nobody: 1' }), { status: 400, field: 'scope' })
  const ended = await runMain({}, ['forget', '--match', 'alice', '--admin', '127.0.0.1:9'])
  t.equal(ended.code, 2)
  t.match(ended.err, /is the proxy running/)
})

t.test('an acknowledged write is kept, and named; with `pending` it goes', async t => {
  const origin = await personsApi(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_GHOST_WRITES: 'journal', CHAOS_GHOST: 'forced' })
  const sent = await proxy.send('PUT', '/things/1', {
    headers: { 'content-type': 'application/json', ...ALICE },
    body: '{"owner":"alice@persons.example"}',
  })
  t.equal(sent.status, 202)
  const kept = await forget(proxy, { match: 'alice@persons.example' })
  t.equal(kept.complete, false)
  t.match(
    kept.stores.find(({ store }) => store === 'journal'),
    { found: 1, erased: 0, remaining: 1, problem: /--pending/ },
  )
  const gone = await forget(proxy, { match: 'alice@persons.example', pending: true })
  t.match(
    gone.stores.find(({ store }) => store === 'journal'),
    { found: 1, erased: 1, remaining: 0, problem: '' },
  )
  t.same(tracesIn(join(proxy.dataDir, 'journal')), [])
})

/** All that is in there, as text. */
async function allOf(redis: RedisServer): Promise<string> {
  const script = `
    local all = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do all[#all + 1] = key .. redis.call('DUMP', key) end
    return table.concat(all, '\\n')`
  return String(await redis.askText('EVAL', script, 0))
}

t.test('several instances: all of them forget, one that was away as well', { skip: cannotRun('redis') }, async t => {
  const redis = await startRedis(t, ['--rdbcompression', 'no', '--list-compress-depth', '0'])
  const origin = await personsApi(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const [a, b, away] = await Promise.all([0, 1, 2].map(() => startProxy(t, origin.url, env)))
  await Promise.all([isUp(a!), isUp(b!), isUp(away!)])
  await traffic(a!)
  for (const other of [b!, away!])
    await until(
      () => sharedOf(other),
      ({ received }) => received >= 30,
    )
  await Promise.all([b!.settled(), away!.settled()])
  await until(
    () => redis.ask('ZCARD', '{chaos}:shelf:seen'),
    count => Number(count) >= 30,
  )
  await away!.stop()
  t.not(tracesIn(away!.dataDir).length, 0)
  const report = await forget(a!, { match: 'alice@persons.example' })
  t.same(remedies(report), [])
  t.equal(report.instances.filter(({ state }) => state === 'done').length >= 1, true)
  t.ok(report.stores.find(({ store }) => store === 'Redis: shelf')!.erased > 10)
  t.same(tracesIn(a!.dataDir), [])
  t.same(tracesIn(b!.dataDir), [])
  const stored = await allOf(redis)
  for (const trace of traces) t.notOk(stored.includes(trace), trace)

  const back = await startProxy(t, origin.url, { ...env, CHAOS_DATA_DIR: away!.dataDir })
  await isUp(back)
  await until(
    async () => tracesIn(back.dataDir),
    found => found.length === 0,
  )
  t.same(tracesIn(back.dataDir), [], 'it forgets when it comes back')
  await until(
    () => sharedOf(back),
    ({ catchingUp }) => !catchingUp,
  )
  const after = await allOf(redis)
  for (const trace of traces) t.notOk(after.includes(trace), `${trace}, after it came back`)
  t.same(tracesIn(a!.dataDir), [])
})

t.test('Redis that is not reached is named, with the remedy', { skip: cannotRun('redis') }, async t => {
  const redis = await startRedis(t)
  const origin = await personsApi(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_REDIS_URL: redis.url })
  await isUp(proxy)
  await redis.stop()
  await until(
    () => sharedOf(proxy),
    ({ state }) => state === 'down',
  )
  const ended = await runMain({}, [
    'forget',
    '--match',
    'alice@persons.example',
    '--admin',
    `127.0.0.1:${proxy.adminPort}`,
  ])
  t.equal(ended.code, 1)
  t.match(ended.out, /! Redis: .*was not searched/)
})

for (const service of ['postgres', 'timescale'] as const)
  t.test(`the history in ${service}`, { skip: cannotRun(service) }, async t => {
    const { url } = await startService(t, service)
    const origin = await personsApi(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_POSTGRES_URL: url })
    await traffic(proxy)
    await written(proxy)
    const tables = async (): Promise<string> =>
      JSON.stringify([
        await askDatabase(url, `SELECT target, scope, route FROM chaos_proxy.exchanges`),
        await askDatabase(
          url,
          `SELECT target, request_headers, headers, learned, encode(body, 'escape') AS body FROM chaos_proxy.captures`,
        ),
      ])
    t.match(await tables(), /alice@persons/)
    const report = await forget(proxy, { match: 'alice@persons.example' })
    t.same(remedies(report), [])
    t.ok(report.stores.find(({ store }) => store === `history (${service})`)!.erased > 10)
    for (const trace of traces) t.notOk((await tables()).includes(trace), trace)
    t.match(await tables(), /bob@persons/)
  })
