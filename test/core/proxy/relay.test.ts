import t from 'tap'
import { NO_CLOSE_FRAME, NO_CODE, type UpstreamEnd, type WebSocketEvents } from '../../../core/contract/websocket.js'
import { ALIVE_MS, HIGH_BYTES, LOW_BYTES, MAX_BACKLOG_BYTES, Relay } from '../../../core/proxy/relay.js'

/** An end that writes down what it is told. */
class FakeEnd implements UpstreamEnd {
  readonly told: string[] = []
  backlogBytes = 0
  broken = false
  send(message: Uint8Array, binary: boolean): void {
    if (this.broken) throw new Error('broken on purpose')
    this.told.push(`${binary ? 'binary' : 'text'} ${Buffer.from(message)}`)
  }
  ping(payload: Uint8Array): void {
    this.told.push(`ping ${Buffer.from(payload)}`)
  }
  pong(payload: Uint8Array): void {
    this.told.push(`pong ${Buffer.from(payload)}`)
  }
  close(code: number, reason: Uint8Array): void {
    this.told.push(`close ${code} ${Buffer.from(reason)}`)
  }
  cut(): void {
    this.told.push('cut')
  }
  pause(): void {
    this.told.push('pause')
  }
  resume(): void {
    this.told.push('resume')
  }
  listen(_events: WebSocketEvents): void {}
}

const idleMs = 3_600_000

function open(): {
  relay: Relay
  client: FakeEnd
  upstream: FakeEnd
  clock: { now: number }
  ended: string[]
} {
  const client = new FakeEnd()
  const upstream = new FakeEnd()
  const clock = { now: 1000 }
  const ended: string[] = []
  const relay = new Relay(upstream, {
    idleMs,
    now: () => clock.now,
    count: (direction, bytes) => ended.push(`${direction} ${bytes}`),
    onEnd: () => ended.push('end'),
    onBroken: error => ended.push((error as Error).message),
  })
  relay.join(client)
  return { relay, client, upstream, clock, ended }
}

const bytes = (text: string): Uint8Array => Buffer.from(text)

t.test('messages go over as they are, and are counted', async t => {
  const { relay, client, upstream, ended } = open()
  relay.fromClient.onMessage(bytes('up'), false)
  relay.fromUpstream.onMessage(bytes('down'), true)
  t.same(upstream.told, ['text up'])
  t.same(client.told, ['binary down'])
  t.same(ended, ['in 2', 'out 4'])
})

t.test(
  'a ping goes over; the pong goes over from the client only, whose own pings are answered at its end',
  async t => {
    const { relay, client, upstream } = open()
    relay.fromClient.onPing(bytes('a'))
    relay.fromUpstream.onPong(bytes('a'))
    relay.fromUpstream.onPing(bytes('b'))
    relay.fromClient.onPong(bytes('b'))
    t.same(upstream.told, ['ping a', 'pong b'])
    t.same(client.told, ['ping b'])
  },
)

t.test('a slow client stops the reading of the upstream until its backlog is short again', async t => {
  const { relay, client, upstream } = open()
  client.backlogBytes = HIGH_BYTES + 1
  relay.fromUpstream.onMessage(bytes('x'), true)
  relay.fromUpstream.onMessage(bytes('x'), true)
  t.same(upstream.told, ['pause'])
  client.backlogBytes = LOW_BYTES + 1
  relay.fromClient.onDrain()
  t.same(upstream.told, ['pause'])
  client.backlogBytes = LOW_BYTES
  relay.fromClient.onDrain()
  t.same(upstream.told, ['pause', 'resume'])
})

t.test('a slow upstream stops the reading of the client, and pings do not pile up', async t => {
  const { relay, client, upstream } = open()
  upstream.backlogBytes = HIGH_BYTES + 1
  relay.fromClient.onMessage(bytes('x'), true)
  relay.fromClient.onPing(bytes(''))
  t.same(client.told, ['pause'])
  t.same(upstream.told, ['binary x'])
  relay.fromClient.onDrain()
  t.same(client.told, ['pause', 'pause'], 'again, for it may not have been possible before')
  upstream.backlogBytes = LOW_BYTES
  relay.fromUpstream.onDrain()
  t.same(client.told, ['pause', 'pause', 'resume'])
})

