// thread: edge
// One connection to one upstream: a bare socket that reads into a buffer shared by the whole edge (no streams, no copy) and
// the parser behind it. It carries one call at a time.
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { FaultCode } from '../contract/faults.js'
import { type ParseFault, type ResponseEvents, ResponseParser } from '../http1/response-parser.js'
import type { UpstreamAddress } from './address.js'
import { connectFault } from './connect-fault.js'

/** The call that a connection carries. `chunk` is valid during the call only. */
export interface Carried extends ResponseEvents {
  onDrain(): void
  /** The connection is of no use any more. `received`: bytes of the answer so far. */
  onBroken(code: FaultCode, received: number): void
}

export interface ConnectionOwner {
  /** Ready for its first call. */
  onConnected(connection: Connection): void
  onConnectFailed(connection: Connection, code: FaultCode): void
  /** The last call is done and another may follow. */
  onIdle(connection: Connection): void
  onClosed(connection: Connection): void
}

const faultOf: Record<ParseFault, FaultCode> = {
  malformed: 'CHAOS_ERR_UPSTREAM_MALFORMED',
  'header-too-large': 'CHAOS_ERR_UPSTREAM_HEADER_TOO_LARGE',
}

export class Connection implements ResponseEvents {
  readonly address: UpstreamAddress
  /** It has carried a call before: the upstream may have closed it in the meantime. */
  used = false
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #parser: ResponseParser
  #carried: Carried | undefined
  #connected = false
  #closed = false
  #paused = false
  #error: NodeJS.ErrnoException | undefined

  constructor(address: UpstreamAddress, owner: ConnectionOwner, readBuffer: Uint8Array, maxHeaderBytes: number) {
    this.address = address
    this.#owner = owner
    this.#parser = new ResponseParser(this, maxHeaderBytes)
    const onread = {
      buffer: readBuffer,
      callback: (length: number, bytes: Uint8Array): boolean => {
        this.#read(bytes as Buffer, length)
        return true
      },
    }
    const { host, port } = address
    this.#socket = address.tls
      ? connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'] })
      : connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, onread })
    if (address.tls) {
      this.#socket.setNoDelay(true)
      this.#socket.on('data', (bytes: Buffer) => this.#read(bytes, bytes.length))
    }
    this.#socket.on(address.tls ? 'secureConnect' : 'connect', () => {
      this.#connected = true
      owner.onConnected(this)
    })
    this.#socket.on('drain', () => this.#carried?.onDrain())
    this.#socket.on('error', error => {
      this.#error = error
    })
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('close', () => this.#ended())
  }

  /** Puts a call on the connection. The head (and what comes with it) is written at once. */
  carry(carried: Carried, method: string): void {
    this.#carried = carried
    this.#parser.expect(method)
  }

  writeHead(head: string): boolean {
    return this.#socket.write(head, 'latin1')
  }

  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes)
  }

  /** Head and first bytes of the body in one piece. */
  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#socket.resume()
  }

  /** Ends it now; a call that it carries hears nothing of that. */
  destroy(): void {
    this.#carried = undefined
    this.#socket.destroy()
    this.#close()
  }

  // ── what comes in ──────────────────────────────────────────────────────────────────────────────────────────────────

  #read(bytes: Buffer, length: number): void {
    const fault = this.#parser.read(bytes, length)
    if (fault === undefined || this.#closed) return
    // Either the answer is no HTTP, or something came that nobody asked for.
    this.#break(faultOf[fault])
  }

  onHead(status: number, reason: string, headers: string[], bodyLength: number): void {
    this.#carried?.onHead(status, reason, headers, bodyLength)
  }

  onData(chunk: Buffer): void {
    this.#carried?.onData(chunk)
  }

  onEnd(reusable: boolean): void {
    const carried = this.#carried
    this.#carried = undefined
    this.used = true
    if (!reusable) {
      this.#socket.destroy()
      this.#close()
    }
    carried?.onEnd(reusable)
    // The last bytes may have come in the very read after which the client asked for a pause.
    if (this.#paused && !this.#closed) this.resume()
    if (reusable && !this.#closed) this.#owner.onIdle(this)
  }

  #ended(): void {
    if (this.#closed) return
    if (!this.#connected) {
      this.#closed = true
      this.#socket.destroy()
      this.#owner.onConnectFailed(this, connectFault(this.#error ?? { name: '', message: '' }, this.address.tls))
      return
    }
    // RFC 9112 §6.3: an answer without length ends where the connection is closed in order; a reset is no order.
    if (this.#error === undefined && this.#parser.close()) return
    this.#break(this.#parser.inBody ? 'CHAOS_ERR_UPSTREAM_TRUNCATED' : 'CHAOS_ERR_UPSTREAM_RESET')
  }

  #break(code: FaultCode): void {
    const carried = this.#carried
    const { received } = this.#parser
    this.#carried = undefined
    this.#socket.destroy()
    this.#close()
    carried?.onBroken(code, received)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#owner.onClosed(this)
  }
}
