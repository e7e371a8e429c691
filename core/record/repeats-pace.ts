// thread: any
// How often the learner is told what was asked again. It looks up each answer of which it is told, about 50 µs: with thousands that
// are asked for all the time, that each second would take more of a core than all that is learned. So the more there were the longer
// the next ones wait, and are counted meanwhile. Knows no clock.

/** For each answer that was told of; so an edge costs the learner 0.5 % of a core at most. */
const REST_MS = 10

export class RepeatsPace {
  #dueAt = Number.NEGATIVE_INFINITY

  /** `now`: ms of a steady clock. */
  isDue(now: number): boolean {
    return now >= this.#dueAt
  }

  told(answers: number, now: number): void {
    this.#dueAt = now + answers * REST_MS
  }
}
