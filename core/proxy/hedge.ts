// thread: edge
// Requests whose upstream may be slow: each hears when the time is up in which it should have had its answer. All wait equally
// long, so that the first in is the first out, and one timer does for all.

/** One request that waits. */
export interface Waiting {
  readonly dueAt: number
  readonly onDue: () => void
  before: Waiting | undefined
  after: Waiting | undefined
}

export class Hedge {
  readonly #afterMs: number
  #first: Waiting | undefined
  #last: Waiting | undefined

  constructor(afterMs: number) {
    this.#afterMs = afterMs
  }

  /** `now`: ms, of a clock that is never set back. */
  add(now: number, onDue: () => void): Waiting {
    const waiting: Waiting = { dueAt: now + this.#afterMs, onDue, before: this.#last, after: undefined }
    if (this.#last === undefined) this.#first = waiting
    else this.#last.after = waiting
    this.#last = waiting
    return waiting
  }

  /** It has its answer. No-op where it was told already. */
  remove(waiting: Waiting): void {
    const { before, after } = waiting
    if (before === undefined && this.#first !== waiting) return
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    waiting.before = waiting.after = undefined
  }

  /** Tells those whose time is up; how long until the next one's is, ms: undefined: nobody waits. */
  tell(now: number): number | undefined {
    for (let first = this.#first; first !== undefined && first.dueAt <= now; first = this.#first) {
      this.remove(first)
      first.onDue()
    }
    return this.#first === undefined ? undefined : this.#first.dueAt - now
  }
}

/** A hedge for each length of waiting. */
export class Hedges {
  readonly #hedges = new Map<number, TimedHedge>()
  readonly #now: () => number

  /** `now`: see {@link TimedHedge}. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** For those that wait so long, ms. */
  of(afterMs: number): TimedHedge {
    let hedge = this.#hedges.get(afterMs)
    if (hedge === undefined) {
      hedge = new TimedHedge(afterMs, this.#now)
      this.#hedges.set(afterMs, hedge)
    }
    return hedge
  }
}

/** Timers of Node go off up to so much late, ms, and once more where they went off too early: rather a little early, once. */
const EARLY_MS = 1

/** A hedge with a timer, which runs only while somebody waits. */
export class TimedHedge {
  readonly #hedge: Hedge
  readonly #afterMs: number
  readonly #now: () => number
  #isTimed = false

  /** `now`: read anew, for a timer that goes off begins a turn of its own. */
  constructor(afterMs: number, now: () => number) {
    this.#afterMs = afterMs
    this.#hedge = new Hedge(afterMs)
    this.#now = now
  }

  add(now: number, onDue: () => void): Waiting {
    if (!this.#isTimed) this.#time(this.#afterMs - EARLY_MS)
    return this.#hedge.add(now, onDue)
  }

  remove(waiting: Waiting): void {
    this.#hedge.remove(waiting)
  }

  #time(ms: number): void {
    this.#isTimed = true
    setTimeout(() => {
      const next = this.#hedge.tell(this.#now() + EARLY_MS)
      this.#isTimed = false
      if (next !== undefined) this.#time(Math.max(1, Math.ceil(next)))
    }, ms)
  }
}
