// thread: any
// A connection after 101 (RFC 9110 §15.2.2): octets both ways, and no framing of ours.
import type { Socket } from 'node:net'

export interface TunnelEvents {
  /** A view on a buffer that is used again: valid during the call only. */
  onData(chunk: Buffer): void
  /** What was written has gone out. */
  onDrain(): void
  /** The peer says nothing more; it may still listen. */
  onEnd(): void
  /** It is over, in whatever way. */
  onClose(): void
}

export interface Tunnel {
  /** What came before is told at once. */
  listen(events: TunnelEvents): void
  /** Copied before it returns. False: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  /** Says nothing more and still listens. */
  end(): void
  destroy(): void
  pause(): void
  resume(): void
}

/** One side of a tunnel on a socket whose reading somebody else has set up: `feed` takes what was read. */
export class SocketTunnel implements Tunnel {
  readonly #socket: Socket
  #events: TunnelEvents | undefined
  /** What came together with the head of the answer or request. */
  #early: Buffer | undefined
  #ended = false
  #closed = false

  constructor(socket: Socket, early: Buffer | undefined) {
    this.#socket = socket
    this.#early = early
    socket.on('drain', () => this.#events?.onDrain())
    socket.on('close', () => {
      this.#closed = true
      this.#events?.onClose()
    })
  }

  listen(events: TunnelEvents): void {
    this.#events = events
    const early = this.#early
    this.#early = undefined
    if (early !== undefined && early.length > 0) events.onData(early)
    if (this.#ended) events.onEnd()
    if (this.#closed) events.onClose()
  }

  /** `chunk` may be overwritten after this returns. */
  feed(chunk: Buffer): void {
    if (this.#events !== undefined) this.#events.onData(chunk)
    else this.#early = this.#early === undefined ? Buffer.from(chunk) : Buffer.concat([this.#early, chunk])
  }

  /** The peer has ended its side. */
  feedEnd(): void {
    if (this.#ended) return
    this.#ended = true
    this.#events?.onEnd()
  }

  write(chunk: Buffer): boolean {
    return this.#closed || this.#socket.write(Buffer.from(chunk))
  }

  end(): void {
    if (!this.#closed) this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }
}
