// thread: main
// Whether the circuit of the upstream is open because of a drill. One that opens while a drill runs is the drill's until it is
// closed again, though the drill be over: what ghosts say then is no outage. Pure but for what it remembers.

export class DrilledCircuit {
  /** A drill ran when it was last closed. */
  #isDrilled = false
  #wasOpen = false
  #closedAt = Number.NEGATIVE_INFINITY

  /** How it stands: true where a drill keeps it from being closed. `now`: time of day, epoch ms. */
  look(isClosed: boolean, runsDrill: boolean, now: number): boolean {
    if (!isClosed) {
      this.#wasOpen = true
      return this.#isDrilled
    }
    if (this.#isDrilled && this.#wasOpen) this.#closedAt = now
    this.#isDrilled = runsDrill
    this.#wasOpen = false
    return false
  }

  /** Was it last kept open by a drill at that time, or later? Edges tell of their ghosts a little late. */
  wasOpenAt(time: number): boolean {
    return time <= this.#closedAt
  }
}
