// thread: learner
// The lists of one route, put together of all pages and slices that were seen, and kept in step with what is written.

import type { JsonNode } from '../../core/contract/json.js'
import type { Condition } from './condition.js'
import { type Inputs, inputsKey } from './inputs.js'
import { filtersOf, type ListRules, type Order, orderOf, sliceOf } from './list-rules.js'
import type { RecordWrite } from './observation.js'
import { compareRows } from './ordering.js'
import { satisfies } from './predicate.js'
import type { RecordType } from './records.js'
import { rowOf } from './row.js'
import { placingOf } from './rule-roles.js'
import type { Site } from './sites.js'
import { type SavedList, SparseList } from './sparse-list.js'
import type { JsonObject } from './tree.js'

const MAX_LISTS = 512
const MAX_CURSORS = 4096
const MAX_PLACEMENTS = 1024
const SAVED_PLACEMENTS = 256
/** Writes that lists are put through again when they are put together anew. */
const MAX_WRITES = 256
/** Exemplars that show parts of one list. */
const MAX_LIST_KEYS = 2000

/** One list, as far as it was shown. */
export interface List {
  readonly list: SparseList
  readonly inputs: Inputs
  readonly scope: string
  readonly cursors: Map<string, number>
  /** All inputs that parts of it were asked with. */
  readonly names: Set<string>
  /** Exemplars that show parts of it. */
  readonly keys: Set<string>
}

/** Where the rows of one answer belong. */
export interface Placement {
  readonly inputs: Inputs
  readonly scope: string
  readonly ids: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
  readonly tokens: ReadonlySet<string>
  readonly at: number
  readonly key?: string | undefined
  readonly ignored?: readonly string[] | undefined
}

/** As it is written down; fit for structured clone. */
export interface SavedLists {
  readonly placements: readonly Placement[]
  readonly writtenAt?: number
  readonly lists: readonly (readonly [string, Omit<List, 'list'> & { readonly list: SavedList }])[]
}

/** The route, as far as its lists depend on it. */
export interface ListOwner {
  readonly type: RecordType | undefined
  readonly rules: ListRules
  readonly site: Site | undefined
}

export class RouteLists {
  readonly #of: ListOwner
  readonly #lists = new Map<string, List>()
  readonly #placements: Placement[] = []
  readonly #writes: RecordWrite[] = []
  /** What was placed before this is not placed again: later writes are not known any more. */
  #placeFrom = 0

  constructor(of: ListOwner) {
    this.#of = of
  }

  /** By {@link key}. */
  get all(): ReadonlyMap<string, List> {
    return this.#lists
  }

