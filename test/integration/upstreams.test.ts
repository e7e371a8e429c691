// Several upstreams behind the real program. Ghosts are off: what a client sees is what the upstreams gave.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import type { UpstreamStatus } from '../../core/contract/upstreams.js'
import { makeCertificate } from '../support/certificate.js'
import { type Origin, startOrigin } from '../support/origin.js'
import { type Proxy as RunningProxy, runMain, startProxy, temporaryFolder } from '../support/proxy.js'

interface Listed {
  upstreams: UpstreamStatus[]
  leaving: { url: string; outstanding: number }[]
}

const list = (proxy: RunningProxy): Promise<Listed> => proxy.admin<Listed>('/api/upstreams')
const replace = (proxy: RunningProxy, upstreams: unknown): Promise<Listed & { detail?: string; field?: string }> =>
  proxy.admin('/api/upstreams', { method: 'PUT', body: { upstreams } })

/** Asks the admin port until `enough`; tap's own time limit ends it otherwise. */
async function untilListed(proxy: RunningProxy, enough: (listed: Listed) => boolean): Promise<Listed> {
  for (;;) {
    const listed = await list(proxy)
    if (enough(listed)) return listed
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Requests for users that an origin has seen. */
async function usersSeen(origin: Origin): Promise<number> {
  const seen = Object.entries(await origin.seen())
  return seen.reduce((sum, [name, count]) => (name.startsWith('GET /users/') ? sum + count : sum), 0)
}

/** Clients that ask all the while. `more` resolves when so many more answers have come. */
function load(proxy: RunningProxy): { more(count: number): Promise<void>; stop(): Promise<string[]> } {
  const wrong: string[] = []
  let asked = 0
  let stopped = false
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let i = client; !stopped; i++) {
      const id = (i % 20) + 1
      try {
        const reply = await proxy.get(`/users/${id}`)
        if (reply.status !== 200 || reply.json().id !== id) wrong.push(`${reply.status} ${reply.body}`)
      } catch (error) {
        wrong.push(String(error))
      }
      asked += 1
    }
  })
  return {
    more: async count => {
      const enough = asked + count
      while (asked < enough) await new Promise(resolve => setImmediate(resolve))
    },
    stop: async () => {
      stopped = true
      await Promise.all(clients)
      return wrong
    },
  }
}

