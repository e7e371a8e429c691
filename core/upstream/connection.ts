// thread: any
// One connection to one upstream: a bare socket that reads into a reused buffer (no streams on the way in, no copy) and the
// parser behind it. It carries one call at a time.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import type { FaultCode } from '../contract/faults.js'
import { DirectWriter } from '../http1/direct-write.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { ResponseMemory } from '../http1/response-memory.js'
import { type ParseFault, type ResponseEvents, ResponseParser } from '../http1/response-parser.js'
import { SocketTunnel, type Tunnel } from '../http1/tunnel.js'
import type { UpstreamAddress } from './address.js'
import { connectFault, isTlsError } from './connect-fault.js'

/** The call that a connection carries. */
export interface Carried extends Omit<ResponseEvents, 'onSwitch'> {
  /** The upstream speaks another protocol from here on; the connection is the caller's. */
  onSwitch(headers: readonly string[], tunnel: Tunnel): void
  /** The request is whole: nothing of it is to be written any more. */
  readonly requestSent: boolean
  /** What was written has gone out. */
  onDrain(): void
  /** The rest of the request cannot be sent; an answer may still come, or `onBroken`. */
  onWriteFailed(): void
  /** The connection is of no use any more. `received`: bytes of the answer so far. */
  onBroken(connection: Connection, code: FaultCode, received: number): void
  /** Looks whether its time is up. */
  sweep(now: number): void
}

/** What all connections of a thread use. */
export interface SharedByConnections {
  /** Read into by plain connections: what is in it has been used or copied when the next read comes. */
  readonly readBuffer: Buffer
  readonly memory: ResponseMemory
  /** Something came from an upstream. */
  readonly onRead: () => void
}

export interface ConnectionOwner {
  readonly address: UpstreamAddress
  /** Kept for the next connection: a resumed handshake takes one round trip less. */
  tlsSession: Buffer | undefined
  /** Ready for a first call. */
  onConnected(connection: Connection): void
  onConnectFailed(connection: Connection, code: FaultCode): void
  /** The last call is done and another may follow. */
  onIdle(connection: Connection): void
  /** It has become a tunnel, and is no connection of ours any more. */
  onSwitched(connection: Connection): void
  /** It broke under a call. Told before `onClosed`. */
  onBroke(): void
  /** It stood, and is gone. */
  onClosed(connection: Connection): void
}

const faultOf: Record<ParseFault, FaultCode> = {
  malformed: 'CHAOS_ERR_UPSTREAM_MALFORMED',
  'header-too-large': 'CHAOS_ERR_UPSTREAM_HEADER_TOO_LARGE',
}

/** A TLS record holds no more. */
const TLS_READ_BUFFER_BYTES = 16 * 1024
const TCP_KEEP_ALIVE_MS = 30_000

export class Connection implements ResponseEvents {
  /** On the clock of the pool, ms. */
  readonly openedAt: number
  /** Since when it waits for a call, on the clock of the pool. */
  idleAt = 0
  /** It has carried a call before: the upstream may have closed it in the meantime. */
  used = false
  /** Told once it has become a tunnel. */
  onTunnelClosed: (() => void) | undefined
  readonly #owner: ConnectionOwner
  readonly #shared: SharedByConnections
  readonly #socket: Socket
  /** The short way for requests without body; undefined with TLS. */
  readonly #direct: DirectWriter | undefined
  readonly #parser: ResponseParser
  #carried: Carried | undefined
  #tunnel: SocketTunnel | undefined
  #connected = false
  #closed = false
  #paused = false
  #holdsWriteErrors = false
  #error: NodeJS.ErrnoException | undefined

