// Spans on their way to a real collector; pauses are handed in, and pass when the test says so.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import t, { type Test } from 'tap'
import { type Span, type SpanBatch, SpanRows } from '../../../core/contract/spans.js'
import { Exporter, type ExporterParts } from '../../../core/tracing/exporter.js'
import { otlpForms } from '../../../core/tracing/otlp.js'
import { OtlpPost } from '../../../core/tracing/post-otlp.js'
import { type Collector, startCollector } from '../../support/collector.js'

const span: Span = {
  kind: 'server',
  version: '1.1',
  by: 'upstream',
  ...{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: 'f0f067aa0ba902b7', parentId: '', state: '' },
  ...{ startedAt: 1_700_000_000_000.125, endedAt: 1_700_000_000_001.5, method: 'GET', route: '/a/{id}', path: '/a/1' },
  ...{ host: 'api.test', secure: false, status: 200, fault: '', confidence: -1 },
  ...{ circuit: 0, resends: 0, drill: '' },
}

function batchOf(count: number, more: Partial<Span> = {}): SpanBatch {
  const rows = new SpanRows(count)
  for (let i = 0; i < count; i++) rows.add({ ...span, ...more, spanId: i.toString(16).padStart(16, 'a') })
  return rows.take()
}

const NOW = Date.parse('2026-01-01T00:00:00Z')

function open(t: Test, url: string, more: Partial<ExporterParts> = {}, timeoutMs = 10_000) {
  const pauses: { ms: number; run: () => void }[] = []
  const said: string[] = []
  let changed: () => void = () => {}
  const post = new OtlpPost({ url, headers: { 'x-key': 'k' }, ca: undefined, timeoutMs })
  t.teardown(() => post.close())
  const exporter = new Exporter({
    endpoint: url,
    form: otlpForms['http/protobuf'],
    source: { attributes: [['service.name', 'test']], version: '1' },
    post: (body, headers) => post.send(body, headers),
    gzip: undefined,
    now: () => NOW,
    random: () => 0.5,
    later: (ms, run) => {
      const pause = { ms, run }
      pauses.push(pause)
      changed()
      return {
        cancel: () => {
          if (pauses.includes(pause)) pauses.splice(pauses.indexOf(pause), 1)
        },
      }
    },
    log: {
      info: (_facts: object, text: string) => said.push(text),
      warn: (_facts: object, text: string) => said.push(text),
    },
    ...more,
  } as ExporterParts)
  /** The pause that is there, or comes next, passes: how long it was, ms. */
  const pass = async (): Promise<number> => {
    while (pauses.length === 0)
      await new Promise<void>(resolve => {
        changed = resolve
      })
    const { ms, run } = pauses.shift()!
    run()
    return ms
  }
  return { exporter, pauses, said, pass }
}

const settled = async (collector: Collector, exporter: Exporter, exported: number): Promise<void> => {
  while (exporter.status().exported < exported) {
    const came = collector.requests.length
    await Promise.race([collector.asked(came + 1), new Promise(resolve => setImmediate(resolve))])
  }
}

