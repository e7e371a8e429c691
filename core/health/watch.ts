// thread: main
// Moves the circuits on the board: that of the upstream, those of routes. `look` is called by a timer and at the first sign of
// a fault; nothing here has a timer of its own.

import type { Clock } from '../clock/clock.js'
import { SHAPE_CIRCUITS, UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import type { LessonRoute } from '../contract/lesson.js'
import type { CircuitStatus, RouteCircuitStatus } from '../contract/status.js'
import type { Log } from '../log/log.js'
import type { Board } from './board.js'
import {
  type Circuit,
  type CircuitRules,
  closedCircuit,
  hopeful,
  nextCircuit,
  opened,
  type Probing,
  shareAfterMs,
  type Window,
} from './circuit.js'
import { type CircuitCells, gates } from './circuit-cells.js'
import { RouteCircuits } from './route-circuits.js'
import { Verdicts } from './verdicts.js'

export interface CircuitWatchParts {
  readonly board: Board
  readonly rules: CircuitRules
  /** Over which calls are counted. */
  readonly windowMs: number
  /** Steady: that of the edges, too. */
  readonly clock: Clock
  /** The time of day, for people. */
  readonly timeOfDay: Clock
  /** 0–1, as Math.random. */
  readonly random: () => number
  /** Names of circuits that other instances have open. */
  readonly openElsewhere?: () => ReadonlySet<string>
  readonly log: Log
}

/** What is known of one circuit. */
interface Kept {
  circuit: Circuit
  /** What calls came to before this is not counted. */
  countedFrom: number
  /** Since the start. */
  opened: number
  probesOk: number
  probesFailed: number
}

/** More often than this it need not be looked, however many edges see faults. */
const LOOK_PAUSE_MS = 10
/** However often it comes and goes, between two tries it is left alone for so long. */
const LEAST_REST_MS = 250
/** Where a probe did not get there: so many connections in a row that it accepts prove that it is there again. */
const ACCEPTED_ENOUGH = 2
/** A look that comes later than this after the last one is worth a line. */
const LATE_MS = 5000
/** Steps that may be due at once: its time was over, its probes have ended. */
const MAX_STEPS = 3

export class CircuitWatch {
  readonly #parts: CircuitWatchParts
  readonly #cells: CircuitCells
  readonly #routes = new RouteCircuits()
  readonly #verdicts: Verdicts
  readonly #kept = new Map<number, Kept>()
  #lookedAt: number
  #hasLooked = false
  #openElsewhere: ReadonlySet<string> = new Set()
  /** Since it opened it was seen to accept no connection. */
  #wasUnreached = false
  /** Connections in a row that it accepted, since a probe did not get there. */
  #accepted = 0
  #late = 0

  constructor(parts: CircuitWatchParts) {
    this.#parts = parts
    this.#cells = parts.board.circuits
    this.#verdicts = new Verdicts(parts.rules)
    this.#lookedAt = parts.clock.now()
    this.#keptOf(UPSTREAM_CIRCUIT)
  }

  /** A lesson came. Returns the circuit of each of its routes, for the edges. */
  learned(routes: readonly LessonRoute[]): readonly number[] {
    const now = this.#parts.clock.now()
    const { circuits, fresh, gone } = this.#routes.assign(routes, now)
    for (const circuit of [...fresh, ...gone]) {
      this.#kept.delete(circuit)
      this.#verdicts.forget(circuit)
      this.#cells.close(circuit, now, false)
      // Another route had it.
      if (this.#cells.window(circuit, now, 0).calls > 0) this.#keptOf(circuit).countedFrom = now
    }
    // What counted for shapes may count for these now: one route must not speak twice.
    if (fresh.length > 0) this.#verdicts.forgetShapes(now)
    return circuits
  }

  /** An edge is gone: what it held tickets for will never end. */
  edgeGone(edge: number): void {
    this.#cells.releaseTickets(edge)
  }

  /** Faults tell main to look; many of them at once, to look once. */
  lookSoon(): void {
    const elapsedMs = this.#parts.clock.now() - this.#lookedAt
    if (elapsedMs < 0 || elapsedMs >= LOOK_PAUSE_MS) this.look()
  }

  /** Counts are read; the states follow from them and from the clock. */
  look(): void {
    const now = this.#parts.clock.now()
    this.#noteLateness(now)
    this.#openElsewhere = this.#parts.openElsewhere?.() ?? this.#openElsewhere
    const upstreamFrom = countedFrom(this.#keptOf(UPSTREAM_CIRCUIT), now)
    this.#verdicts.begin()
    for (const circuit of this.#routes.live) {
      const kept = this.#keptOf(circuit)
      const from = countedFrom(kept, now)
      const window = this.#cells.window(circuit, now, from)
      this.#step(circuit, kept, now, window)
      // What a route did before it opened speaks for or against the upstream, too.
      const heardFrom = Math.max(upstreamFrom, circuit <= SHAPE_CIRCUITS ? this.#verdicts.shapesSince(now) : 0)
      const isSame = Math.max(from, heardFrom) <= now - this.#parts.windowMs
      const heard = isSame ? window : this.#cells.window(circuit, now, heardFrom)
      this.#verdicts.hear(circuit, kept.circuit.state, heard)
    }
    this.#lookAtUpstream(now)
  }

  #lookAtUpstream(now: number): void {
    const kept = this.#keptOf(UPSTREAM_CIRCUIT)
    const lost = this.#cells.window(UPSTREAM_CIRCUIT, now, countedFrom(kept, now))
    const { window, unreached } = this.#verdicts.ofUpstream(lost)
    for (const route of this.#failedAsProbes(now)) {
      const ofRoute = this.#keptOf(route)
      if (route === UPSTREAM_CIRCUIT || ofRoute.circuit.state !== 'closed') continue
      const because = 'a request of it failed while the upstream was tried'
      this.#change(route, ofRoute, this.#opened(ofRoute.circuit, because, now), now)
    }
    this.#step(UPSTREAM_CIRCUIT, kept, now, window, unreached)
  }

  /** A route that was believed to be well and failed the upstream's probe: the next probe should be another's. */
  #failedAsProbes(now: number): readonly number[] {
    const { state } = this.#keptOf(UPSTREAM_CIRCUIT).circuit
    return state === 'closed' ? [] : this.#cells.probing(UPSTREAM_CIRCUIT, now).failedRoutes
  }

  #opened(circuit: Circuit, because: string, now: number): Circuit {
    return opened(circuit, because, false, this.#parts.rules, now, this.#parts.random())
  }

  /** `unreached`: what failed in the window did not reach the upstream. */
  #step(circuit: number, kept: Kept, now: number, window: Window, unreached = false): void {
    const { rules, random } = this.#parts
    let counted = window
    const isOpenElsewhere = this.#openElsewhere.size > 0 && this.#openElsewhere.has(this.#routes.nameOf(circuit))
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const { state } = kept.circuit
      const probing = state === 'closed' ? noProbes : this.#cells.probing(circuit, now)
      const next = nextCircuit(kept.circuit, counted, probing, rules, now, random(), isOpenElsewhere)
      if (next === kept.circuit) break
      if (state === 'half-open') {
        kept.probesOk += probing.ok
        // One that ends late has failed, too.
        if (next.state === 'open') kept.probesFailed += Math.max(1, probing.failed + probing.lost)
      }
      this.#change(circuit, kept, state === 'closed' && unreached ? { ...next, unreached } : next, now)
      counted = noCalls
    }
    this.#endRamp(circuit, kept.circuit, now)
  }

  #change(circuit: number, kept: Kept, next: Circuit, now: number): void {
    const before = kept.circuit.state
    kept.circuit = next
    kept.countedFrom = now
    if (next.state === 'open') {
      // That a probe did not get there, where it seemed to accept connections, may have been chance: it must be seen to be gone.
      if (circuit === UPSTREAM_CIRCUIT)
        this.#wasUnreached = next.unreached && (before === 'closed' || this.#wasUnreached)
      if (circuit === UPSTREAM_CIRCUIT) this.#accepted = 0
      kept.opened += 1
      this.#cells.open(circuit, next.probeAt!)
    } else if (next.state === 'half-open') this.#cells.halfOpen(circuit)
    else {
      this.#cells.close(circuit, now, this.#parts.rules.rampMs > 0)
      this.#verdicts.absolve(circuit)
    }
    const facts = {
      circuit: next.state,
      of: this.#routes.nameOf(circuit),
      because: next.because,
      nextProbeAt: this.#dateOf(next.probeAt),
    }
    this.#parts.log.info(facts, 'circuit')
  }

  #endRamp(circuit: number, { sinceAt, state }: Circuit, now: number): void {
    if (state !== 'closed' || this.#cells.gate(circuit) !== gates.recovering) return
    if (shareAfterMs(now - sinceAt, this.#parts.rules.rampMs) === 100) this.#cells.endRamp(circuit)
  }

  #noteLateness(now: number): void {
    const elapsedMs = now - this.#lookedAt
    const isFirst = !this.#hasLooked
    this.#lookedAt = now
    this.#hasLooked = true
    // Starting takes its time: nothing goes anywhere before.
    if (isFirst || Math.abs(elapsedMs) < LATE_MS) return
    this.#late += 1
    const facts = { lateMs: Math.round(elapsedMs) }
    this.#parts.log.warn(facts, 'nobody looked at the circuits for a while; edges let probes pass meanwhile')
  }

  /** Names of the circuits that are not closed, for other instances. */
  notClosed(): string[] {
    const names: string[] = []
    for (const [circuit, { circuit: known }] of this.#kept)
      if (known.state !== 'closed') names.push(this.#routes.nameOf(circuit))
    return names
  }

  // ── signs of life ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Its time is not over: whether it accepts connections is worth a look. */
  get waitsForConnection(): boolean {
    return this.#keptOf(UPSTREAM_CIRCUIT).circuit.state === 'open'
  }

  /**
   * It was tried whether it accepts connections. Many an upstream that fails does so all the while: only that it does again says
   * something.
   */
  knocked(accepted: boolean): void {
    const { state, unreached } = this.#keptOf(UPSTREAM_CIRCUIT).circuit
    this.#accepted = accepted && state === 'open' && unreached ? this.#accepted + 1 : 0
    // A probe may have set out just before it came back: that it goes on accepting is as good a sign.
    if (accepted && (this.#wasUnreached || this.#accepted >= ACCEPTED_ENOUGH)) {
      this.#accepted = 0
      this.signOfLife()
    }
    this.#wasUnreached = !accepted && state === 'open'
  }

  /**
   * It accepts connections again, a health check succeeds, or another instance reaches it: requests may try as soon as there was a
   * moment of rest. Should they fail, time counts from here on. No request was answered yet: no more than probes may go.
   */
  signOfLife(): void {
    if (!this.waitsForConnection) return
    const now = this.#parts.clock.now()
    // What failed with it is most likely there again with it.
    const hoped = [UPSTREAM_CIRCUIT, ...this.#routes.live].filter(circuit => this.#hope(circuit, now))
    if (hoped.length === 0) return
    const { probeAt } = this.#keptOf(UPSTREAM_CIRCUIT).circuit
    this.#parts.log.info({ nextProbeAt: this.#dateOf(probeAt) }, 'the upstream shows a sign of life')
  }

  /** False: it is not open, or may be tried as soon without. */
  #hope(circuit: number, now: number): boolean {
    const kept = this.#keptOf(circuit)
    const { state, sinceAt, probeAt } = kept.circuit
    if (state !== 'open' || probeAt === undefined) return false
    const earlier = Math.max(now, sinceAt + Math.min(LEAST_REST_MS, this.#parts.rules.openMs))
    if (earlier >= probeAt) return false
    this.#advance(circuit, kept, hopeful(kept.circuit, earlier, now))
    return true
  }

  /** Others stand behind the proxy now: what failed before says little of them. */
  upstreamsReplaced(): void {
    const now = this.#parts.clock.now()
    for (const circuit of [UPSTREAM_CIRCUIT, ...this.#routes.live]) {
      const kept = this.#keptOf(circuit)
      if (kept.circuit.state !== 'open') continue
      this.#advance(circuit, kept, { ...kept.circuit, probeAt: now, openings: 1, unreached: false })
    }
  }

  /** Since then faults were imitated, and now they are not: what that did to circuits is undone. */
  imitationEnded(beganAt: number): void {
    const now = this.#parts.clock.now()
    for (const circuit of [UPSTREAM_CIRCUIT, ...this.#routes.live]) {
      const kept = this.#keptOf(circuit)
      const { state, sinceAt } = kept.circuit
      if (state === 'open') {
        // What was open before has its own reason.
        if (sinceAt >= beganAt)
          this.#advance(circuit, kept, { ...kept.circuit, probeAt: now, openings: 1, unreached: false })
      } else if (state === 'half-open') {
        // A probe may have met the fault just now.
        if (sinceAt >= beganAt) kept.circuit = { ...kept.circuit, openings: 1 }
      } else {
        kept.countedFrom = now
        this.#verdicts.absolve(circuit)
        if (this.#cells.gate(circuit) === gates.closed) this.#cells.close(circuit, now, false)
      }
    }
  }

  #advance(circuit: number, kept: Kept, next: Circuit): void {
    kept.circuit = next
    if (next.probeAt !== undefined) this.#cells.advance(circuit, next.probeAt)
  }

  // ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Of the upstream: state, reason, and when it is asked again. */
  status(): CircuitStatus {
    return this.#statusOf(UPSTREAM_CIRCUIT)
  }

  /** Of routes that are not closed, or closed a moment ago. */
  routes(): RouteCircuitStatus[] {
    return this.#routes.live
      .filter(circuit => this.#cells.gate(circuit) !== gates.closed)
      .map(circuit => ({ route: this.#routes.nameOf(circuit), ...this.#statusOf(circuit) }))
  }

  /** Of routes whose circuit was ever open. */
  everOpened(): RouteCircuitStatus[] {
    return this.#routes.live
      .filter(circuit => (this.#kept.get(circuit)?.opened ?? 0) > 0)
      .map(circuit => ({ route: this.#routes.nameOf(circuit), ...this.#statusOf(circuit) }))
  }

  /** Times that nobody looked for long. */
  get late(): number {
    return this.#late
  }

  #statusOf(circuit: number): CircuitStatus {
    const { rules, clock } = this.#parts
    const now = clock.now()
    const kept = this.#keptOf(circuit)
    const { state, sinceAt, because, openings, probeAt } = kept.circuit
    const probing = state === 'closed' ? noProbes : this.#cells.probing(circuit, now)
    const isDue = state === 'half-open' && probing.free > 0
    const isRamping = state === 'closed' && this.#cells.gate(circuit) === gates.recovering
    const share = isRamping ? shareAfterMs(now - sinceAt, rules.rampMs) : 100
    return {
      state,
      since: this.#dateOf(sinceAt)!,
      because,
      nextProbeAt: this.#dateOf(isDue ? now : probeAt),
      opened: kept.opened,
      openings,
      probes: { needed: state === 'closed' ? 0 : rules.probes, out: probing.out, ok: probing.ok },
      probesOk: kept.probesOk,
      probesFailed: kept.probesFailed,
      sharePercent: state === 'closed' ? share : 0,
    }
  }

  #dateOf(at: number | undefined): string | null {
    if (at === undefined) return null
    const { timeOfDay, clock } = this.#parts
    return new Date(timeOfDay.now() + at - clock.now()).toISOString()
  }

  #keptOf(circuit: number): Kept {
    let kept = this.#kept.get(circuit)
    if (kept === undefined) {
      const closed = closedCircuit(this.#parts.clock.now())
      kept = { circuit: closed, countedFrom: 0, opened: 0, probesOk: 0, probesFailed: 0 }
      this.#kept.set(circuit, kept)
    }
    return kept
  }
}

/** A clock that went back: what it said before is still to come. */
function countedFrom(kept: Kept, now: number): number {
  kept.countedFrom = Math.min(kept.countedFrom, now)
  return kept.countedFrom
}

const noCalls: Window = { calls: 0, failed: 0, slow: 0, inARow: 0 }
const noProbes: Probing = { free: 0, out: 0, ok: 0, failed: 0, lost: 0, oldestOutAt: undefined, failedRoutes: [] }
