// thread: any
// The circuits in shared memory: whether requests may pass, who holds a ticket to try, and what became of calls.
//
// field             writer                   meaning
// gate              main                     see `gates`
// at                main                     open: when requests may try; recovering: when it closed (steady ms, 32 bits of them)
// in a row          edges add, edges clear   failures since the last success, over all edges
// tickets           main arms, an edge takes and settles its own, each step a compare-and-exchange
// window buckets    edge, own row            answers, failures and slow answers by tenth of the window
import { CIRCUITS, UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import type { Probing, Window } from './circuit.js'

/** `recovering`: closed a moment ago, its share of traffic grows. */
export const gates = { closed: 0, open: 1, halfOpen: 2, recovering: 3 } as const

/** `lost`: the upstream was not reached, which says nothing of the route. `slow`: answered well, and too late. */
export const outcomes = ['ok', 'failed', 'slow', 'lost'] as const
export type CallOutcome = (typeof outcomes)[number]

/** Leave for one request to try what is not closed. */
export interface Ticket {
  readonly circuit: number
  readonly place: number
  /** What stands there while it is out: whoever finds anything else comes too late. */
  readonly word: number
}

const BUCKETS = 16
/** Buckets in one window; the ring holds a few more, so that a bucket is never read while it is reused. */
export const bucketsPerWindow = 10
const BUCKET_CELLS = 4
const RING_CELLS = BUCKETS * BUCKET_CELLS
const ROW_CELLS = CIRCUITS * RING_CELLS

const GATES = 0
const TIMES = CIRCUITS
const RUNS = 2 * CIRCUITS
const TICKETS = 3 * CIRCUITS
/** Word, when it was taken, circuit of the route. */
const TICKET_CELLS = 3

// A word: generation, edge, state. What an edge says of a ticket of an older generation changes nothing.
const FREE = 1
/** Taken; the cells beside it are being written. */
const CLAIMED = 2
const OUT = 3
const OK = 4
const FAILED = 5
const LOST = 6
const STATE_MASK = 7
const EDGE_SHIFT = 3
const EDGE_MASK = 0x7f
const GENERATION_SHIFT = 10

export class CircuitCells {
  readonly #cells: Int32Array
  readonly #probes: number
  readonly #rows: number
  readonly #edges: number
  readonly #bucketMs: number

  static cellsFor(edges: number, probes: number): number {
    return TICKETS + CIRCUITS * probes * TICKET_CELLS + edges * ROW_CELLS
  }

  constructor(cells: Int32Array, edges: number, windowMs: number, probes: number) {
    this.#cells = cells
    this.#probes = probes
    this.#edges = edges
    this.#rows = TICKETS + CIRCUITS * probes * TICKET_CELLS
    this.#bucketMs = Math.max(1, Math.round(windowMs / bucketsPerWindow))
  }

  /** One of `gates`. */
  gate(circuit: number): number {
    return Atomics.load(this.#cells, GATES + circuit)
  }

  /** Ms from the moment that main wrote until `nowMs`; negative where it is still to come. */
  sinceGateMs(circuit: number, nowMs: number): number {
    return ((nowMs | 0) - Atomics.load(this.#cells, TIMES + circuit)) | 0
  }

  /** Until an open one may be tried, ms; 0 where it is not open. */
  waitMs(circuit: number, nowMs: number): number {
    return this.gate(circuit) === gates.open ? Math.max(0, -this.sinceGateMs(circuit, nowMs)) : 0
  }

  // ── main ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Main thread only. From `probeAt` on so many requests as there are tickets may try, whether main looks by then or not. */
  open(circuit: number, probeAt: number): void {
    // Time before gate, gate before tickets: an edge never finds tickets of the new generation without the new time.
    Atomics.store(this.#cells, TIMES + circuit, probeAt | 0)
    Atomics.store(this.#cells, GATES + circuit, gates.open)
    for (let place = this.#first(circuit); place < this.#first(circuit + 1); place += TICKET_CELLS) {
      const generation = (Atomics.load(this.#cells, place) >>> GENERATION_SHIFT) + 1
      Atomics.store(this.#cells, place, (generation << GENERATION_SHIFT) | FREE)
    }
  }

  /** Main thread only, while it is open: its time is over earlier. */
  advance(circuit: number, probeAt: number): void {
    Atomics.store(this.#cells, TIMES + circuit, probeAt | 0)
  }

  /** Main thread only. */
  halfOpen(circuit: number): void {
    Atomics.store(this.#cells, GATES + circuit, gates.halfOpen)
  }

  /** Main thread only. What was counted in a row is forgotten, tickets that are out mean nothing any more. */
  close(circuit: number, nowMs: number, isRecovering: boolean): void {
    for (let place = this.#first(circuit); place < this.#first(circuit + 1); place += TICKET_CELLS) {
      Atomics.and(this.#cells, place, -1 << GENERATION_SHIFT)
    }
    Atomics.store(this.#cells, RUNS + circuit, 0)
    Atomics.store(this.#cells, TIMES + circuit, nowMs | 0)
    Atomics.store(this.#cells, GATES + circuit, isRecovering ? gates.recovering : gates.closed)
  }

  /** Main thread only: it has its full share. */
  endRamp(circuit: number): void {
    Atomics.store(this.#cells, GATES + circuit, gates.closed)
  }

  /** Main thread only: this edge is gone, and with it the requests that held tickets. Others may have them. */
  releaseTickets(edge: number): void {
    for (let place = TICKETS; place < this.#rows; place += TICKET_CELLS) {
      const word = Atomics.load(this.#cells, place)
      const state = word & STATE_MASK
      if ((state !== OUT && state !== CLAIMED) || ((word >> EDGE_SHIFT) & EDGE_MASK) !== edge) continue
      Atomics.compareExchange(this.#cells, place, word, (word & (-1 << GENERATION_SHIFT)) | FREE)
    }
  }

  /** Of the tickets since the circuit opened. */
  probing(circuit: number, nowMs: number): Probing {
    let [free, out, ok, failed, lost] = [0, 0, 0, 0, 0]
    let oldestOutAt: number | undefined
    const failedRoutes: number[] = []
    for (let place = this.#first(circuit); place < this.#first(circuit + 1); place += TICKET_CELLS) {
      switch (Atomics.load(this.#cells, place) & STATE_MASK) {
        case FREE:
          free += 1
          break
        case CLAIMED:
          out += 1
          break
        case OUT: {
          out += 1
          const takenAt = nowMs - (((nowMs | 0) - Atomics.load(this.#cells, place + 1)) | 0)
          if (oldestOutAt === undefined || takenAt < oldestOutAt) oldestOutAt = takenAt
          break
        }
        case OK:
          ok += 1
          break
        case FAILED:
          failed += 1
          failedRoutes.push(Atomics.load(this.#cells, place + 2))
          break
        case LOST:
          lost += 1
      }
    }
    return { free, out, ok, failed, lost, oldestOutAt, failedRoutes }
  }

  /** Outcomes over all edges in the window that ends now, but none from before `sinceMs`. */
  window(circuit: number, nowMs: number, sinceMs: number): Window {
    const last = Math.floor(nowMs / this.#bucketMs)
    const first = Math.max(last - bucketsPerWindow + 1, Math.ceil(sinceMs / this.#bucketMs))
    let [ok, failed, slow] = [0, 0, 0]
    for (let edge = 0; edge < this.#edges; edge++) {
      const ring = this.#ring(edge, circuit)
      for (let stamp = first; stamp <= last; stamp++) {
        const at = ring + (stamp & (BUCKETS - 1)) * BUCKET_CELLS
        if (Atomics.load(this.#cells, at) !== (stamp | 0)) continue
        ok += Atomics.load(this.#cells, at + 1)
        failed += Atomics.load(this.#cells, at + 2)
        slow += Atomics.load(this.#cells, at + 3)
      }
    }
    return { calls: ok + failed + slow, failed, slow, inARow: Atomics.load(this.#cells, RUNS + circuit) }
  }

  // ── edges ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Edge thread only, own row. What is lost counts at the upstream and at no route. */
  count(edge: number, circuit: number, outcome: CallOutcome, nowMs: number): void {
    const counted = outcome === 'lost' ? UPSTREAM_CIRCUIT : circuit
    const stamp = Math.floor(nowMs / this.#bucketMs) | 0
    const at = this.#ring(edge, counted) + (stamp & (BUCKETS - 1)) * BUCKET_CELLS
    if (Atomics.load(this.#cells, at) !== stamp) {
      Atomics.store(this.#cells, at + 1, 0)
      Atomics.store(this.#cells, at + 2, 0)
      Atomics.store(this.#cells, at + 3, 0)
      Atomics.store(this.#cells, at, stamp)
    }
    if (outcome === 'failed' || outcome === 'lost') {
      Atomics.add(this.#cells, at + 2, 1)
      Atomics.add(this.#cells, RUNS + counted, 1)
      return
    }
    Atomics.add(this.#cells, at + (outcome === 'ok' ? 1 : 3), 1)
    // Looked at before it is written: while all is well these lines stay in every core's cache.
    if (Atomics.load(this.#cells, RUNS + counted) !== 0) Atomics.store(this.#cells, RUNS + counted, 0)
    if (Atomics.load(this.#cells, RUNS) !== 0) Atomics.store(this.#cells, RUNS, 0)
  }

  /** Any edge. `route`: the circuit of the route of the request that tries. Undefined: there is none left. */
  take(edge: number, circuit: number, route: number, nowMs: number): Ticket | undefined {
    for (let place = this.#first(circuit); place < this.#first(circuit + 1); place += TICKET_CELLS) {
      const free = Atomics.load(this.#cells, place)
      if ((free & STATE_MASK) !== FREE) continue
      const claimed = (free & (-1 << GENERATION_SHIFT)) | (edge << EDGE_SHIFT) | CLAIMED
      if (Atomics.compareExchange(this.#cells, place, free, claimed) !== free) continue
      Atomics.store(this.#cells, place + 1, nowMs | 0)
      Atomics.store(this.#cells, place + 2, route)
      const word = (claimed & ~STATE_MASK) | OUT
      if (Atomics.compareExchange(this.#cells, place, claimed, word) === claimed) return { circuit, place, word }
    }
    return undefined
  }

  /** The edge that took it. False: it was not waited for. */
  settle(ticket: Ticket, outcome: CallOutcome): boolean {
    const state = outcome === 'ok' ? OK : outcome === 'lost' ? LOST : FAILED
    return this.#leave(ticket, state)
  }

  /** A request that came to nothing (its client went away): another may try instead. */
  giveBack(ticket: Ticket): boolean {
    return this.#leave(ticket, FREE)
  }

  #leave({ place, word }: Ticket, state: number): boolean {
    return Atomics.compareExchange(this.#cells, place, word, (word & ~STATE_MASK) | state) === word
  }

  #first(circuit: number): number {
    return TICKETS + circuit * this.#probes * TICKET_CELLS
  }

  #ring(edge: number, circuit: number): number {
    return this.#rows + edge * ROW_CELLS + circuit * RING_CELLS
  }
}