t.test('one of three is killed under load: no request fails, it is passed over, and it is taken back', async t => {
  const origins = [await startOrigin(t), await startOrigin(t), await startOrigin(t)]
  const [first, second, third] = origins as [Origin, Origin, Origin]
  const proxy = await startProxy(t, origins.map(({ url }) => url).join(), {
    CHAOS_GHOST: 'off',
    CHAOS_EJECT_FAILURES: '2',
    CHAOS_EJECT_MS: '300',
    CHAOS_SLOW_START_MS: '0',
  })
  const clients = load(proxy)
  await clients.more(300)
  for (const origin of origins) t.ok((await usersSeen(origin)) > 50, 'all of them are asked')
  await second.kill()
  await clients.more(1000)
  const { upstreams } = await untilListed(proxy, listed => listed.upstreams[1]!.ejectedBy > 0)
  t.match(upstreams, [
    { url: first.url, healthy: true, available: true, full: false, ejectedBy: 0, ejectedUntil: null },
    { url: second.url, healthy: false, available: false, ejectedUntil: /^20/ },
    { url: third.url, healthy: true },
  ])
  t.ok(upstreams[1]!.failures > 0)
  const back = await startOrigin(t, second.port)
  while ((await usersSeen(back)) === 0) await clients.more(20)
  await untilListed(proxy, listed => listed.upstreams[1]!.healthy)
  // Each edge finds out by itself that it is back.
  let metrics = ''
  const isWell = ({ url }: Origin): boolean => metrics.includes(`chaos_upstream_healthy{upstream="${url}"} 1`)
  while (!origins.every(isWell)) {
    await clients.more(20)
    metrics = await (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text()
  }
  t.same(await clients.stop(), [], 'no client saw a failure')
  for (const { url } of origins) {
    t.match(metrics, new RegExp(`^chaos_upstream_requests_total\\{upstream="${url}"\\} [1-9]`, 'm'))
  }
  const status = await proxy.admin('/api/status')
  t.match(status, { upstreams: [{ url: first.url }, {}, {}], upstreamUrls: origins.map(({ url }) => url) })
})

t.test('the list is replaced under load: no request fails, and the old ones can be stopped', async t => {
  const [a, b, c] = [await startOrigin(t), await startOrigin(t), await startOrigin(t)]
  const proxy = await startProxy(t, `${a.url},${b.url}`, { CHAOS_GHOST: 'off' })
  const clients = load(proxy)
  await clients.more(200)
  t.match(await replace(proxy, [b.url, c.url]), { upstreams: [{ url: b.url }, { url: c.url }] })
  await untilListed(proxy, ({ leaving }) => leaving.length === 0)
  const before = await usersSeen(a)
  await clients.more(200)
  t.equal(await usersSeen(a), before, 'nothing goes there any more')
  await a.kill()
  t.ok((await usersSeen(c)) > 0)

  const bad = await replace(proxy, [c.url, 'ftp://x', 'nonsense'])
  t.match(bad, { field: 'upstreams', detail: /«ftp:\/\/x» must begin with http.*«nonsense» is not a URL/ })
  t.match(await replace(proxy, []), { field: 'upstreams', detail: 'names no upstream' })
  t.same(
    (await list(proxy)).upstreams.map(({ url }) => url),
    [b.url, c.url],
    'all or nothing',
  )
  await replace(proxy, [c.url])
  await untilListed(proxy, ({ leaving }) => leaving.length === 0)
  await b.kill()
  await clients.more(200)
  t.same(await clients.stop(), [], 'no client saw a failure')
})

t.test('a failing health check passes an upstream over until it succeeds', async t => {
  const [a, b] = [await startOrigin(t), await startOrigin(t)]
  const proxy = await startProxy(t, `${a.url},${b.url}`, {
    CHAOS_GHOST: 'off',
    CHAOS_HEALTH_PATH: '/health',
    CHAOS_HEALTH_INTERVAL_MS: '100',
    CHAOS_SLOW_START_MS: '0',
  })
  await a.behave('unwell')
  const { upstreams } = await untilListed(proxy, listed => !listed.upstreams[0]!.healthy)
  t.match(upstreams[0], { available: false, lastProbe: { ok: false, because: 'it answered 503' }, ejectedBy: 0 })
  t.match(upstreams[1], { healthy: true, lastProbe: { ok: true } })
  const before = await usersSeen(a)
  for (let i = 1; i <= 40; i++) t.equal((await proxy.get(`/users/${i}`)).status, 200)
  t.equal(await usersSeen(a), before, 'it gets questions about its health only')

  await b.behave('unwell')
  await untilListed(proxy, listed => !listed.upstreams[1]!.healthy)
  t.equal((await proxy.get('/users/1')).status, 200, 'where none is well all are asked')

  await a.behave('well')
  await untilListed(proxy, listed => listed.upstreams[0]!.healthy)
  const well = await usersSeen(a)
  for (let i = 1; i <= 20; i++) await proxy.get(`/users/${i}`)
  t.equal(await usersSeen(a), well + 20)
})

/** Tells its name, and what it was asked with. */
async function openEcho(t: Test, name: string): Promise<string> {
  const server = createServer((req, res) => res.end(JSON.stringify({ name, target: req.url, host: req.headers.host })))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('path and Host are those of the upstream that a request goes to', async t => {
  const [one, two] = [await openEcho(t, 'one'), await openEcho(t, 'two')]
  const proxy = await startProxy(t, `${one}/v1,${two}/v2/`, {
    CHAOS_BALANCE: 'round-robin',
    CHAOS_FORWARD_HOST: 'rewrite',
  })
  const seen = new Map<unknown, unknown>()
  while (seen.size < 2) {
    const { name, target, host } = (await proxy.get('/x?y=1')).json()
    seen.set(name, `${host}${target}`)
  }
  t.same(Object.fromEntries(seen), { one: `${one.slice(7)}/v1/x?y=1`, two: `${two.slice(7)}/v2/x?y=1` })
  await replace(proxy, [`${two}/v3`])
  t.equal((await proxy.get('/x')).json().target, '/v3/x')
})

for (const front of ['uws', 'strict']) {
  t.test(`a list that was replaced outlives a crash of the edges, and not the process: ${front}`, async t => {
    const [first, second, third] = [await openEcho(t, 'first'), await openEcho(t, 'second'), await openEcho(t, 'third')]
    const environment = { CHAOS_FRONT: front, CHAOS_GHOST: 'off', CHAOS_DATA_DIR: temporaryFolder() }
    const crashing = new URL('../support/preload/crash-edges.js', import.meta.url).href
    const proxy = await startProxy(t, first, { ...environment, NODE_OPTIONS: `--import=${crashing}` })
    const named = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${proxy.port}/`)).json()
    const restarted = async (times: number): Promise<void> => {
      proxy.child.kill('SIGWINCH')
      for (;;) {
        const { threads } = await proxy.admin<{ threads: Record<string, number> }>('/api/status')
        if (threads.edgeRestarts === times && threads.edgesRunning === 2) return
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    t.match(await named(), { name: 'first' })
    await replace(proxy, [second])
    await restarted(2)
    for (let i = 0; i < 10; i++) t.match(await named(), { name: 'second' })
    await replace(proxy, [third])
    for (let i = 0; i < 10; i++)
      t.match(await named(), { name: 'third' }, 'edges that took the place of others follow too')
    await restarted(4)
    for (let i = 0; i < 10; i++) t.match(await named(), { name: 'third' })
    t.equal(await proxy.stop(), 0)
    const again = await startProxy(t, first, environment)
    t.match((await again.get('/')).json(), { name: 'first' }, 'a new process goes by its settings')
  })
}

t.test('with hash: requests with one value of the field go to one upstream, whichever edge has them', async t => {
  const urls = [await openEcho(t, 'one'), await openEcho(t, 'two'), await openEcho(t, 'three')]
  const proxy = await startProxy(t, urls.join(), { CHAOS_BALANCE: 'hash:X-User' })
  const names = new Set<unknown>()
  for (let user = 0; user < 50; user++) {
    const headers = { 'x-user': `user-${user}` }
    const replies = await Promise.all(Array.from({ length: 4 }, () => proxy.get('/', headers)))
    const who = new Set(replies.map(reply => reply.json().name))
    t.equal(who.size, 1, `user-${user}`)
    for (const name of who) names.add(name)
  }
  t.equal(names.size, 3)
  t.equal((await proxy.get('/')).status, 200)
})

const folder = temporaryFolder()
const [theirs, ours] = [makeCertificate(folder, 'theirs'), makeCertificate(folder, 'ours')]
const skip = ours === undefined && 'no openssl on this machine'

t.test('an https upstream sees our certificate, and is checked against the CA that was given', { skip }, async t => {
  if (theirs === undefined || ours === undefined) return
  const { cert, key } = theirs
  const sockets = new Set<TLSSocket>()
  const server = createTlsServer({ cert, key, ca: ours.cert, requestCert: true, rejectUnauthorized: true }, socket => {
    sockets.add(socket)
    const name = String(socket.getPeerCertificate().subject.CN)
    socket.on('error', () => {})
    socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`))
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  const proxy = await startProxy(t, url, {
    CHAOS_UPSTREAM_CA: theirs.certFile,
    CHAOS_UPSTREAM_CERT: ours.certFile,
    CHAOS_UPSTREAM_KEY: ours.keyFile,
    CHAOS_HEALTH_PATH: '/',
  })
  t.equal((await proxy.get('/')).body.toString(), 'ours')
  const { upstreams } = await untilListed(proxy, listed => listed.upstreams[0]!.lastProbe !== null)
  t.match(upstreams[0], { healthy: true, lastProbe: { ok: true } }, 'the health check shows it too')

  const without = await startProxy(t, url, { CHAOS_UPSTREAM_CA: theirs.certFile })
  t.equal((await without.get('/')).json().code, 'CHAOS_ERR_UPSTREAM_TLS')
})

t.test('a file for TLS that is no good ends the start, with setting and file', async t => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'ca.pem'), 'nothing')
  const { code, err } = await runMain({
    CHAOS_UPSTREAM: 'https://127.0.0.1:9',
    CHAOS_PORT: '0',
    CHAOS_ADMIN_PORT: '0',
    CHAOS_FETCH_MODEL: 'off',
    CHAOS_DATA_DIR: folder,
    CHAOS_UPSTREAM_CA: join(folder, 'ca.pem'),
  })
  t.equal(code, 1)
  t.match(err, /CHAOS_UPSTREAM_CA=.*ca\.pem holds no certificate/)
})