  saved(): SavedLists {
    return {
      placements: this.#placements.slice(-SAVED_PLACEMENTS),
      writtenAt: Math.max(this.#placeFrom, this.#writes.at(-1)?.at ?? 0),
      lists: [...this.#lists].map(([key, { list, ...of }]) => [key, { ...of, list: list.toJSON() }] as const),
    }
  }

  restore({ placements, writtenAt, lists }: SavedLists): void {
    this.#placements.push(...placements)
    this.#placeFrom = writtenAt ?? 0
    for (const [key, { list, ...of }] of lists)
      this.#lists.set(key, { ...of, keys: of.keys ?? new Set(), list: SparseList.fromJSON(list) })
  }

  /** What an answer showed; where in its list that was, as far as it is known. */
  take(placement: Placement): { start: number; limit: number; total: number | undefined } | undefined {
    this.#placements.push(placement)
    if (this.#placements.length > MAX_PLACEMENTS) this.#placements.shift()
    return this.#place(placement)
  }

  /** Takes all that was placed out, to be told anew. */
  empty(): readonly Placement[] {
    this.#lists.clear()
    return this.#placements.splice(0)
  }

  /** Puts all lists together anew, with what was placed before all that is known. */
  putBefore(older: readonly Placement[]): void {
    this.#placements.unshift(...older)
    this.#lists.clear()
    this.#placeAgain(() => true)
  }

  /** Something was written that nobody knows of: none of the lists of this credential is known to be whole any more. */
  doubt(scope: string, at: number): void {
    this.#placeFrom = Math.max(this.#placeFrom, at)
    for (const [key, of] of this.#lists) if (of.scope === scope || of.scope === '') this.#lists.delete(key)
  }

  /** Lists are put together anew where an input that they were asked with means something else now. */
  replace(changed: ReadonlySet<string>): void {
    for (const [key, { names }] of this.#lists) if ([...names].some(name => changed.has(name))) this.#lists.delete(key)
    this.#placeAgain(inputs => [...inputs.keys()].some(name => changed.has(name)))
  }

  #placeAgain(isChanged: (inputs: Inputs) => boolean): void {
    const again = this.#placements.filter(({ inputs, at }) => at > this.#placeFrom && isChanged(inputs))
    let next = 0
    for (const placement of again) {
      for (let write = this.#writes[next]; write !== undefined && write.at < placement.at; write = this.#writes[++next])
        this.#writeLists(write, isChanged)
      this.#place(placement)
    }
    for (const write of this.#writes.slice(next)) this.#writeLists(write, isChanged)
  }

  key(inputs: Inputs, scope: string): string {
    return `${scope} ${inputsKey(inputs, placingOf(this.#of.rules))}`
  }

  forget(inputs: Inputs, scope: string): void {
    this.#lists.delete(this.key(inputs, scope))
  }

  /** Of that credential alone; undefined: no part of it was seen. */
  find(inputs: Inputs, scope: string): List | undefined {
    return this.#lists.get(this.key(inputs, scope))
  }

  #listFor(inputs: Inputs, scope: string): List {
    const key = this.key(inputs, scope)
    let list = this.#lists.get(key)
    if (list === undefined) {
      if (this.#lists.size >= MAX_LISTS) this.#lists.delete(this.#lists.keys().next().value!)
      list = { list: new SparseList(), inputs, scope, cursors: new Map(), names: new Set(), keys: new Set() }
      this.#lists.set(key, list)
    }
    return list
  }

  /** Where in a list the rows of an answer stand; undefined: not known. */
  sliceOf(inputs: Inputs, list: List | undefined): { start: number; limit: number } | undefined {
    return sliceOf(
      this.#of.rules,
      inputs,
      (input, token) => list?.cursors.get(`${input}=${token}`) ?? list?.cursors.get(`=${token}`),
    )
  }

  #place({
    inputs,
    scope,
    ids,
    numbers,
    tokens,
    at,
    key,
  }: Placement): { start: number; limit: number; total: number | undefined } | undefined {
    if (this.#of.site?.kind === 'one') return undefined
    const list = this.#listFor(inputs, scope)
    for (const name of inputs.keys()) list.names.add(name)
    if (key !== undefined && list.keys.size < MAX_LIST_KEYS) list.keys.add(key)
    const slice = this.sliceOf(inputs, list)
    if (slice === undefined) return undefined
    const total = this.#of.rules.total === undefined ? undefined : numbers.get(this.#of.rules.total)
    const ended = total === undefined ? ids.length < slice.limit : slice.start + ids.length >= total
    list.list.place(slice.start, ids, at, ended, total)
    if (total !== undefined && this.#isUnfiltered(inputs)) this.#of.type!.total = total
    for (const window of this.#of.rules.windows)
      if (window.kind === 'cursor' && ids.length > 0)
        for (const token of tokens) {
          // What leads back (to the page before, or in a circle) is not the way to what follows.
          if ((list.cursors.get(token) ?? Number.POSITIVE_INFINITY) <= slice.start) continue
          if (list.cursors.size >= MAX_CURSORS) list.cursors.delete(list.cursors.keys().next().value!)
          list.cursors.set(token, slice.start + ids.length)
        }
    return { ...slice, total }
  }

  #isUnfiltered(inputs: Inputs): boolean {
    const ordering = new Set(this.#of.rules.sorts.flatMap(({ input, orderInput }) => [input, orderInput]))
    const placing = placingOf(this.#of.rules)
    return [...inputs.keys()].every(name => placing.has(name) || ordering.has(name))
  }

  /** A record came, changed or went: lists are kept in step where the rules say how. Keys of exemplars that show such lists. */
  applyWrite(write: RecordWrite): readonly string[] {
    this.#writes.push(write)
    if (this.#writes.length > MAX_WRITES) this.#placeFrom = this.#writes.shift()!.at
    return this.#writeLists(write, undefined)
  }

  /** `only`: lists that were asked with such inputs. */
  #writeLists(write: RecordWrite, only: ((inputs: Inputs) => boolean) | undefined): string[] {
    const touched: string[] = []
    for (const [key, of] of this.#lists) {
      if (only !== undefined && ![...of.names].some(name => only(new Map([[name, '']])))) continue
      const effect = this.#writeList(of, write)
      if (effect === 'none') continue
      touched.push(...of.keys)
      of.keys.clear()
      if (effect === 'lost') this.#lists.delete(key)
    }
    return touched
  }

  /** `lost`: what the list is now cannot be told. */
  #writeList({ list, inputs, scope: owner }: List, write: RecordWrite): 'none' | 'kept' | 'lost' {
    const { type, scope, before, after, id, at, kind } = write
    const isOthers = owner !== scope && owner !== '' && scope !== ''
    // Lists of another credential: of the same things only where both were shown the same ones.
    if (isOthers && !type.isCommon(owner, scope)) return 'none'
    const { asked, known } = orderOf(this.#of.rules, inputs, [...type.names])
    const understood =
      known &&
      [...inputs.keys()].every(name => !this.#of.rules.opaque.has(name) || this.#of.rules.presentation.has(name))
    if (!understood) return 'lost'
    const filters = filtersOf(this.#of.rules, inputs)
    const belongs = (row: JsonObject | undefined): boolean =>
      row !== undefined && filters.every(({ filter, value }) => satisfies(row, filter, value))
    if (write.isPartial === true && after !== undefined && isOpen(after, filters, asked)) return 'lost'
    const was = before === undefined ? list.ids.includes(id) : belongs(before)
    const is = belongs(after)
    const isByIdentifier = asked?.keys.every(({ member }) => member === type.idMember) === true
    const isBehind =
      (of: JsonObject | undefined) =>
      (other: string): boolean => {
        const record = type.find(scope, other)
        return (
          of !== undefined &&
          record !== undefined &&
          asked !== undefined &&
          compareRows(rowOf(record), of, asked.keys, asked.collation) > 0
        )
      }
    if (kind === 'nameless') return after === undefined || is ? 'lost' : 'none'
    if (kind === 'doubtful') return filters.length > 0 || !list.isWhole || list.ids.includes(id) ? 'lost' : 'none'
    if (kind === 'changed' || kind === 'unsure') {
      // What is neither chosen nor ordered by what may change has the same rows as before.
      if (filters.length === 0 && (asked === undefined || isByIdentifier)) return 'none'
      if (kind === 'unsure') return 'lost'
    }
    // Where the identifier alone says the place, what was never shown is known to have gone from there.
    if (kind === 'gone' && before === undefined && filters.length === 0 && isByIdentifier) {
      list.remove(id, isBehind(namedRow(type, id)))
      return 'kept'
    }
    // Not known before: it may have stood where this list was never seen.
    if (before === undefined && kind !== 'made' && !was) return list.isWhole && !is ? 'none' : 'lost'
    const moved =
      was &&
      is &&
      before !== undefined &&
      asked !== undefined &&
      compareRows(before, after!, asked.keys, asked.collation) !== 0
    if (was === is && !moved) return 'none'
    if (isOthers) return 'lost'
    if ((was && !is) || moved) list.remove(id, asked === undefined ? undefined : isBehind(before))
    if ((is && !was) || moved) {
      const last =
        /^\d{1,15}$/.test(id) &&
        asked?.keys[0]?.member === type.idMember &&
        !asked?.keys[0]?.descending &&
        Number(id) >= type.maxInt
      if (asked === undefined && !last) return 'lost'
      list.insert(id, isBehind(after), at, last)
    }
    return 'kept'
  }
}

/** May this row belong to a list, or stand elsewhere in it, for what it does not show? */
function isOpen(row: JsonObject, filters: readonly Condition[], order: Order | undefined): boolean {
  const isShown = (member: string): boolean =>
    member !== '*' && row.entries.some(([name]) => name === member || name === member.split('.')[0])
  if (filters.some(({ filter, value }) => isShown(filter.member) && !satisfies(row, filter, value))) return false
  return (
    filters.some(({ filter }) => !isShown(filter.member)) || order?.keys.some(({ member }) => !isShown(member)) === true
  )
}

/** A record of which only the identifier is known. */
function namedRow({ idMember }: RecordType, id: string): JsonObject {
  const node: JsonNode = /^-?(0|[1-9]\d*)$/.test(id) ? { kind: 'number', raw: id } : { kind: 'string', value: id }
  return { kind: 'object', entries: idMember === undefined ? [] : [[idMember, node]] }
}
