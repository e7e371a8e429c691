// thread: learner
// The records of one type that one credential may know of, as rows with columns, in the orders that they were asked for in.
// A record that changes leaves its row for a new one at the end; orders are mended by what changed, not made anew.
import { Column } from './column.js'
import type { Order } from './list-rules.js'
import type { Rec, RecordType } from './records.js'
import { rowOf } from './row.js'
import { RowTexts } from './row-texts.js'
import type { SparseList } from './sparse-list.js'
import type { JsonObject } from './tree.js'

export interface Selected {
  readonly record: Rec
  readonly row: JsonObject
}

/** How rows are to stand. What compares equal in all of it stands as it came, or as its list has it. */
export interface Ordering {
  readonly asked: Order | undefined
  /** The order of those that compare equal in what was asked for. */
  readonly ties: Order | undefined
  /** Those that compare equal stand the other way round. */
  readonly reversed: boolean
}

/** Rows in an order, by index. */
export class Arrangement {
  readonly key: string
  readonly order: Uint32Array
  /** What it is in order by: below 0 where row `a` comes before row `b`; 0 only where they are the same. */
  readonly compare: Comparison
  readonly #rows: number
  #ranks: Uint32Array | undefined

  /** `rows`: how many there are, also beside those in this order. */
  constructor(key: string, order: Uint32Array, compare: Comparison, rows: number) {
    this.compare = compare
    this.key = key
    this.order = order
    this.#rows = rows
  }

  /** Where in the order a row stands; of rows that are not in it: nothing. */
  get ranks(): Uint32Array {
    if (this.#ranks === undefined) {
      this.#ranks = new Uint32Array(this.#rows)
      for (let rank = 0; rank < this.order.length; rank++) this.#ranks[this.order[rank]!] = rank
    }
    return this.#ranks
  }
}

interface Kept {
  arrangement: Arrangement
  /** Rows, and rows that were left, when it was made. */
  rows: number
  left: number
}

interface Listed {
  readonly version: number
  readonly rows: number
  readonly left: number
  /** Where in the list a row stands, and the rows in its order. */
  readonly places: Float64Array
  readonly order: Uint32Array
  readonly arrangements: Map<string, Arrangement>
}

const MAX_ORDERS = 24
const MAX_COLUMNS = 64
const MAX_TEXTS = 4
const MAX_RESULTS = 256
const MAX_RESULT_ROWS = 2_000_000

export class RowTable {
  readonly #type: RecordType
  readonly #scope: string
  #version = -1
  readonly #rows: Selected[] = []
  /** Where a row's record first stood: that is its place among equals. */
  readonly #places: number[] = []
  readonly #rowOf = new Map<string, number>()
  #isLeft = new Uint8Array(256)
  #left = 0
  readonly #columns = new Map<string, Column>()
  readonly #texts = new Map<string, RowTexts>()
  readonly #indexes = new Map<string, Index>()
  readonly #bySource = new Map<string, number[]>()
  #sourced = 0
  readonly #orders = new Map<string, Kept>()
  #lists = new WeakMap<SparseList, Listed>()
  readonly #results = new Map<string, Uint32Array>()
  #resultRows = 0

  constructor(type: RecordType, scope: string) {
    this.#type = type
    this.#scope = scope
  }

  /** All rows ever taken; {@link isLeft} tells which are none any more. */
  get rows(): readonly Selected[] {
    return this.#rows
  }

  get size(): number {
    return this.#rows.length
  }

  isLeft(i: number): boolean {
    return this.#isLeft[i] === 1
  }

  /** The row of a record; undefined: it is not known. */
  indexOf(id: string): number | undefined {
    return this.#rowOf.get(id)
  }

