// thread: learner
// Runs filters and an order over the records of a type. What is asked again and again is kept as long as nothing changes: the
// records in one order, and which of them have a value in a member.
import { scalarText } from './inputs.js'
import type { Order } from './list-rules.js'
import { isSafeNumber } from './number-order.js'
import { compareRows } from './ordering.js'
import { type Filter, satisfies, valuesAt } from './predicate.js'
import type { Rec, RecordType } from './records.js'
import { rowOf } from './row.js'
import type { JsonObject } from './tree.js'

export interface Selected {
  readonly record: Rec
  readonly row: JsonObject
}

export interface Condition {
  readonly filter: Filter
  readonly value: string
}

/** Few records are looked through faster than an index is made. */
const INDEXED_FROM = 500
const MAX_KEPT = 16

/** The records that this credential may know of, in order, for which all conditions hold. `ties`: the order of equals. */
export function select(
  type: RecordType,
  scope: string,
  conditions: readonly Condition[],
  order: Order,
  ties: Order | undefined,
): readonly Selected[] {
  const equality = type.size < INDEXED_FROM ? undefined : conditions.find(condition => isIndexed(condition))
  if (equality !== undefined) {
    const found = indexOf(type, scope, equality.filter.member, order, ties).get(keyOf(equality.value)) ?? []
    // Also the one that was looked up: `7` and the text `007` are one number, but not the same.
    return found.filter(({ row }) => conditions.every(({ filter, value }) => satisfies(row, filter, value)))
  }
  const all = inOrder(type, scope, order, ties)
  if (conditions.length === 0) return all
  return all.filter(({ row }) => conditions.every(({ filter, value }) => satisfies(row, filter, value)))
}

/** Sorted as asked; ties as they were, or in their own order. */
export function sorted(rows: readonly Selected[], order: Order, ties: Order | undefined): Selected[] {
  return [...rows].sort(
    (a, b) =>
      compareRows(a.row, b.row, order.keys, order.collation) ||
      (ties === undefined ? 0 : compareRows(a.row, b.row, ties.keys, ties.collation)),
  )
}

function inOrder(type: RecordType, scope: string, order: Order, ties: Order | undefined): readonly Selected[] {
  return kept(type, `order ${scope} ${JSON.stringify([order, ties])}`, () =>
    sorted(everything(type, scope), order, ties),
  )
}

/** Records by the value of a member, each list in order. */
function indexOf(
  type: RecordType,
  scope: string,
  member: string,
  order: Order,
  ties: Order | undefined,
): ReadonlyMap<string, Selected[]> {
  return kept(type, `index ${scope} ${JSON.stringify([member, order, ties])}`, () => {
    const index = new Map<string, Selected[]>()
    for (const selected of inOrder(type, scope, order, ties))
      for (const value of valuesAt(selected.row, member)) {
        const key = keyOf(scalarText(value))
        const known = index.get(key)
        if (known === undefined) index.set(key, [selected])
        else known.push(selected)
      }
    return index
  })
}

function everything(type: RecordType, scope: string): Selected[] {
  const all: Selected[] = []
  for (const record of type.known(scope)) all.push({ record, row: rowOf(record) })
  return all
}

/** `1` may stand for true as well: that is looked for one by one. */
function isIndexed({ filter: { member, test }, value }: Condition): boolean {
  return test === 'eq' && member !== '*' && value !== '0' && value !== '1'
}

/** Numbers that are equal are written alike. */
function keyOf(text: string): string {
  return isSafeNumber(text) ? String(Number(text)) : text
}

function kept<T>(type: RecordType, key: string, make: () => T): T {
  const known = type.kept.get(key)
  if (known !== undefined && known.version === type.version) return known.value as T
  if (type.kept.size >= MAX_KEPT) type.kept.delete(type.kept.keys().next().value!)
  const value = make()
  type.kept.delete(key)
  type.kept.set(key, { version: type.version, value })
  return value
}
