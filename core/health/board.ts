// thread: any
// The board: circuit, mode and counters in memory that all threads share. Reading it costs nothing but a load.
//
// field                     writer                   meaning
// mode                      main                     index into modes
// probes                    nobody                   how many tickets a circuit has
// capture percent           main                     how much of its capture rate an edge may use, by the learner's backlog
// circuits                  see circuit-cells.ts
// counters                  edge, own row            everything else, since start (doubles: they never wrap)
// faults                    edge, own row            requests that met a fault, by its code, since start
// refusals                  edge, own row            times that a ghost stayed silent, by why, since start
import { UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import { type FaultCode, faults } from '../contract/faults.js'
import { type Mode, modes, type Refusal, refusals } from '../contract/ghost.js'
import type { CircuitState } from './circuit.js'
import { CircuitCells, gates } from './circuit-cells.js'

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
  'journalled',
  'upstreamFaults',
  'softFailures',
  'clientErrors',
  'internalErrors',
  'cutShort',
  'aborted',
  'retries',
  'heldBack',
  'hedged',
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
  'brainQuestions',
  'brainQuestionsMost',
  'upstreamConnections',
  'openWebsockets',
  'openClients',
] as const
export type CounterName = (typeof counterNames)[number]

/** In the order of their counters. */
export const faultCodes = Object.keys(faults) as readonly FaultCode[]

/** Upper bounds of the latency histograms, seconds; the last bucket is +Inf. */
export const latencyBoundsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** A row of 64 octets of its own: it is read with every request. */
const HEADER_CELLS = 16
const MODE = 1
const PROBES = 2
const CAPTURE_PERCENT = 7

const HISTOGRAM = latencyBoundsS.length + 2
const FAULTS = counterNames.length + 2 * HISTOGRAM
const REFUSALS = FAULTS + faultCodes.length
const ROW_COUNTERS = REFUSALS + refusals.length

const faultAt = Object.fromEntries(faultCodes.map((code, i) => [code, FAULTS + i])) as Record<FaultCode, number>
const refusalAt = Object.fromEntries(refusals.map((refusal, i) => [refusal, REFUSALS + i])) as Record<Refusal, number>
/** Where each counter is, for `count`: a name that is looked up with every request would cost more than the counting. */
export const counter = Object.freeze(Object.fromEntries(counterNames.map((name, i) => [name, i]))) as Readonly<
  Record<CounterName, number>
>

export interface Histogram {
  /** Cumulative counts by upper bound, the last one for +Inf. */
  readonly cumulative: readonly number[]
  readonly sumS: number
  readonly count: number
}

export class Board {
  readonly circuits: CircuitCells
  readonly #cells: Int32Array
  readonly #counters: Float64Array
  readonly #edges: number

  /** `probes`: how many requests may try what is not closed. */
  static create(edges: number, probes: number): SharedArrayBuffer {
    const cells = HEADER_CELLS + CircuitCells.cellsFor(edges, probes)
    const memory = new SharedArrayBuffer(align(cells * 4) + edges * ROW_COUNTERS * 8)
    const header = new Int32Array(memory)
    header[CAPTURE_PERCENT] = 100
    header[PROBES] = probes
    return memory
  }

  constructor(
    readonly memory: SharedArrayBuffer,
    edges: number,
    windowMs: number,
  ) {
    this.#cells = new Int32Array(memory, 0, HEADER_CELLS)
    const probes = this.#cells[PROBES]!
    const cells = CircuitCells.cellsFor(edges, probes)
    const ofCircuits = new Int32Array(memory, HEADER_CELLS * 4, cells)
    this.circuits = new CircuitCells(ofCircuits, edges, windowMs, probes)
    this.#counters = new Float64Array(memory, align((HEADER_CELLS + cells) * 4), edges * ROW_COUNTERS)
    this.#edges = edges
  }

  /** Of the upstream. */
  get circuit(): CircuitState {
    const gate = this.circuits.gate(UPSTREAM_CIRCUIT)
    return gate === gates.open ? 'open' : gate === gates.halfOpen ? 'half-open' : 'closed'
  }

  get mode(): Mode {
    return modes[Atomics.load(this.#cells, MODE)]!
  }

  /** Main thread only. */
  setMode(mode: Mode): void {
    Atomics.store(this.#cells, MODE, modes.indexOf(mode))
  }

  /** Share of CHAOS_CAPTURE_RATE that an edge may use, 0–1. */
  get captureShare(): number {
    return Atomics.load(this.#cells, CAPTURE_PERCENT) / 100
  }

  /** Main thread only. Kept to a hundredth. */
  setCaptureShare(share: number): void {
    Atomics.store(this.#cells, CAPTURE_PERCENT, Math.round(share * 100))
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

  /** Edge thread only, own row. Once for each time that a ghost was asked and stayed silent. */
  countRefusal(edge: number, refusal: Refusal): void {
    this.#counters[edge * ROW_COUNTERS + refusalAt[refusal]]! += 1
  }

  refusalTotal(refusal: Refusal): number {
    let sum = 0
    for (let edge = 0; edge < this.#edges; edge++) sum += this.#counters[edge * ROW_COUNTERS + refusalAt[refusal]]!
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

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
