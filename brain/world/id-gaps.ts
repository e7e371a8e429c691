// thread: learner
// Where records of a type are missing: identifiers that are given out one after the other leave gaps where none was seen. Each
// gap is shared out among its neighbours, so that a known record stands for those beside it, and rows of a kind that is known
// well are told from rows of a kind that is not. Pure.

/** Records that are looked at; where there are more, they are missing anywhere. */
export const MAX_GAPPED = 20_000
/** Of identifiers between the least and the greatest, so many are taken: else they are not given out one after the other. */
const DENSE = 0.2

/**
 * How many that are missing each known record stands for; undefined: their identifiers do not tell. `missing`: of all of them, as
 * many as are believed to be: those that no gap accounts for may be anywhere.
 */
export function standsFor(ids: readonly string[], missing: number): Standing | undefined {
  if (ids.length < 2 || ids.length > MAX_GAPPED) return undefined
  const numbers: number[] = []
  for (const id of ids) {
    if (!/^\d{1,15}$/.test(id)) return undefined
    numbers.push(Number(id))
  }
  const sorted = Float64Array.from(numbers).sort()
  const first = sorted[0]!
  const last = sorted.at(-1)!
  if (sorted.length < DENSE * (last - first + 1)) return undefined
  const gaps = last - first + 1 - sorted.length
  const scale = gaps === 0 ? 0 : Math.min(1, missing / gaps)
  const anywhere = Math.max(0, missing - gaps) / sorted.length
  const stands = sorted.map((number, i) => {
    const before = i === 0 ? 0 : number - sorted[i - 1]! - 1
    const behind = i === sorted.length - 1 ? 0 : sorted[i + 1]! - number - 1
    return ((before + behind) / 2) * scale + anywhere
  })
  return new Standing(sorted, stands)
}

/** By identifier. Twenty thousand of them are looked through faster than they are put into a map, which is made often. */
export class Standing {
  readonly #numbers: Float64Array
  readonly #stands: Float64Array

  constructor(numbers: Float64Array, stands: Float64Array) {
    this.#numbers = numbers
    this.#stands = stands
  }

  get(id: string): number | undefined {
    const wanted = Number(id)
    if (String(wanted) !== id) return undefined
    let low = 0
    let high = this.#numbers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#numbers[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return this.#numbers[low] === wanted ? this.#stands[low] : undefined
  }

  *[Symbol.iterator](): Iterator<[id: string, stands: number]> {
    for (let i = 0; i < this.#numbers.length; i++) yield [String(this.#numbers[i]!), this.#stands[i]!]
  }
}
