// thread: edge
// A WebSocket as octets: who speaks it are the client and the upstream; we see to it that they agreed and that both ends
// fare alike. We say one thing only, that we go away.
import { createHash } from 'node:crypto'
import { fieldOf } from '../contract/fields.js'
import type { Tunnel, TunnelEvents } from '../http1/tunnel.js'
import { closeFrame, FrameBoundary } from './frame-boundary.js'

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** §7.4.1. */
const GOING_AWAY = 1001
/** For the answer to our Close frame to come, and to reach the upstream. */
const GOODBYE_MS = 1000

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
    for (const pair of this.#open) {
      if (pair.leaving) {
        if (now - pair.leavesAt >= GOODBYE_MS) pair.destroy()
      } else if (now - pair.heardAt >= this.#idleMs) pair.goAway('idle')
    }
  }

  /** The process ends. Returns how many there were; they are to be closed after a while. */
  goAway(): number {
    for (const pair of this.#open) pair.goAway('the proxy is shutting down')
    return this.#open.size
  }
}

class Pair {
  heardAt: number
  readonly #client: Tunnel
  readonly #upstream: Tunnel
  readonly #now: () => number
  readonly #onBytes: (fromClient: number, fromUpstream: number) => void
  readonly #onGone: () => void
  readonly #frames = new FrameBoundary()
  /** When it was told to end. */
  leavesAt = -1
  /** Our last word to the client, while it waits for the end of a frame. */
  #farewell: string | undefined
  #saidFarewell = false
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
    this.#upstream.listen({
      ...this.#relay(this.#upstream, this.#client, () => {}),
      onData: chunk => this.#fromUpstream(chunk),
    })
  }

  get leaving(): boolean {
    return this.leavesAt >= 0
  }

  /**
   * Tells the client, as soon as the upstream is between two frames. Its answer goes on to the upstream, so that both have
   * taken leave.
   */
  goAway(because: string): void {
    if (this.leaving || this.#gone) return
    this.leavesAt = this.#now()
    if (this.#frames.closes) return
    this.#farewell = because
    if (this.#frames.between) this.#sayFarewell(because)
  }

  #sayFarewell(because: string): void {
    this.#farewell = undefined
    this.#saidFarewell = true
    this.#client.write(closeFrame(GOING_AWAY, because))
  }

  #fromUpstream(chunk: Buffer): void {
    this.heardAt = this.#now()
    this.#onBytes(0, chunk.length)
    // RFC 6455 §5.5.1: behind a Close frame nothing follows.
    if (this.#saidFarewell) return
    const farewell = this.#farewell
    const end = this.#frames.pass(chunk, farewell !== undefined)
    if (!this.#client.write(end === chunk.length ? chunk : chunk.subarray(0, end))) this.#upstream.pause()
    if (farewell === undefined || !this.#frames.between) return
    // It may have been the upstream's own Close frame.
    if (this.#frames.closes) this.#farewell = undefined
    else this.#sayFarewell(farewell)
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
