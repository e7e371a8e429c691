// thread: main
// What is done again and again while the proxy serves.

export class Rounds {
  readonly #timers: NodeJS.Timeout[] = []

  every(ms: number, work: () => void): void {
    this.#timers.push(setInterval(work, ms))
  }

  /** None of it is begun any more. */
  end(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}
