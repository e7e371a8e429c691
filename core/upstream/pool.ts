// thread: any
// The connections to one upstream: the last one used is used first, so that the others may be closed; calls that find none
// wait in order of arrival.
import type { SecureContext } from 'node:tls'
import type { Clock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { UpstreamAddress } from './address.js'
import { REST_MS } from './balancing.js'
import { Connection, type ConnectionOwner, type SharedByConnections } from './connection.js'

/** A call without connection. */
export interface Seeker {
  /** A connection stands, new or proven by an answer just now. */
  start(connection: Connection): void
  /** There will be none from this upstream. Nothing was sent. */
  onNoConnection(code: FaultCode): void
}

/**
 * - any: also one that has been idle for long, which the upstream may be closing at this moment
 * - recent: only one that was in use a moment ago, because the call cannot be sent again
 * - proven: none that was idle, because such a one has just failed this call
 */
export type Choice = 'any' | 'recent' | 'proven'

export interface PoolOptions {
  /** Longest wait for a connection, be it for the upstream to accept one or for one to become free. */
  readonly connectTimeoutMs: number
  readonly maxHeaderBytes: number
  readonly maxConnections: number
  /** For https upstreams; undefined: what Node trusts, and no certificate of ours. */
  readonly secureContext?: SecureContext | undefined
}

/** An idle connection is closed after this, ms, or earlier where the upstream says so. */
const MAX_IDLE_MS = 60_000
/** For calls that cannot be sent again: an upstream that closes idle connections does not do it as early as this. */
const RECENT_MS = 1000
/** Before the upstream closes an idle connection, ms. */
const KEEP_ALIVE_MARGIN_MS = 1000

/** So many connections that broke, or were not accepted: nobody listens any more, and what waits is told at once. */
const PROOFS = 3

interface Waiting {
  readonly seeker: Seeker
  readonly since: number
}

export class Pool implements ConnectionOwner {
  readonly address: UpstreamAddress
  tlsSession: Buffer | undefined
  /** It accepted no connection lately; on the clock of the pool, ms. */
  restsUntil = Number.NEGATIVE_INFINITY
  readonly #options: PoolOptions
  readonly #shared: SharedByConnections
  readonly #clock: Clock
  readonly #all = new Set<Connection>()
  readonly #opening = new Set<Connection>()
  /** Longest idle first. */
  readonly #idle: Connection[] = []
  readonly #waiting: Waiting[] = []
  /** Connections that broke under calls since one came to stand: the upstream may be dying, or dead. */
  #broken = 0
  /** Connections in a row that it did not accept. */
  #refusals = 0
  #closed = false
  #draining = false

  constructor(address: UpstreamAddress, options: PoolOptions, shared: SharedByConnections, clock: Clock) {
    this.address = address
    this.#options = options
    this.#shared = shared
    this.#clock = clock
  }

  /** Connections, those being opened included. */
  get open(): number {
    return this.#all.size
  }

  get idle(): number {
    return this.#idle.length
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** As many connections as allowed, and none is free: a call would have to wait. */
  get isFull(): boolean {
    return this.#idle.length === 0 && this.#all.size >= this.#options.maxConnections
  }

  /** Gives `seeker` a connection, at once where one is idle. */
  take(seeker: Seeker, choice: Choice): void {
    if (this.#closed) return
    const now = this.#clock.now()
    const connection = choice === 'proven' ? undefined : this.#idle.at(-1)
    if (
      connection !== undefined &&
      now - connection.idleAt < (choice === 'any' ? idleLimitMs(connection) : RECENT_MS)
    ) {
      this.#idle.pop()
      seeker.start(connection)
      return
    }
    this.#waiting.push({ seeker, since: now })
    // One that is not good enough for this call makes room for one that is.
    if (this.#all.size >= this.#options.maxConnections) this.#idle[0]?.destroy()
    this.#openAsNeeded()
  }

  /** `seeker` waits no more. A connection that is being opened for it serves another one. */
  forget(seeker: Seeker): void {
    const at = this.#waiting.findIndex(waiting => waiting.seeker === seeker)
    if (at >= 0) this.#waiting.splice(at, 1)
  }

  /** Ends what has lasted too long: opening, waiting, being idle, and the calls under way. */
  sweep(now: number): void {
    const { connectTimeoutMs } = this.#options
    for (const connection of this.#opening) if (now - connection.openedAt >= connectTimeoutMs) connection.giveUp()
    // The first ones in the queue wait for what is being opened, those behind them for one to become free.
    let place = 0
    const isFull = this.#all.size >= this.#options.maxConnections
    while (this.#waiting.length > 0 && now - this.#waiting[0]!.since >= connectTimeoutMs) {
      const isOpening = place++ < this.#opening.size || !isFull
      const code = isOpening ? 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT' : 'CHAOS_ERR_UPSTREAM_POOL_FULL'
      this.#waiting.shift()!.seeker.onNoConnection(code)
    }
    while (this.#idle.length > 0 && now - this.#idle[0]!.idleAt >= idleLimitMs(this.#idle[0]!)) this.#idle[0]!.destroy()
    for (const connection of this.#all) connection.carried?.sweep(now)
  }

  /** From now on no connection is kept idle. Calls under way, and those that wait, go on to their end. */
  drain(): void {
    this.#draining = true
    while (this.#idle.length > 0) this.#idle[0]!.destroy()
  }

  /** Closes all connections. Calls hear nothing of that. */
  close(): void {
    this.#closed = true
    this.#waiting.length = 0
    for (const connection of this.#all) connection.destroy()
  }

  // ── what connections say ───────────────────────────────────────────────────────────────────────────────────────────

  onConnected(connection: Connection): void {
    this.#opening.delete(connection)
    this.restsUntil = Number.NEGATIVE_INFINITY
    this.#broken = 0
    this.#refusals = 0
    this.onIdle(connection)
    this.#openAsNeeded()
  }

  onConnectFailed(connection: Connection, code: FaultCode): void {
    this.#opening.delete(connection)
    this.#all.delete(connection)
    this.restsUntil = this.#clock.now() + REST_MS
    this.#refusals = code === 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT' ? 0 : this.#refusals + 1
    if (this.#broken > 0 && this.#refusals > 0 && this.#broken + this.#refusals >= PROOFS) {
      for (const { seeker } of this.#waiting.splice(0)) seeker.onNoConnection(code)
      this.#openAsNeeded()
      return
    }
    // One failure fails one call, unless enough are still being opened for all that wait.
    const failed = this.#waiting.length > this.#opening.size ? this.#waiting.shift() : undefined
    failed?.seeker.onNoConnection(code)
    this.#openAsNeeded()
  }

  onIdle(connection: Connection): void {
    const next = this.#waiting.shift()
    if (next !== undefined) {
      next.seeker.start(connection)
      return
    }
    if (this.#draining) {
      connection.destroy()
      return
    }
    connection.idleAt = this.#clock.now()
    this.#idle.push(connection)
  }

  onBroke(): void {
    this.#broken += 1
  }

  onSwitched(connection: Connection): void {
    this.#all.delete(connection)
    this.#openAsNeeded()
  }

  onClosed(connection: Connection): void {
    this.#opening.delete(connection)
    this.#all.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#openAsNeeded()
  }

  #openAsNeeded(): void {
    if (this.#closed) return
    // When an upstream dies all that it was at comes back at once, and each connection that is tried makes the first answer later:
    // one finds out for all.
    const wanted = this.#broken > 0 ? Math.min(1, this.#waiting.length) : this.#waiting.length
    while (this.#opening.size < wanted && this.#all.size < this.#options.maxConnections) {
      const { maxHeaderBytes, secureContext } = this.#options
      const connection = new Connection(this, this.#shared, maxHeaderBytes, secureContext, this.#clock.now())
      this.#opening.add(connection)
      this.#all.add(connection)
    }
  }
}

function idleLimitMs({ keepAliveMs }: Connection): number {
  if (keepAliveMs < 0) return MAX_IDLE_MS
  return Math.min(MAX_IDLE_MS, Math.max(keepAliveMs - KEEP_ALIVE_MARGIN_MS, keepAliveMs / 2))
}
