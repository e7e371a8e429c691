// thread: learner
// Which rows a question for a list comes to: those that were seen in that very list, or what rules make of all that is known.
import { isReadable, speaksOf } from './back-test.js'
import { type Conventions, extend } from './conventions.js'
import { type Inputs, inputsKey } from './inputs.js'
import { filtersOf, isProven, type ListRules, type Order, orderOf, sliceOf } from './list-rules.js'
import { compareRows, type Ties } from './ordering.js'
import { satisfies } from './predicate.js'
import type { Rec, RecordType } from './records.js'
import type { List, RouteLists } from './route-lists.js'
import { rowOf } from './row.js'
import { placingOf, withoutInput } from './rule-roles.js'
import { countOf, type Ordering, select } from './selection.js'
import type { JsonObject } from './tree.js'

/** After so many answers, records that a list leaves out would have been seen elsewhere. */
const TRUSTED_AFTER = 16
const MIN_NEIGHBOURS = 4
/** Rows by which it is told how many more there should be beside them. */
const MAX_NEIGHBOURS = 200

/** What a question comes to. */
export interface Resolved {
  /** How it was found, for grading. */
  readonly kind: string
  readonly rows: readonly (Rec | undefined)[]
  readonly start: number
  readonly limit: number
  readonly total: number | undefined
  /** Share of the rows that are known, 0…1, as far as can be told. */
  readonly completeness: number
  /** No guess is in it: the order of ties was seen, each filter was borne out, the number of rows was told. */
  readonly exact: boolean
  /** The slice is full: where a row is missing, one that does not belong there stands in its place. */
  readonly isFull?: boolean
  /** Of the record nothing is known but that it is there, and how it is named. */
  readonly isNameAlone?: boolean
  readonly because: string
}

export type Unresolved = {
  readonly unknown: 'no-records' | 'not-understood' | 'unknown-id' | 'gone' | 'incomplete'
  readonly id?: string
  readonly because: string
}

/** The route, as far as its lists are resolved. */
export interface ResolvingRoute {
  readonly rules: ListRules
  readonly lists: Pick<RouteLists, 'all' | 'find' | 'sliceOf'>
  /** How many answers were seen. */
  readonly seen: number
  readonly isIrregular: boolean
  readonly conventions: () => Conventions
}

export function resolveList(
  route: ResolvingRoute,
  type: RecordType,
  inputs: Inputs,
  scope: string,
  heldBack: string,
): Resolved | Unresolved {
  if (heldBack !== '') {
    const evaluated = evaluate(route, type, inputs, scope, heldBack)
    return evaluated ?? { unknown: 'incomplete', because: 'no other list is wide enough' }
  }
  const found = route.lists.find(inputs, scope) ?? (scope === '' ? undefined : route.lists.find(inputs, ''))
  const slice = route.lists.sliceOf(inputs, found)
  let best: Resolved | undefined
  if (
    found !== undefined &&
    slice !== undefined &&
    understandsPlace(route.rules, inputs, found.inputs) &&
    !found.list.isBeyond(slice.start, slice.limit)
  ) {
    const seen = found.list.slice(slice.start, slice.limit)
    const ids = filledIn(route, type, found, slice, inputs, scope, seen)
    const rows = ids.map(id => (id === undefined ? undefined : alive(type, scope, id)))
    const known = rows.filter(row => row !== undefined).length
    const open = !Number.isFinite(slice.limit) && found.list.total === undefined
    const completeness = ids.length === 0 ? (found.list.total === undefined ? 0 : 1) : open ? 0 : known / ids.length
    const filled = ids.some((id, i) => id !== seen[i])
    const order = orderOf(route.rules, inputs, [...type.names])
    // Where ties fall in any order, what was seen once may come otherwise the next time.
    const settled = order.asked === undefined || order.ties === undefined || isSettled(order.ties)
    const around = [found.list.ids[slice.start - 1], ...ids, found.list.ids[slice.start + ids.length]]
    if (completeness > 0)
      best = {
        kind: completeness === 1 ? 'list' : 'list-part',
        rows,
        ...slice,
        total: found.list.total,
        completeness,
        exact:
          !filled &&
          isWithin(route, inputs, rows.length) &&
          !isSuspect(route, type, found, scope) &&
          (settled || !standTied(type, scope, around, order.asked!)),
        because: `${known} of ${ids.length} rows of this list were seen`,
      }
    if (completeness === 1 && best!.exact) return best!
  }
  const evaluated = evaluate(route, type, inputs, scope, '')
  if (evaluated === undefined)
    return (
      best ?? {
        unknown: slice === undefined ? 'not-understood' : 'incomplete',
        because: 'this list was not seen, and the parameters are not all understood',
      }
    )
  if (best !== undefined && best.completeness >= evaluated.completeness && (best.exact || !evaluated.exact)) return best
  return evaluated
}

