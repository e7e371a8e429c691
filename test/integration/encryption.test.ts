// The real program with CHAOS_ENCRYPTION_KEY: real traffic, an outage, writes that wait, a history; then every file of the data
// folder is searched for what was said.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HistoryStatus } from '../../core/contract/history.js'
import { keyText } from '../core/sealing/keys.js'
import { patience } from '../support/patience.js'
import { type Proxy as RunningProxy, runMain, startProxy, temporaryFolder } from '../support/proxy.js'
import { startRedis } from '../support/redis.js'
import { cannotRun } from '../support/services.js'
import { isUp, sharedOf } from '../support/shared-proxies.js'

const until = patience(60_000)
const BOB = { authorization: 'Bearer secret-of-bob' }
const traces = ['bob-street', 'bob-query', 'bob-write', 'bob-write-path', 'secret-of-bob']
const JOURNAL = { CHAOS_GHOST_WRITES: 'journal' }

interface Origin {
  readonly url: string
  readonly writes: string[]
  close(): Promise<void>
}

async function origin(t: Test, port = 0): Promise<Origin> {
  const writes: string[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'POST') writes.push(Buffer.concat(chunks).toString())
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ id: request.url, street: 'bob-street 4711' }))
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise(resolve => server.close(resolve))
  }
  t.teardown(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, writes, close }
}

async function traffic(proxy: RunningProxy): Promise<void> {
  for (let id = 1; id <= 12; id++) await proxy.get(`/orders/${id}?q=bob-query`, BOB)
  await proxy.settled()
  await until(
    async () => (await proxy.admin<{ stores: { history: HistoryStatus } }>('/api/status')).stores.history,
    ({ rows, captures, waitingRows }) => rows > 0 && captures > 0 && waitingRows === 0,
  )
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}

/** `file: trace` */
const tracesIn = (folder: string): string[] =>
  filesIn(folder).flatMap(path =>
    traces
      .filter(trace => readFileSync(path).includes(trace))
      .map(trace => `${path.slice(folder.length + 1)}: ${trace}`),
  )

async function stopped(proxy: RunningProxy): Promise<string> {
  await proxy.stop()
  return proxy.dataDir
}

t.test(
  'with a key nothing that was said is to be read on the disk; ghosts, writes and history are as ever',
  async t => {
    for (const key of ['', keyText('one')]) {
      const api = await origin(t)
      const proxy = await startProxy(t, api.url, { ...JOURNAL, CHAOS_ENCRYPTION_KEY: key })
      await traffic(proxy)
      await api.close()
      const ghost = await proxy.get('/orders/7?q=bob-query', BOB)
      t.equal(ghost.headers['x-ghost'], 'exact')
      t.match(ghost.body.toString(), /bob-street 4711/)
      const write = { headers: { ...BOB, 'content-type': 'application/json' }, body: '{"say":"bob-write"}' }
      t.equal((await proxy.send('POST', '/bob-write-path', write)).status, 202)
      const { exchanges } = await proxy.admin<{ exchanges: { id: string; target: string }[] }>(
        '/api/exchanges?limit=100',
      )
      t.ok(exchanges.some(({ target }) => target.includes('bob-query')))
      const detail = await proxy.admin<{ captured: { body: { text: string } } }>(
        `/api/exchanges/${exchanges.at(-1)!.id}`,
      )
      t.match(detail.captured.body.text, /bob-street 4711/)
      const settings = JSON.stringify(await proxy.admin('/api/settings'))
      const wasRunning = tracesIn(proxy.dataDir)
      const dataDir = await stopped(proxy)
      if (key === '') {
        t.ok(
          traces.every(trace => tracesIn(dataDir).some(found => found.endsWith(`: ${trace}`))),
          tracesIn(dataDir).join(),
        )
        continue
      }
      t.same(wasRunning, [], 'while it runs')
      t.same(tracesIn(dataDir), [], 'and afterwards')
      for (const said of [proxy.output(), settings]) t.notOk(said.includes(key) || said.includes(key.slice(0, 12)))
      t.match(settings, /"CHAOS_ENCRYPTION_KEY","value":"\*\*\*"/)
    }
  },
)

