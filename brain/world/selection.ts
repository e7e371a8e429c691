// thread: learner
// Runs filters and an order over the records of a type.
import { type Condition, matcherOf, rangeOf } from './condition.js'
import { scalarText } from './inputs.js'
import { isSafeNumber } from './number-order.js'
import { satisfies, valuesAt } from './predicate.js'
import type { RecordType } from './records.js'
import { RowBits } from './row-bits.js'
import { type Arrangement, type Ordering, RowTable, type Selected } from './row-table.js'
import { TEXT_SEPARATOR } from './row-texts.js'
import type { SparseList } from './sparse-list.js'
import { type JsonObject, memberOf } from './tree.js'

export type { Condition } from './condition.js'
export type { Ordering, Selected } from './row-table.js'

/** Up to so many rows are put in order by comparing them; more are met on the way along the order of all. */
const SORTED_UP_TO = 64
const FIRST_CAPACITY = 64
/** So many are left out by where they stand. */
const MAX_BUT = 64

/** Rows that were chosen, in order. How many they are is known at once; they are put in order as far as somebody looks. */
export class Selection {
  readonly #table: RowTable
  readonly #arrangement: Arrangement
  /** Those that are chosen, not to be changed. */
  readonly #bits: RowBits
  /** The first of them, in order. */
  #found: Uint32Array
  #count: number
  /** How far along the order of all that was. */
  #walked = 0
  /** Places in the order of all, from the first to the last, of the few that are left out. */
  readonly #but: readonly number[]

  /** `but`: what is chosen is all rows without those at these places in the order of all. */
  constructor(table: RowTable, arrangement: Arrangement, bits: RowBits, but: readonly number[] = []) {
    this.#table = table
    this.#arrangement = arrangement
    this.#bits = bits
    this.#but = but
    const isAll = bits === arrangement.members || but.length > 0
    this.#found = isAll ? arrangement.order : new Uint32Array(0)
    this.#count = this.#found.length
    if (isAll || bits.count > SORTED_UP_TO) return
    this.#found = bits.toArray().sort(arrangement.compare)
    this.#count = this.#found.length
  }

  get length(): number {
    return this.#bits.count
  }

  /** Rows in order, at least as many as asked for where there are so many. */
  #first(wanted: number): Uint32Array {
    const { order } = this.#arrangement
    if (this.#but.length > 0) return this.#found
    const end = Math.min(wanted, this.length)
    if (end > this.#found.length) {
      const found = new Uint32Array(Math.min(this.length, Math.max(FIRST_CAPACITY, end, this.#found.length * 2)))
      found.set(this.#found.subarray(0, this.#count))
      this.#found = found
    }
    const { words } = this.#bits
    const found = this.#found
    let count = this.#count
    let at = this.#walked
    for (; count < end; at++) {
      const i = order[at]!
      if (((words[i >>> 5]! >>> (i & 31)) & 1) === 1) found[count++] = i
    }
    this.#count = count
    this.#walked = at
    return found.subarray(0, count)
  }

  at(place: number): Selected | undefined {
    if (place < 0 || place >= this.length) return undefined
    let at = place
    for (const left of this.#but) if (left <= at) at += 1
    return this.#table.rows[this.#first(at + 1)[at]!]
  }

  slice(start: number, end: number): Selected[] {
    const rows: Selected[] = []
    const to = Math.min(end, this.length)
    if (this.#but.length > 0) for (let i = Math.max(0, start); i < to; i++) rows.push(this.at(i)!)
    else {
      const found = this.#first(to)
      for (let i = Math.max(0, start); i < to; i++) rows.push(this.#table.rows[found[i]!]!)
    }
    return rows
  }

  /** At which place the record stands; undefined: it is not among them. */
  placeOf(id: string): number | undefined {
    const i = this.#table.indexOf(id)
    if (i === undefined || !this.#bits.has(i)) return undefined
    const place = placeIn(this.#first(this.length), i, this.#arrangement.compare)
    if (place === undefined) return undefined
    let before = 0
    for (const left of this.#but) if (left < place) before += 1
    return place - before
  }

  /** Without those that nothing but this question showed. */
  without(source: string): Selection {
    const { rows } = this.#table
    const own = this.#table.shownFirstBy(source).filter(i => this.#bits.has(i) && rows[i]!.record.source === source)
    if (own.length === 0) return this
    const bits = this.#bits.copy()
    for (const i of own) bits.delete(i)
    const { members, order, compare } = this.#arrangement
    // Few of all: nobody walks past the others.
    if (this.#bits === members && own.length <= MAX_BUT) {
      const but = own.flatMap(i => placeIn(order, i, compare) ?? []).sort((a, b) => a - b)
      if (but.length === own.length) return new Selection(this.#table, this.#arrangement, bits, but)
    }
    return new Selection(this.#table, this.#arrangement, bits)
  }

  /** Was one of these members never shown of any of the rows? */
  lacksAny(members: readonly string[]): boolean {
    const { rows } = this.#table
    return members.some(
      member =>
        this.#table.column(member).absent > 0 && this.#bits.some(i => memberOf(rows[i]!.row, member) === undefined),
    )
  }
}

/** At which place of the rows, which are in order, row `i` stands; undefined: it is not among them. */
function placeIn(rows: Uint32Array, i: number, compare: Arrangement['compare']): number | undefined {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle]!, i) < 0) low = middle + 1
    else high = middle
  }
  return rows[low] === i ? low : undefined
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
  const { members } = arrangement
  if (conditions.length === 0) return new Selection(table, arrangement, members)
  // Not one list's rows taken for another's.
  const of = list === undefined ? '' : `${list.uid} ${list.version} `
  const key = of + JSON.stringify(conditions.map(({ filter, value }) => [filter, value]))
  return new Selection(
    table,
    arrangement,
    table.result(key, () => found(table, members, conditions)),
  )
}

/** How many records that this credential may know of the conditions hold for. */
export function countOf(type: RecordType, scope: string, conditions: readonly Condition[]): number {
  return select(type, scope, conditions, { asked: undefined, ties: undefined, reversed: false }).length
}

/** Few rows are looked through faster than an index is made. */
const INDEXED_FROM = 500

function found(table: RowTable, among: RowBits, conditions: readonly Condition[]): RowBits {
  const equality = among.count < INDEXED_FROM ? undefined : conditions.find(condition => isIndexed(condition))
  const bits = equality === undefined ? among.copy() : indexed(table, among, equality)
  // Also by the condition that was looked up: `7` and the text `007` are one number, but not the same.
  for (const condition of conditions) narrow(table, bits, condition)
  return bits
}

function indexed(table: RowTable, among: RowBits, { filter: { member }, value }: Condition): RowBits {
  const bits = new RowBits(table.size)
  for (const i of table.index(member, row => keysAt(row, member)).get(keyOf(value)) ?? []) if (among.has(i)) bits.add(i)
  return bits
}

/** Leaves the rows for which the condition holds. */
function narrow(table: RowTable, bits: RowBits, condition: Condition): void {
  const { filter, value } = condition
  const { rows } = table
  if (filter.member === '*') {
    if (value === '' || value.includes(TEXT_SEPARATOR)) bits.keep(i => satisfies(rows[i]!.row, filter, value))
    else table.texts(filter.but ?? []).keepHolding(bits, value.toLowerCase())
    return
  }
  const column = table.column(filter.member)
  const range = rangeOf(condition, column)
  if (range === undefined) bits.keep(matcherOf(condition, column, rows))
  else bits.keepWithin(column.numbers, range.low, range.high)
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
