// thread: edge
// Writes that went through bury what was learned of their target, and so none of them may be left out. But a second write to
// the same target within a moment buries nothing that the first did not, unless something was learned in between; so the
// first goes at once, and of those that follow in the same window the last one goes at its end. Where the target says nothing
// of what was written, writes that say different things are different writes, up to so many in a window. Pure: time is handed in.

interface Gate<W> {
  readonly openedAt: number
  /** The last one of the window, to be sent at its end. */
  held: W | undefined
}

/** Different writes to one target within a window that are told one by one. */
const MAX_DIFFERENT = 32

export class WriteGate<W> {
  readonly #windowMs: number
  readonly #gates = new Map<string, Gate<W>>()
  /** Targets with different writes: since when, and how many. */
  readonly #different = new Map<string, { openedAt: number; count: number }>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** True: it is to be sent now. False: it is held, and `due` gives it, or a later one with this key. */
  opens(key: string, write: W, nowMs: number): boolean {
    this.#forgetOver(nowMs)
    const gate = this.#gates.get(key)
    if (gate === undefined || this.#isOver(gate, nowMs)) {
      this.#gates.delete(key)
      this.#gates.set(key, { openedAt: nowMs, held: undefined })
      return true
    }
    gate.held = write
    return false
  }

  /**
   * Of a write to a target that says nothing of it: may it be told by what it says itself? False: there were too many of its
   * kind in this window, and that something was written must do.
   */
  isTold(target: string, key: string, nowMs: number): boolean {
    if (this.#gates.has(key)) return true
    let window = this.#different.get(target)
    if (window === undefined || this.#isOver(window, nowMs)) {
      window = { openedAt: nowMs, count: 0 }
      this.#different.delete(target)
      this.#different.set(target, window)
    }
    window.count += 1
    return window.count <= MAX_DIFFERENT
  }

  /** Held writes whose window is over; all of them with `nowMs` Infinity. Each opens a window of its own. */
  due(nowMs: number): W[] {
    const due: W[] = []
    for (const [key, gate] of this.#gates) {
      if (!this.#isOver(gate, nowMs)) continue
      this.#gates.delete(key)
      if (gate.held === undefined) continue
      due.push(gate.held)
      if (Number.isFinite(nowMs)) this.#gates.set(key, { openedAt: nowMs, held: undefined })
    }
    return due
  }

  /** The oldest first: windows that are over and hold nothing, so that each different write does not leave one behind. */
  #forgetOver(nowMs: number): void {
    for (const [key, gate] of this.#gates) {
      if (gate.held !== undefined || !this.#isOver(gate, nowMs)) break
      this.#gates.delete(key)
    }
    for (const [target, window] of this.#different) {
      if (!this.#isOver(window, nowMs)) break
      this.#different.delete(target)
    }
  }

  /** A window that opens in the future is over as well: the clock was set back, and nothing may wait until it has caught up. */
  #isOver({ openedAt }: { readonly openedAt: number }, nowMs: number): boolean {
    return nowMs < openedAt || nowMs - openedAt >= this.#windowMs
  }

  /** Windows that are open, and those that were not looked at since they were over. */
  get size(): number {
    return this.#gates.size
  }

  /** Nothing is held and no window is open. */
  get isEmpty(): boolean {
    return this.#gates.size === 0
  }
}
