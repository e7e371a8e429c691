// Who may watch, over real sockets.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { LiveFeed } from '../../../core/admin/live-feed.js'
import { LiveSocket } from '../../../core/admin/live-socket.js'
import type { LiveSources } from '../../../core/contract/live.js'

const sources = {
  version: '1',
  look: () => ({ counters: {}, boundsS: [], live: [], ghost: [], state: { mode: 'auto' } }),
  listen: () => {},
  take: () => ({ requests: [], counts: [], confidences: [] }),
} as unknown as LiveSources

async function open(t: Test): Promise<{ url: string; feed: LiveFeed }> {
  const feed = new LiveFeed({ sources, run: 'r', now: () => 0, steady: () => 0 })
  const live = new LiveSocket({
    feed,
    admit: token => (token === 'let-me-in' ? () => true : undefined),
    isOwnHost: host => host !== 'evil.example',
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => live.upgrade(request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    live.close()
    server.close()
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/api/live`, feed }
}

const hello = JSON.stringify({ v: 1, kind: 'hello', token: 'let-me-in', resume: null })

async function closedWith(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number]
  return code
}

/** Status of the answer in place of 101. */
async function refusedWith(socket: WebSocket): Promise<number> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  return response.statusCode
}

t.test('with a hello and the token one is welcome, and gone when one leaves', async t => {
  const { url, feed } = await open(t)
  const socket = new WebSocket(url)
  await once(socket, 'open')
  t.equal(feed.watchers, 0, 'nothing is told before the hello')
  socket.send(hello)
  const [data] = (await once(socket, 'message')) as [Buffer]
  t.match(JSON.parse(data.toString()), { v: 1, kind: 'welcome', run: 'r' })
  t.equal(feed.watchers, 1)
  socket.close()
  await once(socket, 'close')
  while (feed.watchers > 0) await new Promise(setImmediate)
})

t.test('what is no hello, or has not the token, is closed with a code that says so', async t => {
  const { url, feed } = await open(t)
  const wrong: [text: string | Buffer, code: number][] = [
    ['{', 4400],
    ['null', 4400],
    ['[]', 4400],
    [Buffer.from(hello), 4400],
    [hello.replace('"v":1', '"v":2'), 4400],
    [hello.replace('"resume":null', '"resume":7'), 4400],
    [hello.replace('"resume":null', '"resume":{"run":"r","seq":"1"}'), 4400],
    [hello.replace('let-me-in', 'let-me-out'), 4401],
    [hello.replace('"let-me-in"', 'null'), 4400],
    ['x'.repeat(5000), 1009],
  ]
  for (const [text, code] of wrong) {
    const socket = new WebSocket(url)
    socket.on('error', () => {})
    await once(socket, 'open')
    socket.send(text)
    t.equal(await closedWith(socket), code, String(text).slice(0, 80))
  }
  t.equal(feed.watchers, 0)
})

t.test('pages of other sites, other names and other paths do not get that far', async t => {
  const { url } = await open(t)
  const own = new URL(url).host
  t.equal(await refusedWith(new WebSocket(url, { origin: 'http://evil.example' })), 403)
  t.equal(await refusedWith(new WebSocket(url, { origin: 'null' })), 403)
  t.equal(await refusedWith(new WebSocket(url, { headers: { host: 'evil.example' } })), 403)
  t.equal(await refusedWith(new WebSocket(`${url}?token=x`)), 404, 'a token in a URL would end up in logs')
  t.equal(await refusedWith(new WebSocket(url.replace('live', 'other'))), 404)
  const same = new WebSocket(url, { origin: `http://${own}` })
  await once(same, 'open')
  same.terminate()
})

t.test('not more than sixteen watch', async t => {
  const { url } = await open(t)
  const sockets = Array.from({ length: 16 }, () => new WebSocket(url))
  await Promise.all(sockets.map(socket => once(socket, 'open')))
  t.equal(await closedWith(new WebSocket(url)), 4429)
  for (const socket of sockets) socket.terminate()
})
