// thread: edge
// One reading of the clock for all that follows from one read of a socket. A request asks for the time a dozen times within a
// few microseconds; each answer from the system costs as much as a good part of the work between.
import { performance } from 'node:perf_hooks'
import { type Clock, steadyClock } from './clock.js'

/** Beside what reads do: for what timers and promises ask. */
const REFRESH_MS = 20
/** What the steady clock is ahead of the ticks of this thread: both are read from one clock of the system. */
const STEADY_AHEAD_MS = steadyClock.now() - performance.now()

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

  /** What the time of day is ahead of the tick just now, ms. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  /** Something came in. */
  turn(): void {
    this.tickMs = performance.now()
  }

  /** Epoch ms. */
  readonly timeOfDay: Clock = { now: () => Math.floor(this.tickMs + this.#aheadMs) }
  /** As `tickMs`. */
  readonly monotonic: Clock = { now: () => this.tickMs }
  /** As `steadyClock`: the same in all threads. */
  readonly steady: Clock = { now: () => this.tickMs + STEADY_AHEAD_MS }
}
