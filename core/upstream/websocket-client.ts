// thread: edge
// The only file that knows the package `ws`: it speaks WebSocket with the upstream where the front ends the client's.
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { connect, isIP, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { connect as connectTls } from 'node:tls'
import type { WebSocket as WsSocket } from 'ws'
import { type FaultCode, faultOfStatus } from '../contract/faults.js'
import { fieldOf } from '../contract/fields.js'
import { MAX_MESSAGE_BYTES, type UpstreamEnd } from '../contract/websocket.js'
import { parseContentLength, parseFields } from '../http1/fields.js'
import type { UpstreamAddress } from './address.js'
import { REST_MS } from './balancing.js'
import { connectFault, isTlsError } from './connect-fault.js'
import type { Upstream } from './upstream.js'
import type { UpstreamTls } from './upstream-call.js'
import { WsEnd } from './websocket-end.js'

export interface WebSocketClientOptions {
  readonly connectTimeoutMs: number
  /** From the end of the request to the head of its answer. */
  readonly responseTimeoutMs: number
  readonly maxHeaderBytes: number
  /** Undefined: the store of Node, and no certificate of our own. */
  readonly tls?: UpstreamTls | undefined
}

/** Where the upstreams come from: balanced, and passed over where they fail, as for all requests. */
export interface UpstreamChooser {
  /** Undefined where all have been tried. */
  choose(tried: readonly Upstream[]): Upstream | undefined
}

/** Hears `onOpen`, or an answer (`onHead`, `onData`…, `onEnd`), or `onFault`. Never called from inside `open`. */
export interface HandshakeSink {
  /** The upstream agreed. `headers` flat, as it sent them; `protocol`: the subprotocol that it chose, or ''. */
  onOpen(end: UpstreamEnd, headers: string[], protocol: string): void
  /** It answered something else. `bodyLength` -1: not known. */
  onHead(status: number, reason: string, headers: string[], bodyLength: number): void
  onData(chunk: Buffer): void
  onEnd(): void
  onFault(code: FaultCode): void
  /** This upstream accepted no connection; another one may be tried. */
  onNoConnection?(upstream: UpstreamAddress, code: FaultCode): void
}

/** A handshake under way. Calls after its end are ignored. */
export interface HandshakeCall {
  /** Stop and go on reading an answer. */
  pause(): void
  resume(): void
  /** It is not wanted any more: the sink hears nothing. */
  abort(): void
}

/** By `require`: `import` reads each file of a CommonJS package once more for its names, 45 ms of every edge that starts. */
const { WebSocket } = createRequire(import.meta.url)('ws') as typeof import('ws')

/** Fields of the handshake with the upstream: those of our own side. */
const ownFields = new Set(['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions'])
/** Fields of its answer that say nothing about ours to the client. */
const handshakeFields = new Set([...ownFields, 'sec-websocket-accept', 'sec-websocket-protocol'])

const TCP_KEEP_ALIVE_MS = 30_000
/** How long the upstream may take to close a connection after both Close frames. */
const CLOSE_TIMEOUT_MS = 5000
/** No memory of earlier messages, and small windows: thousands of sockets would each keep hundreds of kilobytes. */
const deflate = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  clientMaxWindowBits: 12,
  zlibDeflateOptions: { memLevel: 5 },
} as const

export class WebSocketClient {
  readonly options: WebSocketClientOptions
  readonly #chooser: UpstreamChooser

  constructor(chooser: UpstreamChooser, options: WebSocketClientOptions) {
    this.options = options
    this.#chooser = chooser
  }

  /** `headFor`: of the request, latin1, whole, without hop-by-hop fields; the handshake's own are added. */
  open(headFor: (address: UpstreamAddress) => string, sink: HandshakeSink): HandshakeCall {
    const handshake = new Handshake(headFor, sink, this.options)
    this.#place(handshake, [])
    return handshake
  }

  #place(handshake: Handshake, tried: readonly Upstream[]): boolean {
    const upstream = this.#chooser.choose(tried)
    if (upstream === undefined) return false
    handshake.start(upstream, () => {
      upstream.pool.restsUntil = performance.now() + REST_MS
      return this.#place(handshake, [...tried, upstream])
    })
    return true
  }
}

