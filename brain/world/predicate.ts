// thread: learner
// The library of filters: what a parameter may ask of a record. A filter names a member (`year`, `address.city`) and a test.
import type { JsonNode } from '../../core/contract/json.js'
import { expressionOf } from './filter-expressions.js'
import { SEPARATOR, scalarText } from './inputs.js'
import { compareNumbers, isSafeNumber } from './number-order.js'
import { isNull, isScalar, memberOf } from './tree.js'
import { type Operation, operationsOf } from './value-operators.js'
import { matchesWildcards } from './wildcards.js'

export const tests = [
  'eq',
  'eqi',
  'ne',
  'gte',
  'gt',
  'lte',
  'lt',
  'contains',
  'starts',
  'ends',
  'like',
  'in',
  'op',
  'expression',
] as const
/** `op`: the value says which, see value-operators.ts; `expression`: and of which members, see filter-expressions.ts. */
export type Test = (typeof tests)[number]

/** Every parameter is tried on every one of them. */
const MAX_FILTER_MEMBERS = 200

/** How deep a full-text search looks into a record. */
export const MAX_TEXT_DEPTH = 4

/** '*' stands for every text of the record, for full-text search. */
export interface Filter {
  readonly member: string
  /** Of a full-text search: members that it does not look into. */
  readonly but?: readonly string[]
  readonly test: Test
}

/** How the words at the end or the beginning of a parameter's name are read. */
const wordTests: ReadonlyMap<string, Test> = new Map(
  Object.entries({
    eq: 'eq',
    exact: 'eq',
    equals: 'eq',
    is: 'eq',
    iexact: 'eqi',
    ne: 'ne',
    neq: 'ne',
    not: 'ne',
    gte: 'gte',
    ge: 'gte',
    gteq: 'gte',
    min: 'gte',
    minimum: 'gte',
    from: 'gte',
    since: 'gte',
    gt: 'gt',
    after: 'gt',
    above: 'gt',
    over: 'gt',
    lte: 'lte',
    le: 'lte',
    lteq: 'lte',
    max: 'lte',
    maximum: 'lte',
    to: 'lte',
    until: 'lte',
    lt: 'lt',
    before: 'lt',
    below: 'lt',
    under: 'lt',
    like: 'like',
    ilike: 'like',
    contains: 'contains',
    cont: 'contains',
    icontains: 'contains',
    startswith: 'starts',
    istartswith: 'starts',
    prefix: 'starts',
    endswith: 'ends',
    iendswith: 'ends',
    in: 'in',
    any: 'in',
  } as const),
)

/** Around the names of members: `filter[genre]`, `q[price_gteq]`. */
const around = new Set(['filter', 'filters', 'where', 'query', 'search', 'q', 's'])

/** Other readings of the same word, the stricter first: lists tell which one it is. */
export const looser: Partial<Record<Test, readonly Test[]>> = {
  gt: ['gte'],
  lt: ['lte'],
  gte: ['gt'],
  lte: ['lt'],
  like: ['contains'],
  eq: ['eqi', 'in', 'starts', 'contains', 'op'],
}

/** `min_price`, `price[gte]`, `filter[genre]`, `createdAfter` → words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter(word => word !== '')
    .map(word => word.toLowerCase())
}

const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Filters that a parameter's name speaks of, for records with these members. */
export function namedFilters(name: string, members: readonly string[]): Filter[] {
  const all = wordsOf(name)
  const found: Filter[] = []
  const add = (parts: readonly string[], test: Test): void => {
    const plain = parts.join('')
    if (plain === '') return
    for (const member of members) {
      const full = plainName(member)
      const last = plainName(member.split('.').at(-1)!)
      if (full === plain || last === plain || `${full}s` === plain || full === `${plain}s`) found.push({ member, test })
    }
  }
  for (const words of all.length > 1 && around.has(all[0]!) ? [all.slice(1), all] : [all]) {
    const last = wordTests.get(words.at(-1) ?? '')
    const first = wordTests.get(words[0] ?? '')
    add(words, 'eq')
    if (words.length > 1 && last !== undefined) add(words.slice(0, -1), last)
    if (words.length > 1 && first !== undefined) add(words.slice(1), first)
    // `createdBefore` asks of `createdAt`.
    if (words.length > 1 && last !== undefined) add([...words.slice(0, -1), 'at'], last)
  }
  return found
}

