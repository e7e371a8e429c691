// Traces of the real program, brought to a collector that decodes them: whose child each span is, what it says, what the upstream hears.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/chaos/free-port.js'
import { makeCertificate } from '../support/certificate.js'
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.js'
import { type Proxy as RunningProxy, runMain, startProxy, temporaryFolder } from '../support/proxy.js'
import { RawWebSocket } from '../support/raw-websocket.js'
import { startLearned, startWaitingServer } from '../support/waiting-server.js'
import { startWebSocketOrigin } from '../support/websocket-origin.js'

const fronts = ['uws', 'strict'] as const
const SERVER = 2
const CLIENT = 3
const traceOf = (n: number): string => `4bf92f3577b34da6a3ce9290${n.toString(16).padStart(8, '0')}`
const parentId = '00f067aa0ba902b7'
const parent = (n: number, flags = '01'): string => `00-${traceOf(n)}-${parentId}-${flags}`

type Status = {
  health: { colour: string; because: string[] }
  traces: { collector: string; exported: number; failed: number; dropped: number; lastError: string } | 'off'
}

/** What the upstream was told, by path. */
async function startUpstream(t: Test) {
  const heard = new Map<string, IncomingHttpHeaders[]>()
  const raw = new Map<string, string[]>()
  const server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!
    const before = heard.get(path) ?? []
    heard.set(path, [...before, request.headers])
    raw.set(path, request.rawHeaders)
    request.resume()
    // Once, and nothing of an answer: what is idle may have been closed.
    if (path === '/once-lost' && before.length === 0) request.socket.destroy()
    else if (path === '/broken') response.writeHead(500).end('no')
    else if (path === '/missing') response.writeHead(404, { 'content-type': 'application/json' }).end('{"no":1}')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ path }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  t.teardown(stop)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heard,
    raw,
    stop,
    of: (path: string) => heard.get(path)?.at(-1) ?? {},
  }
}

function tracedBy(collector: Collector, more: Record<string, string> = {}): Record<string, string> {
  return { CHAOS_WORKERS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...more }
}

/** The span of the request, and those of its attempts in their order. */
async function spansOf(
  collector: Collector,
  n: number,
  attempts: number,
): Promise<{ server: CollectedSpan; clients: CollectedSpan[] }> {
  const traceId = traceOf(n)
  const server = await collector.span(span => span.traceId === traceId && span.kind === SERVER)
  const clients = (): CollectedSpan[] =>
    collector.spans
      .filter(span => span.traceId === traceId && span.kind === CLIENT)
      .sort((a, b) => Number(a.start - b.start))
  if (attempts > 0) await collector.span(() => clients().length >= attempts)
  return { server, clients: clients() }
}

/** One is within the other, and both of them in order. */
function nests(t: Test, outer: CollectedSpan, inner: CollectedSpan): void {
  t.equal(inner.traceId, outer.traceId)
  t.equal(inner.parentSpanId, outer.spanId)
  t.ok(outer.start <= inner.start, `${inner.start - outer.start} ns after its parent begins`)
  t.ok(inner.start <= inner.end)
  t.ok(inner.end <= outer.end, `${outer.end - inner.end} ns before its parent ends`)
}