t.test('a start without the key, or with another one: one line with the remedy, and nothing is changed', async t => {
  const api = await origin(t)
  const first = await startProxy(t, api.url, { ...JOURNAL, CHAOS_ENCRYPTION_KEY: keyText('one') })
  await traffic(first)
  await api.close()
  t.equal((await first.send('POST', '/bob-write-path', { body: 'bob-write' })).status, 202)
  const dataDir = await stopped(first)
  const octets = (): string[] =>
    filesIn(dataDir)
      .filter(path => !path.endsWith('-lock'))
      .map(path => `${path} ${readFileSync(path).toString('base64')}`)
  const before = octets()
  const env = { ...JOURNAL, CHAOS_UPSTREAM: api.url, CHAOS_DATA_DIR: dataDir, CHAOS_PORT: '0', CHAOS_ADMIN_PORT: '0' }
  for (const [key, says] of [
    ['', /is encrypted with the key [0-9a-f]{8}, and CHAOS_ENCRYPTION_KEY is not set: set it/],
    [keyText('two'), /which CHAOS_ENCRYPTION_KEY does not have: put that key behind the first one, with a comma/],
  ] as const) {
    const ended = await runMain({
      ...env,
      CHAOS_EMBEDDER: 'lexical',
      CHAOS_FETCH_MODEL: 'off',
      CHAOS_ENCRYPTION_KEY: key,
    })
    t.equal(ended.code, 1)
    t.match(ended.err, says)
    t.equal(ended.err.trim().split('\n').length, 1, ended.err)
    t.same(octets(), before)
  }
})

t.test('keys change: plain, then one key, then another, without losing an answer or a write', async t => {
  const api = await origin(t)
  const port = Number(new URL(api.url).port)
  const plain = await startProxy(t, api.url, JOURNAL)
  await traffic(plain)
  await api.close()
  const body = { headers: { 'content-type': 'application/json' }, body: '{"say":"bob-write"}' }
  t.equal((await plain.send('POST', '/bob-write-path', body)).status, 202)
  const dataDir = await stopped(plain)
  const [one, two] = [keyText('one'), keyText('two')]
  for (const CHAOS_ENCRYPTION_KEY of [one, `${two},${one}`, two]) {
    const proxy = await startProxy(t, api.url, { ...JOURNAL, CHAOS_DATA_DIR: dataDir, CHAOS_ENCRYPTION_KEY })
    const ghost = await proxy.get('/orders/7?q=bob-query', BOB)
    t.equal(ghost.headers['x-ghost'], 'exact')
    t.match(ghost.body.toString(), /bob-street 4711/)
    t.match(await proxy.admin('/api/journal'), { counts: { pending: 1 } })
    await stopped(proxy)
    t.same(
      tracesIn(dataDir).filter(found => !found.startsWith('history/')),
      [],
      'the history keeps what it has until its time is over',
    )
  }
  const back = await origin(t, port)
  const last = await startProxy(t, back.url, { ...JOURNAL, CHAOS_DATA_DIR: dataDir, CHAOS_ENCRYPTION_KEY: two })
  await until(
    async () => back.writes,
    writes => writes.length > 0,
  )
  t.same(back.writes, ['{"say":"bob-write"}'])
  await last.stop()
})

t.test('the key from a file; one on the command line, or none that is one, is refused and not repeated', async t => {
  const file = join(temporaryFolder(), 'key')
  writeFileSync(file, `${keyText('one')}\n`)
  const env = { CHAOS_UPSTREAM: 'http://127.0.0.1:1', CHAOS_DATA_DIR: temporaryFolder() }
  const shown = await runMain({ ...env, CHAOS_ENCRYPTION_KEY_FILE: file }, ['print-config'])
  t.equal(shown.code, 0)
  t.match(shown.out, /CHAOS_ENCRYPTION_KEY += \*\*\* /)
  t.notOk(shown.out.includes(keyText('one')))
  const onLine = await runMain(env, ['print-config', '--encryption-key', keyText('one')])
  t.equal(onLine.code, 78)
  t.match(onLine.err, /stands in the list of processes/)
  t.notOk(onLine.err.includes(keyText('one').slice(0, 12)))
  const short = await runMain({ ...env, CHAOS_ENCRYPTION_KEY: 'my-secret-password' }, ['print-config'])
  t.equal(short.code, 78)
  t.match(short.err, /CHAOS_ENCRYPTION_KEY is not 32 octets in base64 or as 64 hexadecimal digits/)
  t.notOk(short.err.includes('my-secret'))
})

