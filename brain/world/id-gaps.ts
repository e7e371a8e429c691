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
export function standsFor(ids: readonly string[], missing: number): ReadonlyMap<string, number> | undefined {
  if (ids.length < 2 || ids.length > MAX_GAPPED) return undefined
  const numbers: number[] = []
  for (const id of ids) {
    const number = Number(id)
    if (!/^\d{1,15}$/.test(id)) return undefined
    numbers.push(number)
  }
  numbers.sort((a, b) => a - b)
  const [first] = numbers
  const last = numbers.at(-1)!
  if (numbers.length < DENSE * (last - first! + 1)) return undefined
  const gaps = last - first! + 1 - numbers.length
  const scale = gaps === 0 ? 0 : Math.min(1, missing / gaps)
  const anywhere = Math.max(0, missing - gaps) / numbers.length
  return new Map(
    numbers.map((number, i) => {
      const before = i === 0 ? 0 : number - numbers[i - 1]! - 1
      const behind = i === numbers.length - 1 ? 0 : numbers[i + 1]! - number - 1
      return [String(number), ((before + behind) / 2) * scale + anywhere]
    }),
  )
}
