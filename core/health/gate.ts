// thread: edge
// May this request go to the upstream? Asked of the circuit of the upstream and of that of the route, on every request: where
// both are closed that is two loads. Where one is not, the clock decides here and now; main's next look is not waited for.

import type { Clock } from '../clock/clock.js'
import { UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import { shareAfterMs } from './circuit.js'
import { type CallOutcome, type CircuitCells, gates, type Ticket } from './circuit-cells.js'

/**
 * `pass`: it goes. `shut`: it does not. `held`: it may, but the upstream came back a moment ago, and whoever can be answered
 * without it should be. A probe: it goes, and what becomes of it decides.
 */
export type Admission = 'pass' | 'shut' | 'held' | Probe

export class Gate {
  readonly #cells: CircuitCells
  readonly #edge: number
  readonly #clock: Clock
  readonly #rampMs: number
  /** Percent of a request that may pass beyond those that did. The first one may. */
  #credit = 100

  /** `clock`: steady, the one that main looks at circuits by. */
  constructor(cells: CircuitCells, edge: number, clock: Clock, rampMs: number) {
    this.#cells = cells
    this.#edge = edge
    this.#clock = clock
    this.#rampMs = rampMs
  }

  /** `circuit`: of its route. */
  admit(circuit: number): Admission {
    const upstream = this.#cells.gate(UPSTREAM_CIRCUIT)
    const route = this.#cells.gate(circuit)
    if (upstream === gates.closed && route === gates.closed) return 'pass'
    return this.#consider(upstream, route, circuit)
  }

  #consider(upstream: number, route: number, circuit: number): Admission {
    const now = this.#clock.now()
    const mustTry = (gate: number): boolean => gate === gates.open || gate === gates.halfOpen
    // Also while the upstream is tried: a route that fails by itself is no measure of it.
    if (!this.#isDue(UPSTREAM_CIRCUIT, upstream, now) || !this.#isDue(circuit, route, now)) return 'shut'
    if (!mustTry(upstream) && !mustTry(route)) return this.#share(upstream, route, circuit, now)
    let ofRoute: Ticket | undefined
    if (mustTry(route)) {
      ofRoute = this.#cells.take(this.#edge, circuit, circuit, now)
      if (ofRoute === undefined) return 'shut'
    }
    let ofUpstream: Ticket | undefined
    if (mustTry(upstream)) {
      ofUpstream = this.#cells.take(this.#edge, UPSTREAM_CIRCUIT, circuit, now)
      if (ofUpstream === undefined) {
        if (ofRoute !== undefined) this.#cells.giveBack(ofRoute)
        return 'shut'
      }
    }
    return new Probe(this.#cells, ofUpstream, ofRoute)
  }

  #isDue(circuit: number, gate: number, now: number): boolean {
    return gate !== gates.open || this.#cells.sinceGateMs(circuit, now) >= 0
  }

  #share(upstream: number, route: number, circuit: number, now: number): Admission {
    const shareOf = (gate: number, of: number): number =>
      gate === gates.recovering ? shareAfterMs(this.#cells.sinceGateMs(of, now), this.#rampMs) : 100
    const share = Math.min(shareOf(upstream, UPSTREAM_CIRCUIT), shareOf(route, circuit))
    if (share === 100) return 'pass'
    this.#credit += share
    if (this.#credit < 100) return 'held'
    this.#credit -= 100
    return 'pass'
  }
}

/** A request that tries what is not closed: the upstream, its own route, or both. */
export class Probe {
  readonly #cells: CircuitCells
  readonly #upstream: Ticket | undefined
  readonly #route: Ticket | undefined

  constructor(cells: CircuitCells, upstream: Ticket | undefined, route: Ticket | undefined) {
    this.#cells = cells
    this.#upstream = upstream
    this.#route = route
  }

  settle(outcome: CallOutcome): void {
    switch (outcome) {
      case 'ok':
        this.#end(this.#upstream, outcome)
        this.#end(this.#route, outcome)
        break
      case 'lost':
        // Whether its route is well nobody learned.
        this.#end(this.#upstream, outcome)
        this.#end(this.#route, undefined)
        break
      default:
        // A route that was known to fail has failed again: no news of the upstream.
        this.#end(this.#upstream, this.#route === undefined ? outcome : undefined)
        this.#end(this.#route, outcome)
    }
  }

  /** It came to nothing, for its client went away: others may try. */
  giveBack(): void {
    this.#end(this.#upstream, undefined)
    this.#end(this.#route, undefined)
  }

  #end(ticket: Ticket | undefined, outcome: CallOutcome | undefined): void {
    if (ticket === undefined) return
    if (outcome === undefined) this.#cells.giveBack(ticket)
    else this.#cells.settle(ticket, outcome)
  }
}
