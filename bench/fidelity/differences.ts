// Where two JSON values part, for a reader. Pure.

/** `.items[3].price: 12 ≠ 13`; at most `most` of them, in the order of the first. */
export function firstDifferences(truth: unknown, ghost: unknown, most: number): string[] {
  const found: string[] = []
  const visit = (path: string, one: unknown, other: unknown): void => {
    if (found.length >= most) return
    if (Array.isArray(one) && Array.isArray(other)) {
      if (one.length !== other.length) found.push(`${path}: ${one.length} elements ≠ ${other.length}`)
      for (let i = 0; i < Math.min(one.length, other.length); i++) visit(`${path}[${i}]`, one[i], other[i])
    } else if (isObject(one) && isObject(other)) {
      for (const name of Object.keys({ ...one, ...other })) visit(`${path}.${name}`, one[name], other[name])
    } else if (JSON.stringify(one) !== JSON.stringify(other)) {
      found.push(`${path === '' ? 'all' : path}: ${textOf(one)} ≠ ${textOf(other)}`)
    }
  }
  visit('', truth, ghost)
  return found
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
