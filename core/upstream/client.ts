// thread: edge
// Our own HTTP/1.1 client: a pool of connections to each upstream, one call on each at a time. No promises, no streams; a
// call costs one object and, where it has no body, one write.

import { Buffer } from 'node:buffer'
import { performance } from 'node:perf_hooks'
import type { Clock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import { ResponseMemory } from '../http1/response-memory.js'
import type { UpstreamAddress } from './address.js'
import { nextUpstream } from './balancing.js'
import { Call, type CallOwner } from './call.js'
import { Pool } from './pool.js'
import type { ClientOptions, ResponseSink, UpstreamCall, UpstreamRequest } from './upstream-call.js'

export type { UpstreamAddress } from './address.js'
export type { CallTimes, ClientOptions, ResponseSink, UpstreamCall, UpstreamRequest } from './upstream-call.js'

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

  /** `clock`: for tests, which then call `sweep` themselves, and for a clock that `onRead` turns. */
  constructor(
    upstreams: readonly UpstreamAddress[],
    options: ClientOptions,
    clock: Clock = monotonic,
    onRead: () => void = () => {},
  ) {
    this.options = options
    this.clock = clock
    const shared = { readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES), memory: new ResponseMemory(), onRead }
    this.#pools = upstreams.map(address => new Pool(address, options, shared, clock))
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
