// thread: edge
// Writes that went through bury what was learned of their target, and so none of them may be left out. But a second write to
// the same target within a moment buries nothing that the first did not, unless something was learned in between; so the
// first goes at once, and of those that follow in the same window the last one goes at its end. Pure: time is handed in.

interface Gate<W> {
  readonly openedAt: number
  /** The last one of the window, to be sent at its end. */
  held: W | undefined
}

export class WriteGate<W> {
  readonly #windowMs: number
  readonly #gates = new Map<string, Gate<W>>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** True: it is to be sent now. False: it is held, and `due` gives it, or a later one with this key. */
  opens(key: string, write: W, nowMs: number): boolean {
    const gate = this.#gates.get(key)
    if (gate === undefined || this.#isOver(gate, nowMs)) {
      this.#gates.delete(key)
      this.#gates.set(key, { openedAt: nowMs, held: undefined })
      return true
    }
    gate.held = write
    return false
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

  /** A window that opens in the future is over as well: the clock was set back, and nothing may wait until it has caught up. */
  #isOver({ openedAt }: Gate<W>, nowMs: number): boolean {
    return nowMs < openedAt || nowMs - openedAt >= this.#windowMs
  }

  /** Nothing is held and no window is open. */
  get isEmpty(): boolean {
    return this.#gates.size === 0
  }
}