for (const protocol of ['http/protobuf', 'http/json'] as const)
  for (const compressed of [false, true])
    t.test(`${protocol}${compressed ? ', compressed' : ''}: what was made is what comes`, async t => {
      const collector = await startCollector(t)
      const { exporter, pass } = open(t, `${collector.url}/v1/traces`, {
        form: otlpForms[protocol],
        gzip: compressed ? promisify(gzip) : undefined,
      })
      const rows = new SpanRows(3)
      rows.add(span)
      rows.add({
        ...{ ...span, parentId: '00f067aa0ba902b7', state: 'a=1,b=2', method: 'BREW', route: '' },
        ...{ confidence: 1, circuit: 3, fault: 'CHAOS_ERR_UPSTREAM_RESET', host: '[::1]:8080', drill: 'd1' },
        by: 'template',
        version: '1.0',
      })
      rows.add({
        ...{ ...span, parentId: span.spanId, spanId: '00f067aa0ba902b7', by: undefined, status: 404 },
        kind: 'client',
        ...{ circuit: -1, resends: 2, secure: true, path: '/caf\u00e9' },
      })
      exporter.take(rows.take())
      t.equal(await pass(), 1000, 'they are collected for a while')
      await settled(collector, exporter, 3)
      const [{ path, headers } = { path: '', headers: {} }] = collector.requests
      t.equal(path, '/v1/traces')
      t.match(headers, {
        ...{ 'x-key': 'k', 'content-encoding': compressed ? 'gzip' : undefined },
        ...{ traceparent: /^00-\w{32}-\w{16}-00$/, tracestate: 'chaos-proxy=export' },
      })
      const [first, second, third] = collector.spans
      t.same(first, {
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: '',
        traceState: '',
        name: 'GET /a/{id}',
        kind: 2,
        start: 1_700_000_000_000_125_000n,
        end: 1_700_000_000_001_500_000n,
        status: 0,
        flags: 0x101,
        attributes: {
          'http.request.method': 'GET',
          'server.address': 'api.test',
          'server.port': 80,
          'http.response.status_code': 200,
          'network.protocol.name': 'http',
          'network.protocol.version': '1.1',
          'url.scheme': 'http',
          'url.path': '/a/1',
          'http.route': '/a/{id}',
          'chaos.answered_by': 'upstream',
          'chaos.circuit': 'closed',
        },
        resource: { 'service.name': 'test' },
        scope: { name: 'chaos-proxy', version: '1' },
      })
      t.match(second, {
        ...{ parentSpanId: '00f067aa0ba902b7', traceState: 'a=1,b=2', name: 'HTTP', flags: 0x301, status: 0 },
        attributes: {
          'http.request.method': '_OTHER',
          'http.request.method_original': 'BREW',
          'server.address': '::1',
          'server.port': 8080,
          'network.protocol.version': '1.0',
          'chaos.answered_by': 'ghost',
          'chaos.ghost.tier': 'template',
          'chaos.ghost.confidence': 1,
          'chaos.circuit': 'open',
          'chaos.fault': 'CHAOS_ERR_UPSTREAM_RESET',
          'chaos.drill': 'd1',
        },
      })
      t.match(third, {
        ...{ parentSpanId: span.spanId, kind: 3, status: 2, flags: 0x101, name: 'GET /a/{id}' },
        attributes: {
          'url.full': 'https://api.test/caf\u00e9',
          'url.template': '/a/{id}',
          'http.request.resend_count': 2,
          'error.type': '404',
          'server.port': 443,
        },
      })
      t.same(exporter.status(), {
        ...{ endpoint: `${collector.url}/v1/traces`, collector: 'up', exported: 3, failed: 0, dropped: 0 },
        ...{ retries: 0, waiting: 0, lastError: '' },
      })
    })

t.test('what may go well another time is tried again, as late as the collector wants', async t => {
  const collector = await startCollector(t)
  const { exporter, pass, said } = open(t, collector.url)
  const answers: [status: number, retryAfter: string | undefined, pause: number][] = [
    [503, undefined, 1000],
    [429, '7', 7000],
    [502, new Date(NOW + 9000).toUTCString(), 9000],
    [504, 'soon', 8000],
    [503, '999999', 30_000],
  ]
  for (const [status, after] of answers)
    collector.next(response => {
      response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end()
    })
  exporter.take(batchOf(5))
  await pass()
  for (const [status, after, pause] of answers) t.equal(await pass(), pause, `${status} ${after}`)
  await settled(collector, exporter, 5)
  t.match(exporter.status(), {
    collector: 'up',
    exported: 5,
    failed: 0,
    dropped: 0,
    retries: 5,
    waiting: 0,
    lastError: '',
  })
  t.equal(collector.requests.length, 6)
  t.equal(collector.spans.length, 5)
  t.match(said, [/does not take traces/, /takes traces again/], 'each change is told once')
})

t.test('what is refused for good is not tried again', async t => {
  const collector = await startCollector(t)
  const { exporter, pass, pauses } = open(t, collector.url)
  for (const status of [400, 401, 404, 413, 500, 302]) {
    collector.next(response => response.writeHead(status, { location: '/elsewhere' }).end())
    const { failed } = exporter.status()
    exporter.take(batchOf(2))
    await pass()
    while (exporter.status().failed === failed) await new Promise(resolve => setImmediate(resolve))
    t.match(exporter.status(), {
      failed: failed + 2,
      lastError: `it answered ${status}`,
      collector: 'failing',
      waiting: 0,
    })
    t.equal(pauses.length, 0, `${status}`)
  }
  t.equal(collector.requests.length, 6)
})

