// thread: learner
// Rules held against lists that were seen: every row must satisfy them, in their order, and no row that is known to have been
// there at that time and satisfies them may be missing. Pure.

import { expressionOf } from './filter-expressions.js'
import type { Inputs } from './inputs.js'
import { filtersOf, type ListRules, type Order, orderOf, type Sighting, sliceOf } from './list-rules.js'
import { compareRows, isSorted } from './ordering.js'
import { type Filter, satisfies } from './predicate.js'
import { type JsonObject, sameNode } from './tree.js'
import { operationsOf } from './value-operators.js'

interface Present {
  readonly id: string
  readonly row: JsonObject
  /** Index of the first and the last list that showed it. */
  readonly first: number
  last: number
  /** Another list showed another value of it: what it was in between is not known. */
  changed: boolean
}

/** Enough to find a rule out; more costs more with every list. */
const MAX_PRESENT = 400

/** Records with the time in which they were there for certain: between the first list that showed them and the last. */
export class Presence {
  readonly #scopes = new Map<string, Map<string, Present>>()

  constructor(sightings: readonly Sighting[]) {
    sightings.forEach(({ scope, rows, ids }, i) => {
      // Rows that were not understood were left out: then it is not known which is which.
      if (rows.length !== ids.length) return
      let present = this.#scopes.get(scope)
      if (present === undefined) {
        present = new Map()
        this.#scopes.set(scope, present)
      }
      for (let j = 0; j < rows.length; j++) {
        const row = rows[j]!
        const id = ids[j]!
        if (row.kind !== 'object' || id === '') continue
        const known = present.get(id)
        if (known === undefined) {
          if (present.size < MAX_PRESENT) present.set(id, { id, row, first: i, last: i, changed: false })
          continue
        }
        known.last = i
        if (!known.changed && !agree(known.row, row)) known.changed = true
      }
    })
  }

  /** Those that were there for certain when this list was answered. */
  *at(index: number, scope: string): Iterable<Present> {
    for (const present of this.#scopes.get(scope)?.values() ?? [])
      if (present.first <= index && present.last >= index && !present.changed) yield present
  }
}

/** Same values in the members that both show. */
function agree(a: JsonObject, b: JsonObject): boolean {
  const members = new Map(a.entries)
  return b.entries.every(([name, value]) => {
    const other = members.get(name)
    return other === undefined || sameNode(other, value)
  })
}

/** `silent`: it says nothing of the rules. */
export type Verdict = 'agreed' | 'contradicted' | 'silent'

/** Does a list leave out what it should hold, or hold what it should not? */
export function verdictOn(
  rules: ListRules,
  sightings: readonly Sighting[],
  index: number,
  presence: Presence,
  members: readonly string[],
): Verdict {
  const { inputs, rows, ids, scope } = sightings[index]!
  if (!understands(rules, inputs) || rows.length !== ids.length) return 'silent'
  const filters = filtersOf(rules, inputs)
  for (const row of rows)
    for (const { filter, value } of filters) if (!satisfies(row, filter, value)) return 'contradicted'
  const slice = sliceOf(rules, inputs, () => undefined)
  if (slice === undefined) return 'silent'
  if (rows.length > slice.limit) return 'contradicted'
  const { asked, known } = orderOf(rules, inputs, members)
  if (known && asked !== undefined && !isSorted(rows, asked.keys, asked.collation)) return 'contradicted'
  const whole = slice.start === 0 && rows.length < slice.limit && rows.length !== rules.suspectLength
  const shown = new Set(ids)
  let left = 0
  let before = 0
  for (const { id, row } of presence.at(index, scope)) {
    if (shown.has(id)) continue
    if (!passes(row, filters)) {
      left += 1
      continue
    }
    if (whole) return 'contradicted'
    // A page: what comes between its first and its last row must be on it.
    if (asked === undefined || rows.length === 0 || !hasKeys(row, asked)) continue
    if (isBetween(row, rows, asked)) return 'contradicted'
    if (compareRows(row, rows[0]!, asked.keys, asked.collation) < 0) before += 1
  }
  // More rows come before it than the place where it is said to start leaves room for.
  if (before > slice.start) return 'contradicted'
  return left > 0 || filters.length === 0 ? 'agreed' : 'silent'
}

function passes(row: JsonObject, filters: readonly { filter: Filter; value: string }[]): boolean {
  return filters.every(({ filter, value }) => satisfies(row, filter, value))
}

function isBetween(row: JsonObject, rows: Sighting['rows'], { keys, collation }: Order): boolean {
  return compareRows(rows[0]!, row, keys, collation) < 0 && compareRows(row, rows.at(-1)!, keys, collation) < 0
}

function hasKeys(row: JsonObject, { keys }: Order): boolean {
  return keys.every(({ member }) => row.entries.some(([name]) => name === member.split('.')[0]))
}

/** Do the rules speak of every input? */
export function understands(rules: ListRules, inputs: Inputs): boolean {
  for (const [name, value] of inputs) if (!speaksOf(rules, name) || !isReadable(rules, name, value)) return false
  return true
}

/** A value that should say how to compare, and does not, asks for something else. */
export function isReadable({ filters }: ListRules, name: string, value: string): boolean {
  const test = filters.get(name)?.test
  if (test === 'op') return operationsOf(value) !== undefined
  return test !== 'expression' || expressionOf(value) !== undefined
}

export function speaksOf(rules: ListRules, name: string): boolean {
  return (
    rules.limit === name ||
    rules.end === name ||
    rules.filters.has(name) ||
    rules.presentation.has(name) ||
    rules.projections.has(name) ||
    rules.windows.some(({ input }) => input === name) ||
    rules.sorts.some(({ input, orderInput }) => input === name || orderInput === name)
  )
}