t.test('what is encrypted is forgotten, exported and read elsewhere', async t => {
  const api = await origin(t)
  const key = keyText('one')
  const proxy = await startProxy(t, api.url, { CHAOS_ENCRYPTION_KEY: key })
  await traffic(proxy)
  const file = join(temporaryFolder(), 'memory.chaos')
  const exported = await runMain({}, ['export', file, '--data-dir', proxy.dataDir])
  t.equal(exported.code, 0, exported.err)
  t.match(exported.out, /encrypted/)
  const report = await proxy.admin<{ complete: boolean; stores: { store: string; found: number }[] }>('/api/forget', {
    method: 'POST',
    body: { match: 'bob-street' },
  })
  t.equal(report.complete, true, JSON.stringify(report))
  t.ok(report.stores.find(({ store }) => store === 'memory')!.found >= 12)
  t.ok(report.stores.find(({ store }) => store === 'history (duckdb)')!.found >= 12)
  await proxy.stop()
  const elsewhere = temporaryFolder()
  t.equal((await runMain({}, ['import', file, '--data-dir', elsewhere])).code, 0)
  t.same(tracesIn(elsewhere), [])
  await api.close()
  const other = await startProxy(t, api.url, { CHAOS_DATA_DIR: elsewhere, CHAOS_ENCRYPTION_KEY: key })
  t.equal((await other.get('/orders/7?q=bob-query', BOB)).headers['x-ghost'], 'exact')
  await other.stop()
})

t.test('doctor opens what is encrypted, and names the key that is missing', async t => {
  const api = await origin(t)
  const proxy = await startProxy(t, api.url, { CHAOS_ENCRYPTION_KEY: keyText('one') })
  await traffic(proxy)
  const dataDir = await stopped(proxy)
  const memoryOf = async (key: string): Promise<object> => {
    const env = { CHAOS_DATA_DIR: dataDir, CHAOS_ENCRYPTION_KEY: key, CHAOS_EMBEDDER: 'lexical', CHAOS_ADMIN_PORT: '1' }
    const { out } = await runMain(env, ['doctor', '--json'])
    const { findings } = JSON.parse(out) as { findings: { name: string }[] }
    return findings.find(({ name }) => name === 'memory')!
  }
  t.match(await memoryOf(keyText('one')), { state: 'ok', says: /can be read, [1-9]\d* routes? (is|are) known/ })
  t.match(await memoryOf(''), { says: /is encrypted with the key/, remedy: /set it/ })
})

t.test('instances share through Redis what nobody can read there', { skip: cannotRun('redis') }, async t => {
  const redis = await startRedis(t)
  const api = await origin(t)
  const env = { CHAOS_REDIS_URL: redis.url, CHAOS_ENCRYPTION_KEY: keyText('one') }
  const [a, b] = await Promise.all([startProxy(t, api.url, env), startProxy(t, api.url, env)])
  t.equal((await isUp(a)).state, 'up', a.output())
  t.equal((await isUp(b)).state, 'up', b.output())
  for (let id = 1; id <= 3; id++) await a.get(`/orders/${id}?q=bob-query`, BOB)
  await a.settled()
  await until(
    () => sharedOf(b),
    ({ received }) => received >= 3,
  )
  await until(
    async () => Number(await redis.askText('HLEN', '{chaos}:shelf')),
    count => count >= 3,
  )
  const stranger = await startProxy(t, api.url, { CHAOS_REDIS_URL: redis.url })
  await until(
    () => sharedOf(stranger),
    ({ problem }) => problem?.code === 'other-encryption-key',
  )
  await api.close()
  const ghost = await b.get('/orders/2?q=bob-query', BOB)
  t.equal(ghost.headers['x-ghost'], 'exact')
  t.match(ghost.body.toString(), /bob-street 4711/)
  const kept = JSON.stringify([
    await redis.askText('EVAL', "return cjson.encode(redis.call('XRANGE', KEYS[1], '-', '+'))", 1, '{chaos}:exchanges'),
    await redis.askText('EVAL', "return cjson.encode(redis.call('HGETALL', KEYS[1]))", 1, '{chaos}:shelf'),
  ])
  t.ok(kept.length > 1000)
  t.same(
    traces.filter(trace => kept.includes(trace)),
    [],
  )
})
