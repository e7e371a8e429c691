// thread: learner
// A filter with its value, made ready to be asked of many rows: what can be told from a column is told from there; what
// cannot is left to the predicate, which says what a filter means.
import { type Column, NUMBER, NUMBER_TEXT, TEXT } from './column.js'
import { SEPARATOR } from './inputs.js'
import { isSafeNumber } from './number-order.js'
import { type Filter, isNumberText, satisfies } from './predicate.js'
import type { Matches } from './row-bits.js'
import type { JsonObject } from './tree.js'
import { operationsOf } from './value-operators.js'

export interface Condition {
  readonly filter: Filter
  readonly value: string
}

/** A condition that only asks whether a number lies between two others, both included. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** For a column of numbers alone. Undefined: the condition is no range of doubles. */
export function rangeOf({ filter: { test }, value }: Condition, column: Column): Range | undefined {
  if (!column.isNumeric || !isSafeNumber(value)) return undefined
  if (test !== 'eq' && !isRange({ test })) return undefined
  const wanted = Number(value)
  const low = test === 'gte' || test === 'eq' ? wanted : test === 'gt' ? next(wanted, 1) : Number.NEGATIVE_INFINITY
  const high = test === 'lte' || test === 'eq' ? wanted : test === 'lt' ? next(wanted, -1) : Number.POSITIVE_INFINITY
  return { low, high }
}

/** The double beside this one, above it or below. */
function next(number: number, sign: 1 | -1): number {
  if (number === 0) return sign * Number.MIN_VALUE
  const bits = new BigInt64Array(new Float64Array([number]).buffer)
  bits[0]! += BigInt(number > 0 ? sign : -sign)
  return new Float64Array(bits.buffer)[0]!
}

/** The condition as the predicate says it, told from a column where that comes to the same. */
export function matcherOf(
  { filter, value }: Condition,
  column: Column,
  rows: readonly { readonly row: JsonObject }[],
): Matches {
  if (filter.test === 'op') return operationsTest(filter, value, column, rows)
  const slow: Matches = i => satisfies(rows[i]!.row, filter, value)
  if (filter.test === 'expression') return slow
  const ofNumber = numberTest(filter, value, column)
  const ofText = textTest(filter, value, column)
  const { kinds } = column
  return i => {
    const kind = kinds[i]
    if (kind === NUMBER && ofNumber !== undefined) return ofNumber(i)
    if ((kind === TEXT || (kind === NUMBER_TEXT && !isRange(filter))) && ofText !== undefined) return ofText(i)
    return slow(i)
  }
}

/** Each of the tests that the value says, where none is turned round: then what has no value counts apart. */
function operationsTest(
  filter: Filter,
  value: string,
  column: Column,
  rows: readonly { readonly row: JsonObject }[],
): Matches {
  const operations = operationsOf(value)
  if (operations === undefined || operations.some(({ isNegated }) => isNegated))
    return i => satisfies(rows[i]!.row, filter, value)
  const tests = operations.map(({ test, value }) => matcherOf({ filter: { ...filter, test }, value }, column, rows))
  return i => tests.every(test => test(i))
}

function isRange({ test }: Pick<Filter, 'test'>): boolean {
  return test === 'gte' || test === 'gt' || test === 'lte' || test === 'lt'
}

/** For rows that say a number which a double holds exactly; undefined: the predicate must say it. */
function numberTest({ test }: Filter, value: string, { numbers }: Column): Matches | undefined {
  if (test === 'eq' || test === 'ne') {
    const wanted = isSafeNumber(value) ? Number(value) : Number.NaN
    return test === 'eq' ? i => numbers[i] === wanted : i => numbers[i] !== wanted
  }
  if (test === 'gte' || test === 'gt' || test === 'lte' || test === 'lt') {
    if (!isNumberText(value)) return never
    if (!isSafeNumber(value)) return undefined
    const wanted = Number(value)
    if (test === 'gte') return i => numbers[i]! >= wanted
    if (test === 'gt') return i => numbers[i]! > wanted
    return test === 'lte' ? i => numbers[i]! <= wanted : i => numbers[i]! < wanted
  }
  return undefined
}

/** For rows that say one text; undefined: the predicate must say it. */
function textTest({ test }: Filter, value: string, column: Column): Matches | undefined {
  const { texts } = column
  switch (test) {
    case 'eq':
      return i => texts[i] === value
    case 'ne':
      return i => texts[i] !== value
    case 'in': {
      const wanted = new Set(value.split(value.includes(SEPARATOR) ? SEPARATOR : ',').map(one => one.trim()))
      return i => wanted.has(texts[i]!)
    }
    case 'eqi':
    case 'contains':
    case 'starts':
    case 'ends': {
      const wanted = value.toLowerCase()
      if (test === 'eqi') return i => column.folded(i) === wanted
      if (test === 'contains') return i => column.folded(i).includes(wanted)
      return test === 'starts' ? i => column.folded(i).startsWith(wanted) : i => column.folded(i).endsWith(wanted)
    }
    case 'gte':
    case 'gt':
    case 'lte':
    case 'lt':
      // A text and a number cannot be compared.
      if (isNumberText(value)) return never
      if (test === 'gte') return i => texts[i]! >= value
      if (test === 'gt') return i => texts[i]! > value
      return test === 'lte' ? i => texts[i]! <= value : i => texts[i]! < value
    default:
      return undefined
  }
}

const never: Matches = () => false