t.test('of what it took a collector may refuse some', async t => {
  const collector = await startCollector(t)
  for (const [protocol, body] of [
    ['http/json', Buffer.from('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}')],
    ['http/protobuf', Buffer.from('0a0b08021207746f6f206f6c64', 'hex')],
  ] as const) {
    const { exporter, pass } = open(t, collector.url, { form: otlpForms[protocol] })
    collector.next(response => response.writeHead(200).end(body))
    exporter.take(batchOf(5))
    await pass()
    while (exporter.status().exported === 0) await new Promise(resolve => setImmediate(resolve))
    t.match(exporter.status(), { exported: 3, failed: 2, lastError: 'it refused 2 spans (too old)', collector: 'up' })
  }
  for (const body of ['', '{', 'null', '{"partialSuccess":{}}', '\x0a\xff\xff', '\x0a', '\x0b', 'x'.repeat(70_000)])
    for (const form of Object.values(otlpForms))
      t.equal(form.refusedIn(Buffer.from(body, 'latin1')), undefined, body.slice(0, 40))
})

t.test('a collector that is away: given up after a while, and what follows has its own tries', async t => {
  const gone = createServer()
  gone.listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  gone.close()
  const { exporter, pass, said } = open(t, `http://127.0.0.1:${port}/v1/traces`)
  exporter.take(batchOf(3))
  const pauses: number[] = []
  for (let i = 0; i < 6; i++) pauses.push(await pass())
  t.same(pauses, [1000, 1000, 2000, 4000, 8000, 16_000])
  while (exporter.status().failed === 0) await new Promise(resolve => setImmediate(resolve))
  t.match(exporter.status(), { exported: 0, failed: 3, retries: 5, collector: 'failing', lastError: 'ECONNREFUSED' })
  t.equal(said.length, 1)
})

t.test('one that hangs is not waited for longer than was said', async t => {
  const hanging = createServer(() => {})
  hanging.listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  t.teardown(() => hanging.close())
  const { exporter, pass } = open(t, `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/`, {}, 50)
  exporter.take(batchOf(1))
  await pass()
  t.equal(await pass(), 1000, 'it is tried again')
  t.match(exporter.status(), { lastError: 'it did not answer within 50 ms', collector: 'failing' })
  await exporter.close(0)
})

t.test('what waits is bounded; what is new is dropped, and counted', async t => {
  const hanging = createServer(() => {})
  hanging.listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  t.teardown(() => hanging.close())
  const { exporter } = open(t, `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/`)
  const batch = batchOf(1024, { path: `/${'x'.repeat(1000)}` })
  const fits = Math.floor((32 << 20) / batch.bytes)
  for (let i = 0; i < fits + 10; i++) exporter.take(batch)
  const { waiting, dropped } = exporter.status()
  // What is under way makes room.
  t.ok(waiting <= fits * 1024 && waiting > (fits - 4) * 1024, `${waiting} wait`)
  t.ok(dropped >= 7 * 1024 && dropped <= 10 * 1024, `${dropped} are dropped`)
})

t.test('many at once go in requests of a size that collectors take', async t => {
  const collector = await startCollector(t)
  const { exporter, pass } = open(t, collector.url)
  for (let i = 0; i < 5; i++) exporter.take(batchOf(1024))
  await settled(collector, exporter, 4096)
  await pass()
  await settled(collector, exporter, 5120)
  t.ok(collector.requests.every(({ spans }) => spans.length <= 2048))
  t.equal(collector.spans.length, 5120)
})

t.test('the end: what is here is sent at once, and no longer waited for than may be', async t => {
  const collector = await startCollector(t)
  const { exporter } = open(t, collector.url)
  exporter.take(batchOf(7))
  await exporter.close(1000)
  t.match(exporter.status(), { exported: 7, waiting: 0, dropped: 0 })
  exporter.take(batchOf(2))
  t.match(exporter.status(), { dropped: 2 }, 'nobody is there any more')

  const away = open(t, 'http://127.0.0.1:9/v1/traces')
  away.exporter.take(batchOf(3))
  await away.exporter.close(1000)
  t.match(away.exporter.status(), { failed: 3, retries: 0 }, 'no pauses at the end')

  const hanging = createServer(socket => socket.resume())
  hanging.listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  t.teardown(() => hanging.close())
  const stuck = open(t, `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/`, {
    later: (_ms, run) => {
      setImmediate(run)
      return { cancel: () => {} }
    },
  })
  stuck.exporter.take(batchOf(4))
  await stuck.exporter.close(1)
  t.match(stuck.exporter.status(), { exported: 0, waiting: 0 })
})