for (const front of fronts)
  t.test(`front ${front}`, async t => {
    const upstream = await startUpstream(t)
    const collector = await startCollector(t)
    const proxy = await startProxy(
      t,
      upstream.url,
      tracedBy(collector, { CHAOS_FRONT: front, OTEL_SERVICE_NAME: 'edge', OTEL_RESOURCE_ATTRIBUTES: 'zone=a' }),
    )
    const began = BigInt(Date.now() - 1000) * 1_000_000n

    t.test('forwarded: a child of whoever asked, and the upstream a child of ours', async t => {
      const reply = await proxy.get('/users/1?token=hidden', { traceparent: parent(1), tracestate: 'rojo=1,congo=t61' })
      t.equal(reply.status, 200)
      const { server, clients } = await spansOf(collector, 1, 1)
      const [client] = clients
      t.equal(clients.length, 1)
      t.match(server, {
        ...{
          parentSpanId: parentId,
          traceState: 'rojo=1,congo=t61',
          kind: SERVER,
          status: 0,
          flags: 0x301,
          name: 'GET',
        },
        attributes: {
          'http.request.method': 'GET',
          'url.path': '/users/1',
          'url.scheme': 'http',
          'http.response.status_code': 200,
          'server.address': '127.0.0.1',
          'server.port': proxy.port,
          'network.protocol.version': '1.1',
          'chaos.answered_by': 'upstream',
          'chaos.circuit': 'closed',
        },
        resource: {
          'service.name': 'edge',
          'service.version': /^\d/,
          'service.instance.id': /^[0-9a-f]{8}$/,
          zone: 'a',
        },
        scope: { name: 'chaos-proxy', version: /^\d/ },
      })
      for (const absent of ['error.type', 'http.route', 'chaos.fault', 'chaos.ghost.tier'])
        t.notOk(absent in server.attributes, absent)
      t.match(client, {
        ...{ traceState: 'rojo=1,congo=t61', status: 0, flags: 0x101 },
        attributes: {
          'http.request.method': 'GET',
          'url.full': `${upstream.url}/users/1`,
          'server.address': '127.0.0.1',
          'server.port': upstream.port,
          'http.response.status_code': 200,
        },
      })
      t.notOk('http.request.resend_count' in client!.attributes)
      nests(t, server, client!)
      t.ok(server.start > began && server.end < BigInt(Date.now() + 1000) * 1_000_000n, 'at the time of day')
      const heard = upstream.of('/users/1')
      t.equal(heard.traceparent, `00-${traceOf(1)}-${client!.spanId}-01`)
      t.equal(heard.tracestate, 'rojo=1,congo=t61')
      t.notMatch(
        JSON.stringify(collector.requests, (_name, value) => (typeof value === 'bigint' ? String(value) : value)),
        'hidden',
      )
    })

    t.test('on one connection each request has its own spans', async t => {
      const ids = new Set<string>()
      for (let n = 10; n < 15; n++) {
        await proxy.get('/users/2', { traceparent: parent(n) })
        const { clients } = await spansOf(collector, n, 1)
        t.equal(upstream.of('/users/2').traceparent, `00-${traceOf(n)}-${clients[0]!.spanId}-01`)
        ids.add(clients[0]!.spanId)
      }
      for (let i = 0; i < 3; i++) {
        await proxy.get('/users/2', { traceparent: parent(15) })
        ids.add(upstream.of('/users/2').traceparent as string)
      }
      t.equal(ids.size, 8, 'also where the very same head comes again')
    })

    t.test('errors: a client error is none of the server, one of the upstream is', async t => {
      await proxy.get('/missing', { traceparent: parent(20) })
      const missing = await spansOf(collector, 20, 1)
      t.match(missing.server, { status: 0, attributes: { 'http.response.status_code': 404 } })
      t.match(missing.clients[0], { status: 2, attributes: { 'http.response.status_code': 404, 'error.type': '404' } })
      await proxy.get('/broken', { traceparent: parent(21) })
      const broken = await spansOf(collector, 21, 1)
      t.match(broken.server, {
        status: 2,
        attributes: {
          'http.response.status_code': 500,
          'error.type': '500',
          'chaos.answered_by': 'upstream',
          'chaos.fault': 'CHAOS_ERR_UPSTREAM_STATUS_500',
        },
      })
      t.match(broken.clients[0], { status: 2, attributes: { 'error.type': '500' } })
    })

    t.test('an attempt that failed and the one after it are two', async t => {
      await proxy.get('/users/1')
      const reply = await proxy.get('/once-lost', { traceparent: parent(30) })
      t.equal(reply.status, 200)
      const { server, clients } = await spansOf(collector, 30, 2)
      t.match(clients, [
        { status: 2, attributes: { 'error.type': 'CHAOS_ERR_UPSTREAM_RESET', 'server.port': upstream.port } },
        { status: 0, attributes: { 'http.response.status_code': 200, 'http.request.resend_count': 1 } },
      ])
      t.notOk('http.response.status_code' in clients[0]!.attributes)
      for (const client of clients) nests(t, server, client)
      t.ok(clients[0]!.end <= clients[1]!.start)
      t.same(
        upstream.heard.get('/once-lost')!.map(({ traceparent }) => traceparent),
        clients.map(({ spanId }) => `00-${traceOf(30)}-${spanId}-01`),
        'each time it is the child of that attempt',
      )
      t.match(server, { status: 0, attributes: { 'http.response.status_code': 200, 'chaos.answered_by': 'upstream' } })
    })

    t.test('what is not sampled goes on as what it is, and is no span', async t => {
      await proxy.get('/quiet', { traceparent: parent(40, '00'), tracestate: 'a=1' })
      const heard = upstream.of('/quiet')
      t.match(heard.traceparent, new RegExp(`^00-${traceOf(40)}-(?!${parentId})[0-9a-f]{16}-00$`))
      t.equal(heard.tracestate, 'a=1')
      // What comes later is there: that would have been as well.
      await proxy.get('/users/1', { traceparent: parent(41) })
      await spansOf(collector, 41, 1)
      t.same(
        collector.spans.filter(({ traceId }) => traceId === traceOf(40)),
        [],
      )
    })

    t.test('what is malformed begins a trace of its own, and its tracestate goes no further', async t => {
      for (const bad of [
        'nonsense',
        `ff-${traceOf(50)}-${parentId}-01`,
        `00-${'0'.repeat(32)}-${parentId}-01`,
        `00-${traceOf(50)}-${'0'.repeat(16)}-01`,
        `00-${traceOf(50)}-${parentId}-01-more`,
        parent(50).toUpperCase(),
      ]) {
        await proxy.get('/malformed', { traceparent: bad, tracestate: 'a=1' })
        const { traceparent, tracestate } = upstream.of('/malformed')
        t.match(traceparent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/, bad)
        t.notMatch(traceparent, traceOf(50), bad)
        t.equal(tracestate, undefined, bad)
        const traceId = (traceparent as string).slice(3, 35)
        const span = await collector.span(one => one.traceId === traceId && one.kind === SERVER)
        t.equal(span.parentSpanId, '')
      }
      await proxy.get('/later', { traceparent: `cc-${traceOf(51)}-${parentId}-01-more`, tracestate: 'A B' })
      t.match(upstream.of('/later').traceparent, new RegExp(`^00-${traceOf(51)}-`), 'of a later version')
      t.equal(upstream.of('/later').tracestate, undefined, 'a state that is none')
    })

    t.test('the path is redacted', async t => {
      const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"1"}').toString('base64url')}.c2lnbmF0dXJlLXNpZ25hdHVyZQ`
      await proxy.get(`/links/${token}`, { traceparent: parent(60) })
      const { server, clients } = await spansOf(collector, 60, 1)
      t.match(server.attributes['url.path'], /^\/links\/~/)
      t.match(clients[0]!.attributes['url.full'], /\/links\/~/)
    })

    t.test('what is refused at the door, and what is answered there, has no attempt', async t => {
      // It has been here: a loop.
      const refused = await proxy.get('/', { traceparent: parent(70), via: upstream.of('/users/1').via! })
      t.equal(refused.json().code, 'CHAOS_ERR_REQUEST_LOOP')
      const { server } = await spansOf(collector, 70, 0)
      t.match(server, {
        attributes: {
          'http.response.status_code': refused.status,
          'chaos.answered_by': 'rejection',
          'chaos.fault': 'CHAOS_ERR_REQUEST_LOOP',
        },
      })
      await proxy.send('OPTIONS', '/', { headers: { traceparent: parent(71), 'max-forwards': '0' } })
      const here = await spansOf(collector, 71, 0)
      t.match(here.server, { name: 'OPTIONS', attributes: { 'http.response.status_code': 200 } })
      await proxy.send('POST', '/posted', { headers: { traceparent: parent(72) }, body: 'x' })
      t.match((await spansOf(collector, 72, 1)).clients[0], { name: 'POST' })
      t.equal(
        collector.spans.filter(({ traceId, kind }) => [traceOf(70), traceOf(71)].includes(traceId) && kind === CLIENT)
          .length,
        0,
      )
    })

    t.test('the route, once it is learned; the ghost, and the refusal', async t => {
      for (let id = 1; id < 9; id++) await proxy.get(`/users/${id}`)
      await proxy.settled()
      let n = 80
      // A lesson comes with what was learned; from then on requests belong to a route.
      for (; ; n++) {
        await proxy.get('/users/1', { traceparent: parent(n) })
        if ((await spansOf(collector, n, 1)).server.attributes['http.route'] !== undefined) break
      }
      const known = await spansOf(collector, n, 1)
      t.match(known.server, { name: 'GET /users/{id}', attributes: { 'http.route': '/users/{id}' } })
      t.match(known.clients[0], { name: 'GET /users/{id}', attributes: { 'url.template': '/users/{id}' } })
      await proxy.settled()
      upstream.stop()
      const ghost = await proxy.get('/users/1', { traceparent: parent(200) })
      t.equal(ghost.headers['x-ghost'], 'exact')
      const stood = await spansOf(collector, 200, 1)
      t.match(stood.server, {
        status: 0,
        attributes: {
          'http.response.status_code': 200,
          'chaos.answered_by': 'ghost',
          'chaos.ghost.tier': 'exact',
          'chaos.fault': /^CHAOS_ERR_UPSTREAM_/,
        },
      })
      t.equal(Number(stood.server.attributes['chaos.ghost.confidence']).toFixed(2), ghost.headers['x-ghost-confidence'])
      t.match(stood.clients.at(-1), {
        status: 2,
        attributes: { 'error.type': /^CHAOS_ERR_UPSTREAM_/, 'server.port': upstream.port },
      })
      for (const client of stood.clients) nests(t, stood.server, client)

      const refused = await proxy.get('/never/seen', { traceparent: parent(201) })
      t.ok(refused.status >= 502)
      const silent = await spansOf(collector, 201, 0)
      t.match(silent.server, {
        status: 2,
        attributes: {
          'http.response.status_code': refused.status,
          'error.type': String(refused.status),
          'chaos.answered_by': 'refusal',
          'chaos.fault': refused.json().code as string,
        },
      })
    })

    t.test('counted, and told', async t => {
      const { traces, health } = await proxy.admin<Status>('/api/status')
      t.match(traces, { collector: 'up', failed: 0, dropped: 0, lastError: '' })
      t.equal(health.because.filter(because => because.includes('collector')).length, 0)
      t.match(await proxy.adminText('/metrics'), /^chaos_trace_spans_total\{outcome="exported"\} [1-9]\d*$/m)
    })

    t.test('the last spans are brought before the process ends', async t => {
      await proxy.get('/users/1', { traceparent: parent(300) })
      t.equal(await proxy.stop(), 0)
      t.ok(collector.spans.some(({ traceId }) => traceId === traceOf(300)))
    })
  })

