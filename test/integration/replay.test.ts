// Replays as people run them: a real proxy records real traffic, and sends it again to another server that is not quite the same.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as forward, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { replay } from '../../core/commands/replay.js'
import type { Har } from '../../core/contract/har.js'
import type { ExchangeFacts, HistoryStatus } from '../../core/contract/history.js'
import type { ReplayReport } from '../../core/contract/replays.js'
import { freePort } from '../../scripts/services/free-port.js'
import { heard } from '../support/heard.js'
import { patience } from '../support/patience.js'
import { startProxy, temporaryFolder } from '../support/proxy.js'

const main = fileURLToPath(new URL('../../core/main.js', import.meta.url))
const until = patience(60_000)

interface Shop {
  readonly url: string
  /** `METHOD target authorization`, in the order in which they came. */
  readonly seen: string[]
  readonly vias: Set<string>
}

/** Orders that are made get ids from `firstId` on. `changed`: a price is another one, and a member is gone. */
async function openShop(firstId: number, changed = false): Promise<Shop> {
  const seen: string[] = []
  const vias = new Set<string>()
  const orders = new Map<string, object>()
  let nextId = firstId
  const server = createServer(async (request: IncomingMessage, response) => {
    const { method, url = '', headers } = request
    let body = ''
    for await (const piece of request) body += piece
    seen.push(`${method} ${url} ${headers.authorization ?? ''}`.trim())
    vias.add(headers.via ?? '')
    const say = (status: number, value: unknown, more: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...more })
      response.end(JSON.stringify(value))
    }
    if (method === 'POST' && url === '/orders') {
      const id = nextId++
      orders.set(String(id), { id, ...JSON.parse(body), at: new Date().toISOString() })
      return say(201, orders.get(String(id)), { location: `/orders/${id}` })
    }
    const [, id] = /^\/orders\/(\d+)$/.exec(url) ?? []
    if (id !== undefined) {
      const order = orders.get(id)
      return order === undefined ? say(404, { error: 'no such order' }) : say(200, order)
    }
    if (url === '/me') return headers.authorization === undefined ? say(401, {}) : say(200, { name: 'Ann' })
    if (url.startsWith('/items/')) {
      const item = { id: Number(url.slice(7)), price: changed && url === '/items/3' ? 9 : 1, stock: 5 }
      return say(200, changed && url === '/items/4' ? { id: 4, price: 1 } : item)
    }
    return say(200, [])
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, vias }
}

const upstream = await openShop(1)
const same = await openShop(501)
const other = await openShop(801, true)
const port = await freePort()
/** In front of the proxy: what is sent there goes to it. */
const around = createServer((request, response) => {
  const { method, url: path, headers } = request
  const onwards = forward({ host: '127.0.0.1', port, method, path, headers }, answer => {
    response.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(response)
  })
  request.pipe(onwards)
})
await new Promise<void>(resolve => around.listen(0, '127.0.0.1', resolve))
t.teardown(() => around.close())
const aroundUrl = `http://127.0.0.1:${(around.address() as AddressInfo).port}`
const proxy = await startProxy(t, upstream.url, {
  CHAOS_PORT: String(port),
  CHAOS_REPLAY_TARGETS: [same.url, other.url, aroundUrl, `http://localhost:${port}`].join(),
})
for (const i of [1, 2, 3, 4, 3, 3]) await proxy.get(`/items/${i}`)
await proxy.get('/me', { authorization: 'Bearer the secret of Ann' })
const made = await proxy.send('POST', '/orders', {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ item: 3, n: 2 }),
})
const { id } = made.json<{ id: number }>()
await proxy.get(`/orders/${id}`)
await proxy.settled()
await until(
  async () => (await proxy.admin<{ stores: { history: HistoryStatus } }>('/api/status')).stores.history,
  status => status.rows >= 9 && status.waitingRows === 0,
)

const env = { CHAOS_ADMIN_PORT: String(proxy.adminPort) }

/** The command in this process: a program takes a second to begin. */
async function command(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' }
  const code = await replay.run({
    ...{ args, env, isTerminal: false, size: () => ({ columns: 80, rows: 24 }), onInterrupt: () => {} },
    out: text => {
      said.out += text
    },
    err: text => {
      said.err += text
    },
  })
  return { code, ...said }
}

