// thread: learner
// What calls that say nothing of what they touch were seen to change: what they put in doubt is looked at when it is seen
// again. A call after which nothing was ever another is taken for harmless, and doubts nothing any more; it is tried again now
// and then. That it is a read is not concluded: what no answer shows may have been changed all the same.

/** Calls after which everything that was seen again was as before, until what a name does is taken for harmless. */
const CALLS_FOR_HARMLESS = 8
/** Answers that must be seen again unchanged until a call has told something; all of them, where they are fewer. */
const SEEN_PER_CALL = 3
/** Of a harmless name one call in so many is watched again. */
const WATCHED_AGAIN = 16
const MAX_NAMES = 2000
/** Answers that are watched, each with the calls that put it in doubt. */
const MAX_WATCHED = 50_000
const MAX_CALLS_PER_ANSWER = 4

interface Tally {
  harmless: number
  /** 1: something was changed since all was harmless the last time. */
  changed: number
  calls: number
}

/** One call that put something in doubt. */
export interface DoubtedBy {
  readonly doer: string
  readonly keys: number
  unchanged: number
  isTold: boolean
}

export type SavedEffects = readonly (readonly [string, Tally])[]

export class CallEffects {
  readonly #tallies: Map<string, Tally>
  readonly #watched = new Map<string, DoubtedBy[]>()

  constructor(saved: SavedEffects = []) {
    this.#tallies = new Map(saved)
  }

  get isEmpty(): boolean {
    return this.#tallies.size === 0
  }

  /** A call goes through. True: it has proven to change nothing that is ever read. */
  isHarmless(doer: string): boolean {
    const tally = doer === '' ? undefined : this.#tallies.get(doer)
    if (tally === undefined || tally.changed > 0 || tally.harmless < CALLS_FOR_HARMLESS) return false
    tally.calls += 1
    return tally.calls % WATCHED_AGAIN !== 0
  }

  /** A call put these exemplars in doubt. */
  doubt(doer: string, keys: readonly string[]): void {
    if (doer === '' || keys.length === 0) return
    const call: DoubtedBy = { doer, keys: keys.length, unchanged: 0, isTold: false }
    for (const key of keys) {
      const calls = this.#watched.get(key) ?? []
      this.#watched.delete(key)
      calls.push(call)
      if (calls.length > MAX_CALLS_PER_ANSWER) calls.shift()
      if (this.#watched.size >= MAX_WATCHED) this.#watched.delete(this.#watched.keys().next().value!)
      this.#watched.set(key, calls)
    }
  }

  /** An answer that may have been in doubt was seen again. */
  seen(key: string, isUnchanged: boolean): void {
    const calls = this.#watched.get(key)
    if (calls === undefined) return
    this.#watched.delete(key)
    for (const call of calls) {
      const tally = this.#tallyOf(call.doer)
      if (!isUnchanged) {
        // Whatever was seen before: it changes something, and each of several that came together may be the one.
        tally.changed = 1
        tally.harmless = 0
        call.isTold = true
        continue
      }
      call.unchanged += 1
      if (call.isTold || call.unchanged < Math.min(SEEN_PER_CALL, call.keys)) continue
      call.isTold = true
      tally.harmless += 1
      // What others changed at the same time is forgiven after long enough.
      if (tally.harmless >= CALLS_FOR_HARMLESS * 4) tally.changed = 0
    }
  }

  toJSON(): SavedEffects {
    return [...this.#tallies]
  }

  #tallyOf(doer: string): Tally {
    let tally = this.#tallies.get(doer)
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_NAMES) this.#tallies.delete(this.#tallies.keys().next().value!)
      tally = { harmless: 0, changed: 0, calls: 0 }
      this.#tallies.set(doer, tally)
    }
    return tally
  }
}
