// thread: main
// Work that may be done by one process only: done here, held while the data changes hands, then done over there.

/** What is held of it while nobody may do it, which is for a second or two. */
const MAX_HELD = 10_000

export class HeldWork<Work> {
  #to: ((work: Work) => void) | undefined
  #held: Work[] = []
  #dropped = 0

  constructor(to: (work: Work) => void) {
    this.#to = to
  }

  /** Pieces that found no room; they are lost. */
  get dropped(): number {
    return this.#dropped
  }

  give(work: Work): void {
    if (this.#to !== undefined) this.#to(work)
    else if (this.#held.length < MAX_HELD) this.#held.push(work)
    else this.#dropped += 1
  }

  hold(): void {
    this.#to = undefined
  }

  /** What was held goes first, in its order. */
  goOn(to: (work: Work) => void): void {
    const held = this.#held
    this.#held = []
    this.#to = to
    for (const work of held) to(work)
  }
}