t.test('reads alone, each compared, repeats too; who needs credentials is left out', async t => {
  const program = [main, 'replay', '--target', same.url, '--speed', '1000', '--json']
  const path = { PATH: process.env.PATH ?? '' }
  const { code, out, err } = await heard(spawn(process.execPath, program, { env: { ...path, ...env } })).ended
  t.equal(code, 1, out + err)
  // What was made is not there, for it was made by a write.
  t.match(JSON.parse(out), {
    ...{ state: 'ended', selected: 9, addresses: ['127.0.0.1'] },
    skipped: { write: 1, 'no-credentials': 1, 'no-body': 0 },
    totals: { sent: 7, same: 6, different: 1, failed: 0, uncompared: 0, partings: { status: 1 } },
    differences: [{ target: '/orders/1', recordedStatus: 200, status: 404 }],
  })
  t.same(
    same.seen.filter(line => !line.startsWith('GET')),
    [],
  )
  t.equal(same.seen.filter(line => line === 'GET /items/3').length, 3)
  t.match([...same.vias], [/^1\.1 chaos-proxy-/], 'marked, so that a loop is found')
})

t.test('with writes and secrets: ids of what is made go on into later requests, no secret is told', async t => {
  same.seen.length = 0
  const folder = temporaryFolder()
  const secrets = join(folder, 'secrets.json')
  const [html, json] = [join(folder, 'report.html'), join(folder, 'report.json')]
  writeFileSync(secrets, JSON.stringify({ scopes: { '*': { authorization: 'Bearer the other secret' } } }))
  const args = ['--target', same.url, '--fast', '--writes', '--secrets', secrets]
  const { code, out, err } = await command([...args, '--report', html])
  t.equal(code, 0, out + err)
  t.match(out, /9 recorded, 9 sent .* 9 as recorded, 0 different/)
  t.match(out, /1 with ids of earlier answers/)
  t.ok(same.seen.includes('GET /orders/501'), same.seen.join('\n'))
  t.ok(same.seen.includes('GET /me Bearer the other secret'))
  t.match(readFileSync(html, 'utf8'), /<h1>Replay to http:\/\/127/)
  const list = await proxy.admin<{ replays: { id: string }[] }>('/api/replays')
  const told = JSON.stringify([
    list,
    await proxy.admin(`/api/replays/${list.replays[0]!.id}`),
    proxy.output(),
    out,
    err,
  ])
  t.notMatch(told, /the other secret/)
  t.notMatch(told, /the secret of Ann/)
  const again = await command(['show', list.replays[0]!.id, '--report', json])
  t.equal(again.code, 0)
  t.match(JSON.parse(readFileSync(json, 'utf8')), { id: list.replays[0]!.id, complete: true })
})

t.test('what differs is found, told and breaks the run, unless so much may', async t => {
  const args = ['--target', other.url, '--fast', '--route', 'GET /items/{id}']
  const found = await command(['--target', other.url, '--fast', '--method', 'GET'])
  t.equal(found.code, 1, found.out + found.err)
  t.match(found.out, /GET \/items\/3 {2}values\n {4}\/price: 1 → 9\n/)
  t.match(found.out, /GET \/items\/4 {2}shape\n {4}\/stock: number → \(nothing\)\n/)
  t.match(found.out, /BROKEN/)
  t.equal((await command([...args, '--max-different', '100'])).code === 1, false)
  const ignoring = await command(['--target', other.url, '--fast', '--method', 'GET', '--ignore', '/price', '--json'])
  t.match(JSON.parse(ignoring.out), { totals: { partings: { values: 0, shape: 1 } } })
})

t.test('what is refused, and why: exit 2, and nothing is sent', async t => {
  const before = same.seen.length + other.seen.length
  for (const [args, why] of [
    [['--target', 'http://169.254.169.254'], /not in the allow-list; CHAOS_REPLAY_TARGETS allows/],
    [['--target', `http://127.0.0.1:${proxy.port}`], /not in the allow-list/],
    [[], /which target\?/],
    [['--target', same.url, '--method', 'POST'], /POST may change what is at the target: .* writes/],
    [['--target', same.url, '--speed', '0'], /speed is 0/],
    [['--target', same.url, '--fast', '--rate', '3'], /one of --speed, --rate and --fast/],
    [
      ['--target', same.url, '--from', '2020-01-01', '--to', '2020-01-02'],
      /nothing was sent: there is nothing to send/,
    ],
    [['--target', same.url, '--har', '/dev/null'], /no JSON/],
    [['stop', 'none'], /no replay has the id/],
    [['away'], /away is nothing that can be done/],
  ] as const) {
    const { code, err } = await command(args)
    t.equal(code, 2, args.join(' '))
    t.match(err, why)
  }
  t.equal(same.seen.length + other.seen.length, before)
})

