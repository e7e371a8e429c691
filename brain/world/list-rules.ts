// thread: learner
// What the parameters of a list mean, found by hypothesis and back-test: each reading of a parameter is held against all lists
// that were seen, and kept only while none of them contradicts it. Pure.
import type { JsonNode } from '../../core/contract/json.js'
import { type Inputs, inputsKey, SEPARATOR } from './inputs.js'
import {
  type Collation,
  collations,
  isDirection,
  isSorted,
  type SortKey,
  type SortRule,
  sortableMembers,
  sortKeys,
} from './ordering.js'
import { type Filter, filterMembers, looser, namedFilters, satisfies, type Test } from './predicate.js'
import { isScalar } from './tree.js'

/** One list as it was answered. */
export interface Sighting {
  readonly inputs: Inputs
  readonly scope: string
  readonly rows: readonly JsonNode[]
  readonly ids: readonly string[]
  /** Texts around the list that may be tokens of another page: `=text`, or `name=text` where a link gives them a name. */
  readonly tokens: ReadonlySet<string>
  /** Numbers around the list, by where they stand. */
  readonly numbers: ReadonlyMap<string, number>
}

export type Window =
  /** `first`: number of the first page. */
  | { readonly kind: 'page'; readonly input: string; readonly first: 0 | 1 }
  | { readonly kind: 'offset'; readonly input: string }
  | { readonly kind: 'cursor'; readonly input: string }

export interface Order {
  readonly keys: readonly SortKey[]
  readonly collation: Collation
}

export interface ListRules {
  readonly limit: string | undefined
  /** Rows in an answer to a question that does not say how many; Infinity: all. */
  readonly defaultLimit: number
  readonly windows: readonly Window[]
  /** Position behind the last row. */
  readonly end: string | undefined
  readonly sorts: readonly SortRule[]
  readonly filters: ReadonlyMap<string, Filter>
  /** Names the members that are shown. */
  readonly projections: ReadonlySet<string>
  /** Changes how rows are shown, never which. */
  readonly presentation: ReadonlySet<string>
  /** Not understood: two questions that differ in it are two lists. */
  readonly opaque: ReadonlySet<string>
  /** The order of rows where none was asked for. */
  readonly natural: Order | undefined
  /** Where the number of all rows stands. */
  readonly total: string | undefined
}

export const noRules: ListRules = {
  limit: undefined,
  defaultLimit: Number.POSITIVE_INFINITY,
  windows: [],
  end: undefined,
  sorts: [],
  filters: new Map(),
  projections: new Set(),
  presentation: new Set(),
  opaque: new Set(),
  natural: undefined,
  total: undefined,
}

const integer = /^\d{1,9}$/
const limitName = /limit|size|count|per|first|take|top|rows|max|num|amount|_n$|^n$/i
const pageName = /page|^p$|^pg$/i
const offsetName = /offset|skip|start|from|begin/i
const endName = /end|to|until/i
const cursorName = /cursor|after|next|token|marker|before|continu/i
const searchName = /^_?(?:q|query|search|term|terms|keyword|keywords|text|s|filter)$/i

export function learnListRules(sightings: readonly Sighting[]): ListRules {
  return new Learning(sightings).rules()
}

class Learning {
  readonly #all: readonly Sighting[]
  readonly #names: readonly string[]
  readonly #taken = new Set<string>()
  readonly #members: readonly string[]

  constructor(sightings: readonly Sighting[]) {
    this.#all = sightings
    this.#names = [...new Set(sightings.flatMap(({ inputs }) => [...inputs.keys()]))]
    this.#members = filterMembers(sightings.flatMap(({ rows }) => rows.slice(0, 3)))
  }

