// thread: any
// The board: circuit, mode and counters in memory that all threads share. Reading it costs nothing but a load.
//
// field                     writer                   meaning
// circuit, mode             main                     index into circuitStates / modes
// probe tickets             main sets, edges take    how many requests may still try the upstream while half-open
// capture percent           main                     how much of its capture rate an edge may use, by the learner's backlog
// probes ok / failed        edge, own row            outcomes of tickets since start
// window buckets            edge, own row            answers and failures by tenth of the window, for the circuit
// counters                  edge, own row            everything else, since start (doubles: they never wrap)
// faults                    edge, own row            requests that met a fault, by its code, since start
import { type FaultCode, faults } from '../contract/faults.js'
import { type Mode, modes } from '../contract/ghost.js'

export const circuitStates = ['closed', 'open', 'half-open'] as const
export type CircuitState = (typeof circuitStates)[number]

/** Counters of one edge, in this order. A counter only grows, but for the gauges at the end. */
export const counterNames = [
  'requests',
  'live',
  'ghostExact',
  'ghostEntity',
  'ghostQuery',
  'ghostTemplate',
  'ghostSemantic',
  'refused',
  'refusedAnswers',
  'upstreamFaults',
  'softFailures',
  'clientErrors',
  'internalErrors',
  'cutShort',
  'aborted',
  'retries',
  'captured',
  'capturedUnchanged',
  'captureSampledOut',
  'accessLogDropped',
  'bytesIn',
  'bytesOut',
  'websockets',
  'websocketMessagesIn',
  'websocketMessagesOut',
  'activeRequests',
  'upstreamConnections',
  'openWebsockets',
] as const
export type CounterName = (typeof counterNames)[number]

/** In the order of their counters. */
export const faultCodes = Object.keys(faults) as readonly FaultCode[]

/** Upper bounds of the latency histograms, seconds; the last bucket is +Inf. */
export const latencyBoundsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

const HEADER_CELLS = 8
const CIRCUIT = 0
const MODE = 1
const TICKETS = 2
const CAPTURE_PERCENT = 7

const BUCKETS = 16
/** Buckets in one window; the ring holds a few more, so that a bucket is never read while it is reused. */
export const bucketsPerWindow = 10
const PROBES_OK = 0
const PROBES_FAILED = 1
const RING = 2
const ROW_CELLS = RING + BUCKETS * 3

const HISTOGRAM = latencyBoundsS.length + 2
const FAULTS = counterNames.length + 2 * HISTOGRAM
const ROW_COUNTERS = FAULTS + faultCodes.length

const faultAt = Object.fromEntries(faultCodes.map((code, i) => [code, FAULTS + i])) as Record<FaultCode, number>
/** Where each counter is, for `count`: a name that is looked up with every request would cost more than the counting. */
export const counter = Object.freeze(Object.fromEntries(counterNames.map((name, i) => [name, i]))) as Readonly<
  Record<CounterName, number>
>

export interface Outcomes {
  readonly ok: number
  readonly failed: number
}

export interface Histogram {
  /** Cumulative counts by upper bound, the last one for +Inf. */
  readonly cumulative: readonly number[]
  readonly sumS: number
  readonly count: number
}

export class Board {
  readonly #cells: Int32Array
  readonly #counters: Float64Array
  readonly #edges: number
  readonly #bucketMs: number

  static create(edges: number): SharedArrayBuffer {
    const cells = HEADER_CELLS + edges * ROW_CELLS
    const memory = new SharedArrayBuffer(align(cells * 4) + edges * ROW_COUNTERS * 8)
    new Int32Array(memory)[CAPTURE_PERCENT] = 100
    return memory
  }

  constructor(
    readonly memory: SharedArrayBuffer,
    edges: number,
    windowMs: number,
  ) {
    const cells = HEADER_CELLS + edges * ROW_CELLS
    this.#cells = new Int32Array(memory, 0, cells)
    this.#counters = new Float64Array(memory, align(cells * 4), edges * ROW_COUNTERS)
    this.#edges = edges
    this.#bucketMs = Math.max(1, Math.round(windowMs / bucketsPerWindow))
  }