for (const front of fronts) {
  t.test(`${front}: of two upstreams one accepts nothing: an attempt there, and one at the other`, async t => {
    const upstream = await startUpstream(t)
    const collector = await startCollector(t)
    const gone = createTcpServer()
    gone.listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    const proxy = await startProxy(
      t,
      `http://127.0.0.1:${port}/base,${upstream.url}`,
      tracedBy(collector, { CHAOS_FRONT: front, CHAOS_BALANCE: 'round-robin', CHAOS_GHOST: 'off' }),
    )
    let n = 400
    // In turn: one of the first two goes to the dead one first.
    for (; n < 402; n++) t.equal((await proxy.get('/things', { traceparent: parent(n) })).status, 200)
    await Promise.all([spansOf(collector, 400, 1), spansOf(collector, 401, 1)])
    const twice = collector.spans.find(({ attributes }) => attributes['http.request.resend_count'] === 1)!
    t.ok(twice, 'it was tried again')
    const { server, clients } = await spansOf(collector, Number.parseInt(twice.traceId.slice(24), 16), 2)
    t.match(clients, [
      {
        status: 2,
        attributes: {
          'error.type': 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED',
          'server.port': port,
          'url.full': `http://127.0.0.1:${port}/base/things`,
        },
      },
      { status: 0, attributes: { 'server.port': upstream.port, 'url.full': `${upstream.url}/things` } },
    ])
    for (const client of clients) nests(t, server, client)
  })

  t.test(`${front}: a hedge: the request ends with the ghost, the attempt with the late answer`, async t => {
    const collector = await startCollector(t)
    const waiting = await startWaitingServer(t)
    const proxy = await startLearned(
      t,
      waiting.url,
      tracedBy(collector, { CHAOS_FRONT: front, CHAOS_GHOST_HEDGE_MS: '20' }),
    )
    waiting.hold()
    const ghost = await proxy.get('/books/1', { traceparent: parent(500) })
    t.equal(ghost.headers['x-ghost'], 'exact')
    const { server } = await spansOf(collector, 500, 0)
    t.match(server.attributes, { 'chaos.ghost.tier': 'exact', 'chaos.fault': 'CHAOS_ERR_UPSTREAM_SLOW' })
    t.equal(collector.spans.filter(({ traceId, kind }) => traceId === traceOf(500) && kind === CLIENT).length, 0)
    waiting.release()
    const { clients } = await spansOf(collector, 500, 1)
    t.equal(clients[0]!.parentSpanId, server.spanId)
    t.ok(clients[0]!.start >= server.start)
    t.ok(clients[0]!.end > server.end, 'it was late')
    t.match(clients[0], { status: 0, attributes: { 'http.response.status_code': 200 } })
  })

  t.test(`${front}: a WebSocket is the span of its handshake`, async t => {
    const origin = await startWebSocketOrigin(t)
    const collector = await startCollector(t)
    const proxy = await startProxy(t, origin.url, tracedBy(collector, { CHAOS_FRONT: front }))
    const [raw, head] = await RawWebSocket.open(proxy.port, '/echo', [`traceparent: ${parent(600)}`, 'tracestate: a=1'])
    t.match(head, /^HTTP\/1\.1 101 /)
    // While it is open.
    const { server, clients } = await spansOf(collector, 600, 1)
    t.match(server, {
      status: 0,
      parentSpanId: parentId,
      attributes: { 'http.response.status_code': 101, 'chaos.answered_by': 'upstream' },
    })
    t.match(clients[0], { status: 0, attributes: { 'http.response.status_code': 101, 'server.port': origin.port } })
    nests(t, server, clients[0]!)
    const heard = origin.requests.at(-1)!.headers
    t.equal(heard.traceparent, `00-${traceOf(600)}-${clients[0]!.spanId}-01`)
    t.equal(heard.tracestate, 'a=1')
    raw.socket.destroy()

    const [other, refused] = await RawWebSocket.open(proxy.port, '/refused', [`traceparent: ${parent(601)}`])
    t.match(refused, /^HTTP\/1\.1 401 /)
    other.socket.destroy()
    const unwanted = await spansOf(collector, 601, 1)
    t.match(unwanted.server, { status: 0, attributes: { 'http.response.status_code': 401 } })
    t.match(unwanted.clients[0], { status: 2, attributes: { 'error.type': '401' } })

    const [lost] = await RawWebSocket.open(proxy.port, '/reset', [`traceparent: ${parent(602)}`])
    lost.socket.destroy()
    const failed = await spansOf(collector, 602, 1)
    t.match(failed.server, {
      status: 2,
      attributes: { 'http.response.status_code': 502, 'chaos.answered_by': 'refusal' },
    })
    t.match(failed.clients[0], { status: 2, attributes: { 'error.type': 'CHAOS_ERR_UPSTREAM_RESET' } })
  })

  t.test(`${front}: off: contexts go through as they came, well formed or not`, async t => {
    const upstream = await startUpstream(t)
    const proxy = await startProxy(t, upstream.url, { CHAOS_WORKERS: '1', CHAOS_FRONT: front })
    for (const [traceparent, tracestate] of [
      [parent(1), 'a=1'],
      [parent(1, '00'), 'a=1 , b'],
      ['nonsense', 'x'],
    ] as const) {
      await proxy.get('/a', { traceparent, tracestate })
      t.match(upstream.of('/a'), { traceparent, tracestate })
    }
    await proxy.get('/b')
    t.equal(upstream.of('/b').traceparent, undefined)
    t.equal((await proxy.admin<Status>('/api/status')).traces, 'off')
  })
}