  rules(): ListRules {
    const sorts = this.#sorts()
    const limit = this.#limit()
    // A name that speaks of a member says more than numbers that might be positions as well.
    const filters = this.#namedFilters()
    const { windows, end } = this.#windows(limit)
    const projections = this.#projections()
    this.#otherFilters(filters)
    const presentation = this.#presentation(projections)
    const opaque = new Set(this.#names.filter(name => !this.#taken.has(name)))
    const rules: ListRules = {
      limit,
      defaultLimit: this.#defaultLimit(limit),
      windows,
      end,
      sorts,
      filters,
      projections,
      presentation,
      opaque,
      natural: undefined,
      total: undefined,
    }
    return { ...rules, natural: this.#natural(rules), total: this.#total(rules) }
  }

  #with(name: string): Sighting[] {
    return this.#all.filter(({ inputs }) => inputs.has(name))
  }

  #valuesOf(name: string): string[] {
    return [...new Set(this.#with(name).map(({ inputs }) => inputs.get(name)!))]
  }

  // ── how many ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #limit(): string | undefined {
    let best: { name: string; score: number } | undefined
    for (const name of this.#names) {
      if (this.#taken.has(name) || name.startsWith('/')) continue
      const seen = this.#with(name)
      if (!seen.every(({ inputs }) => integer.test(inputs.get(name)!))) continue
      if (seen.some(({ inputs, ids }) => ids.length > Number(inputs.get(name)))) continue
      const full = seen.filter(({ inputs, ids }) => ids.length > 0 && ids.length === Number(inputs.get(name))).length
      const named = limitName.test(name) && !pageName.test(name.replace(/per.?page|page.?size|page.?limit/i, ''))
      if (full < (named ? 1 : 3) || (!named && full < seen.length / 2)) continue
      const score = full / seen.length + (named ? 1 : 0)
      if (best === undefined || score > best.score) best = { name, score }
    }
    if (best !== undefined) this.#taken.add(best.name)
    return best?.name
  }

  #defaultLimit(limit: string | undefined): number {
    // The same list again proves nothing.
    const lists = new Map<string, number>()
    for (const { inputs, ids, scope } of this.#all)
      if (limit === undefined || !inputs.has(limit)) lists.set(`${scope} ${inputsKey(inputs, new Set())}`, ids.length)
    const lengths = [...lists.values()]
    if (lengths.length < 3) return Number.POSITIVE_INFINITY
    const most = Math.max(...lengths)
    return most > 1 && lengths.filter(length => length === most).length >= 3 ? most : Number.POSITIVE_INFINITY
  }

  // ── from where ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #windows(limit: string | undefined): { windows: Window[]; end: string | undefined } {
    const windows: Window[] = []
    let end: string | undefined
    for (const name of this.#names) {
      if (this.#taken.has(name) || name.startsWith('/')) continue
      const seen = this.#with(name)
      const numbers = seen.every(({ inputs }) => integer.test(inputs.get(name)!))
      if (numbers) {
        const readings: Window[] = [
          { kind: 'page', input: name, first: 1 },
          { kind: 'page', input: name, first: 0 },
          { kind: 'offset', input: name },
        ]
        const found = readings
          .map(window => ({ window, score: this.#windowScore(window, limit) }))
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score)[0]
        if (found !== undefined) {
          windows.push(found.window)
          this.#taken.add(name)
          continue
        }
      }
      const hits = seen.filter(sighting => this.#isToken(name, sighting, limit)).length
      if (hits >= (cursorName.test(name) ? 1 : 3) && hits >= Math.min(seen.length * 0.3, 3)) {
        windows.push({ kind: 'cursor', input: name })
        this.#taken.add(name)
      }
    }
    for (const name of this.#names) {
      if (this.#taken.has(name) || !endName.test(name)) continue
      const offset = windows.find(({ kind }) => kind === 'offset')
      const seen = this.#with(name)
      if (offset === undefined || !seen.every(({ inputs }) => integer.test(inputs.get(name)!))) continue
      const length = ({ inputs }: Sighting): number => Number(inputs.get(name)) - Number(inputs.get(offset.input) ?? 0)
      if (
        seen.some(sighting => sighting.ids.length > length(sighting)) ||
        !seen.some(sighting => sighting.ids.length === length(sighting))
      )
        continue
      end = name
      this.#taken.add(name)
    }
    return { windows, end }
  }

  /** Agreements on positions, less what contradicts; the name of the parameter counts where lists do not say. */
  #windowScore(window: Window, limit: string | undefined): number {
    const named =
      window.kind === 'page'
        ? pageName.test(window.input)
          ? 1
          : 0
        : window.kind === 'offset'
          ? offsetName.test(window.input)
            ? 1
            : 0
          : 0
    const without = new Set([
      window.input,
      ...(limit === undefined ? [] : [limit]),
      ...this.#names.filter(name => endName.test(name)),
    ])
    const places = new Map<string, Map<number, string>>()
    const idsOf = new Map<string, Map<string, number>>()
    let agreed = 0
    let contradicted = 0
    for (const sighting of this.#with(window.input)) {
      const value = Number(sighting.inputs.get(window.input))
      const size =
        limit === undefined || !sighting.inputs.has(limit)
          ? this.#defaultLimit(limit)
          : Number(sighting.inputs.get(limit))
      let start: number
      if (window.kind === 'offset') start = value
      else {
        if (!Number.isFinite(size) || value < (window as { first: number }).first) return value === 0 ? 0 : -1
        start = (value - (window as { first: number }).first) * size
      }
      const base = `${sighting.scope} ${inputsKey(sighting.inputs, without)}`
      let at = places.get(base)
      let of = idsOf.get(base)
      if (at === undefined || of === undefined) {
        at = new Map()
        of = new Map()
        places.set(base, at)
        idsOf.set(base, of)
      }
      const placed = at
      const known = of
      sighting.ids.forEach((id, i) => {
        const before = placed.get(start + i)
        const elsewhere = known.get(id)
        if (before === id) agreed += 1
        // Something was inserted or removed meanwhile: a small shift is no contradiction, a far one is.
        else if (elsewhere !== undefined && Math.abs(elsewhere - start - i) > 3) contradicted += 1
        placed.set(start + i, id)
        known.set(id, start + i)
      })
    }
    if (contradicted > agreed * 0.05 + 1) return -1
    // Lists of different pages that have nothing in common speak for a window of the name it has.
    const bases = [...places.values()].filter(({ size }) => size > 0).length
    return agreed + (named > 0 && bases > 0 ? 1.5 : 0) + (agreed > 0 ? named : 0)
  }

  #isToken(name: string, { inputs, scope, ids }: Sighting, limit: string | undefined): boolean {
    const value = inputs.get(name)!
    const without = new Set([name, ...(limit === undefined ? [] : [limit])])
    const base = inputsKey(inputs, without)
    return this.#all.some(
      other =>
        other.scope === scope &&
        (other.tokens.has(`=${value}`) || other.tokens.has(`${name}=${value}`)) &&
        inputsKey(other.inputs, without) === base &&
        // It leads to other rows, else it is a way to show the same ones.
        ids.length > 0 &&
        !ids.some(id => other.ids.includes(id)),
    )
  }

  // ── in which order ─────────────────────────────────────────────────────────────────────────────────────────────────

  #sorts(): SortRule[] {
    const members = sortableMembers(this.#members)
    const found: SortRule[] = []
    for (const name of this.#names) {
      if (this.#taken.has(name) || name.startsWith('/')) continue
      const seen = this.#with(name).filter(({ rows }) => rows.length > 1)
      if (seen.length < 2) continue
      const orderInput = this.#names.find(
        other =>
          other !== name && seen.some(({ inputs }) => inputs.has(other)) && this.#valuesOf(other).every(isDirection),
      )
      const directions: SortRule['descending'][] = ['never', 'always', 'sign', 'word']
      const rule = this.#firstSort(name, seen, orderInput, directions, members)
      if (rule === undefined) continue
      found.push(rule)
      this.#taken.add(name)
      if (orderInput !== undefined) this.#taken.add(orderInput)
    }
    return found
  }

  #firstSort(
    input: string,
    seen: readonly Sighting[],
    orderInput: string | undefined,
    directions: readonly SortRule['descending'][],
    members: ReadonlyMap<string, string>,
  ): SortRule | undefined {
    for (const descending of directions) {
      for (const collation of collations) {
        const rule: SortRule = { input, descending, orderInput, collation }
        const holds = seen.every(({ inputs, rows }) => {
          const keys = sortKeys(
            inputs.get(input)!,
            orderInput === undefined ? undefined : inputs.get(orderInput),
            descending,
            members,
          )
          return keys !== undefined && keys.length > 0 && isSorted(rows, keys, collation)
        })
        if (holds) return rule
      }
    }
    return undefined
  }

  /** The order in which rows come when none is asked for. */
  #natural({ sorts }: ListRules): Order | undefined {
    const asked = new Set(sorts.map(({ input }) => input))
    const seen = this.#all.filter(({ inputs, rows }) => rows.length > 1 && ![...asked].some(name => inputs.has(name)))
    if (seen.length < 2) return undefined
    const columns = this.#members.filter(member => !member.includes('.'))
    for (const member of columns)
      for (const descending of [false, true])
        for (const collation of collations) {
          const keys = [{ member, descending }]
          // A column that is the same everywhere is sorted in any way.
          if (
            new Set(
              seen.flatMap(({ rows }) =>
                rows.map(row =>
                  JSON.stringify(
                    row.kind === 'object' ? row.entries.find(([name]) => name === member)?.[1] : undefined,
                  ),
                ),
              ),
            ).size < 3
          )
            break
          if (seen.every(({ rows }) => isSorted(rows, keys, collation))) return { keys, collation }
        }
    return undefined
  }

  // ── which ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #projections(): Set<string> {
    const found = new Set<string>()
    const all = new Set(this.#members.map(member => member.split('.')[0]!))
    for (const name of this.#names) {
      if (this.#taken.has(name)) continue
      const seen = this.#with(name).filter(({ rows }) => rows.length > 0)
      if (seen.length === 0) continue
      const fits = seen.every(({ inputs, rows }) => {
        const wanted = inputs
          .get(name)!
          .split(inputs.get(name)!.includes(SEPARATOR) ? SEPARATOR : ',')
          .map(part => part.trim())
        if (!wanted.every(part => all.has(part))) return false
        const shown = new Set(rows.flatMap(row => (row.kind === 'object' ? row.entries.map(([member]) => member) : [])))
        return wanted.every(part => shown.has(part)) && shown.size <= wanted.length + 2 && shown.size < all.size
      })
      if (!fits) continue
      found.add(name)
      this.#taken.add(name)
    }
    return found
  }

  #namedFilters(): Map<string, Filter> {
    const filters = new Map<string, Filter>()
    this.#eachOpen((name, seen) => {
      for (const filter of namedFilters(name, this.#members)) {
        const kept = this.#keeps(filter, name, seen)
        if (kept === undefined || !this.#selects(kept, name)) continue
        filters.set(name, kept)
        this.#taken.add(name)
        return
      }
    })
    return filters
  }

  #otherFilters(filters: Map<string, Filter>): void {
    this.#eachOpen((name, seen) => {
      const filter = this.#namelessFilter(name, seen)
      if (filter === undefined) return
      filters.set(name, filter)
      this.#taken.add(name)
    })
  }

  #eachOpen(look: (name: string, seen: readonly Sighting[]) => void): void {
    for (const name of this.#names) {
      if (this.#taken.has(name)) continue
      const seen = this.#with(name).filter(({ rows }) => rows.length > 0)
      if (seen.length > 0) look(name, seen)
    }
  }

  #namelessFilter(name: string, seen: readonly Sighting[]): Filter | undefined {
    const values = new Set(seen.map(({ inputs }) => inputs.get(name)!))
    if (values.size >= 2) {
      // The name says nothing (`/directors/{id}/movies`, `?by=7`): a member that always equals the value.
      for (const member of this.#members) {
        const filter: Filter = { member, test: 'eq' }
        if (this.#keeps(filter, name, seen) !== undefined) return filter
      }
      for (const member of this.#members) {
        const filter: Filter = { member, test: 'contains' }
        if (
          !name.startsWith('/') &&
          !searchName.test(name) &&
          this.#keeps(filter, name, seen) !== undefined &&
          this.#selects(filter, name)
        )
          return filter
      }
    }
    if (!name.startsWith('/') && (values.size >= 3 || (searchName.test(name) && values.size >= 1))) {
      const filter: Filter = { member: '*', test: 'contains' }
      if (this.#keeps(filter, name, seen) !== undefined) return filter
    }
    return undefined
  }

  /** The filter, or its looser form, if all rows of all lists satisfy it. */
  #keeps(filter: Filter, name: string, seen: readonly Sighting[]): Filter | undefined {
    const forms: Test[] = [filter.test, ...(looser[filter.test] === undefined ? [] : [looser[filter.test]!])]
    for (const test of forms) {
      const form = { ...filter, test }
      let rows = 0
      let failed = 0
      for (const { inputs, rows: list } of seen)
        for (const row of list) {
          rows += 1
          if (!satisfies(row, form, inputs.get(name)!)) failed += 1
        }
      if (rows > 0 && failed === 0) return form
    }
    return undefined
  }

  /** It leaves something out: some row of some other list does not satisfy it. */
  #selects(filter: Filter, name: string): boolean {
    const values = this.#valuesOf(name).slice(0, 8)
    return this.#all.some(({ rows }) =>
      rows.slice(0, 5).some(row => values.some(value => !satisfies(row, filter, value))),
    )
  }

  // ── how shown ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Parameters whose value makes no difference to which rows stand at which place. */
  #presentation(projections: ReadonlySet<string>): Set<string> {
    const found = new Set<string>()
    const open = this.#names.filter(name => !this.#taken.has(name) && (!name.startsWith('/') || name.endsWith('.')))
    for (const name of open) {
      // What is always there and always the same tells nothing, and asks for nothing else than what was seen.
      if (
        this.#all.length > 1 &&
        this.#all.every(({ inputs }) => inputs.get(name) === this.#all[0]!.inputs.get(name))
      ) {
        found.add(name)
        this.#taken.add(name)
        continue
      }
      // Compared with lists that differ in this parameter, and maybe in others that only concern how rows are shown.
      const without = new Set([name, ...projections, ...found])
      const groups = new Map<string, Map<string, readonly string[]>>()
      let agreed = 0
      let contradicted = 0
      for (const { inputs, scope, ids } of this.#all) {
        const base = `${scope} ${inputsKey(inputs, without)}`
        const value = inputs.get(name) ?? '\u0000'
        let group = groups.get(base)
        if (group === undefined) {
          group = new Map()
          groups.set(base, group)
        }
        for (const [other, theirs] of group) {
          if (other === value) continue
          if (theirs.length === ids.length && theirs.every((id, i) => id === ids[i])) agreed += ids.length > 0 ? 1 : 0
          else contradicted += 1
        }
        group.set(value, ids)
      }
      if (agreed >= 1 && contradicted <= agreed * 0.1) {
        found.add(name)
        this.#taken.add(name)
      }
    }
    return found
  }

  // ── how many there are ─────────────────────────────────────────────────────────────────────────────────────────────

  #total(rules: ListRules): string | undefined {
    const keys = new Set(this.#all.flatMap(({ numbers }) => [...numbers.keys()]))
    const without = new Set([
      ...(rules.limit === undefined ? [] : [rules.limit]),
      ...(rules.end === undefined ? [] : [rules.end]),
      ...rules.windows.map(({ input }) => input),
      ...rules.presentation,
      ...rules.projections,
      ...rules.sorts.flatMap(({ input, orderInput }) => (orderInput === undefined ? [input] : [input, orderInput])),
    ])
    let best: { key: string; score: number } | undefined
    for (const key of keys) {
      const seen = this.#all.filter(({ numbers }) => numbers.has(key))
      if (seen.length < 2) continue
      if (seen.some(({ numbers, ids }) => numbers.get(key)! < ids.length)) continue
      const bases = new Map<string, number>()
      let differ = 0
      for (const { numbers, inputs, scope } of seen) {
        const base = `${scope} ${inputsKey(inputs, without)}`
        const before = bases.get(base)
        if (before !== undefined && Math.abs(before - numbers.get(key)!) > Math.max(3, before * 0.05)) differ += 1
        bases.set(base, numbers.get(key)!)
      }
      if (differ > 0) continue
      const more = seen.some(({ numbers, ids }) => numbers.get(key)! > ids.length)
      const named = /total|count|found|hits|matches|size|num|length/i.test(key)
      if (!more && !named) continue
      const score =
        (named ? 2 : 0) + (more ? 1 : 0) + (new Set(bases.values()).size > 1 ? 1 : 0) + (/total/i.test(key) ? 0.5 : 0)
      if (score >= 2 && (best === undefined || score > best.score)) best = { key, score }
    }
    return best?.key
  }
}