  // ── what changed ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes in what was learned since the last time. */
  sync(): void {
    if (this.#version === this.#type.version) return
    const isNew = this.#version < 0
    const changed = this.#type.changedSince(Math.max(0, this.#version))
    this.#version = this.#type.version
    this.#results.clear()
    this.#resultRows = 0
    if (isNew || changed === undefined || this.#left > this.#rows.length / 2 + changed.length) this.#rebuild()
    else for (const id of new Set(changed)) this.#take(id)
  }

  #rebuild(): void {
    for (const of of [this.#rowOf, this.#columns, this.#texts, this.#indexes, this.#bySource, this.#orders]) of.clear()
    this.#lists = new WeakMap()
    this.#rows.length = this.#places.length = this.#left = this.#sourced = 0
    this.#isLeft = new Uint8Array(256)
    for (const record of this.#type.known(this.#scope)) this.#add(record, this.#rows.length)
  }

  #take(id: string): void {
    const at = this.#rowOf.get(id)
    const record = this.#type.find(this.#scope, id)
    const isThere = record !== undefined && record.goneAt === 0
    if (at !== undefined) {
      const row = this.#rows[at]!
      if (isThere && row.record === record && row.row === rowOf(record)) return
      this.#isLeft[at] = 1
      this.#left += 1
      this.#rowOf.delete(id)
    }
    if (isThere) this.#add(record, at === undefined ? this.#rows.length : this.#places[at]!)
  }

  #add(record: Rec, place: number): void {
    const i = this.#rows.length
    if (i >= this.#isLeft.length) {
      const isLeft = new Uint8Array(i * 2)
      isLeft.set(this.#isLeft)
      this.#isLeft = isLeft
    }
    this.#rows.push({ record, row: rowOf(record) })
    this.#places.push(place)
    this.#rowOf.set(record.id, i)
  }

  // ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  column(member: string): Column {
    const column = keptOr(this.#columns, member, MAX_COLUMNS, () => new Column(member))
    column.extend(this.#rows)
    return column
  }

  /** For full-text search; `but`: members that are not looked into. */
  texts(but: readonly string[]): RowTexts {
    const texts = keptOr(this.#texts, JSON.stringify(but), MAX_TEXTS, () => new RowTexts(but))
    texts.extend(this.#rows)
    return texts
  }

  /** Rows by what `keysOf` says of them, in no order that means anything; rows that were left are among them. */
  index(member: string, keysOf: (row: JsonObject) => Iterable<string>): ReadonlyMap<string, readonly number[]> {
    const index = keptOr(this.#indexes, member, MAX_COLUMNS, () => ({ rows: 0, byKey: new Map() }))
    for (; index.rows < this.#rows.length; index.rows++)
      for (const key of keysOf(this.#rows[index.rows]!.row)) {
        const found = index.byKey.get(key)
        if (found === undefined) index.byKey.set(key, [index.rows])
        else found.push(index.rows)
      }
    return index.byKey
  }

  /** Rows whose records this question showed before any other did; some may have been shown by others since. */
  shownFirstBy(source: string): readonly number[] {
    for (; this.#sourced < this.#rows.length; this.#sourced++) {
      const { source: of } = this.#rows[this.#sourced]!.record
      if (of === undefined) continue
      const rows = this.#bySource.get(of)
      if (rows === undefined) this.#bySource.set(of, [this.#sourced])
      else rows.push(this.#sourced)
    }
    return this.#bySource.get(source) ?? []
  }

  /** What was found before for the same question, while nothing changes. */
  result(key: string, find: () => Uint32Array): Uint32Array {
    const found = keptOr(this.#results, key, Number.POSITIVE_INFINITY, () => {
      const rows = find()
      this.#resultRows += rows.length
      return rows
    })
    // A few long ones are as many as a lot of short ones.
    for (const [other, { length }] of this.#results) {
      if (this.#results.size <= MAX_RESULTS && (this.#resultRows <= MAX_RESULT_ROWS || other === key)) break
      this.#results.delete(other)
      this.#resultRows -= length
    }
    return found
  }

  // ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** All rows, in order. */
  all(ordering: Ordering): Arrangement {
    const key = JSON.stringify(ordering)
    const kept = this.#orders.get(key)
    if (kept !== undefined && kept.rows === this.#rows.length && kept.left === this.#left) return kept.arrangement
    const compare = this.#comparison(ordering, this.#places)
    const order = kept === undefined ? this.#sorted(compare) : this.#mended(kept, compare)
    const arrangement = new Arrangement(key, order, compare, this.#rows.length)
    this.#orders.delete(key)
    keptOr(this.#orders, key, MAX_ORDERS, () => ({ arrangement, rows: this.#rows.length, left: this.#left }))
    return arrangement
  }

  #sorted(compare: Comparison): Uint32Array {
    const order = new Uint32Array(this.#rowOf.size)
    let at = 0
    for (let i = 0; i < this.#rows.length; i++) if (this.#isLeft[i] === 0) order[at++] = i
    return order.sort(compare)
  }

  /** What was left goes out, what came goes in. */
  #mended({ arrangement: { order: before }, rows, left }: Kept, compare: Comparison): Uint32Array {
    const came: number[] = []
    for (let i = rows; i < this.#rows.length; i++) if (this.#isLeft[i] === 0) came.push(i)
    if (came.length > before.length / 8 + 16) return this.#sorted(compare)
    came.sort(compare)
    const stayed = left === this.#left ? before : before.filter(i => this.#isLeft[i] === 0)
    const order = new Uint32Array(stayed.length + came.length)
    let from = 0
    for (const [n, i] of came.entries()) {
      const to = placeFor(i, stayed, from, compare)
      order.set(stayed.subarray(from, to), from + n)
      order[to + n] = i
      from = to
    }
    order.set(stayed.subarray(from), from + came.length)
    return order
  }

  /** Rows of a list, in order; `ordering` without `asked`: as they stand in the list. */
  listed(list: SparseList, ordering: Ordering): Arrangement {
    let of = this.#lists.get(list)
    if (of === undefined || of.version !== list.version || of.rows !== this.#rows.length || of.left !== this.#left) {
      of = this.#list(list)
      this.#lists.set(list, of)
    }
    const { places, order, arrangements } = of
    return keptOr(arrangements, JSON.stringify(ordering), MAX_ORDERS, () => {
      // Not one list's rows taken for another's: the key says which.
      const key = `list ${list.uid} ${JSON.stringify(ordering)}`
      const compare = this.#comparison(ordering, places)
      return new Arrangement(key, order.slice().sort(compare), compare, this.#rows.length)
    })
  }

  #list(list: SparseList): Listed {
    const { ids } = list
    const places = new Float64Array(this.#rows.length)
    const order = new Uint32Array(ids.length)
    let count = 0
    for (let place = 0; place < ids.length; place++) {
      const id = ids[place]
      const i = id === undefined ? undefined : this.#rowOf.get(id)
      if (i === undefined) continue
      places[i] = place
      order[count++] = i
    }
    return {
      version: list.version,
      rows: this.#rows.length,
      left: this.#left,
      places,
      order: order.slice(0, count),
      arrangements: new Map(),
    }
  }

  #comparison({ asked, ties, reversed }: Ordering, places: ArrayLike<number>): Comparison {
    const byAsked = asked === undefined ? [] : this.#keys(asked)
    const byTies = ties === undefined ? [] : this.#keys(ties)
    const sign = reversed ? -1 : 1
    return (a, b) => {
      for (const key of byAsked) {
        const order = key(a, b)
        if (order !== 0) return order
      }
      for (const key of byTies) {
        const order = key(a, b)
        if (order !== 0) return order * sign
      }
      return (places[a]! - places[b]!) * sign
    }
  }

  #keys({ keys, collation }: Order): Comparison[] {
    return keys.map(({ member, descending }) => {
      const column = this.column(member)
      return (a, b) => column.compare(this.#rows, a, b, descending, collation)
    })
  }
}

export type Comparison = (a: number, b: number) => number

/** How many of the rows, which are in order, come before row `i`; the first `from` do. */
function placeFor(i: number, rows: Uint32Array, from: number, compare: Comparison): number {
  let low = from
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle]!, i) < 0) low = middle + 1
    else high = middle
  }
  return low
}

interface Index {
  rows: number
  readonly byKey: Map<string, number[]>
}

/** What is kept under a key, made where it is not; the one that was not asked for the longest goes. */
function keptOr<T>(kept: Map<string, T>, key: string, max: number, make: () => T): T {
  let value = kept.get(key)
  if (value === undefined) {
    value = make()
    if (kept.size >= max) kept.delete(kept.keys().next().value!)
  } else kept.delete(key)
  kept.set(key, value)
  return value
}