/**
 * What a question would come to had its route never been asked with `input`, and only others told what that means: so that what is
 * borrowed from them is graded wherever it can be. Undefined: they do not say.
 */
export function resolveByConvention(
  { rules, lists, seen, isIrregular }: ResolvingRoute,
  type: RecordType,
  inputs: Inputs,
  scope: string,
  heldBack: string,
  input: string,
  conventions: Conventions,
): Resolved | undefined {
  const without = new Map([...lists.all].filter(([, list]) => !list.inputs.has(input)))
  const route: ResolvingRoute = {
    rules: withoutInput(rules, input),
    lists: { all: without, find: () => undefined, sliceOf: () => undefined },
    seen,
    isIrregular,
    conventions: () => conventions,
  }
  return evaluate(route, type, inputs, scope, heldBack)
}

/** So many rows were seen in one answer: more might be cut off. */
function isWithin(route: ResolvingRoute, inputs: Inputs, rows: number): boolean {
  const { limit, longest } = route.rules
  return rows <= (limit !== undefined && inputs.has(limit) ? longest.asked : longest.free)
}

/** It may have been cut off where it seemed to end: nothing told how many there are, and more may be known than it has. */
function isSuspect(route: ResolvingRoute, type: RecordType, { list, inputs }: List, scope: string): boolean {
  if (route.rules.total !== undefined || list.total !== route.rules.suspectLength) return false
  if (route.seen < TRUSTED_AFTER || [...inputs.keys()].some(name => route.rules.opaque.has(name))) return true
  return countOf(type, scope, filtersOf(route.rules, inputs)) !== list.total
}

/** Do any two rows that stand side by side compare equal? */
function standTied(type: RecordType, scope: string, ids: readonly (string | undefined)[], order: Order): boolean {
  let before: JsonObject | undefined
  for (const id of ids) {
    const record = id === undefined ? undefined : alive(type, scope, id)
    const row = record === undefined ? undefined : rowOf(record)
    if (before !== undefined && row !== undefined && compareRows(before, row, order.keys, order.collation) === 0)
      return true
    before = row
  }
  return false
}

/** The slice, its holes filled where just as many records are known that belong between their neighbours. */
function filledIn(
  route: ResolvingRoute,
  type: RecordType,
  { list, inputs: listed }: List,
  { start }: { start: number },
  inputs: Inputs,
  scope: string,
  seen: readonly (string | undefined)[],
): (string | undefined)[] {
  const ids = [...seen]
  if (ids.every(id => id !== undefined) || [...listed.keys()].some(name => route.rules.opaque.has(name))) return ids
  const { asked, known } = orderOf(route.rules, inputs, [...type.names])
  if (asked === undefined || !known || ids.length > 1000) return ids
  const all = list.ids
  const filters = filtersOf(route.rules, listed)
  const rows = select(type, scope, filters, { asked, ties: route.rules.natural, reversed: false })
  const rankOf = (id: string | undefined): number | undefined => (id === undefined ? undefined : rows.placeOf(id))
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== undefined) continue
    let before = start + i - 1
    while (before >= 0 && all[before] === undefined) before -= 1
    let after = start + i + 1
    while (after < all.length && all[after] === undefined) after += 1
    const from = before < 0 ? -1 : rankOf(all[before])
    const ends = after >= all.length && list.total !== undefined
    const to = ends ? rows.length : rankOf(all[after])
    const end = ends ? list.total! : after
    if (from !== undefined && to !== undefined && to - from === end - before)
      for (let j = i; j < ids.length && start + j < end; j++) ids[j] = rows.at(from + (start + j - before))?.record.id
    // The hole is the same up to there.
    else i = Math.max(i, after - start - 1)
  }
  return ids
}