/** Where the rows of a question stand in its list. */
export interface Slice {
  readonly start: number
  /** Infinity: to the end. */
  readonly limit: number
}

/** `positionOf`: where a cursor points to, where that is known. Undefined: the question does not say where. */
export function sliceOf(
  rules: ListRules,
  inputs: Inputs,
  positionOf: (input: string, token: string) => number | undefined,
): Slice | undefined {
  const given = rules.limit === undefined ? undefined : inputs.get(rules.limit)
  if (given !== undefined && !integer.test(given)) return undefined
  let limit = given === undefined ? rules.defaultLimit : Number(given)
  let start = 0
  for (const window of rules.windows) {
    const value = inputs.get(window.input)
    if (value === undefined || value === '') continue
    if (window.kind === 'cursor') {
      const at = positionOf(window.input, value)
      if (at === undefined) return undefined
      start = at
      continue
    }
    if (!integer.test(value)) return undefined
    if (window.kind === 'offset') start = Number(value)
    else {
      const size = Number.isFinite(limit) ? limit : 0
      start = Math.max(0, Number(value) - window.first) * size
      if (size === 0 && Number(value) > window.first) return undefined
    }
  }
  const end = rules.end === undefined ? undefined : inputs.get(rules.end)
  if (end !== undefined) {
    if (!integer.test(end)) return undefined
    limit = Math.min(limit, Math.max(0, Number(end) - start))
  }
  return { start, limit }
}

/** The order that a question asks for, or the natural one; undefined where it is not known. */
export function orderOf(
  rules: ListRules,
  inputs: Inputs,
  members: readonly string[],
): { asked: Order | undefined; known: boolean } {
  for (const { input, descending, orderInput, collation } of rules.sorts) {
    const value = inputs.get(input)
    if (value === undefined) continue
    const keys = sortKeys(
      value,
      orderInput === undefined ? undefined : inputs.get(orderInput),
      descending,
      sortableMembers(members),
    )
    return keys === undefined ? { asked: undefined, known: false } : { asked: { keys, collation }, known: true }
  }
  return { asked: rules.natural, known: true }
}

/** The filters that a question sets, with their values. */
export function filtersOf(rules: ListRules, inputs: Inputs): { input: string; filter: Filter; value: string }[] {
  const set: { input: string; filter: Filter; value: string }[] = []
  for (const [input, filter] of rules.filters) {
    const value = inputs.get(input)
    if (value !== undefined) set.push({ input, filter, value })
  }
  return set
}

export function isShownMember(row: JsonNode, member: string): boolean {
  return row.kind === 'object' && row.entries.some(([name, value]) => name === member && isScalar(value))
}
