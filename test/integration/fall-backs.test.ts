// What the proxy would rather have and does not need: a binary that may not load, and parts of Node that are not documented.
// Each is taken away from the real program before it starts; it must serve all the same.
import t, { type Test } from 'tap'
import { RawClient } from '../conformance/raw-client.js'
import { readChunks } from '../conformance/read-answers.js'
import { answerOf, ScriptedOrigin } from '../conformance/scripted-origin.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'

type Missing = 'no-uws-binary' | 'no-server-handle' | 'no-socket-handle' | 'no-stream-wrap'

function without(...missing: Missing[]): { NODE_OPTIONS: string } {
  const preloads = missing.map(name => new URL(`../support/preload/${name}.js`, import.meta.url).href)
  return { NODE_OPTIONS: preloads.map(url => `--import=${url}`).join(' ') }
}

/** Nothing tells when a line has come through the pipe. */
async function untilSaid(proxy: RunningProxy, what: RegExp): Promise<void> {
  while (!what.test(proxy.output())) await new Promise(resolve => setTimeout(resolve, 10))
}

const megabyte = 'x'.repeat(1 << 20)

/** Requests, bodies both ways, and pipelining. */
async function serves(t: Test, proxy: RunningProxy, origin: ScriptedOrigin): Promise<void> {
  origin.onRequest = ({ method, target, body, connection: { socket } }) => {
    if (target === '/long') socket.write(answerOf(megabyte))
    else if (target === '/chunks')
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n${megabyte}\r\n0\r\n\r\n`)
    else socket.write(answerOf(`${method} ${target} ${body.length}`))
  }
  const client = await RawClient.open(proxy.port)
  const post = (framing: string, body: string): string => `POST /post HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${body}`
  const asked = [
    'GET /short HTTP/1.1\r\nHost: a\r\n\r\n',
    post('Content-Length: 5', 'hello'),
    post(`Content-Length: ${megabyte.length}`, megabyte),
    post('Transfer-Encoding: chunked', `5\r\nhello\r\n100000\r\n${megabyte}\r\n0\r\n\r\n`),
    'GET /long HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /chunks HTTP/1.1\r\nHost: a\r\n\r\n',
  ]
  const expected = ['GET /short 0', 'POST /post 5', 'POST /post 1048576', 'POST /post 1048581', megabyte, megabyte]
  for (const [i, request] of asked.entries()) {
    client.send(request)
    const answer = (await client.answers(i + 1))[i]
    t.ok(answer?.status === 200 && answer.body === expected[i], `${request.slice(0, 60)}`)
  }
  client.leave()

  const pipelining = await RawClient.open(proxy.port)
  const targets = Array.from({ length: 50 }, (_, i) => `/${i}`)
  pipelining.send(targets.map(target => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  t.same(
    (await pipelining.answers(50)).map(({ body }) => body),
    targets.map(target => `GET ${target} 0`),
    'pipelined requests are answered in order',
  )
  pipelining.leave()

  // A client that takes nothing for a while: what waits for it must neither be lost nor overtaken.
  const slow = await RawClient.open(proxy.port)
  slow.socket.pause()
  const many = 12
  slow.send('GET /chunks HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(many))
  await origin.until(() => origin.requests.filter(({ target }) => target === '/chunks').length > 2)
  slow.socket.resume()
  // The end is looked for only where it may be: to look through all that came, each time, takes longer than the rest.
  const enough = many * megabyte.length
  await slow.until(() => slow.ended || (slow.text.length > enough && slow.text.split('\r\n0\r\n\r\n').length > many))
  let rest = slow.text
  for (let i = 0; i < many; i++) {
    rest = rest.slice(rest.indexOf('\r\n\r\n') + 4)
    const { body, used } = readChunks(rest)
    t.ok(body === megabyte, `answer ${i} of the slow client`)
    rest = rest.slice(used)
  }
  t.equal(rest, '')
  slow.leave()
}

const strict = { CHAOS_FRONT: 'strict', CHAOS_WORKERS: '2', CHAOS_GHOST: 'off' }
type Threads = { threads: { front: string; edges: number; edgesRunning: number; edgeRestarts: number } }

t.test('where no uWebSockets.js binary loads, strict takes over and says so', async t => {
  const origin = await ScriptedOrigin.open(t)
  const old = 'GET / HTTP/1.0\r\n\r\n'
  const usual = await startProxy(t, origin.url, { CHAOS_FRONT: 'uws' })
  t.match(await usual.admin<Threads>('/api/status'), { threads: { front: 'uws', edges: 2 } })
  const refused = await RawClient.open(usual.port)
  refused.send(old)
  t.equal((await refused.answer()).status, 505, 'with the binary it is not strict that answers')

  const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: 'uws', ...without('no-uws-binary') })
  t.match(proxy.output(), /"because":"uWebSockets\.js: .*; uWebSockets\.js-glibc-2\.38: .*the strict front takes over/)
  t.match(proxy.output(), /"front":"strict".*chaos-proxy is up/)
  t.match(await proxy.admin<Threads>('/api/status'), { threads: { front: 'strict', edges: 2, edgesRunning: 2 } })
  const served = await RawClient.open(proxy.port)
  served.send(old)
  t.equal((await served.answer()).status, 200, 'HTTP/1.0 is strict’s')
  await serves(t, proxy, origin)
  t.equal(await proxy.stop(), 0)
})

t.test('where a listening socket cannot be shared, one edge listens and says so', async t => {
  const origin = await ScriptedOrigin.open(t)
  const proxy = await startProxy(t, origin.url, { ...strict, ...without('no-server-handle') })
  t.match(proxy.output(), /cannot share a listening socket between threads: the strict front runs one edge/)
  t.match(await proxy.admin<Threads>('/api/status'), { threads: { front: 'strict', edges: 1, edgesRunning: 1 } })
  await serves(t, proxy, origin)
  t.equal(await proxy.stop(), 0)
})

t.test('where Node keeps the handle of a socket to itself, streams read and write', async t => {
  const origin = await ScriptedOrigin.open(t)
  const proxy = await startProxy(t, origin.url, { ...strict, ...without('no-socket-handle') })
  await serves(t, proxy, origin)
  await untilSaid(proxy, /asked for the handle of a socket in vain/)
  t.match(await proxy.admin<Threads>('/api/status'), { threads: { edges: 2, edgesRunning: 2, edgeRestarts: 0 } })
  t.equal(await proxy.stop(), 0)
})

t.test('where there is no stream_wrap, streams write', async t => {
  const origin = await ScriptedOrigin.open(t)
  const proxy = await startProxy(t, origin.url, { ...strict, ...without('no-stream-wrap') })
  await serves(t, proxy, origin)
  // Main, which asks for the health of upstreams, and both edges.
  await untilSaid(proxy, /(asked for stream_wrap in vain[\s\S]*){3}/)
  t.match(await proxy.admin<Threads>('/api/status'), { threads: { edges: 2, edgesRunning: 2, edgeRestarts: 0 } })
  t.equal(await proxy.stop(), 0)
})

t.test('with none of all that it serves as well', async t => {
  const origin = await ScriptedOrigin.open(t)
  const missing = without('no-uws-binary', 'no-server-handle', 'no-socket-handle', 'no-stream-wrap')
  const proxy = await startProxy(t, origin.url, { CHAOS_WORKERS: '2', CHAOS_GHOST: 'off', ...missing })
  t.match(await proxy.admin<Threads>('/api/status'), { threads: { front: 'strict', edges: 1, edgesRunning: 1 } })
  await serves(t, proxy, origin)
  t.equal(await proxy.stop(), 0)
})
