// thread: any
// Our own HTTP/1.1 client: a pool of connections to each upstream, one call on each at a time. No promises, no streams; a
// call costs one object and, where it has no body, one write.
import { Buffer } from 'node:buffer'
import { performance } from 'node:perf_hooks'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Clock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { UpstreamReport } from '../contract/upstreams.js'
import { ResponseMemory } from '../http1/response-memory.js'
import type { UpstreamAddress } from './address.js'
import { chooseUpstream, type Draw } from './balancing.js'
import { Call, type CallOwner } from './call.js'
import type { SharedByConnections } from './connection.js'
import { Upstream } from './upstream.js'
import type { ClientOptions, ResponseSink, UpstreamCall, UpstreamRequest } from './upstream-call.js'

export type { UpstreamAddress } from './address.js'
export type {
  CallTimes,
  ClientOptions,
  ResponseSink,
  UpstreamCall,
  UpstreamRequest,
  UpstreamTls,
} from './upstream-call.js'

const READ_BUFFER_BYTES = 64 * 1024
const SWEEP_MS = 50

/** A clock that nobody can set: times out nothing when the time of day jumps. */
const monotonic: Clock = { now: () => performance.now() }

export class UpstreamClient implements CallOwner {
  readonly options: ClientOptions
  readonly clock: Clock
  readonly #shared: SharedByConnections
  readonly #timer: NodeJS.Timeout
  /** Changed for every choice: an object less for each call. */
  readonly #draw: { -readonly [K in keyof Draw]: Draw[K] }
  #upstreams: readonly Upstream[] = []
  /** Not listed any more, with calls under way. */
  readonly #leaving = new Set<Upstream>()
  #secureContext: SecureContext | undefined
  /** Counts lists of upstreams for which heads must be made anew. */
  #heads = 0
  #retries = 0

