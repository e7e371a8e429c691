// thread: any
// One upstream as this client sees it: its connections, how it stands, and what was counted.
import type { Clock } from '../clock/clock.js'
import { type FaultCode, faults } from '../contract/faults.js'
import type { UpstreamFigures } from '../contract/upstreams.js'
import type { UpstreamAddress } from './address.js'
import { type Candidate, hashOf } from './balancing.js'
import type { SharedByConnections } from './connection.js'
import { type EjectionRules, Standing } from './ejection.js'
import { Pool, type PoolOptions } from './pool.js'

/** Ranks, added up: one that is full or rests is still asked before one that is passed over. */
const FULL = 1
const RESTS = 2
const PASSED_OVER = 3

export class Upstream implements Candidate {
  readonly address: UpstreamAddress
  readonly pool: Pool
  readonly standing: Standing
  readonly seed: number
  outstanding = 0
  readonly #clock: Clock
  #requests = 0
  #failures = 0
  #reportedRequests = 0
  #reportedFailures = 0

  constructor(
    address: UpstreamAddress,
    options: PoolOptions & EjectionRules,
    shared: SharedByConnections,
    clock: Clock,
  ) {
    this.address = address
    this.pool = new Pool(address, options, shared, clock)
    this.standing = new Standing(options)
    this.seed = hashOf(address.url)
    this.#clock = clock
  }

  /** Nothing of it is left: no call, no tunnel, no connection. */
  get isGone(): boolean {
    return this.outstanding === 0 && this.pool.open === 0
  }

  rank(now: number): number {
    const { pool } = this
    // One that accepts no connections must not cost every n-th call its connect timeout.
    const rank = pool.restsUntil > now ? RESTS : pool.isFull ? FULL : 0
    return this.standing.isPassedOver(now) ? rank + PASSED_OVER : rank
  }

  weight(now: number): number {
    return this.standing.weight(now)
  }

  // ── what calls say ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** A call comes here. */
  arrive(): void {
    this.outstanding += 1
    this.#requests += 1
  }

  /** It ended, or went on to another one. */
  leave(): void {
    this.outstanding -= 1
  }

  /** A call that was sent in `era` got its whole answer. */
  succeeded(era: number): void {
    // Nearly always: no failure is forgotten, and no clock is read.
    if (this.standing.isSpotless) return
    this.standing.succeeded(this.#clock.now(), era)
  }

  failed(code: FaultCode): void {
    if (!faults[code].countsAgainstUpstream) return
    this.#failures += 1
    this.standing.failed(this.#clock.now())
  }

  // ── for main ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Counts are those since the last report. */
  report(): UpstreamFigures {
    const figures = {
      url: this.address.url,
      outstanding: this.outstanding,
      connections: this.pool.open,
      full: this.pool.isFull,
      ejectedForMs: Math.max(0, Math.ceil(this.standing.ejectedUntil - this.#clock.now())),
      requests: this.#requests - this.#reportedRequests,
      failures: this.#failures - this.#reportedFailures,
    }
    this.#reportedRequests = this.#requests
    this.#reportedFailures = this.#failures
    return figures
  }
}