/** Names of members that filters may speak of: scalars, lists of scalars, and those of objects one level down. */
export function filterMembers(rows: readonly JsonNode[]): string[] {
  const names = new Set<string>()
  for (const row of rows.slice(0, 50)) {
    if (row.kind !== 'object') continue
    for (const [name, value] of row.entries) {
      if (value.kind === 'object') {
        for (const [inner, deep] of value.entries.slice(0, 20)) if (isScalar(deep)) names.add(`${name}.${inner}`)
      } else if (value.kind !== 'array' || value.items.every(isScalar)) names.add(name)
      if (names.size >= MAX_FILTER_MEMBERS) return [...names].slice(0, MAX_FILTER_MEMBERS)
    }
  }
  return [...names]
}

export function valuesAt(row: JsonNode, member: string): readonly JsonNode[] {
  let node = memberOf(row, member)
  if (node === undefined) {
    const dot = member.indexOf('.')
    if (dot < 0) return []
    node = memberOf(memberOf(row, member.slice(0, dot)), member.slice(dot + 1))
    if (node === undefined) return []
  }
  return node.kind === 'array' ? node.items : [node]
}

/** Does a record satisfy the filter, for this value of the parameter? */
export function satisfies(row: JsonNode, { member, test, but }: Filter, wanted: string): boolean {
  if (member === '*') {
    const text = wanted.toLowerCase()
    if (but === undefined || row.kind !== 'object') return anyText(row, text, 0)
    return row.entries.some(([name, value]) => !but.includes(name) && anyText(value, text, 1))
  }
  if (test === 'expression') return expressionOf(wanted)?.every(term => satisfies(row, term, term.value)) ?? false
  const values = valuesAt(row, member)
  if (test === 'op') return operationsOf(wanted)?.every(operation => meets(values, operation)) ?? false
  if (test === 'ne') return !values.some(value => holds(value, 'eq', wanted))
  return values.some(value => holds(value, test, wanted))
}

function meets(values: readonly JsonNode[], { test, value: wanted, isNegated }: Operation): boolean {
  if (isNegated && !values.some(value => !isNull(value))) return false
  return values.some(value => holds(value, test, wanted)) !== isNegated
}

function holds(value: JsonNode, test: Test, wanted: string): boolean {
  if (value.kind === 'object' || value.kind === 'array') return false
  const text = scalarText(value)
  switch (test) {
    case 'eq':
      return sameText(value, text, wanted)
    case 'eqi':
      return text.toLowerCase() === wanted.toLowerCase()
    case 'in':
      return wanted.split(wanted.includes(SEPARATOR) ? SEPARATOR : ',').some(one => sameText(value, text, one.trim()))
    case 'contains':
      return !isNull(value) && text.toLowerCase().includes(wanted.toLowerCase())
    case 'starts':
      return !isNull(value) && text.toLowerCase().startsWith(wanted.toLowerCase())
    case 'ends':
      return !isNull(value) && text.toLowerCase().endsWith(wanted.toLowerCase())
    case 'like':
      return !isNull(value) && matchesWildcards(text, wanted)
    default: {
      if (isNull(value)) return false
      const order = compareTexts(text, wanted)
      if (order === undefined) return false
      return test === 'gte' ? order >= 0 : test === 'gt' ? order > 0 : test === 'lte' ? order <= 0 : order < 0
    }
  }
}

function sameText(value: JsonNode, text: string, wanted: string): boolean {
  if (text === wanted) return true
  if (value.kind === 'number') return isSafeNumber(wanted) && Number(text) === Number(wanted)
  if (value.kind === 'literal' && value.raw !== 'null')
    return (value.raw === 'true') === (wanted === '1') && (wanted === '1' || wanted === '0')
  return false
}

const numeric = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** A text that is compared as a number where the other one is a number, too. */
export const isNumberText = (text: string): boolean => numeric.test(text)

/** Numbers as numbers, all else as text (ISO dates sort so); undefined where one is a number and the other is not. */
function compareTexts(a: string, b: string): number | undefined {
  const numbers = numeric.test(a)
  if (numbers !== numeric.test(b)) return undefined
  if (numbers) return compareNumbers(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

function anyText(node: JsonNode, wanted: string, depth: number): boolean {
  if (depth > MAX_TEXT_DEPTH) return false
  switch (node.kind) {
    case 'string':
      return node.value.toLowerCase().includes(wanted)
    case 'number':
      return node.raw.includes(wanted)
    case 'array':
      return node.items.some(item => anyText(item, wanted, depth + 1))
    case 'object':
      return node.entries.some(([, value]) => anyText(value, wanted, depth + 1))
    default:
      return false
  }
}
