// thread: edge
// How long the phases of requests took, by route: plain numbers in one array, which main fetches now and then. What is told
// is what came since the last time, so that an edge that starts again begins at nothing and no counter ever goes back.
import { PHASE_CELLS, type PhaseCounts, phaseBoundsMs, ROUTE_CELLS } from '../contract/phases.js'
import type { RouteSlots } from './route-slots.js'

const BUCKETS = phaseBoundsMs.length

export class PhaseTimes {
  readonly #slots: RouteSlots
  readonly #everyMs: number
  #counts = new Float64Array(8 * ROUTE_CELLS)
  #changed = false
  #toldAt = Number.NEGATIVE_INFINITY

  /** `everyMs`: main is told no more often. */
  constructor(slots: RouteSlots, everyMs: number) {
    this.#slots = slots
    this.#everyMs = everyMs
  }

  /** `phase`: see `phaseAt`. */
  observe(slot: number, phase: number, ms: number): void {
    const at = slot * ROUTE_CELLS + phase * PHASE_CELLS
    if (at >= this.#counts.length) this.#grow(slot)
    let bucket = 0
    while (bucket < BUCKETS && ms > phaseBoundsMs[bucket]!) bucket++
    this.#counts[at + bucket]! += 1
    this.#counts[at + BUCKETS + 1]! += ms
    this.#changed = true
  }

  /** What is to be told to main now; undefined where nothing is new, or it was told a moment ago. */
  take(nowMs: number): PhaseCounts | undefined {
    if (!this.#changed || nowMs - this.#toldAt < this.#everyMs) return undefined
    this.#toldAt = nowMs
    this.#changed = false
    const { names } = this.#slots
    const counts = this.#counts.slice(0, names.length * ROUTE_CELLS)
    this.#counts.fill(0)
    return { routes: names.slice(0, Math.floor(counts.length / ROUTE_CELLS)), counts }
  }

  /** Slots are bounded, and so is this. */
  #grow(slot: number): void {
    const counts = new Float64Array(Math.max(slot + 1, (this.#counts.length / ROUTE_CELLS) * 2) * ROUTE_CELLS)
    counts.set(this.#counts)
    this.#counts = counts
  }
}
