// thread: edge
// One reading of the clock for all that follows from one read of a socket. A request asks for the time a dozen times within a
// few microseconds; each answer from the system costs as much as a good part of the work between.
import { performance } from 'node:perf_hooks'
import type { Clock } from './clock.js'

/** Beside what reads do: for what timers and promises ask. */
const REFRESH_MS = 20

export class TurnClock {
  /** ms, never set back. */
  tickMs = performance.now()
  /** What the time of day is ahead of the tick; it may be set. */
  #aheadMs = Date.now() - this.tickMs

  constructor() {
    setInterval(() => {
      this.turn()
      this.#aheadMs = Date.now() - this.tickMs
    }, REFRESH_MS).unref()
  }

  /** Something came in. */
  turn(): void {
    this.tickMs = performance.now()
  }

  /** Epoch ms. */
  readonly timeOfDay: Clock = { now: () => Math.floor(this.tickMs + this.#aheadMs) }
  /** As `tickMs`. */
  readonly monotonic: Clock = { now: () => this.tickMs }
}