function alive(type: RecordType, scope: string, id: string): Rec | undefined {
  const record = type.find(scope, id)
  return record === undefined || record.goneAt > 0 ? undefined : record
}

/** Runs filters and order over what is known. */
function evaluate(
  route: ResolvingRoute,
  type: RecordType,
  inputs: Inputs,
  scope: string,
  heldBack: string,
): Resolved | undefined {
  const members = [...type.names]
  // What was seen here and is not understood may yet be understood elsewhere, unless lists of this route spoke against it.
  if ([...inputs].some(([name, value]) => !isReadable(route.rules, name, value))) return undefined
  const strange = [...inputs.keys()].filter(name => !speaksOf(route.rules, name))
  if (strange.some(name => route.rules.opaque.has(name))) return undefined
  const rules = strange.length === 0 ? route.rules : extend(route.rules, strange, members, route.conventions())
  if (rules === undefined) return undefined
  if (rules.windows.some(({ kind, input }) => kind === 'cursor' && inputs.has(input))) return undefined
  const slice = sliceOf(rules, inputs, () => undefined)
  const { asked, known: isKnown, ties } = orderOf(rules, inputs, members)
  if (slice === undefined || !isKnown) return undefined
  const isSorted = rules.sorts.some(({ input }) => inputs.has(input))
  const how = strange.length === 0 ? '' : ' by convention'
  const filters = filtersOf(rules, inputs)
  // An expression may name what was never seen of any record.
  const isStrange = filters.some(
    ({ input, filter: { member } }) =>
      rules.filters.get(input)?.test === 'expression' && !type.names.has(member.split('.')[0]!),
  )
  if (isStrange) return undefined
  const named = namedRow(type, filters, scope, heldBack)
  if (named !== undefined && slice.start === 0)
    return {
      kind: `named${how}`,
      rows: [named],
      ...slice,
      total: 1,
      completeness: 1,
      exact: strange.length === 0,
      because: `${type.name} ${named.id} is named, and is all that can be there`,
    }
  const base = wholeListAround(route, rules, inputs, scope, heldBack)
  if ((asked === undefined || route.isIrregular) && base === undefined) return undefined
  const baseIsPlain = base !== undefined && !rules.sorts.some(({ input }) => base.inputs.has(input))
  if (asked === undefined && !baseIsPlain) return undefined
  const ordering: Ordering = {
    asked,
    // A list in an order of its own has its ties as they are there.
    ties: baseIsPlain ? undefined : rules.natural,
    reversed: asked !== undefined && ties === 'reversed',
  }
  const known = select(type, scope, filters, ordering, base?.list)
  const kept = heldBack === '' ? known : known.without(heldBack)
  const rows = kept.slice(slice.start, slice.start + slice.limit).map(({ record }) => record)
  // Rows that compare equal stand as they were seen to, or nobody knows how.
  const settled =
    asked === undefined ||
    (baseIsPlain && !isSorted) ||
    (isSorted && isSettled(ties) && (baseIsPlain || rules.natural !== undefined)) ||
    !hasTies(kept.slice(Math.max(0, slice.start - 1), slice.start + slice.limit + 1), asked)
  // What was never shown of a record may well decide where it belongs.
  const heads = [...filters.map(({ filter }) => filter.member), ...(asked?.keys.map(({ member }) => member) ?? [])]
    .filter(member => member !== '*')
    .map(member => member.split('.')[0]!)
  const open = known.lacksAny(heads)
  const borneOut = !open && strange.length === 0 && filters.every(({ input, filter }) => isProven(rules, input, filter))
  if (base !== undefined)
    return {
      kind: `narrowed${how}`,
      rows,
      ...slice,
      total: kept.length,
      completeness: 1,
      exact:
        settled &&
        !open &&
        isWithin(route, inputs, rows.length) &&
        !isSuspect(route, type, base, scope) &&
        filters.every(({ input, filter }) => isProven(rules, input, filter) || base.inputs.has(input)),
      because: `${filters.length} filters over a list that was seen whole`,
    }
  // How much of the collection is known, and how far rows that are not known shift those that are.
  const share = type.share(scope)
  const list = route.lists.find(inputs, scope) ?? route.lists.find(inputs, '')
  const total = list?.list.total ?? kept.length
  const expected = Math.min(slice.limit, Math.max(0, total - slice.start))
  // Nothing known of what only some may see may as well be a refusal.
  if (rows.length === 0 && (expected > 0 || (scope !== '' && !type.scopes.has('')))) return undefined
  const ids = (rows.length > 0 ? rows : kept.slice(0, MAX_NEIGHBOURS).map(({ record }) => record)).map(({ id }) => id)
  // What is missing on a full page stands beside those that are known; a few rows on one that is not tell nothing of where all such stand.
  const isFull = rows.length >= slice.limit
  const beside = share === 1 ? 1 : type.shareNear(ids.slice(0, MAX_NEIGHBOURS), scope)
  const near = isFull || ids.length >= MIN_NEIGHBOURS ? beside : Math.min(beside, share)
  const shift = Math.max(0, 1 - ((1 - share) * slice.start) / Math.max(1, rows.length))
  return {
    kind: `${filters.length === 0 ? 'collection' : 'filtered'}${isSorted ? ' sorted' : ''}${how}`,
    rows,
    ...slice,
    total,
    isFull,
    completeness: near * shift * (expected === 0 ? 1 : Math.min(1, rows.length / expected)),
    exact:
      settled &&
      borneOut &&
      isWithin(route, inputs, rows.length) &&
      type.total !== undefined &&
      share === 1 &&
      total === kept.length,
    because: `${filters.length} filters over what is known, about ${Math.round(near * 100)} % of all such`,
  }
}