  get circuit(): CircuitState {
    return circuitStates[Atomics.load(this.#cells, CIRCUIT)]!
  }

  get mode(): Mode {
    return modes[Atomics.load(this.#cells, MODE)]!
  }

  /** Main thread only. */
  setMode(mode: Mode): void {
    Atomics.store(this.#cells, MODE, modes.indexOf(mode))
  }

  /** Main thread only. `tickets`: how many requests may try the upstream while half-open. */
  setCircuit(state: CircuitState, tickets: number): void {
    Atomics.store(this.#cells, TICKETS, tickets)
    Atomics.store(this.#cells, CIRCUIT, circuitStates.indexOf(state))
  }

  /** Share of CHAOS_CAPTURE_RATE that an edge may use, 0–1. */
  get captureShare(): number {
    return Atomics.load(this.#cells, CAPTURE_PERCENT) / 100
  }

  /** Main thread only. Kept to a hundredth. */
  setCaptureShare(share: number): void {
    Atomics.store(this.#cells, CAPTURE_PERCENT, Math.round(share * 100))
  }

  /** Any edge: one request of the half-open state may go to the upstream. */
  takeTicket(): boolean {
    for (;;) {
      const left = Atomics.load(this.#cells, TICKETS)
      if (left <= 0) return false
      if (Atomics.compareExchange(this.#cells, TICKETS, left, left - 1) === left) return true
    }
  }

  /** A ticket whose request came to nothing (the client went away) is used by another. */
  returnTicket(): void {
    Atomics.add(this.#cells, TICKETS, 1)
  }

  /** Edge thread only, own row. */
  countProbe(edge: number, ok: boolean): void {
    Atomics.add(this.#cells, row(edge) + (ok ? PROBES_OK : PROBES_FAILED), 1)
  }

  /** Edge thread only, own row. */
  countOutcome(edge: number, ok: boolean, nowMs: number): void {
    const stamp = Math.floor(nowMs / this.#bucketMs) | 0
    const at = row(edge) + RING + (stamp & (BUCKETS - 1)) * 3
    if (Atomics.load(this.#cells, at) !== stamp) {
      Atomics.store(this.#cells, at + 1, 0)
      Atomics.store(this.#cells, at + 2, 0)
      Atomics.store(this.#cells, at, stamp)
    }
    Atomics.add(this.#cells, at + (ok ? 1 : 2), 1)
  }

  /** Outcomes of probes since start, and the tickets that are left. */
  probes(): Outcomes & { readonly ticketsLeft: number } {
    let ok = 0
    let failed = 0
    for (let edge = 0; edge < this.#edges; edge++) {
      ok += Atomics.load(this.#cells, row(edge) + PROBES_OK)
      failed += Atomics.load(this.#cells, row(edge) + PROBES_FAILED)
    }
    return { ok, failed, ticketsLeft: Atomics.load(this.#cells, TICKETS) }
  }

  /** Outcomes over all edges in the window that ends now, but none from before `sinceMs`. */
  outcomes(nowMs: number, sinceMs: number): Outcomes {
    const last = Math.floor(nowMs / this.#bucketMs)
    const first = Math.max(last - bucketsPerWindow + 1, Math.ceil(sinceMs / this.#bucketMs))
    let ok = 0
    let failed = 0
    for (let edge = 0; edge < this.#edges; edge++) {
      for (let stamp = first; stamp <= last; stamp++) {
        const at = row(edge) + RING + (stamp & (BUCKETS - 1)) * 3
        if (Atomics.load(this.#cells, at) !== (stamp | 0)) continue
        ok += Atomics.load(this.#cells, at + 1)
        failed += Atomics.load(this.#cells, at + 2)
      }
    }
    return { ok, failed }
  }

  /** Edge thread only, own row. `at`: `counter.requests`. */
  count(edge: number, at: number, by = 1): void {
    this.#counters[edge * ROW_COUNTERS + at]! += by
  }

  /** Edge thread only, own row; for gauges. */
  set(edge: number, name: CounterName, value: number): void {
    this.#counters[edge * ROW_COUNTERS + counter[name]] = value
  }

  total(name: CounterName): number {
    let sum = 0
    for (let edge = 0; edge < this.#edges; edge++) sum += this.#counters[edge * ROW_COUNTERS + counter[name]]!
    return sum
  }

  /** Edge thread only, own row. Once for each fault that a request meets, whatever becomes of it. */
  countFault(edge: number, code: FaultCode): void {
    this.#counters[edge * ROW_COUNTERS + faultAt[code]]! += 1
  }

  faultTotal(code: FaultCode): number {
    let sum = 0
    for (let edge = 0; edge < this.#edges; edge++) sum += this.#counters[edge * ROW_COUNTERS + faultAt[code]]!
    return sum
  }

  /** Edge thread only, own row. */
  countLatency(edge: number, kind: 'live' | 'ghost', seconds: number): void {
    const at = edge * ROW_COUNTERS + counterNames.length + (kind === 'live' ? 0 : HISTOGRAM)
    let bucket = 0
    while (bucket < latencyBoundsS.length && seconds > latencyBoundsS[bucket]!) bucket++
    this.#counters[at + bucket]! += 1
    this.#counters[at + HISTOGRAM - 1]! += seconds
  }

  latency(kind: 'live' | 'ghost'): Histogram {
    const buckets = new Array<number>(latencyBoundsS.length + 1).fill(0)
    let sumS = 0
    for (let edge = 0; edge < this.#edges; edge++) {
      const at = edge * ROW_COUNTERS + counterNames.length + (kind === 'live' ? 0 : HISTOGRAM)
      for (let i = 0; i < buckets.length; i++) buckets[i]! += this.#counters[at + i]!
      sumS += this.#counters[at + HISTOGRAM - 1]!
    }
    let running = 0
    const cumulative = buckets.map(count => {
      running += count
      return running
    })
    return { cumulative, sumS, count: running }
  }
}

function row(edge: number): number {
  return HEADER_CELLS + edge * ROW_CELLS
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
