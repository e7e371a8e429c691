// thread: any
// Bodies that are far larger than any before. How far is «far» follows from the tail that the sizes of a route have by themselves:
// where the largest is a hundred times what nine of ten stay below, a few times the largest is nothing.
import { DecayingSketch, type SavedSketch } from './decaying-sketch.js'

const MIN_COUNT = 200
const MIN_FACTOR = 4
const MIN_BYTES = 16 * 1024
const DAILY = 0.7

export interface SavedSizes {
  readonly day: number
  readonly sizes: SavedSketch
  readonly accepted: number
}

export class SizeWatch {
  readonly #sizes: DecayingSketch
  #day: number
  /** Up to here a person has said that it is normal. */
  #accepted: number
  #limit: number | undefined
  #sinceLimit = 0

  constructor(saved?: SavedSizes) {
    this.#sizes = new DecayingSketch(saved?.sizes)
    this.#day = saved?.day ?? 0
    this.#accepted = saved?.accepted ?? 0
  }

  /** Largest that is normal; undefined: too little is known. */
  get limit(): number | undefined {
    return this.#limit
  }

  get largest(): number {
    return this.#sizes.max
  }

  /** True: far too large, and not learned from. `at`: epoch ms. */
  observe(bytes: number, at: number): boolean {
    if (this.#limit === undefined || this.#sinceLimit >= MIN_COUNT) this.#judge(at)
    this.#sinceLimit += 1
    if (this.#limit !== undefined && bytes > this.#limit) return true
    this.#sizes.add(bytes)
    return false
  }

  accept(bytes: number): void {
    this.#accepted = Math.max(this.#accepted, bytes * 1.5)
    this.#limit = undefined
  }

  toJSON(): SavedSizes {
    return { day: this.#day, sizes: this.#sizes.toJSON(), accepted: this.#accepted }
  }

  #judge(at: number): void {
    this.#sinceLimit = 0
    const day = Math.floor(at / 86_400_000)
    if (this.#day !== day) {
      if (this.#day > 0) this.#sizes.fade(DAILY)
      this.#day = day
    }
    if (this.#sizes.count < MIN_COUNT) {
      this.#limit = undefined
      return
    }
    const { max } = this.#sizes
    const factor = Math.max(MIN_FACTOR, max / this.#sizes.quantile(0.9))
    this.#limit = Math.max(max * factor, max + MIN_BYTES, this.#accepted)
  }
}
