// thread: shared
// Each instance numbers what it appends. A number that is left out was cut off the stream before it was read here. Pure.

export class MissedTurns {
  readonly #last = new Map<string, number>()

  /** True: others came between this one and the last one of the same instance. */
  isAfterGap(by: string, turn: number): boolean {
    const last = this.#last.get(by)
    // What an answer got lost of is appended twice.
    if (last !== undefined && turn <= last) return false
    this.#last.set(by, turn)
    return last !== undefined && turn > last + 1
  }

  forget(): void {
    this.#last.clear()
  }
}
