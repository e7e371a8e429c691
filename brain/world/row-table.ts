// thread: learner
// The records of one type that one credential may know of, as rows with columns, in the orders that they were asked for in.
// A record that changes leaves its row for a new one at the end; orders are mended by what changed, not made anew.
import { Column } from './column.js'
import type { Order } from './list-rules.js'
import type { Rec, RecordType } from './records.js'
import { rowOf } from './row.js'
import { RowBits } from './row-bits.js'
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
export interface Arrangement {
  readonly order: Uint32Array
  /** Those that are in this order. */
  readonly members: RowBits
  /** What it is in order by: below 0 where row `a` comes before row `b`; 0 only where they are the same. */
  readonly compare: Comparison
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
  /** Where in the list a row stands, the rows in its order, and which they are. */
  readonly places: Float64Array
  readonly order: Uint32Array
  readonly members: RowBits
  readonly arrangements: Map<string, Arrangement>
}

const MAX_ORDERS = 24
const MAX_COLUMNS = 64
const MAX_TEXTS = 4
const MAX_RESULTS = 256
const MAX_RESULT_BYTES = 16 << 20

export class RowTable {
  readonly #type: RecordType
  readonly #scope: string
  #version = -1
  readonly #rows: Selected[] = []
  /** Where a row's record first stood: that is its place among equals. */
  readonly #places: number[] = []
  readonly #rowOf = new Map<string, number>()
  /** Rows that stand for what is known now. */
  #live = new RowBits(0)
  #left = 0
  readonly #columns = new Map<string, Column>()
  readonly #texts = new Map<string, RowTexts>()
  readonly #indexes = new Map<string, Index>()
  readonly #bySource = new Map<string, number[]>()
  #sourced = 0
  readonly #orders = new Map<string, Kept>()
  #lists = new WeakMap<SparseList, Listed>()
  readonly #results = new Map<string, RowBits>()

  constructor(type: RecordType, scope: string) {
    this.#type = type
    this.#scope = scope
  }

  /** All rows ever taken; some are none any more. */
  get rows(): readonly Selected[] {
    return this.#rows
  }

  get size(): number {
    return this.#rows.length
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
    if (isNew || changed === undefined || this.#left > this.#rows.length / 2 + changed.length) this.#rebuild()
    else for (const id of new Set(changed)) this.#take(id)
  }

  #rebuild(): void {
    for (const of of [this.#rowOf, this.#columns, this.#texts, this.#indexes, this.#bySource, this.#orders]) of.clear()
    this.#lists = new WeakMap()
    this.#rows.length = this.#places.length = this.#left = this.#sourced = 0
    this.#live = new RowBits(0)
    for (const record of this.#type.known(this.#scope)) this.#add(record, this.#rows.length)
  }

  #take(id: string): void {
    const at = this.#rowOf.get(id)
    const record = this.#type.find(this.#scope, id)
    const isThere = record !== undefined && record.goneAt === 0
    if (at !== undefined) {
      const row = this.#rows[at]!
      if (isThere && row.record === record && row.row === rowOf(record)) return
      this.#live.delete(at)
      this.#left += 1
      this.#rowOf.delete(id)
    }
    if (isThere) this.#add(record, at === undefined ? this.#rows.length : this.#places[at]!)
  }

  #add(record: Rec, place: number): void {
    const i = this.#rows.length
    this.#live.add(i)
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

  /** What was found before for the same question, while nothing changes. It is not to be changed. */
  result(key: string, find: () => RowBits): RowBits {
    const most = Math.max(1, Math.floor(MAX_RESULT_BYTES / (this.#rows.length / 8 + 1)))
    return keptOr(this.#results, key, Math.min(MAX_RESULTS, most), find)
  }

  // ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** All rows, in order. */
  all(ordering: Ordering): Arrangement {
    const key = JSON.stringify(ordering)
    const kept = this.#orders.get(key)
    if (kept !== undefined && kept.rows === this.#rows.length && kept.left === this.#left) return kept.arrangement
    const compare = this.#comparison(ordering, this.#places)
    const order = kept === undefined ? this.#sorted(compare) : this.#mended(kept, compare)
    const arrangement = { order, members: this.#live.copy(), compare }
    this.#orders.delete(key)
    keptOr(this.#orders, key, MAX_ORDERS, () => ({ arrangement, rows: this.#rows.length, left: this.#left }))
    return arrangement
  }

  #sorted(compare: Comparison): Uint32Array {
    const order = new Uint32Array(this.#rowOf.size)
    let at = 0
    for (let i = 0; i < this.#rows.length; i++) if (this.#live.has(i)) order[at++] = i
    return order.sort(compare)
  }

  /** What was left goes out, what came goes in. */
  #mended({ arrangement: { order: before }, rows, left }: Kept, compare: Comparison): Uint32Array {
    const came: number[] = []
    for (let i = rows; i < this.#rows.length; i++) if (this.#live.has(i)) came.push(i)
    if (came.length > before.length / 8 + 16) return this.#sorted(compare)
    came.sort(compare)
    const stayed = left === this.#left ? before : before.filter(i => this.#live.has(i))
    const last = stayed.at(-1)
    if (last === undefined || (came.length > 0 && compare(last, came[0]!) < 0)) return appended(stayed, came)
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
    const { places, order, members, arrangements } = of
    return keptOr(arrangements, JSON.stringify(ordering), MAX_ORDERS, () => {
      const compare = this.#comparison(ordering, places)
      return { order: order.slice().sort(compare), members, compare }
    })
  }

  #list(list: SparseList): Listed {
    const { ids } = list
    const places = new Float64Array(this.#rows.length)
    const order = new Uint32Array(ids.length)
    const members = new RowBits(this.#rows.length)
    let count = 0
    for (let place = 0; place < ids.length; place++) {
      const id = ids[place]
      const i = id === undefined ? undefined : this.#rowOf.get(id)
      if (i === undefined) continue
      places[i] = place
      order[count++] = i
      members.add(i)
    }
    return {
      version: list.version,
      rows: this.#rows.length,
      left: this.#left,
      places,
      order: order.slice(0, count),
      members,
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

/**
 * Identifiers grow, so that what is new most often comes last: it is written behind what is there, into room that nobody else
 * sees, and the rest is not copied each time.
 */
function appended(rows: Uint32Array, came: readonly number[]): Uint32Array {
  const length = rows.length + came.length
  const room = new Uint32Array(rows.buffer, rows.byteOffset)
  const isFree = room.length >= length && room.subarray(rows.length, length).every(i => i === FREE)
  const into = isFree ? room : new Uint32Array(length + (length >>> 2) + MIN_ROOM).fill(FREE, length)
  if (!isFree) into.set(rows)
  into.set(came, rows.length)
  return into.subarray(0, length)
}

/** No row has this index. */
const FREE = 0xffffffff
const MIN_ROOM = 256

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
