// thread: any
// The most that was normal of late: it fades by a third a day, and what a person said is normal stays. What begins may be the
// first part of an attack: it is believed a while later, and only where nothing was told meanwhile.

const DAILY = 0.7
const DAY_MS = 86_400_000
/** What came in one of these is believed when the next one has ended. */
const BLOCK_MS = 600_000

export interface SavedPeak {
  readonly value: number
  readonly at: number
  readonly accepted: number
}

export class Peak {
  #value: number
  #at: number
  #accepted: number
  /** The most of the block that runs, and of the one before it. */
  #block = 0
  #now = 0
  #before = 0

  constructor(saved?: SavedPeak) {
    this.#value = saved?.value ?? 0
    this.#at = saved?.at ?? 0
    this.#accepted = saved?.accepted ?? 0
  }

  /** `at`: epoch ms. */
  seen(value: number, at: number): void {
    this.#turn(at)
    this.#now = Math.max(this.#now, value)
  }

  /** Something was told: how it came to that is not normal. */
  doubt(at: number): void {
    this.#turn(at)
    this.#now = 0
    this.#before = 0
  }

  valueAt(at: number): number {
    this.#turn(at)
    return Math.max(this.#accepted, this.#faded(at))
  }

  accept(value: number): void {
    this.#accepted = Math.max(this.#accepted, value)
  }

  toJSON(): SavedPeak {
    return { value: this.#value, at: this.#at, accepted: this.#accepted }
  }

  #turn(at: number): void {
    const block = Math.floor(at / BLOCK_MS)
    if (block === this.#block) return
    const passed = block - this.#block
    this.#believe(this.#before, at)
    if (passed > 1) this.#believe(this.#now, at)
    this.#before = passed === 1 ? this.#now : 0
    this.#now = 0
    this.#block = block
  }

  #believe(value: number, at: number): void {
    if (value === 0 || value < this.#faded(at)) return
    this.#value = value
    this.#at = at
  }

  #faded(at: number): number {
    return this.#value * DAILY ** Math.max(0, Math.floor((at - this.#at) / DAY_MS))
  }
}