t.test('one exchange alone: a repeat, too; a write only where that is said; who is not there is named', async t => {
  const { exchanges } = await proxy.admin<{ exchanges: ExchangeFacts[] }>('/api/exchanges')
  const idOf = (method: string, target: string): string =>
    exchanges.find(one => one.method === method && one.target === target)!.id
  const one = async (...args: string[]) => command(['--target', other.url, '--json', '--exchange', ...args])
  other.seen.length = 0
  // The last of three that were answered alike: only the first was captured.
  const differs = await one(idOf('GET', '/items/3'))
  t.equal(differs.code, 1, differs.err)
  t.match(JSON.parse(differs.out), {
    ...{ selected: 1, totals: { sent: 1, different: 1 } },
    differences: [{ target: '/items/3', differences: [{ at: '/price', given: '1', truth: '9' }] }],
  })
  t.equal((await one(idOf('GET', '/items/1'))).code, 0)
  t.same(other.seen, ['GET /items/3', 'GET /items/1'])
  const order = idOf('POST', '/orders')
  const unsaid = await one(order)
  t.equal(unsaid.code, 2)
  t.match(JSON.parse(unsaid.out), { skipped: { write: 1 }, totals: { sent: 0 } })
  t.equal((await one(order, '--writes')).code, 0)
  t.same(other.seen.slice(2), ['POST /orders'])
  const missing = await one('1-1-1')
  t.equal(missing.code, 2)
  t.match(missing.err, /nothing was sent: the history has no exchange 1-1-1 that the upstream answered/)
  t.match(await one(order, '--from', '1h'), { code: 2, err: /from means nothing beside exchange/ })
})

t.test('HAR: what was captured goes out, and is replayed from the file', async t => {
  const file = join(temporaryFolder(), 'shop.har')
  t.equal((await command(['export', '--out', file])).code, 0)
  const har = JSON.parse(readFileSync(file, 'utf8')) as Har
  t.equal(har.log.entries.length, 9)
  t.notMatch(JSON.stringify(har), /the secret of Ann/)
  const post = har.log.entries.find(({ request }) => request.method === 'POST')
  t.match(post, { request: { url: `${upstream.url}/orders`, postData: { text: '{"item":3,"n":2}' } } })
  same.seen.length = 0
  const { code, out, err } = await command(['--target', same.url, '--har', file, '--fast', '--writes', '--json'])
  t.equal(code, 0, out + err)
  t.match(JSON.parse(out), { selected: 9, totals: { sent: 8, different: 0 }, rewritten: 1 })
  t.equal(same.seen.filter(line => line.startsWith('GET /orders/')).length, 1)
})

t.test('it is paused, goes on and is stopped; one at a time', async t => {
  const begin = () =>
    proxy.admin<ReplayReport>('/api/replays', { method: 'POST', body: { target: same.url, perSecond: 0.5 } })
  const { id: replayId } = await begin()
  t.match(await begin(), { status: 409, detail: /one replay runs at a time; stop / })
  const path = `/api/replays/${replayId}`
  const reached = (state: string) =>
    until(
      () => proxy.admin<ReplayReport>(path),
      report => report.state === state,
    )
  await reached('running')
  await proxy.admin(`${path}/pause`, { method: 'POST' })
  t.match(await reached('paused'), { because: 'it was paused by hand' })
  await proxy.admin(`${path}/resume`, { method: 'POST' })
  await reached('running')
  t.match(await proxy.admin(`${path}/stop`, { method: 'POST' }), {
    ...{ state: 'ended', because: 'it was stopped by hand', complete: false },
  })
  t.equal((await command(['pause', replayId])).code, 0, 'what has ended stays so')
  const { exchanges } = await proxy.admin<{ exchanges: ExchangeFacts[] }>('/api/exchanges')
  t.equal(exchanges.length, 9, 'what is replayed is not recorded')
})

t.test('this proxy is no target, by its port or by way of others', async t => {
  const direct = await command(['--target', `http://localhost:${port}`])
  t.equal(direct.code, 2)
  t.match(direct.err, /localhost:\d+ is this proxy itself: what is replayed would be recorded and forwarded again/)
  const indirect = await command(['--target', aroundUrl, '--rate', '20'])
  t.equal(indirect.code, 1)
  t.match(indirect.out, /did not come to its end: the target leads back to this proxy/)
  t.match(indirect.out, / 1 sent /)
})