  /** `shared`: by all connections of a thread. `secureContext`: undefined for that of Node. */
  constructor(
    owner: ConnectionOwner,
    shared: SharedByConnections,
    maxHeaderBytes: number,
    secureContext: SecureContext | undefined,
    now: number,
  ) {
    const { readBuffer, memory } = shared
    this.#shared = shared
    this.#owner = owner
    this.openedAt = now
    this.#parser = new ResponseParser(this, maxHeaderBytes, memory)
    const { host, port, tls, serverName = host } = owner.address
    // Decrypting may hand on several records in a row: a buffer of its own is one thing less to think about.
    const buffer = tls ? Buffer.allocUnsafeSlow(TLS_READ_BUFFER_BYTES) : readBuffer
    const onread = {
      buffer,
      callback: (length: number): boolean => {
        this.#read(buffer, length)
        return true
      },
    }
    const keepAlive = { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS }
    const socket = tls
      ? connectTls({
          ...{ host, port, onread, ALPNProtocols: ['http/1.1'] },
          // RFC 6066 §3: an address is no server name.
          ...(isIP(serverName) === 0 && { servername: serverName }),
          ...(secureContext !== undefined && { secureContext }),
          ...(owner.tlsSession !== undefined && { session: owner.tlsSession }),
        })
      : connect({ host, port, onread, ...keepAlive })
    this.#socket = socket
    if (!tls) this.#direct = new DirectWriter(socket)
    if (tls) {
      socket.setNoDelay(true)
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
      socket.on('session', (session: Buffer) => {
        owner.tlsSession = session
      })
    }
    socket.on(tls ? 'secureConnect' : 'connect', () => {
      if (this.#closed) return
      this.#connected = true
      owner.onConnected(this)
    })
    socket.on('drain', () => this.#carried?.onDrain())
    socket.on('error', error => {
      this.#error ??= error
    })
    socket.on('end', () => this.#ended())
    socket.on('close', () => {
      this.#ended()
      this.onTunnelClosed?.()
    })
  }

  /** Where it leads. */
  get address(): UpstreamAddress {
    return this.#owner.address
  }

  /** The call that it carries, or undefined. */
  get carried(): Carried | undefined {
    return this.#carried
  }

  /** Bytes of the current answer so far. */
  get received(): number {
    return this.#parser.received
  }

  /** What came in place of an answer belongs to the one before. Asked for when it is broken. */
  get strayed(): boolean {
    return this.used && this.#parser.startless
  }

  /** How long the upstream keeps it open when idle (`Keep-Alive: timeout`), ms; -1: it did not say. */
  get keepAliveMs(): number {
    return this.#parser.keepAliveMs
  }

  // ── what goes out ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Puts a call on the connection. Nothing is written yet. */
  carry(carried: Carried): void {
    this.#carried = carried
  }

  /** First bytes of a request. `mayBeRefused`: a body follows, which the upstream may cut short by its answer. */
  begin(method: string, bytes: Buffer | string, mayBeRefused: boolean, maySwitch = false): boolean {
    this.#parser.expect(method, maySwitch)
    if (mayBeRefused && !this.#holdsWriteErrors) this.#holdWriteErrors()
    if (this.#direct === undefined || mayBeRefused) return this.#socket.write(bytes as string, 'latin1')
    this.#direct.write(bytes)
    return true
  }

  /** More of it. `bytes` must stay as they are. False: wait for `onDrain`. */
  write(bytes: Buffer | string): boolean {
    // What cannot be sent is dropped: the answer that is on its way matters.
    return this.#error === undefined && this.#socket.write(bytes as string, 'latin1')
  }

  /** Until `uncork` what is written is kept to leave together. */
  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  // ── from outside ───────────────────────────────────────────────────────────────────────────────────────────────────

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
  }

  /** Ends it now; a call that it carries hears nothing of that. */
  destroy(): void {
    this.#carried = undefined
    this.#parser.stop()
    this.#close()
  }

  /** Gives up a connection that does not come to stand. */
  giveUp(): void {
    if (this.#connected || this.#closed) return
    this.#failConnect('CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT')
  }

  // ── what comes in ──────────────────────────────────────────────────────────────────────────────────────────────────

  #read(bytes: Buffer, length: number): void {
    this.#shared.onRead()
    if (this.#tunnel !== undefined) {
      this.#tunnel.feed(bytes.subarray(0, length))
      return
    }
    if (this.#closed) return
    const fault = this.#parser.read(bytes, length)
    // Either the answer is no HTTP, or something came that nobody asked for.
    if (fault !== undefined && !this.#closed) this.#break(faultOf[fault])
  }

  onInterim(status: number, reason: string, headers: readonly string[]): void {
    this.#carried?.onInterim(status, reason, headers)
  }

  onSwitch(headers: readonly string[]): void {
    const carried = this.#carried
    this.#carried = undefined
    this.#closed = true
    this.#tunnel = new SocketTunnel(this.#socket, undefined)
    this.#owner.onSwitched(this)
    if (carried === undefined) this.#tunnel.destroy()
    else carried.onSwitch(headers, this.#tunnel)
  }

  onHead(head: ResponseHead, bodyLength: number): void {
    this.#carried?.onHead(head, bodyLength)
  }

  onData(chunk: Buffer, last: boolean): void {
    if (this.#tunnel !== undefined) this.#tunnel.feed(chunk)
    else this.#carried?.onData(chunk, last)
  }

  onEnd(reusable: boolean, trailers: string[] | undefined): void {
    const carried = this.#carried
    this.#carried = undefined
    this.used = true
    // An early answer to a request that is still being sent: what is left of it would be taken for the next request.
    const keep = reusable && carried?.requestSent === true && this.#socket.writableLength === 0
    if (keep && this.#error === undefined) {
      this.resume()
      // Before the call hears of its end: what it asks for next may take this connection.
      this.#owner.onIdle(this)
    } else this.#close()
    carried?.onEnd(keep, trailers)
  }

  #ended(): void {
    this.#tunnel?.feedEnd()
    if (this.#closed) return
    if (!this.#connected) {
      this.#failConnect(connectFault(this.#error, this.#owner.address.tls))
      return
    }
    // RFC 9112 §6.3: an answer without length ends where the connection is closed in order; a reset is no order.
    if (!this.#wasReset() && this.#parser.close()) return
    if (this.#parser.inBody) this.#break('CHAOS_ERR_UPSTREAM_TRUNCATED')
    else this.#break(isTlsError(this.#error) ? 'CHAOS_ERR_UPSTREAM_TLS' : 'CHAOS_ERR_UPSTREAM_RESET')
  }

  /**
   * Where data and a reset come together, libuv reports the reset as an orderly end (seen with Node 20 on Linux). But a
   * socket that was reset has no peer any more; Node asks for it on the first access, so this must stay the only one.
   */
  #wasReset(): boolean {
    return this.#error !== undefined || this.#socket.remoteAddress === undefined
  }

  /**
   * An upstream that has seen enough of a body answers (413, 401) and closes; the next write then fails, and Node would end
   * the socket with the answer unread in it. So the error of a write is kept back, and reading goes on to the answer or to
   * the error that reading meets itself.
   */
  #holdWriteErrors(): void {
    this.#holdsWriteErrors = true
    const socket = this.#socket
    const write = socket._write
    const writev = socket._writev
    type Done = (error?: Error | null) => void
    const whenWritten =
      (done: Done): Done =>
      error => {
        if (!error || this.#carried === undefined) done(error)
        else {
          this.#error ??= error
          this.#carried.onWriteFailed()
        }
      }
    socket._write = (bytes, encoding, done) => write.call(socket, bytes, encoding, whenWritten(done))
    if (writev) socket._writev = (pieces, done) => writev.call(socket, pieces, whenWritten(done))
  }

  #failConnect(code: FaultCode): void {
    this.#closed = true
    this.#socket.destroy()
    this.#owner.onConnectFailed(this, code)
  }

  #break(code: FaultCode): void {
    const carried = this.#carried
    const { received } = this.#parser
    if (carried !== undefined) this.#owner.onBroke()
    this.destroy()
    carried?.onBroken(this, code, received)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    this.#owner.onClosed(this)
  }
}
