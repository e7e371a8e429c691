// thread: edge
// Our own HTTP/1.1 client: a pool of connections to each upstream, one call on each at a time. No promises, no streams; a
// call costs one object and, where it has no body, one write.
import type { Clock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { UpstreamAddress } from './address.js'
import { nextUpstream } from './balancing.js'
import { Call, type CallOwner } from './call.js'
import { Pool } from './pool.js'

export type { UpstreamAddress } from './address.js'

export interface ClientOptions {
  /** Longest wait for a connection: for the upstream to accept one, or for one to become free. */
  readonly connectTimeoutMs: number
  /** From the end of the request to the head of its answer. */
  readonly responseTimeoutMs: number
  /** Silence in the middle of an answer, and of an upstream that does not take the rest of a request. */
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  /** To one upstream, from this client. */
  readonly maxConnections: number
  /** How often a call is sent again on another connection. */
  readonly retries: number
  /** Certificates that an upstream is checked against, PEM. Undefined: the store of Node. */
  readonly ca?: string | undefined
}

export interface UpstreamRequest {
  readonly method: string
  /** Whole head, latin1, ending in the empty line; framing as `bodyLength` says, no hop-by-hop fields. */
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
  /** Copied before it returns. False: wait for `onDrain`. Throws where it is more than `bodyLength`. */
  write(chunk: Buffer): boolean
  /** The body is whole. Throws where it is not as long as `bodyLength`: such a call is to be aborted. */
  end(): void
  /** Stop and go on reading the answer. What has been read already, one read buffer at most, still comes. */
  pause(): void
  resume(): void
  /** The answer is not wanted any more: closes the connection, the sink hears nothing. No-op after the end. */
  abort(): void
}

const READ_BUFFER_BYTES = 64 * 1024
const SWEEP_MS = 50

/** A clock that nobody can set: times out nothing when the time of day jumps. */
const monotonic: Clock = { now: () => performance.now() }

export class UpstreamClient implements CallOwner {
  readonly options: ClientOptions
  readonly clock: Clock
  readonly #pools: Pool[]
  readonly #timer: NodeJS.Timeout
  #turn = 0
  #retries = 0

  /** `clock`: for tests, which then call `sweep` themselves. */
  constructor(upstreams: readonly UpstreamAddress[], options: ClientOptions, clock: Clock = monotonic) {
    this.options = options
    this.clock = clock
    // One buffer for all: what is in it has been used or copied when the next read comes.
    const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)
    this.#pools = upstreams.map(address => new Pool(address, options, readBuffer, clock))
    // One timer for all calls: a timer a call would cost more than the call.
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS)
    this.#timer.unref()
  }

  request(request: UpstreamRequest, sink: ResponseSink): UpstreamCall {
    const call = new Call(this, request, sink)
    this.#turn += 1
    this.#place(call)
    return call
  }

  /** Connections (those being opened included), calls that wait for one, and how often a call was sent again. */
  stats(): { open: number; idle: number; waiting: number; retries: number } {
    let open = 0
    let idle = 0
    let waiting = 0
    for (const pool of this.#pools) {
      open += pool.open
      idle += pool.idle
      waiting += pool.waiting
    }
    return { open, idle, waiting, retries: this.#retries }
  }

  /** Ends what has lasted too long. Runs by itself every 50 ms. */
  sweep(): void {
    const now = this.clock.now()
    for (const pool of this.#pools) pool.sweep(now)
  }

  /** Closes every connection. The sinks of calls under way hear nothing more. */
  close(): void {
    clearInterval(this.#timer)
    for (const pool of this.#pools) pool.close()
  }

  // ── for calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

  goOn(call: Call, code: FaultCode): void {
    if (!this.#place(call)) call.fail(code, 0)
  }

  repeat(call: Call): void {
    this.#retries += 1
    this.#pools[call.target]!.take(call, call.choice)
  }

  forget(call: Call): void {
    this.#pools[call.target]!.forget(call)
  }

  /** False: it has tried every upstream. */
  #place(call: Call): boolean {
    const target = nextUpstream(this.#pools, this.#turn, call.tried, this.clock.now())
    if (target < 0) return false
    call.target = target
    call.tried.push(target)
    this.#pools[target]!.take(call, call.choice)
    return true
  }
}