t.test('a ratio of nothing records what a parent records, and nothing else', async t => {
  const upstream = await startUpstream(t)
  const collector = await startCollector(t)
  const proxy = await startProxy(
    t,
    upstream.url,
    tracedBy(collector, {
      CHAOS_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    }),
  )
  for (let i = 0; i < 20; i++) {
    await proxy.get('/a')
    t.match(upstream.of('/a').traceparent, /-00$/)
  }
  await proxy.get('/a', { traceparent: parent(1) })
  await spansOf(collector, 1, 1)
  t.equal(collector.spans.length, 2)
  t.match(collector.requests[0]?.headers, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
})

t.test('a collector that lies behind the proxy itself gets no spans of what brings spans', async t => {
  const collector = await startCollector(t)
  const port = await freePort()
  const proxy = await startProxy(t, collector.url, {
    ...{ CHAOS_WORKERS: '1', CHAOS_PORT: String(port), CHAOS_TRACES_SAMPLER: 'always_on' },
    CHAOS_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
  })
  await proxy.send('POST', '/v1/traces', {
    headers: { traceparent: parent(1), 'content-type': 'application/json' },
    body: '{"resourceSpans":[]}',
  })
  await spansOf(collector, 1, 1)
  await proxy.send('POST', '/v1/traces', {
    headers: { traceparent: parent(2), 'content-type': 'application/json' },
    body: '{"resourceSpans":[]}',
  })
  await spansOf(collector, 2, 1)
  t.same([...new Set(collector.spans.map(({ traceId }) => traceId))].sort(), [traceOf(1), traceOf(2)])
})

t.test('a collector that is unwell, then well: what was made meanwhile comes', async t => {
  const upstream = await startUpstream(t)
  const collector = await startCollector(t)
  const proxy = await startProxy(t, upstream.url, tracedBy(collector))
  collector.next(response => response.writeHead(503, { 'retry-after': '0' }).end())
  await proxy.get('/a', { traceparent: parent(1) })
  await collector.asked(1)
  await proxy.get('/a', { traceparent: parent(2) })
  await Promise.all([spansOf(collector, 1, 1), spansOf(collector, 2, 1)])
  t.match(await proxy.adminText('/metrics'), /^chaos_trace_retries_total 1$/m)
})

t.test('a collector that is away, or hangs: requests go on, and it shows', async t => {
  const upstream = await startUpstream(t)
  const collector = await startCollector(t)
  const away = await startProxy(t, upstream.url, {
    CHAOS_WORKERS: '1',
    CHAOS_TRACES_ENDPOINT: `http://127.0.0.1:${await freePort()}/`,
  })
  const hanging = await startProxy(t, upstream.url, tracedBy(collector, { CHAOS_TRACES_TIMEOUT_MS: '200' }))
  // Never answered.
  for (let i = 0; i < 50; i++) collector.next(() => {})
  for (const [proxy, says] of [
    [away, /ECONNREFUSED/],
    [hanging, /did not answer within 200 ms/],
  ] as const) {
    let status = await proxy.admin<Status>('/api/status')
    while (status.traces === 'off' || status.traces.collector !== 'failing') {
      for (let i = 0; i < 20; i++) t.equal((await proxy.get('/a')).status, 200)
      status = await proxy.admin<Status>('/api/status')
    }
    t.match(status.traces, { lastError: says, exported: 0 })
    t.match(status.health, { colour: 'yellow', because: [/the collector of traces does not take them/] })
    t.match(await proxy.adminText('/metrics'), /^chaos_trace_collector_failing 1$/m)
    t.equal((await proxy.get('/a')).status, 200)
    t.equal(await proxy.stop(), 0, 'and the end does not wait for it')
  }
})

const certificate = makeCertificate(temporaryFolder())
const skip = certificate === undefined && 'there is no openssl on this machine'

t.test('https with a certificate of its own, and credentials that nobody is shown', { skip }, async t => {
  const upstream = await startUpstream(t)
  const collector = await startCollector(t, certificate!)
  const settings = tracedBy(collector, {
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificate!.certFile,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20very-secret',
  })
  const proxy: RunningProxy = await startProxy(t, upstream.url, settings)
  await proxy.get('/a', { traceparent: parent(1) })
  await spansOf(collector, 1, 1)
  t.equal(collector.requests[0]?.headers.authorization, 'Bearer very-secret')
  t.notMatch(JSON.stringify(await proxy.admin('/api/settings')), 'very-secret')
  t.notMatch(proxy.output(), 'very-secret')
  const doctor = await runMain(
    {
      ...settings,
      CHAOS_UPSTREAM: upstream.url,
      CHAOS_DATA_DIR: temporaryFolder(),
      CHAOS_EMBEDDER: 'lexical',
      CHAOS_HISTORY: 'off',
    },
    ['doctor', '--json'],
  )
  t.match(
    (JSON.parse(doctor.out) as { findings: { name: string; state: string }[] }).findings.find(
      ({ name }) => name === 'traces',
    ),
    { state: 'ok', says: /takes http\/protobuf/ },
  )
})

t.test('a certificate that is none stops the start, and says so', async t => {
  const folder = t.testdir({ 'ca.pem': 'nothing' })
  const ended = await runMain({
    ...{
      CHAOS_UPSTREAM: 'http://127.0.0.1:9',
      CHAOS_DATA_DIR: temporaryFolder(),
      CHAOS_PORT: '0',
      CHAOS_ADMIN_PORT: '0',
    },
    ...{ CHAOS_TRACES_ENDPOINT: 'https://127.0.0.1:9/', CHAOS_TRACES_CA: `${folder}/ca.pem`, CHAOS_FETCH_MODEL: 'off' },
  })
  t.equal(ended.code, 1)
  t.match(ended.err, /CHAOS_TRACES_CA=.*ca\.pem holds no certificate/)
})
