// thread: any
// When the requests of a replay are due. Pure: the clock is handed in.
import type { ReplayPace } from '../contract/replays.js'

export class Schedule {
  readonly #pace: ReplayPace
  readonly #firstAt: number
  #beganAt: number
  #pausedAt: number | undefined

  /** `firstAt`: when the first request was recorded, epoch ms. `beganAt`: on the clock of the replay, ms. */
  constructor(pace: ReplayPace, firstAt: number, beganAt: number) {
    this.#pace = pace
    this.#firstAt = firstAt
    this.#beganAt = beganAt
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined
  }

  /** On the clock of the replay. `index`: which one it is; `recordedAt`: epoch ms. */
  dueAt(index: number, recordedAt: number): number {
    switch (this.#pace.kind) {
      case 'fast':
        return this.#beganAt
      case 'rate':
        return this.#beganAt + (index * 1000) / this.#pace.perSecond
      case 'original':
        return this.#beganAt + Math.max(0, recordedAt - this.#firstAt) / this.#pace.speed
    }
  }

  /** Nothing is due while it is paused. */
  isDue(index: number, recordedAt: number, now: number): boolean {
    return !this.isPaused && this.dueAt(index, recordedAt) <= now
  }

  pause(now: number): void {
    this.#pausedAt ??= now
  }

  /** What was to come comes later by as long as the pause was. */
  resume(now: number): void {
    if (this.#pausedAt === undefined) return
    this.#beganAt += now - this.#pausedAt
    this.#pausedAt = undefined
  }
}
