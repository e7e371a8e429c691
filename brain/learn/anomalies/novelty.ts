// thread: any
// Something that never was there, and now is. Is that chance? If it were as frequent as ever, each of the times that it came
// would have fallen among all that was looked at, before or since, with the same chance: that all after the first one (which says
// where «since» begins) fell behind it has the chance (since / all) ^ (hits - 1), whatever its frequency.

/** Chance below which it is told, for each thing that is new. */
export const NOVEL_CHANCE = 1e-6
const MIN_HITS = 3

export interface SavedNovelty {
  readonly before: number
  readonly since: number
  readonly hits: number
}

export class Novelty {
  readonly before: number
  since: number
  hits: number

  /** `before`: how often it could have been there and was not. */
  constructor({ before, since = 0, hits = 0 }: { before: number; since?: number; hits?: number }) {
    this.before = before
    this.since = since
    this.hits = hits
  }

  /** It could have been there once more. */
  look(isThere: boolean): void {
    this.since += 1
    if (isThere) this.hits += 1
  }

  get chance(): number {
    return (this.since / (this.before + this.since)) ** Math.max(0, this.hits - 1)
  }

  get isNovel(): boolean {
    return this.hits >= MIN_HITS && this.chance < NOVEL_CHANCE
  }

  /** Seen for as long as it was not before: it belongs there. */
  get isSettled(): boolean {
    return this.since > this.before
  }

  toJSON(): SavedNovelty {
    return { before: this.before, since: this.since, hits: this.hits }
  }
}
