import t from 'tap'
import type { Tunnel, TunnelEvents } from '../../../core/http1/tunnel.js'
import { closeFrame } from '../../../core/proxy/frame-boundary.js'
import { Tunnels } from '../../../core/proxy/tunnels.js'
import { closePayload, frameOf } from '../../support/raw-websocket.js'

/** One side of a tunnel, as the test sees it. */
class Side implements Tunnel {
  events: TunnelEvents | undefined
  written = Buffer.alloc(0)
  flows = true
  paused = false
  ended = false
  destroyed = false
  listen(events: TunnelEvents): void {
    this.events = events
  }
  write(chunk: Buffer): boolean {
    this.written = Buffer.concat([this.written, chunk])
    return this.flows
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.destroyed = true
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
}

const join = (idleMs = 60_000) => {
  const clock = { now: 0 }
  const tunnels = new Tunnels(idleMs, () => clock.now)
  const [client, upstream] = [new Side(), new Side()]
  const gone = { times: 0 }
  tunnels.join(
    client,
    upstream,
    () => {},
    () => (gone.times += 1),
  )
  return { clock, tunnels, client, upstream, gone }
}
const farewell = closeFrame(1001, 'the proxy is shutting down')
const text = frameOf({ opcode: 1, payload: 'hello', mask: false })
const close = frameOf({ opcode: 8, payload: closePayload(1000), mask: false })

t.test('between two frames a client is told at once, and hears no more', async t => {
  const { tunnels, client, upstream } = join()
  upstream.events!.onData(text)
  t.equal(tunnels.goAway(), 1)
  t.equal(tunnels.goAway(), 1, 'and once')
  upstream.events!.onData(text)
  t.same(client.written, Buffer.concat([text, farewell]))
  const answer = frameOf({ opcode: 8, payload: closePayload(1001) })
  client.events!.onData(answer)
  t.same(upstream.written, answer, 'its answer reaches the upstream')
})

t.test('in the middle of a frame it is told behind it', async t => {
  for (let cut = 1; cut < text.length; cut++) {
    const { tunnels, client, upstream } = join()
    upstream.events!.onData(text.subarray(0, cut))
    tunnels.goAway()
    t.same(client.written, text.subarray(0, cut), 'not yet')
    upstream.events!.onData(Buffer.concat([text.subarray(cut), text]))
    t.same(client.written, Buffer.concat([text, farewell]))
  }
})

t.test('where the upstream takes leave itself, it alone does', async t => {
  const before = join()
  before.upstream.events!.onData(close)
  before.tunnels.goAway()
  t.same(before.client.written, close)
  for (let cut = 1; cut < close.length; cut++) {
    const { tunnels, client, upstream } = join()
    upstream.events!.onData(close.subarray(0, cut))
    tunnels.goAway()
    upstream.events!.onData(close.subarray(cut))
    t.same(client.written, close)
  }
})

t.test('back-pressure holds also behind a frame that is waited for', async t => {
  const { tunnels, client, upstream } = join()
  upstream.events!.onData(text.subarray(0, 3))
  tunnels.goAway()
  client.flows = false
  upstream.events!.onData(text.subarray(3, 4))
  t.ok(upstream.paused)
  client.events!.onDrain()
  t.notOk(upstream.paused)
})

t.test('in silence the client is told, and whoever does not end it then is cut', async t => {
  const { clock, tunnels, client, upstream, gone } = join(1000)
  clock.now = 999
  tunnels.sweep()
  t.equal(client.written.length, 0)
  clock.now = 1000
  tunnels.sweep()
  t.same(client.written, closeFrame(1001, 'idle'))
  t.notOk(client.destroyed)
  clock.now = 1500
  client.events!.onData(frameOf({ opcode: 8, payload: closePayload(1001) }))
  clock.now = 2000
  tunnels.sweep()
  t.ok(client.destroyed && upstream.destroyed, 'in a second, whatever was said in it')
  t.equal(gone.times, 1)
  t.equal(tunnels.size, 0)
})
