// thread: learner
// Numbers as they are written, in order; integers exactly, however long: 64-bit identifiers are beyond what a double tells apart.

const integer = /^-?\d+$/
/** So many digits a double holds exactly. */
const SAFE_DIGITS = 15

/** Below 0: `a` is less. Both are texts of numbers. */
export function compareNumbers(a: string, b: string): number {
  if ((a.length > SAFE_DIGITS || b.length > SAFE_DIGITS) && integer.test(a) && integer.test(b))
    return compareIntegers(a, b)
  const x = Number(a)
  const y = Number(b)
  return x < y ? -1 : x > y ? 1 : 0
}

function compareIntegers(a: string, b: string): number {
  const x = digitsOf(a)
  const y = digitsOf(b)
  const isNegative = a.startsWith('-') && x !== ''
  if (isNegative !== (b.startsWith('-') && y !== '')) return isNegative ? -1 : 1
  const order = x.length === y.length ? (x < y ? -1 : x > y ? 1 : 0) : x.length - y.length
  return isNegative ? -order : order
}

/** Without sign and leading zeros. */
function digitsOf(text: string): string {
  return text.replace(/^-?0*/, '')
}

/** A number that a double holds exactly, so that two texts of it may be compared as numbers. */
export function isSafeNumber(text: string): boolean {
  const signs = Number(text.startsWith('-')) + Number(text.includes('.'))
  return text.length - signs <= SAFE_DIGITS && /^-?\d+(\.\d+)?$/.test(text)
}