t.test('a backlog that grows all the same ends it', async t => {
  const first = open()
  first.upstream.backlogBytes = MAX_BACKLOG_BYTES + 1
  first.relay.fromClient.onMessage(bytes('x'), true)
  t.same(first.upstream.told, ['cut'])
  t.same(first.client.told, ['close 1013 the upstream reads too slowly'])
  const second = open()
  second.client.backlogBytes = MAX_BACKLOG_BYTES + 1
  second.relay.fromUpstream.onMessage(bytes('x'), true)
  t.same(second.client.told, ['cut'])
  t.same(second.upstream.told, ['close 1013 the client reads too slowly'])
})

t.test('a Close goes over with its code; after it nothing is heard', async t => {
  for (const code of [1000, 4999, NO_CODE]) {
    const { relay, client, upstream, ended } = open()
    relay.fromClient.onClose(code, bytes('bye'))
    relay.fromUpstream.onMessage(bytes('late'), true)
    relay.fromUpstream.onClose(1000, bytes(''))
    t.same(upstream.told, [`close ${code} bye`])
    t.same(client.told, [])
    t.same(ended, ['end'])
  }
})

t.test(
  'a client that is lost is no Close for the upstream; an upstream that is lost is named to the client',
  async t => {
    const first = open()
    first.relay.fromClient.onClose(NO_CLOSE_FRAME, bytes(''))
    t.same(first.upstream.told, ['cut'])
    const second = open()
    second.relay.fromUpstream.onClose(NO_CLOSE_FRAME, bytes(''))
    t.same(second.client.told, ['close 1011 the connection to the upstream is lost'])
  },
)

t.test('silence of both ends is allowed for its time; answers to pings are silence', async t => {
  const { relay, client, upstream, clock, ended } = open()
  for (const say of [() => relay.fromClient.onMessage(bytes('x'), true), () => relay.fromUpstream.onPing(bytes(''))]) {
    say()
    clock.now += idleMs - 1
    relay.fromUpstream.onPong(bytes(''))
    relay.sweep()
    t.notOk(ended.includes('end'))
  }
  clock.now += 1
  relay.sweep()
  t.ok(ended.includes('end'))
  t.equal(client.told.at(-1), 'close 1001 idle')
  t.equal(upstream.told.at(-1), 'close 1001 idle')
})

t.test('an upstream that is silent is asked, and lost when it does not answer', async t => {
  const { relay, client, upstream, clock } = open()
  clock.now += ALIVE_MS
  relay.sweep()
  relay.sweep()
  t.same(upstream.told, ['ping '])
  clock.now += ALIVE_MS - 1
  relay.sweep()
  t.same(client.told, [])
  relay.fromUpstream.onPong(bytes(''))
  clock.now += ALIVE_MS
  relay.sweep()
  clock.now += ALIVE_MS
  relay.sweep()
  t.same(upstream.told, ['ping ', 'ping ', 'cut'])
  t.same(client.told, ['close 1011 the upstream does not answer'])
})

t.test('an upstream that we do not read is not silent', async t => {
  const { relay, client, upstream, clock } = open()
  client.backlogBytes = HIGH_BYTES + 1
  relay.fromUpstream.onMessage(bytes('x'), true)
  clock.now += 3 * ALIVE_MS
  relay.sweep()
  t.same(upstream.told, ['pause'])
})

t.test('an end that fails costs this WebSocket and nothing else', async t => {
  const { relay, client, upstream, ended } = open()
  upstream.broken = true
  relay.fromClient.onMessage(bytes('x'), true)
  t.same(upstream.told, ['cut'])
  t.same(client.told, ['cut'])
  t.same(ended, ['in 1', 'end', 'broken on purpose'])
})

t.test('both ends are told when the proxy goes', async t => {
  const { relay, client, upstream } = open()
  relay.close(1001, 'going')
  relay.close(1001, 'again')
  t.same(client.told, ['close 1001 going'])
  t.same(upstream.told, ['close 1001 going'])
})