class Handshake implements HandshakeCall {
  readonly #sink: HandshakeSink
  readonly #options: WebSocketClientOptions
  readonly #headFor: (address: UpstreamAddress) => string
  /** Where it is; counted there until the WebSocket, or the answer, is over. */
  #upstream: Upstream | undefined
  #tls = false
  #goOn: () => boolean = () => false
  #connected = false
  #done = false
  #socket: Socket | undefined
  #answer: IncomingMessage | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(headFor: (address: UpstreamAddress) => string, sink: HandshakeSink, options: WebSocketClientOptions) {
    this.#sink = sink
    this.#options = options
    this.#headFor = headFor
  }

  /** `goOn` tries another upstream where this one does not accept the connection; false: there is none. */
  start(upstream: Upstream, goOn: () => boolean): void {
    const { address } = upstream
    this.#upstream = upstream
    upstream.arrive()
    const { target, fields } = taken(this.#headFor(address))
    this.#tls = address.tls
    this.#goOn = goOn
    const socket = openSocket(address, this.#options)
    this.#socket = socket
    this.#limit(this.#options.connectTimeoutMs, 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT')
    socket.once(address.tls ? 'secureConnect' : 'connect', () => {
      this.#connected = true
      this.#limit(this.#options.responseTimeoutMs, 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
    })
    const offer = fieldOf(fields, 'sec-websocket-extensions')?.includes('permessage-deflate') === true
    const options: WsSocket.ClientOptions & { maxHeaderSize: number; closeTimeout: number } = {
      // The socket is ours; the URL only has to be one.
      createConnection: (() => socket) as unknown as typeof connect,
      perMessageDeflate: offer && deflate,
      maxPayload: MAX_MESSAGE_BYTES,
      maxHeaderSize: this.#options.maxHeaderBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
      autoPong: false,
      finishRequest: request => {
        // Octet for octet: a URL would be normalised.
        request.path = target
        for (const [name, values] of collected(fields)) request.setHeader(name, values)
        request.end()
      },
    }
    const ws = new WebSocket('ws://upstream', options)
    let opening: IncomingMessage | undefined
    let protocol = ''
    const { era } = upstream.standing
    ws.on('upgrade', response => {
      opening = response
      // The client asked for subprotocols, not `ws`, which fails where it is offered one, or is refused one. RFC 6455
      // §4.2.2 lets a server choose none; whether that will do is for the client to say.
      protocol = response.headers['sec-websocket-protocol'] ?? ''
      delete response.headers['sec-websocket-protocol']
    })
    ws.on('open', () => {
      if (this.#done) return
      this.#finish()
      upstream.succeeded(era)
      this.#upstream = undefined
      ws.once('close', () => upstream.leave())
      this.#sink.onOpen(new WsEnd(ws, socket), fieldsOf(opening!, handshakeFields), protocol)
    })
    ws.on('unexpected-response', (_request, response) => this.#answered(response))
    ws.on('error', error => {
      if (!this.#done && this.#socket === socket) this.#failed(error)
    })
  }

  pause(): void {
    this.#answer?.pause()
  }

  resume(): void {
    this.#answer?.resume()
  }

  abort(): void {
    this.#leave()
    this.#finish()
    this.#socket?.destroy()
  }

  #answered(response: IncomingMessage): void {
    if (this.#done) return
    clearTimeout(this.#timer)
    this.#answer = response
    const headers = fieldsOf(response)
    const length = parseContentLength(fieldOf(headers, 'content-length') ?? '')
    const { statusCode = 502, statusMessage = '' } = response
    const fault = faultOfStatus(statusCode)
    if (fault !== undefined) this.#upstream?.failed(fault)
    this.#sink.onHead(statusCode, statusMessage, headers, statusCode === 204 || statusCode === 304 ? 0 : length)
    response.on('data', (chunk: Buffer) => {
      if (!this.#done) this.#sink.onData(chunk)
    })
    response.on('error', () => {})
    response.on('close', () => {
      if (this.#done) return
      this.#leave()
      this.#finish()
      this.#socket?.destroy()
      if (response.complete) this.#sink.onEnd()
      else this.#sink.onFault('CHAOS_ERR_UPSTREAM_TRUNCATED')
    })
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#answer !== undefined) return
    if (!this.#connected) this.#giveUp(connectFault(error, this.#tls))
    else if (isTlsError(error)) this.#giveUp('CHAOS_ERR_UPSTREAM_TLS')
    else if (error.code === 'HPE_HEADER_OVERFLOW') this.#giveUp('CHAOS_ERR_UPSTREAM_HEADER_TOO_LARGE')
    // Neither a code of the parser nor one of the system: `ws` does not accept the 101.
    else if (error.code === undefined || error.code.startsWith('HPE_')) this.#giveUp('CHAOS_ERR_UPSTREAM_MALFORMED')
    else this.#giveUp('CHAOS_ERR_UPSTREAM_RESET')
  }

  #limit(ms: number, code: FaultCode): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#giveUp(code), ms)
  }

  #giveUp(code: FaultCode): void {
    const socket = this.#socket
    this.#socket = undefined
    clearTimeout(this.#timer)
    socket?.destroy()
    const upstream = this.#upstream
    upstream?.failed(code)
    this.#leave()
    if (!this.#connected && upstream !== undefined) this.#sink.onNoConnection?.(upstream.address, code)
    if (!this.#connected && this.#goOn()) return
    this.#finish()
    this.#sink.onFault(code)
  }

  #leave(): void {
    this.#upstream?.leave()
    this.#upstream = undefined
  }

  #finish(): void {
    this.#done = true
    clearTimeout(this.#timer)
  }
}

/** The target and the fields of a head. */
function taken(head: string): { target: string; fields: readonly string[] } {
  const line = head.slice(0, head.indexOf('\r\n'))
  // What cannot be written as one octet is written as its lowest one, as everywhere on this path; Node would throw.
  const octets = Buffer.from(head, 'latin1').toString('latin1')
  return { target: line.split(' ')[1]!, fields: parseFields(octets, line.length + 2, octets.length - 4) ?? [] }
}

function openSocket(address: UpstreamAddress, { tls: files }: WebSocketClientOptions): Socket {
  const { host, port, tls } = address
  const socket = tls
    ? connectTls({
        ...{ host, port, ALPNProtocols: ['http/1.1'], ...files },
        // RFC 6066 §3: an address is no server name.
        ...(isIP(host) === 0 && { servername: host }),
      })
    : connect({ host, port })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
  return socket
}

/** Lines of one name together and in order, without those that `ws` writes itself. */
function collected(fields: readonly string[]): Map<string, string[]> {
  const lines = new Map<string, string[]>()
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (ownFields.has(name)) continue
    const values = lines.get(name)
    if (values === undefined) lines.set(name, [fields[i + 1]!])
    else values.push(fields[i + 1]!)
  }
  return lines
}

function fieldsOf({ rawHeaders }: IncomingMessage, without?: ReadonlySet<string>): string[] {
  const fields: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (without?.has(name) !== true) fields.push(name, rawHeaders[i + 1]!)
  }
  return fields
}
