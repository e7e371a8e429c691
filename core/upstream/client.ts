// thread: edge
// Our own HTTP/1.1 client: a pool of connections to each upstream, one call on each at a time. No promises, no streams; a
// call costs one object and, where it has no body, one write.
import type { Clock } from '../clock/clock.js'
import { systemClock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { UpstreamAddress } from './address.js'
import { tryOrder } from './balancing.js'
import { type Carried, Connection, type ConnectionOwner } from './connection.js'

export interface ClientOptions {
  readonly connectTimeoutMs: number
  /** From the end of the request to the head of its answer. */
  readonly responseTimeoutMs: number
  /** Silence in the middle of an answer. */
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  /** To one upstream. */
  readonly maxConnections: number
  /** How often a call is sent again on another connection. */
  readonly retries: number
}

export interface UpstreamRequest {
  readonly method: string
  /** Whole head, latin1, ending in the empty line. */
  readonly head: string
  /** 0: none; > 0: known; -1: chunked, the client frames it. */
  readonly bodyLength: number
  /** May be sent again although something of it was sent (RFC 9110 §9.2.2). */
  readonly repeatable: boolean
}

/** Hears `onHead`, `onData`…, `onEnd`, or `onFault` once, after which nothing comes. Never called from inside `request`. */
export interface ResponseSink {
  /** Flat, names in lower case, framing fields included. `bodyLength` -1: chunked or until close. */
  onHead(status: number, reason: string, headers: string[], bodyLength: number): void
  /** A view on the shared read buffer: valid during the call only. */
  onData(chunk: Buffer): void
  onEnd(): void
  /** `received`: bytes of the answer so far. */
  onFault(code: FaultCode, received: number): void
  /** The request body may go on. */
  onDrain(): void
}

export interface UpstreamCall {
  /** Taken or copied before it returns. False: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  end(): void
  /** Stop and go on reading the answer. */
  pause(): void
  resume(): void
  /** The answer is not wanted any more; the sink hears nothing. */
  abort(): void
}

const READ_BUFFER_BYTES = 64 * 1024
const SWEEP_MS = 50

interface Pool {
  readonly address: UpstreamAddress
  readonly idle: Connection[]
  readonly waiting: Call[]
  open: number
}

export class UpstreamClient implements ConnectionOwner {
  readonly options: ClientOptions
  readonly #pools: Pool[]
  readonly #clock: Clock
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)
  /** Which call a connection is being opened for. */
  readonly #opening = new Map<Connection, Call>()
  readonly #active = new Set<Call>()
  readonly #timer: NodeJS.Timeout
  #turn = 0
  #retries = 0

  /** `clock`: for tests, which then call `sweep` themselves. */
  constructor(upstreams: readonly UpstreamAddress[], options: ClientOptions, clock: Clock = systemClock) {
    this.options = options
    this.#clock = clock
    this.#pools = upstreams.map(address => ({ address, idle: [], waiting: [], open: 0 }))
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS)
    this.#timer.unref()
  }

  request(request: UpstreamRequest, sink: ResponseSink): UpstreamCall {
    const call = new Call(this, request, sink, tryOrder(this.#pools.length, this.#turn++))
    this.#active.add(call)
    this.#place(call, false)
    return call
  }

  stats(): { open: number; idle: number; waiting: number; retries: number } {
    let open = 0
    let idle = 0
    let waiting = 0
    for (const pool of this.#pools) {
      open += pool.open
      idle += pool.idle.length
      waiting += pool.waiting.length
    }
    return { open, idle, waiting, retries: this.#retries }
  }

  /** Ends the calls whose time is up. One timer for all of them: a timer a call would cost more than the call. */
  sweep(): void {
    const now = this.#clock.now()
    for (const call of this.#active) {
      const code = call.overdue(now)
      if (code === undefined) continue
      const { opening } = call
      if (opening === undefined) {
        this.#fail(call, code)
        continue
      }
      // A connection that is not accepted would keep its place for minutes.
      this.#opening.delete(opening)
      call.opening = undefined
      opening.destroy()
      this.#elsewhere(call, code)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const call of [...this.#active]) call.abort()
    for (const pool of this.#pools) for (const connection of [...pool.idle]) connection.destroy()
  }

  now(): number {
    return this.#clock.now()
  }

  // ── where a call goes ──────────────────────────────────────────────────────────────────────────────────────────────

  /** `fresh`: not on a connection that may have gone stale. */
  #place(call: Call, fresh: boolean): void {
    const pool = this.#pools[call.target]!
    const idle = fresh ? undefined : pool.idle.pop()
    if (idle !== undefined) {
      call.start(idle)
      return
    }
    if (pool.open >= this.options.maxConnections) {
      call.waitFor('pool')
      pool.waiting.push(call)
      return
    }
    pool.open += 1
    call.waitFor('connect')
    const connection = new Connection(pool.address, this, this.#readBuffer, this.options.maxHeaderBytes)
    call.opening = connection
    this.#opening.set(connection, call)
  }

  onConnected(connection: Connection): void {
    const call = this.#opening.get(connection)
    this.#opening.delete(connection)
    if (call === undefined) this.onIdle(connection)
    else call.start(connection)
  }

  onConnectFailed(connection: Connection, code: FaultCode): void {
    const call = this.#opening.get(connection)
    this.#opening.delete(connection)
    this.#poolOf(connection).open -= 1
    if (call !== undefined) this.#elsewhere(call, code)
    this.#feed(this.#poolOf(connection))
  }

  onIdle(connection: Connection): void {
    const pool = this.#poolOf(connection)
    const next = pool.waiting.shift()
    if (next === undefined) pool.idle.push(connection)
    else next.start(connection)
  }

  onClosed(connection: Connection): void {
    const pool = this.#poolOf(connection)
    pool.open -= 1
    const at = pool.idle.indexOf(connection)
    if (at >= 0) pool.idle.splice(at, 1)
    this.#feed(pool)
  }

  /** A place has become free. */
  #feed(pool: Pool): void {
    if (pool.open >= this.options.maxConnections) return
    const next = pool.waiting.shift()
    if (next !== undefined) this.#place(next, true)
  }

  #poolOf(connection: Connection): Pool {
    return this.#pools.find(pool => pool.address === connection.address)!
  }

  /** Nothing was sent: any request may try the next upstream. */
  #elsewhere(call: Call, code: FaultCode): void {
    if (call.nextTarget()) this.#place(call, false)
    else this.#fail(call, code)
  }

  /** @internal A connection broke under a call. */
  broke(call: Call, code: FaultCode, received: number, wasUsed: boolean): void {
    // RFC 9112 §9.3.1: an idle connection may be closed at any time; a request that met this is sent again, once and only
    // where nothing was answered, nothing of a body is lost, and a second time does no harm.
    if (received === 0 && wasUsed && call.mayRepeat && call.repeats < this.options.retries) {
      call.repeats += 1
      this.#retries += 1
      this.#place(call, true)
      return
    }
    this.#fail(call, code, received)
  }

  /** @internal */
  finished(call: Call): void {
    this.#active.delete(call)
  }

  #fail(call: Call, code: FaultCode, received = call.received): void {
    this.#active.delete(call)
    call.leave()
    call.sink.onFault(code, received)
  }

  /** @internal The call is gone: nothing waits for it any more. */
  forget(call: Call): void {
    this.#active.delete(call)
    const { waiting } = this.#pools[call.target]!
    const at = waiting.indexOf(call)
    if (at >= 0) waiting.splice(at, 1)
    if (call.opening !== undefined) {
      // The connection goes on opening and serves the next one.
      this.#opening.delete(call.opening)
      call.opening = undefined
    }
  }
}

