// thread: edge
// The strict front: our own HTTP/1.1 server on bare sockets. The edges share one listening socket.

import { Buffer } from 'node:buffer'
import { createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { HttpDate } from '../../http1/response-head.js'
import type { ClientRoom } from '../client-room.js'
import type { Certificate, DownstreamHandler, EdgeFront } from '../downstream.js'
import { readEvents, readInto } from './accepted-socket.js'
import { ClientConnection } from './client-connection.js'
import type { ClientHost, ClientLimits } from './client-host.js'
import { listenAlone, listenShared } from './shared-listener.js'

export interface StrictOptions {
  readonly host: string
  readonly port: number
  /** Of the socket that main has bound; undefined: this edge listens by itself. */
  readonly sharedFd: number | undefined
  readonly limits: ClientLimits
  readonly room: ClientRoom
  /** Undefined: plain HTTP. */
  readonly certificate: Certificate | undefined
  readonly handler: DownstreamHandler
}

const READ_BUFFER_BYTES = 64 * 1024
const SWEEP_MS = 250
/** A handshake takes its time at most; after it the limits of a connection hold. */
const HANDSHAKE_MS = 10_000

/** Rejects with a sentence that says what to do where it cannot listen. */
export async function openStrictEdge(options: StrictOptions): Promise<EdgeFront> {
  const front = new StrictFront(options)
  const port = await front.listen()
  return {
    descriptor: { port },
    stopAccepting: endsIdle => front.stopAccepting(endsIdle),
    get connections() {
      return front.connections
    },
    renewCertificate: certificate => front.renewCertificate(certificate),
    close: () => front.close(),
  }
}

class StrictFront implements ClientHost {
  readonly handler: DownstreamHandler
  readonly limits: ClientLimits
  readonly date = new HttpDate()
  readonly secure: boolean
  tickMs = performance.now()
  draining = false
  readonly #options: StrictOptions
  readonly #server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, socket =>
    this.#accept(socket),
  )
  readonly #connections = new Set<ClientConnection>()
  /** Those of `#connections` that were refused for being too many: they take nobody's place. */
  readonly #turnedAway = new Set<ClientConnection>()
  readonly #handshakes = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  /** One for all: what is in it has been used or copied when the next read comes. */
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)
  #context: SecureContext | undefined

  constructor(options: StrictOptions) {
    this.#options = options
    this.handler = options.handler
    this.limits = options.limits
    this.secure = options.certificate !== undefined
    if (options.certificate !== undefined) this.renewCertificate(options.certificate)
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#timer.unref()
  }

  async listen(): Promise<number> {
    const { host, port, sharedFd } = this.#options
    if (sharedFd === undefined) return listenAlone(this.#server, host, port)
    await listenShared(this.#server, sharedFd, host, port)
    return port
  }

  now(): number {
    return Date.now()
  }

  renewCertificate({ cert, key }: Certificate): void {
    this.#context = createSecureContext({ cert, key })
  }

  get connections(): number {
    return this.#connections.size + this.#handshakes.size
  }

  stopAccepting(endsIdle: boolean): void {
    this.draining = true
    this.#server.close()
    if (!endsIdle) return
    for (const connection of this.#connections) connection.endIfIdle()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#server.close()
    for (const socket of this.#handshakes) socket.destroy()
    for (const connection of this.#connections) connection.destroy()
  }

  onClosed(connection: ClientConnection): void {
    this.#connections.delete(connection)
    if (this.#turnedAway.size > 0) this.#turnedAway.delete(connection)
    this.#noteOpen()
  }

  #accept(accepted: Socket): void {
    if (this.#context !== undefined) this.#shakeHands(accepted, this.#context)
    else {
      let connection: ClientConnection | undefined
      readInto(accepted, this.#readBuffer, socket => {
        connection = this.#open(socket)
        return (bytes, length) => connection!.feed(bytes, length)
      })
    }
  }

  #shakeHands(accepted: Socket, secureContext: SecureContext): void {
    const socket = new TLSSocket(accepted, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
    // TLSSocket takes this of the socket below it, which was accepted paused.
    accepted.resume()
    this.#handshakes.add(socket)
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS)
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(timer)
      this.#handshakes.delete(socket)
    })
    socket.once('secure', () => {
      clearTimeout(timer)
      this.#handshakes.delete(socket)
      const connection = this.#open(socket)
      readEvents(socket, (bytes, length) => connection.feed(bytes, length))
    })
  }

  #open(socket: Socket): ClientConnection {
    const connection = new ClientConnection(socket, this)
    this.#connections.add(connection)
    this.#noteOpen()
    if (this.#options.room.isExceeded) {
      this.#turnedAway.add(connection)
      this.#noteOpen()
      connection.turnAway('CHAOS_ERR_CLIENTS_FULL', `there are ${this.#options.room.max} connections`)
    }
    return connection
  }

  /** Those that are being turned away take nobody's place. */
  #noteOpen(): void {
    this.#options.room.note(this.#connections.size - this.#turnedAway.size)
  }

  #sweep(): void {
    this.tickMs = performance.now()
    for (const connection of this.#connections) connection.sweep(this.tickMs)
  }
}