/** The one row that there can be where a filter names it by its identifier: no order and no other row need be known. */
function namedRow(
  type: RecordType,
  filters: ReturnType<typeof filtersOf>,
  scope: string,
  heldBack: string,
): Rec | undefined {
  const name = filters.find(({ filter }) => filter.member === type.idMember && filter.test === 'eq')
  const record = name === undefined ? undefined : alive(type, scope, name.value)
  if (record === undefined || (heldBack !== '' && record.source === heldBack)) return undefined
  // All that is left of it is how it is named.
  if (record.unsureAt > 0 && !record.members.isAnySaidAfter(record.unsureAt)) return undefined
  const row = rowOf(record)
  return filters.every(({ filter, value }) => satisfies(row, filter, value)) ? record : undefined
}

/** A list that was seen whole and that this question narrows down. */
function wholeListAround(
  route: ResolvingRoute,
  rules: ListRules,
  inputs: Inputs,
  scope: string,
  heldBack: string,
): List | undefined {
  const { filters, sorts } = rules
  const ordering = new Set(
    sorts.flatMap(({ input, orderInput }) => (orderInput === undefined ? [input] : [input, orderInput])),
  )
  const placing = placingOf(rules)
  let best: List | undefined
  for (const list of route.lists.all.values()) {
    if ((list.scope !== scope && list.scope !== '') || !list.list.isWhole) continue
    const wider = [...list.inputs].every(
      ([name, value]) => ordering.has(name) || placing.has(name) || inputs.get(name) === value,
    )
    const narrower = [...inputs.keys()].every(
      name => ordering.has(name) || placing.has(name) || filters.has(name) || list.inputs.has(name),
    )
    if (!wider || !narrower || (heldBack !== '' && inputsKey(list.inputs, placing) === inputsKey(inputs, placing)))
      continue
    // One in the order of its own is the better one: ties stand there as they do everywhere.
    const plain = ![...list.inputs.keys()].some(name => ordering.has(name))
    const bestIsPlain = best !== undefined && ![...best.inputs.keys()].some(name => ordering.has(name))
    if (best === undefined || (plain && !bestIsPlain) || (plain === bestIsPlain && list.list.total! < best.list.total!))
      best = list
  }
  return best
}

function isSettled(ties: Ties | undefined): boolean {
  return ties === 'same' || ties === 'reversed'
}

function hasTies(rows: readonly { row: JsonObject }[], { keys, collation }: Order): boolean {
  return rows.some(({ row }, i) => i > 0 && compareRows(rows[i - 1]!.row, row, keys, collation) === 0)
}

/** A question differs from those that a list was seen with in nothing but what the rules say of places and of shows. */
function understandsPlace(rules: ListRules, inputs: Inputs, listed: Inputs): boolean {
  return [...inputs].every(([name, value]) => speaksOf(rules, name) || listed.get(name) === value)
}
