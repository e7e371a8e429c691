// Each fault as the request path hears it, in front of a real upstream.
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { DrillPlan } from '../../../core/contract/drills.js'
import { Imitation } from '../../../core/drills/imitation.js'
import { type ResponseSink, UpstreamClient, type UpstreamRequest } from '../../../core/upstream/client.js'
import { openOrigin, options } from '../upstream/raw-origin.js'

const plan: DrillPlan = {
  ...{ kind: 'blackout', share: 1, routes: undefined, rampS: 0, seed: 1, durationS: 60, concurrent: false },
  ...{ latencyMs: 600_000, status: 502 },
}
const get: UpstreamRequest = {
  method: 'GET',
  head: 'GET /a HTTP/1.1\r\nhost: a\r\n\r\n',
  bodyLength: 0,
  repeatable: true,
}
const post: UpstreamRequest = {
  method: 'POST',
  head: 'POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n',
  bodyLength: 4,
  repeatable: false,
}
const answer = `HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n${'0123456789'.repeat(4)}`

class Heard implements ResponseSink {
  status = 0
  body = ''
  pieces = 0
  fault = ''
  drained = 0
  readonly over: Promise<void>
  #over: () => void = () => {}

  constructor() {
    this.over = new Promise(resolve => {
      this.#over = resolve
    })
  }

  onHead({ status }: { status: number }): void {
    this.status = status
  }

  onData(chunk: Buffer): void {
    this.pieces += 1
    this.body += chunk.toString('latin1')
  }

  onEnd(): void {
    this.#over()
  }

  onFault(code: string): void {
    this.fault = code
    this.#over()
  }

  onDrain(): void {
    this.drained += 1
  }
}

async function setUp(t: Test, more: Partial<DrillPlan>, responseTimeoutMs = 3_600_000, timeLeftMs = 3_600_000) {
  const origin = await openOrigin(t, (text, socket) => {
    if (text.includes('\r\n\r\n')) socket.write(answer)
  })
  const client = new UpstreamClient([origin.address], options)
  t.teardown(() => client.close())
  const left = { ms: timeLeftMs }
  const imitation = new Imitation(
    { ...plan, ...more },
    {
      ...{ client, clock: client.clock, responseTimeoutMs, timeLeftMs: () => left.ms },
    },
  )
  const heard = new Heard()
  return { origin, imitation, heard, left }
}

for (const [kind, fault, wasBegun] of [
  ['blackout', 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED', false],
  ['reset', 'CHAOS_ERR_UPSTREAM_RESET', true],
  ['malformed', 'CHAOS_ERR_UPSTREAM_MALFORMED', true],
] as const)
  t.test(`${kind}: ${fault}, and nothing is sent`, async t => {
    const { origin, imitation, heard } = await setUp(t, { kind })
    const call = imitation.request(get, heard)
    t.equal(heard.fault, '', 'not from inside')
    t.equal(call.wasBegun, wasBegun)
    await heard.over
    t.equal(heard.fault, fault)
    t.equal(origin.sockets.length, 0)
    const given = new Heard()
    imitation.request(post, given).abort()
    await new Promise(resolve => setImmediate(resolve))
    t.equal(given.fault, '', 'who went away hears nothing')
  })

t.test('error: a head with the status, once the request is whole', async t => {
  const { origin, imitation, heard } = await setUp(t, { kind: 'error' })
  const call = imitation.request(post, heard)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(heard.status, 0)
  t.equal(call.write(Buffer.from('body')), true)
  call.end()
  await heard.over
  t.equal(heard.status, 502)
  t.type(JSON.parse(heard.body).error, 'string')
  t.ok(call.headAt >= call.sentAt && call.sentAt > 0)
  t.equal(origin.sockets.length, 0)
  t.ok(imitation.isMadeUp)
  const bodiless = new Heard()
  imitation.request({ ...get, method: 'HEAD' }, bodiless)
  await bodiless.over
  t.same([bodiless.status, bodiless.body], [502, ''])
})

t.test('latency: sent when the time is up', async t => {
  const { imitation, heard } = await setUp(t, { kind: 'latency', latencyMs: 5 })
  const call = imitation.request(post, heard)
  call.write(Buffer.from('body'))
  call.end()
  await heard.over
  t.same([heard.status, heard.body.length], [200, 40])
  t.ok(call.headAt - call.sentAt >= 4, 'it looks as slow as it was')
  t.notOk(imitation.isMadeUp, 'the truth, if late')
})

t.test('latency: sent when the drill is over, with all of the body that came meanwhile', async t => {
  const { origin, imitation, heard } = await setUp(t, { kind: 'latency' })
  const call = imitation.request({ ...post, bodyLength: -1 }, heard)
  t.equal(call.write(Buffer.alloc(300_000, 'x')), false, 'more than is kept')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(origin.sockets.length, 0)
  const gone = new Heard()
  imitation.request(get, gone).abort()
  imitation.end()
  call.end()
  await heard.over
  t.equal(heard.status, 200)
  t.equal(origin.sockets.length, 1, 'what nobody wants any more is not sent')
})

t.test('latency: no longer than an answer may take, nor than the drill', async t => {
  const late = await setUp(t, { kind: 'latency' }, 5)
  late.imitation.request(get, late.heard)
  await late.heard.over
  t.equal(late.heard.fault, 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
  t.equal(late.origin.sockets.length, 0)
  const short = await setUp(t, { kind: 'latency' }, 3_600_000, 5)
  short.imitation.request(get, short.heard)
  await short.heard.over
  t.equal(short.heard.status, 200)
})

t.test('truncated-body: the half, then the connection is gone', async t => {
  const { origin, imitation, heard } = await setUp(t, { kind: 'truncated-body' })
  imitation.request(get, heard)
  await heard.over
  t.same([heard.status, heard.body, heard.fault], [200, '0123456789'.repeat(2), 'CHAOS_ERR_UPSTREAM_TRUNCATED'])
  if (!origin.sockets[0]!.destroyed) await once(origin.sockets[0]!, 'close')
  t.ok(imitation.isMadeUp)
})

t.test('slow-body: a tenth at a time, whole in the end; at once when the drill is over', async t => {
  const { imitation, heard } = await setUp(t, { kind: 'slow-body', latencyMs: 10 })
  imitation.request(get, heard)
  await heard.over
  t.same([heard.status, heard.body, heard.pieces], [200, '0123456789'.repeat(4), 10])
  const over = await setUp(t, { kind: 'slow-body', latencyMs: 10 }, 1000, 0)
  over.imitation.request(get, over.heard)
  await over.heard.over
  t.equal(over.heard.body, '0123456789'.repeat(4))
})

t.test('slow-body: who went away hears nothing, and downstream may make it wait', async t => {
  const { imitation, heard } = await setUp(t, { kind: 'slow-body', latencyMs: 10 })
  const first = new Promise<void>(resolve => {
    const onData = heard.onData.bind(heard)
    heard.onData = chunk => {
      onData(chunk)
      call.pause()
      resolve()
    }
  })
  const call = imitation.request(get, heard)
  await first
  for (let i = 0; i < 5; i++) await new Promise(resolve => setTimeout(resolve, 2))
  t.equal(heard.pieces, 1)
  call.resume()
  call.abort()
  for (let i = 0; i < 5; i++) await new Promise(resolve => setTimeout(resolve, 2))
  t.same([heard.pieces, heard.fault], [1, ''])
})