  /** `clock`: for tests, which then call `sweep` themselves, and for a clock that `onRead` turns. `random`: for tests. */
  constructor(
    upstreams: readonly UpstreamAddress[],
    options: ClientOptions,
    clock: Clock = monotonic,
    onRead: () => void = () => {},
    random: () => number = Math.random,
  ) {
    this.options = options
    this.clock = clock
    this.#shared = { readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES), memory: new ResponseMemory(), onRead }
    this.#draw = { rule: options.balance, turn: -1, key: undefined, random }
    this.setUpstreams(upstreams)
    // One timer for all calls: a timer a call would cost more than the call.
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS)
    this.#timer.unref()
  }

  request(request: UpstreamRequest, sink: ResponseSink): UpstreamCall {
    const call = new Call(this, request, sink, this.#heads)
    // Begins anew before it grows out of what is counted fast.
    this.#draw.turn = (this.#draw.turn + 1) & 0x3fffffff
    this.#place(call)
    return call
  }

  /** For what speaks another protocol with an upstream, and tells it what became of that. Undefined: all have been tried. */
  choose(tried: readonly Upstream[]): Upstream | undefined {
    this.#draw.key = undefined
    this.#draw.turn = (this.#draw.turn + 1) & 0x3fffffff
    return chooseUpstream(this.#upstreams, tried, this.#draw, this.clock.now())
  }

  // ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * From now on calls go to these, at least one. Connections to those that stay stay; on those that are left out calls under
   * way go on to their end. `headsStay`: a head that was made as a text before this is right for the new ones too; else a
   * call with such a head does not go on to another upstream.
   */
  setUpstreams(addresses: readonly UpstreamAddress[], headsStay = true): void {
    if (addresses.length === 0) throw new Error('a list of upstreams has at least one')
    const before = new Map(this.#upstreams.map(upstream => [upstream.address.url, upstream]))
    const next = new Map<string, Upstream>()
    for (const address of addresses) {
      if (!next.has(address.url)) next.set(address.url, before.get(address.url) ?? this.#open(address))
    }
    this.#upstreams = [...next.values()]
    if (!headsStay) this.#heads += 1
    for (const [url, upstream] of before) {
      if (next.has(url)) continue
      upstream.pool.drain()
      if (!upstream.isGone) this.#leaving.add(upstream)
    }
  }

  /** What a health check found. */
  setHealthy(url: string, healthy: boolean): void {
    const upstream = this.#upstreams.find(({ address }) => address.url === url)
    upstream?.standing.setHealthy(healthy, this.clock.now())
  }

  #open(address: UpstreamAddress): Upstream {
    const { tls } = this.options
    // Made once: for each connection anew it would read the certificates each time.
    if (address.tls && tls !== undefined) this.#secureContext ??= createSecureContext(tls)
    return new Upstream(address, { ...this.options, secureContext: this.#secureContext }, this.#shared, this.clock)
  }

  // ── for those who watch ────────────────────────────────────────────────────────────────────────────────────────────

  /** Connections (those being opened included), calls that wait for one, and how often a call was sent again. */
  stats(): { open: number; idle: number; waiting: number; retries: number } {
    let open = 0
    let idle = 0
    let waiting = 0
    for (const { pool } of this.#all()) {
      open += pool.open
      idle += pool.idle
      waiting += pool.waiting
    }
    return { open, idle, waiting, retries: this.#retries }
  }

  /** Each upstream; counts since the last report. */
  report(): Omit<UpstreamReport, 'version'> {
    return {
      upstreams: this.#upstreams.map(upstream => upstream.report()),
      leaving: [...this.#leaving].map(({ address, outstanding }) => ({ url: address.url, outstanding })),
    }
  }

  /** Ends what has lasted too long. Runs by itself every 50 ms. */
  sweep(): void {
    const now = this.clock.now()
    for (const { pool } of this.#all()) pool.sweep(now)
    for (const upstream of this.#leaving) if (upstream.isGone) this.#leaving.delete(upstream)
  }

  /** Closes every connection. The sinks of calls under way hear nothing more. */
  close(): void {
    clearInterval(this.#timer)
    for (const { pool } of this.#all()) pool.close()
  }

  #all(): readonly Upstream[] {
    return this.#leaving.size === 0 ? this.#upstreams : [...this.#upstreams, ...this.#leaving]
  }

  // ── for calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

  goOn(call: Call, code: FaultCode): void {
    if (!this.#placeElsewhere(call)) call.fail(code, 0)
  }

  repeatElsewhere(call: Call, code: FaultCode): void {
    if (this.#placeElsewhere(call)) this.#retries += 1
    else call.fail(code, 0)
  }

  repeat(call: Call, upstream: Upstream): void {
    this.#retries += 1
    // The connection was idle, or its upstream is dying just now, and then a second try there would be wasted.
    const other = this.#otherThatIsReady(call, upstream)
    if (other === undefined) upstream.pool.take(call, call.choice)
    else call.goTo(other)
  }

  #otherThatIsReady(call: Call, upstream: Upstream): Upstream | undefined {
    if (!this.#hasRightHead(call)) return undefined
    const now = this.clock.now()
    this.#draw.key = call.request.balanceKey
    const other = chooseUpstream(this.#upstreams, [upstream, ...call.tried], this.#draw, now)
    return other?.rank(now) === 0 ? other : undefined
  }

  #placeElsewhere(call: Call): boolean {
    return this.#hasRightHead(call) && this.#place(call)
  }

  /** For the upstreams that are listed now. */
  #hasRightHead(call: Call): boolean {
    return call.headFor === this.#heads || typeof call.request.head !== 'string'
  }

  /** False: it has tried every upstream. */
  #place(call: Call): boolean {
    const upstream = this.#next(call)
    if (upstream === undefined) return false
    call.goTo(upstream)
    return true
  }

  #next(call: Call): Upstream | undefined {
    if (this.#upstreams.length === 1) {
      const only = this.#upstreams[0]!
      return call.tried.includes(only) ? undefined : only
    }
    this.#draw.key = call.request.balanceKey
    return chooseUpstream(this.#upstreams, call.tried, this.#draw, this.clock.now())
  }
}
