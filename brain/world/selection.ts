// thread: learner
// Runs filters and an order over the records of a type.
import { type Condition, matcherOf, rangeSieveOf, type Sieve, sieveOf } from './condition.js'
import { scalarText } from './inputs.js'
import { isSafeNumber } from './number-order.js'
import { satisfies, valuesAt } from './predicate.js'
import type { RecordType } from './records.js'
import { type Arrangement, type Ordering, RowTable, type Selected } from './row-table.js'
import { TEXT_SEPARATOR } from './row-texts.js'
import type { SparseList } from './sparse-list.js'
import { type JsonObject, memberOf } from './tree.js'

export type { Condition } from './condition.js'
export type { Ordering, Selected } from './row-table.js'

/** Rows that were chosen, in order. */
export class Selection {
  readonly #table: RowTable
  readonly #arrangement: Arrangement
  readonly #found: Uint32Array

  constructor(table: RowTable, arrangement: Arrangement, found: Uint32Array) {
    this.#table = table
    this.#arrangement = arrangement
    this.#found = found
  }

  get length(): number {
    return this.#found.length
  }

  at(place: number): Selected | undefined {
    const i = this.#found[place]
    return i === undefined ? undefined : this.#table.rows[i]
  }

  slice(start: number, end: number): Selected[] {
    return Array.from(this.#found.subarray(Math.max(0, start), end), i => this.#table.rows[i]!)
  }

  /** At which place the record stands; undefined: it is not among them. */
  placeOf(id: string): number | undefined {
    const i = this.#table.indexOf(id)
    if (i === undefined) return undefined
    const { compare } = this.#arrangement
    let low = 0
    let high = this.#found.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.#found[middle]!, i) < 0) low = middle + 1
      else high = middle
    }
    return this.#found[low] === i ? low : undefined
  }

  /** Without those that nothing but this question showed. */
  without(source: string): Selection {
    const { rows } = this.#table
    const places: number[] = []
    for (const i of this.#table.shownFirstBy(source)) {
      if (this.#table.isLeft(i) || rows[i]!.record.source !== source) continue
      const place = this.placeOf(rows[i]!.record.id)
      if (place !== undefined) places.push(place)
    }
    if (places.length === 0) return this
    const left = new Uint32Array(this.#found.length - places.length)
    let from = 0
    let at = 0
    for (const place of [...places.sort((a, b) => a - b), this.#found.length]) {
      left.set(this.#found.subarray(from, place), at)
      at += place - from
      from = place + 1
    }
    return new Selection(this.#table, this.#arrangement, left)
  }

  /** Was one of these members never shown of any of the rows? */
  lacksAny(members: readonly string[]): boolean {
    const { rows } = this.#table
    return members.some(
      member =>
        this.#table.column(member).absent > 0 && this.#found.some(i => memberOf(rows[i]!.row, member) === undefined),
    )
  }
}

/**
 * The records that this credential may know of (or those of a list that was seen whole), in order, for which all conditions
 * hold.
 */
export function select(
  type: RecordType,
  scope: string,
  conditions: readonly Condition[],
  ordering: Ordering,
  list?: SparseList,
): Selection {
  const table = tableOf(type, scope)
  const arrangement = list === undefined ? table.all(ordering) : table.listed(list, ordering)
  if (conditions.length === 0) return new Selection(table, arrangement, arrangement.order)
  const key = `${arrangement.key} ${JSON.stringify(conditions.map(({ filter, value }) => [filter, value]))}`
  return new Selection(
    table,
    arrangement,
    table.result(key, () => found(table, arrangement, conditions, list !== undefined)),
  )
}

/** How many records that this credential may know of the conditions hold for. */
export function countOf(type: RecordType, scope: string, conditions: readonly Condition[]): number {
  return select(type, scope, conditions, { asked: undefined, ties: undefined, reversed: false }).length
}

/** Few rows are looked through faster than an index is made. */
const INDEXED_FROM = 500

function found(
  table: RowTable,
  arrangement: Arrangement,
  conditions: readonly Condition[],
  isPart: boolean,
): Uint32Array {
  const { order } = arrangement
  const equality = order.length < INDEXED_FROM ? undefined : conditions.find(condition => isIndexed(condition))
  if (equality === undefined) return sifted(table, order, order.length, conditions)
  const { ranks } = arrangement
  const { member } = equality.filter
  const candidates = table.index(member, row => keysAt(row, member)).get(keyOf(equality.value)) ?? []
  const places = new Uint32Array(candidates.length)
  let count = 0
  for (const i of candidates) if (!table.isLeft(i) && (!isPart || order[ranks[i]!] === i)) places[count++] = ranks[i]!
  const chosen = places
    .subarray(0, count)
    .sort()
    .map(rank => order[rank]!)
  // Also by the condition that was looked up: `7` and the text `007` are one number, but not the same.
  return sifted(table, chosen, count, conditions)
}

/** The rows of `from` for which all conditions hold. */
function sifted(table: RowTable, from: Uint32Array, count: number, conditions: readonly Condition[]): Uint32Array {
  const into = new Uint32Array(count)
  let [rows, left] = [from, count]
  for (const condition of conditions) {
    left = sieve(table, condition)(rows, left, into)
    rows = into
  }
  return into.slice(0, left)
}

function sieve(table: RowTable, condition: Condition): Sieve {
  const { filter, value } = condition
  const { rows } = table
  if (filter.member !== '*') {
    const column = table.column(filter.member)
    return rangeSieveOf(condition, column) ?? sieveOf(matcherOf(condition, column, rows))
  }
  if (value === '' || value.includes(TEXT_SEPARATOR)) return sieveOf(i => satisfies(rows[i]!.row, filter, value))
  return sieveOf(table.texts(filter.but ?? []).holding(value.toLowerCase()))
}

/** `1` may stand for true as well: that is looked for one by one. */
function isIndexed({ filter: { member, test }, value }: Condition): boolean {
  return test === 'eq' && member !== '*' && value !== '0' && value !== '1'
}

function keysAt(row: JsonObject, member: string): Iterable<string> {
  const values = valuesAt(row, member)
  return values.length === 1 ? [keyOf(scalarText(values[0]!))] : new Set(values.map(value => keyOf(scalarText(value))))
}

/** Numbers that are equal are written alike. */
function keyOf(text: string): string {
  return isSafeNumber(text) ? String(Number(text)) : text
}

/** Rows of all tables of one type: beyond it, those that were not asked for the longest go. */
const MAX_ROWS = 400_000

function tableOf(type: RecordType, scope: string): RowTable {
  // Who was shown nothing of his own knows what all know.
  const own = type.scopes.has(scope) ? scope : ''
  let table = type.tables.get(own)
  if (table === undefined) {
    let rows = type.size
    for (const [key, { size }] of [...type.tables].reverse()) {
      rows += size
      if (rows > MAX_ROWS) type.tables.delete(key)
    }
    table = new RowTable(type, own)
  } else type.tables.delete(own)
  type.tables.set(own, table)
  table.sync()
  return table
}