type Waiting = 'pool' | 'connect' | 'request' | 'head' | 'body' | 'paused'

const overdueFault: Partial<Record<Waiting, FaultCode>> = {
  pool: 'CHAOS_ERR_UPSTREAM_POOL_FULL',
  connect: 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT',
  head: 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT',
  body: 'CHAOS_ERR_UPSTREAM_IDLE_TIMEOUT',
}

class Call implements UpstreamCall, Carried {
  readonly sink: ResponseSink
  opening: Connection | undefined
  repeats = 0
  received = 0
  readonly #client: UpstreamClient
  readonly #request: UpstreamRequest
  readonly #order: number[]
  #tried = 0
  #connection: Connection | undefined
  #waiting: Waiting = 'connect'
  #since = 0
  #headSent = false
  /** Body that came before the connection stood. */
  #early: Buffer[] = []
  #bodySent = false
  #ended = false

  constructor(client: UpstreamClient, request: UpstreamRequest, sink: ResponseSink, order: number[]) {
    this.#client = client
    this.#request = request
    this.sink = sink
    this.#order = order
    this.#ended = request.bodyLength === 0
  }

  get target(): number {
    return this.#order[this.#tried]!
  }

  nextTarget(): boolean {
    if (this.#tried + 1 >= this.#order.length) return false
    this.#tried += 1
    return true
  }

  get mayRepeat(): boolean {
    return this.#request.repeatable && !this.#bodySent
  }

  waitFor(what: Waiting): void {
    this.#waiting = what
    this.#since = this.#client.now()
  }

  /** The fault of a call whose time is up. */
  overdue(now: number): FaultCode | undefined {
    const { connectTimeoutMs, responseTimeoutMs, idleTimeoutMs } = this.#client.options
    const limitMs =
      this.#waiting === 'head' ? responseTimeoutMs : this.#waiting === 'body' ? idleTimeoutMs : connectTimeoutMs
    return now - this.#since < limitMs ? undefined : overdueFault[this.#waiting]
  }

  // ── the request ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A connection stands: what there is goes out. */
  start(connection: Connection): void {
    this.opening = undefined
    this.#connection = connection
    connection.carry(this, this.#request.method)
    if (this.#request.bodyLength === 0) {
      this.#headSent = true
      connection.writeHead(this.#request.head)
      this.waitFor('head')
      return
    }
    this.#headSent = false
    this.waitFor('request')
    // The head waits for the first piece of the body, so that both leave together.
    if (this.#early.length === 0 && !this.#ended) return
    connection.cork()
    this.#sendHead(connection)
    for (const chunk of this.#early) this.#sendBody(connection, chunk)
    if (this.#early.length > 0) this.#early = []
    if (this.#ended) this.#sendEnd(connection)
    connection.uncork()
    this.sink.onDrain()
  }

  write(chunk: Buffer): boolean {
    const connection = this.#connection
    if (connection === undefined) {
      this.#early.push(Buffer.from(chunk))
      return false
    }
    if (this.#headSent) return this.#sendBody(connection, Buffer.from(chunk))
    connection.cork()
    this.#sendHead(connection)
    const taken = this.#sendBody(connection, Buffer.from(chunk))
    connection.uncork()
    return taken
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    const connection = this.#connection
    if (connection === undefined) return
    this.#sendHead(connection)
    this.#sendEnd(connection)
  }

  #sendHead(connection: Connection): void {
    if (this.#headSent) return
    this.#headSent = true
    connection.writeHead(this.#request.head)
  }

  #sendBody(connection: Connection, chunk: Buffer): boolean {
    this.#bodySent = true
    if (this.#request.bodyLength >= 0) return connection.write(chunk)
    connection.writeHead(`${chunk.length.toString(16)}\r\n`)
    connection.write(chunk)
    return connection.writeHead('\r\n')
  }

  #sendEnd(connection: Connection): void {
    if (this.#request.bodyLength < 0) connection.writeHead('0\r\n\r\n')
    // The answer may have begun before the request was whole (RFC 9112 §9.5).
    if (this.#waiting === 'request') this.waitFor('head')
  }

  pause(): void {
    this.#connection?.pause()
    if (this.#waiting === 'body') this.#waiting = 'paused'
  }

  resume(): void {
    this.#connection?.resume()
    if (this.#waiting === 'paused') this.waitFor('body')
  }

  abort(): void {
    this.#client.forget(this)
    this.leave()
  }

  /** Lets go of the connection, which cannot be used for another call now. */
  leave(): void {
    this.#client.forget(this)
    const connection = this.#connection
    this.#connection = undefined
    connection?.destroy()
  }

  // ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────────────

  onHead(status: number, reason: string, headers: string[], bodyLength: number): void {
    this.received = 1
    this.waitFor('body')
    this.sink.onHead(status, reason, headers, bodyLength)
  }

  onData(chunk: Buffer): void {
    this.received += chunk.length
    if (this.#waiting === 'body') this.#since = this.#client.now()
    this.sink.onData(chunk)
  }

  onEnd(reusable: boolean): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#client.finished(this)
    // An early answer to a request that is still being sent: what is left of it would be taken for the next request.
    if (reusable && !this.#ended) connection?.destroy()
    this.sink.onEnd()
  }

  onBroken(code: FaultCode, received: number): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#client.broke(this, code, received, connection?.used ?? false)
  }

  onDrain(): void {
    this.sink.onDrain()
  }
}
