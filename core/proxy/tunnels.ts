// thread: edge
// A WebSocket as octets: who speaks it are the client and the upstream; we see to it that they agreed and that both ends
// fare alike.
import { createHash } from 'node:crypto'
import { fieldOf } from '../contract/fields.js'
import type { Tunnel, TunnelEvents } from '../http1/tunnel.js'

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The upstream has agreed to this very handshake (RFC 6455 §4.1). */
export function agreed(requestHeaders: readonly string[], responseHeaders: readonly string[]): boolean {
  const key = fieldOf(requestHeaders, 'sec-websocket-key')
  if (key === undefined || fieldOf(responseHeaders, 'upgrade')?.toLowerCase() !== 'websocket') return false
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  return fieldOf(responseHeaders, 'sec-websocket-accept') === accept
}

/** Open tunnels of an edge: counted, and ended where nobody says anything any more. */
export class Tunnels {
  readonly #open = new Set<Pair>()
  readonly #idleMs: number
  readonly #now: () => number

  /** `now`: ms, never set back. */
  constructor(idleMs: number, now: () => number) {
    this.#idleMs = idleMs
    this.#now = now
  }

  get size(): number {
    return this.#open.size
  }

  /** Joins both ends until one of them is gone. */
  join(
    client: Tunnel,
    upstream: Tunnel,
    onBytes: (fromClient: number, fromUpstream: number) => void,
    onGone: () => void,
  ): void {
    const pair = new Pair(client, upstream, this.#now, onBytes, () => {
      this.#open.delete(pair)
      onGone()
    })
    this.#open.add(pair)
    pair.start()
  }

  sweep(): void {
    const now = this.#now()
    for (const pair of this.#open) if (now - pair.heardAt >= this.#idleMs) pair.destroy()
  }
}

class Pair {
  heardAt: number
  readonly #client: Tunnel
  readonly #upstream: Tunnel
  readonly #now: () => number
  readonly #onBytes: (fromClient: number, fromUpstream: number) => void
  readonly #onGone: () => void
  #gone = false

  constructor(
    client: Tunnel,
    upstream: Tunnel,
    now: () => number,
    onBytes: (fromClient: number, fromUpstream: number) => void,
    onGone: () => void,
  ) {
    this.#client = client
    this.#upstream = upstream
    this.#now = now
    this.#onBytes = onBytes
    this.#onGone = onGone
    this.heardAt = now()
  }

  start(): void {
    this.#client.listen(this.#relay(this.#client, this.#upstream, bytes => this.#onBytes(bytes, 0)))
    this.#upstream.listen(this.#relay(this.#upstream, this.#client, bytes => this.#onBytes(0, bytes)))
  }

  destroy(): void {
    if (this.#gone) return
    this.#gone = true
    this.#onGone()
    this.#client.destroy()
    this.#upstream.destroy()
  }

  #relay(from: Tunnel, to: Tunnel, count: (bytes: number) => void): TunnelEvents {
    return {
      onData: chunk => {
        this.heardAt = this.#now()
        count(chunk.length)
        // No faster than the other side takes it.
        if (!to.write(chunk)) from.pause()
      },
      onDrain: () => to.resume(),
      // RFC 6455 §7.1.1: after the close frames one side ends the connection, and may wait for the other to do so.
      onEnd: () => to.end(),
      // One side is gone: what is written to the other still leaves, then it ends too.
      onClose: () => {
        if (this.#gone) return
        this.#gone = true
        this.#onGone()
        to.end()
        from.destroy()
      },
    }
  }
}
