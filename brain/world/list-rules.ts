// thread: learner
// What the parameters of a list mean, found by hypothesis and back-test: each reading of a parameter is held against all lists
// that were seen, and kept only while none of them contradicts it. Pure.
import type { JsonNode } from '../../core/contract/json.js'
import { Presence, speaksOf, understands, verdictOn } from './back-test.js'
import { type Conventions, extend } from './conventions.js'
import { expressionOf } from './filter-expressions.js'
import { type Inputs, inputsKey, SEPARATOR } from './inputs.js'
import {
  type Collation,
  collations,
  compareRows,
  isDirection,
  isSorted,
  noTies,
  type SortKey,
  type SortRule,
  sortableMembers,
  sortKeys,
  type Ties,
} from './ordering.js'
import { type Filter, filterMembers, looser, namedFilters, satisfies } from './predicate.js'
import { isScalar } from './tree.js'

/** One list as it was answered. */
export interface Sighting {
  readonly inputs: Inputs
  readonly scope: string
  /** With all that is known of each, also what this answer does not show. */
  readonly rows: readonly JsonNode[]
  /** Names of the members that this answer shows. */
  readonly shown: ReadonlySet<string>
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
  /** No answer has more rows, however many are asked for. */
  readonly maxLimit: number
  readonly windows: readonly Window[]
  /** Position behind the last row. */
  readonly end: string | undefined
  readonly sorts: readonly SortRule[]
  readonly filters: ReadonlyMap<string, Filter>
  /** Names the members that are shown. */
  readonly projections: ReadonlySet<string>
  /** Changes how rows are shown, never which. */
  readonly presentation: ReadonlySet<string>
  /** Of these, those of which lists that differ in nothing else had the same rows; undefined: written by a version that kept none. */
  readonly compared?: ReadonlySet<string>
  /** Not understood: two questions that differ in it are two lists. */
  readonly opaque: ReadonlySet<string>
  /** The order of rows where none was asked for. */
  readonly natural: Order | undefined
  /** Where the number of all rows stands. */
  readonly total: string | undefined
  /** Inputs whose reading a list has borne out that would have come out otherwise without it. */
  readonly proven: ReadonlySet<string>
  /** A list of so many rows may have been cut off, as far as can be told. */
  readonly suspectLength: number | undefined
  /** Rows of the longest list, where a number was asked for and where none was: longer ones may be cut off. */
  readonly longest: { readonly asked: number; readonly free: number }
  /** How many lists this was learned from. */
  readonly evidence: number
  /** Readings that lists spoke against which may be forgotten by now. */
  readonly refuted: ReadonlySet<string>
}

export const noRules: ListRules = {
  limit: undefined,
  defaultLimit: Number.POSITIVE_INFINITY,
  maxLimit: Number.POSITIVE_INFINITY,
  windows: [],
  end: undefined,
  sorts: [],
  filters: new Map(),
  projections: new Set(),
  presentation: new Set(),
  opaque: new Set(),
  natural: undefined,
  total: undefined,
  proven: new Set(),
  suspectLength: undefined,
  longest: { asked: 0, free: 0 },
  evidence: 0,
  refuted: new Set(),
}

const integer = /^\d{1,9}$/
const limitName = /limit|size|count|per|first|take|top|rows|max|num|amount|_n$|^n$/i
const pageName = /page|^p$|^pg$/i
const offsetName = /offset|skip|start|from|begin/i
// Words, not letters: `inStock` is no end.
const endName = /(?:^|[^a-z])(?:end|to|until)(?:$|[^a-z])|[a-z](?:End|To|Until)(?:$|[^a-z])/
const cursorName = /cursor|after|next|token|marker|before|continu/i
const searchName = /^_?(?:q|query|search|term|terms|keyword|keywords|text|s|filter)$/i

/** `before`: what was known until now; it stands for inputs that none of these lists were asked with. */
export function learnListRules(
  sightings: readonly Sighting[],
  before: ListRules = noRules,
  conventions?: Conventions,
): ListRules {
  return new Learning(sightings).rules(before, conventions)
}

class Learning {
  readonly #all: readonly Sighting[]
  readonly #names: readonly string[]
  readonly #taken = new Set<string>()
  readonly #members: readonly string[]
  readonly #presence: Presence
  /** What is known so far, for trying what is to be known next. */
  #known: ListRules = noRules
  readonly #refuted = new Set<string>()
  readonly #compared = new Set<string>()

  constructor(sightings: readonly Sighting[]) {
    this.#all = sightings
    this.#presence = new Presence(sightings)
    this.#names = [...new Set(sightings.flatMap(({ inputs }) => [...inputs.keys()]))]
    this.#members = filterMembers(sightings.flatMap(({ rows }) => rows.slice(0, 3)))
  }

  rules(before: ListRules, conventions: Conventions | undefined): ListRules {
    for (const reading of before.refuted) this.#refuted.add(reading)
    const sorts = this.#sorts()
    const limit = this.#limit(conventions)
    const defaultLimit = this.#defaultLimit(limit)
    const maxLimit = this.#maxLimit(limit)
    this.#known = { ...noRules, sorts, limit, defaultLimit, maxLimit }
    this.#known = { ...this.#known, suspectLength: this.#suspectLength(this.#known) }
    const natural = this.#natural(this.#known)
    this.#known = { ...this.#known, natural }
    // A name that speaks of a member says more than numbers that might be positions as well.
    const filters = this.#namedFilters()
    this.#known = { ...this.#known, filters }
    const { windows, end } = this.#windows(limit, conventions)
    this.#known = { ...this.#known, windows, end }
    const projections = this.#projections()
    this.#known = { ...this.#known, projections }
    this.#otherFilters(filters)
    const presentation = this.#presentation(projections, before)
    this.#known = { ...this.#known, presentation }
    this.#known = { ...this.#known, sorts: this.#known.sorts.map(sort => this.#withTies(sort, natural, before)) }
    this.#blame()
    this.#borrow(conventions)
    this.#carryOver(before)
    const open = this.#names.filter(name => !speaksOf(this.#known, name))
    const opaque = new Set([...open, ...[...before.opaque].filter(name => !speaksOf(this.#known, name))])
    const { limit: name } = this.#known
    const longest = {
      asked: Math.max(
        before.longest.asked,
        ...this.#all.map(({ inputs, ids }) => (name !== undefined && inputs.has(name) ? ids.length : 0)),
      ),
      free: Math.max(before.longest.free, ...this.#lengths(name)),
    }
    const evidence = Math.max(before.evidence, this.#all.length)
    const compared = new Set(
      [...this.#compared, ...(before.compared ?? [])].filter(input => this.#known.presentation.has(input)),
    )
    const proven = this.#proven(before)
    const rules = { ...this.#known, opaque, longest, evidence, refuted: this.#refuted, proven, compared }
    return { ...rules, total: this.#total(rules) ?? (this.#all.length < 8 ? before.total : undefined) }
  }

  // ── holding it against what was seen ───────────────────────────────────────────────────────────────────────────────

  #verdict(rules: ListRules, index: number): ReturnType<typeof verdictOn> {
    return verdictOn(rules, this.#all, index, this.#presence, this.#members)
  }

  /** Does any list that was asked with this input contradict the rules? */
  #isRefuted(rules: ListRules, name: string): boolean {
    return this.#all.some(({ inputs }, i) => inputs.has(name) && this.#verdict(rules, i) === 'contradicted')
  }

  /** While little is known of limits, a list that was cut off looks as if it left something out. */
  #remember(name: string, filter: Filter): void {
    if (this.#all.length >= MIN_TO_REMEMBER && this.#refuted.size < 1000) this.#refuted.add(readingOf(name, filter))
  }

  /** Filters that do not stand together: those that nothing else has borne out are dropped. */
  #blame(): void {
    for (let round = 0; round < 4; round++) {
      const borneOut = new Set<string>()
      const suspects = new Map<string, number>()
      const contradicted: string[][] = []
      this.#all.forEach(({ inputs }, i) => {
        const verdict = this.#verdict(this.#known, i)
        const set = [...inputs.keys()].filter(name => this.#known.filters.has(name))
        if (verdict === 'agreed') for (const name of set) borneOut.add(name)
        if (verdict !== 'contradicted') return
        contradicted.push(set)
      })
      for (const set of contradicted) {
        const doubtful = set.filter(name => !borneOut.has(name))
        for (const name of doubtful.length > 0 ? doubtful : set) suspects.set(name, (suspects.get(name) ?? 0) + 1)
      }
      const [worst] = [...suspects].sort((a, b) => b[1] - a[1])
      if (worst === undefined) return
      const filters = new Map(this.#known.filters)
      this.#remember(worst[0], filters.get(worst[0])!)
      filters.delete(worst[0])
      this.#known = { ...this.#known, filters }
    }
  }

  /** What an input means on other routes it may mean here, if no list says otherwise and one says the same. */
  #borrow(conventions: Conventions | undefined): void {
    if (conventions === undefined) return
    for (const name of this.#names) {
      if (speaksOf(this.#known, name) || name.startsWith('/')) continue
      const extended = extend(this.#known, [name], this.#members, conventions)
      if (extended === undefined || this.#isRefuted(extended, name)) continue
      if (this.#all.some(({ inputs }, i) => inputs.has(name) && this.#verdict(extended, i) === 'agreed'))
        this.#known = extended
    }
  }

  /** Rules for inputs that no list at hand was asked with stand as they did. */
  #carryOver(before: ListRules): void {
    const lost = (name: string): boolean => !this.#names.includes(name) && !speaksOf(this.#known, name)
    const known = this.#known
    this.#known = {
      ...known,
      limit: known.limit ?? (before.limit !== undefined && lost(before.limit) ? before.limit : undefined),
      end: known.end ?? (before.end !== undefined && lost(before.end) ? before.end : undefined),
      windows: [...known.windows, ...before.windows.filter(({ input }) => lost(input))],
      sorts: [...known.sorts, ...before.sorts.filter(({ input }) => lost(input))],
      filters: new Map([...known.filters, ...[...before.filters].filter(([name]) => lost(name))]),
      projections: new Set([...known.projections, ...[...before.projections].filter(lost)]),
      presentation: new Set([...known.presentation, ...[...before.presentation].filter(lost)]),
    }
  }

  /** Inputs without which some list would not have come out as it did. */
  #proven(before: ListRules): Set<string> {
    const proven = new Set([...before.proven].filter(key => !this.#names.includes(key.split(PROVEN_TEST, 1)[0]!)))
    this.#all.forEach(({ inputs }, i) => {
      const set = [...inputs.keys()].filter(
        name => this.#known.filters.has(name) && !proven.has(provenKey(this.#known, name, inputs.get(name)!)),
      )
      if (set.length === 0 || this.#verdict(this.#known, i) !== 'agreed') return
      for (const name of set) {
        const filters = new Map(this.#known.filters)
        filters.delete(name)
        const without = { ...this.#known, filters, presentation: new Set([...this.#known.presentation, name]) }
        if (this.#verdict(without, i) === 'contradicted') proven.add(provenKey(this.#known, name, inputs.get(name)!))
      }
    })
    return proven
  }

  #with(name: string): Sighting[] {
    return this.#all.filter(({ inputs }) => inputs.has(name))
  }

  #valuesOf(name: string): string[] {
    return [...new Set(this.#with(name).map(({ inputs }) => inputs.get(name)!))]
  }

  // ── how many ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #limit(conventions: Conventions | undefined): string | undefined {
    let best: { name: string; score: number } | undefined
    for (const name of this.#names) {
      if (this.#taken.has(name) || name.startsWith('/')) continue
      const seen = this.#with(name)
      if (!seen.every(({ inputs }) => integer.test(inputs.get(name)!))) continue
      if (seen.some(({ inputs, ids }) => ids.length > Number(inputs.get(name)))) continue
      const full = seen.filter(({ inputs, ids }) => ids.length > 0 && ids.length === Number(inputs.get(name))).length
      const named = limitName.test(name) && !pageName.test(name.replace(/per.?page|page.?size|page.?limit/i, ''))
      if (this.#isEnd(name, seen, full) || this.#isNamedFilter(name)) continue
      const isUsual = conventions?.limits.has(name) === true
      if (!isUsual && (full < (named ? 1 : 3) || (!named && full < seen.length / 2))) continue
      const score = full / seen.length + (isUsual ? 2 : named ? 1 : 0)
      if (best === undefined || score > best.score) best = { name, score }
    }
    if (best !== undefined) this.#taken.add(best.name)
    return best?.name
  }

  /** With a number beside it that is taken off, it says how many there are more often than alone: the end of a range. */
  #isEnd(name: string, seen: readonly Sighting[], full: number): boolean {
    return this.#names.some(other => {
      if (other === name || !seen.some(({ inputs }) => inputs.has(other))) return false
      const spans = seen.filter(
        ({ inputs, ids }) =>
          integer.test(inputs.get(other) ?? '') &&
          ids.length > 0 &&
          ids.length === Number(inputs.get(name)) - Number(inputs.get(other)),
      )
      return spans.length > full
    })
  }

  /** `max_price` speaks of a price, whatever else the numbers may look like. */
  #isNamedFilter(name: string): boolean {
    const seen = this.#with(name).filter(({ rows }) => rows.length > 0)
    return (
      seen.length > 0 && namedFilters(name, this.#members).some(filter => this.#keeps(filter, name, seen) !== undefined)
    )
  }

  #defaultLimit(limit: string | undefined): number {
    const lengths = this.#lengths(limit)
    if (lengths.length < 3) return Number.POSITIVE_INFINITY
    const most = Math.max(...lengths)
    return most > 1 && lengths.filter(length => length === most).length >= 3 ? most : Number.POSITIVE_INFINITY
  }

  /** Of lists for which no number was asked. The same rows again, in whatever order, prove nothing. */
  #lengths(limit: string | undefined): number[] {
    const lists = new Map<string, number>()
    for (const { inputs, ids, scope } of this.#all)
      if (limit === undefined || !inputs.has(limit))
        lists.set(`${scope} ${[...ids].sort().join(SEPARATOR)}`, ids.length)
    return [...lists.values()]
  }

  /** A length at which a list may have been cut off, though that is not known: the greatest, where several have it or it is round. */
  #suspectLength(rules: ListRules): number | undefined {
    if (Number.isFinite(rules.defaultLimit)) return undefined
    const lengths = this.#lengths(rules.limit)
    const most = Math.max(0, ...lengths)
    return most >= 5 && (most % 5 === 0 || lengths.filter(length => length === most).length > 1) ? most : undefined
  }

  /**
   * More was asked for, and there was more, as other lists or the answer itself say. Infinity: no such answer was seen.
   */
  #maxLimit(limit: string | undefined): number {
    if (limit === undefined) return Number.POSITIVE_INFINITY
    const short = this.#all.flatMap((sighting, index) =>
      Number(sighting.inputs.get(limit)) > sighting.ids.length && sighting.ids.length > 1 ? [{ sighting, index }] : [],
    )
    const most = Math.max(0, ...short.map(({ sighting }) => sighting.ids.length))
    const capped = short.filter(({ sighting: { ids } }) => ids.length === most)
    if (capped.length === 0 || this.#with(limit).some(({ ids }) => ids.length > most)) return Number.POSITIVE_INFINITY
    const plain = { ...this.#known, limit, defaultLimit: Number.POSITIVE_INFINITY }
    const isMore = capped.some(({ sighting: { inputs, ids, scope }, index }) => {
      if ([...inputs.keys()].some(name => name !== limit && !speaksOf(plain, name))) return false
      const shown = new Set(ids)
      for (const { id } of this.#presence.at(index, scope)) if (!shown.has(id)) return true
      return false
    })
    // Different questions that all end at the same place did not end there by chance.
    const lists = new Set(capped.map(({ sighting: { ids } }) => ids.join(SEPARATOR)))
    return isMore || (lists.size >= 3 && most >= 5) ? most : Number.POSITIVE_INFINITY
  }

  // ── from where ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #windows(
    limit: string | undefined,
    conventions: Conventions | undefined,
  ): { windows: Window[]; end: string | undefined } {
    const windows: Window[] = []
    let end: string | undefined
    for (const name of this.#names) {
      if (this.#taken.has(name) || name.startsWith('/')) continue
      const seen = this.#with(name)
      const numbers = seen.every(({ inputs }) => integer.test(inputs.get(name)!))
      if (conventions?.ends.has(name) || (endName.test(name) && numbers)) continue
      if (numbers) {
        const usual = conventions?.windows.get(name)
        const readings: Window[] = [
          { kind: 'page', input: name, first: 1 },
          { kind: 'page', input: name, first: 0 },
          { kind: 'offset', input: name },
        ]
        const found = readings
          .map(window => {
            const isUsual = usual !== undefined && JSON.stringify(usual) === JSON.stringify(window)
            const score = this.#windowScore(window, limit)
            const { sorts: asFound } = this.#known
            const isWrong = (sorts: readonly SortRule[]): boolean =>
              this.#isRefuted({ ...this.#known, sorts, windows: [...windows, window] }, name)
            // Only several pages together tell where rows without a value come: before that it was a guess.
            const sorts =
              score < 0
                ? undefined
                : isWrong(asFound)
                  ? this.#otherwiseSorted(asFound).find(other => !isWrong(other))
                  : asFound
            return { window, sorts, score: sorts === undefined ? -1 : isUsual ? score + 2 : score }
          })
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score)[0]
        if (found !== undefined) {
          this.#known = { ...this.#known, sorts: found.sorts ?? this.#known.sorts }
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
      // `end=20` says how long the list is, `price_to=20` which one it is.
      ...this.#names.filter(name => endName.test(name) && !this.#known.filters.has(name)),
    ])
    const places = new Map<string, Map<number, { id: string; value: number }>>()
    const idsOf = new Map<string, Map<string, number>>()
    let agreed = 0
    let contradicted = 0
    for (const sighting of this.#with(window.input)) {
      const value = Number(sighting.inputs.get(window.input))
      const size =
        limit === undefined || !sighting.inputs.has(limit)
          ? this.#defaultLimit(limit)
          : Math.min(Number(sighting.inputs.get(limit)), this.#known.maxLimit)
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
        // The same page again agrees with itself.
        if (before?.id === id) agreed += before.value === value ? 0 : 1
        // Something was inserted or removed meanwhile: a small shift is no contradiction, a far one is.
        else if (elsewhere !== undefined && Math.abs(elsewhere - start - i) > 3) contradicted += 1
        placed.set(start + i, { id, value })
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
        const rule: SortRule = { input, descending, orderInput, collation, ties: noTies }
        if (this.#isSortedBy(rule, seen, members)) return rule
      }
    }
    return undefined
  }

  #isSortedBy(
    { input, descending, orderInput, collation }: SortRule,
    seen: readonly Sighting[],
    members: ReadonlyMap<string, string>,
  ): boolean {
    return seen.every(({ inputs, rows }) => {
      const order = orderInput === undefined ? undefined : inputs.get(orderInput)
      const keys = sortKeys(inputs.get(input)!, order, descending, members)
      return keys !== undefined && keys.length > 0 && isSorted(rows, keys, collation)
    })
  }

  /** Where nothing stands in their member rows may come elsewhere: each page for itself is sorted in either way. */
  #otherwiseSorted(sorts: readonly SortRule[]): (readonly SortRule[])[] {
    const members = sortableMembers(this.#members)
    return sorts.flatMap((sort, i) => {
      const seen = this.#with(sort.input).filter(({ rows }) => rows.length > 1)
      return collations
        .filter(({ nothing, texts }) => texts === sort.collation.texts && nothing !== sort.collation.nothing)
        .map(collation => ({ ...sort, collation }))
        .filter(other => this.#isSortedBy(other, seen, members))
        .map(other => sorts.with(i, other))
    })
  }

  /** The order in which rows come when none is asked for: by the member that leaves the fewest ties. */
  #natural({ sorts }: ListRules): Order | undefined {
    const asked = new Set(sorts.map(({ input }) => input))
    const seen = this.#all.filter(({ inputs, rows }) => rows.length > 1 && ![...asked].some(name => inputs.has(name)))
    if (seen.length < 2) return undefined
    let best: { order: Order; ties: number } | undefined
    for (const member of this.#members.filter(name => !name.includes('.')))
      for (const descending of [false, true])
        for (const collation of collations) {
          const order = { keys: [{ member, descending }], collation }
          const pairs = pairsOf(seen, order)
          if (pairs === undefined) continue
          // What is the same everywhere is sorted in any way; what is sorted in two short lists may be so by chance.
          if (pairs.strict < 3 || pairs.ties > pairs.strict * 0.25) break
          if (best === undefined || pairs.ties < best.ties) best = { order, ties: pairs.ties }
          break
        }
    return best?.order
  }

  /** In which order rows come that compare equal: as they stand where nothing is asked for, the other way round, or in any. */
  #withTies(sort: SortRule, natural: Order | undefined, before: ListRules): SortRule {
    const ties = this.#ties(sort, natural)
    // That they once came in both orders is not forgotten when those lists are.
    const known = before.sorts.find(({ input }) => input === sort.input)?.ties ?? noTies
    return {
      ...sort,
      ties: { up: known.up === 'mixed' ? 'mixed' : ties.up, down: known.down === 'mixed' ? 'mixed' : ties.down },
    }
  }

  #ties(sort: SortRule, natural: Order | undefined): SortRule['ties'] {
    const counts = { up: { same: 0, reversed: 0 }, down: { same: 0, reversed: 0 } }
    const members = sortableMembers(this.#members)
    const asked = new Set(this.#known.sorts.map(({ input }) => input))
    const places = new Map<string, number>()
    const [longest] = this.#all
      .filter(({ inputs }) => ![...asked].some(name => inputs.has(name)))
      .sort((a, b) => b.ids.length - a.ids.length)
    longest?.ids.forEach((id, i) => {
      places.set(id, i)
    })
    for (const { inputs, rows, ids } of this.#with(sort.input)) {
      const order = sort.orderInput === undefined ? undefined : inputs.get(sort.orderInput)
      const keys = sortKeys(inputs.get(sort.input)!, order, sort.descending, members)
      if (keys === undefined || rows.length !== ids.length) continue
      const count = keys[0]!.descending ? counts.down : counts.up
      for (let i = 1; i < rows.length; i++) {
        if (compareRows(rows[i - 1]!, rows[i]!, keys, sort.collation) !== 0) continue
        const [a, b] = [places.get(ids[i - 1]!), places.get(ids[i]!)]
        const difference =
          natural === undefined
            ? a === undefined || b === undefined
              ? 0
              : a - b
            : compareRows(rows[i - 1]!, rows[i]!, natural.keys, natural.collation)
        if (difference < 0) count.same += 1
        else if (difference > 0) count.reversed += 1
      }
    }
    return { up: tiesOf(counts.up), down: tiesOf(counts.down) }
  }

  // ── which ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #projections(): Set<string> {
    const found = new Set<string>()
    const all = new Set(this.#members.map(member => member.split('.')[0]!))
    for (const name of this.#names) {
      if (this.#taken.has(name)) continue
      const seen = this.#with(name).filter(({ rows }) => rows.length > 0)
      if (seen.length === 0) continue
      const fits = seen.every(({ inputs, shown }) => {
        const wanted = inputs
          .get(name)!
          .split(inputs.get(name)!.includes(SEPARATOR) ? SEPARATOR : ',')
          .map(part => part.trim())
        if (!wanted.every(part => all.has(part))) return false
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
    this.#known = { ...this.#known, filters }
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
    const expression = this.#expression(name, seen, values)
    if (expression !== undefined) return expression
    if (values.size >= 2) {
      // The name says nothing (`/directors/{id}/movies`, `?by=7`): a member that always equals the value.
      for (const member of this.#members) {
        const filter: Filter = { member, test: 'eq' }
        if (this.#keeps(filter, name, seen)?.test === 'eq') return filter
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
      const filter = this.#search(name)
      if (this.#keeps(filter, name, seen) !== undefined) return filter
    }
    return undefined
  }

  /** Each value says of members that there are what they must be. */
  #expression(name: string, seen: readonly Sighting[], values: ReadonlySet<string>): Filter | undefined {
    const filter: Filter = { member: '', test: 'expression' }
    const isOne = [...values].every(value => expressionOf(value)?.every(({ member }) => this.#members.includes(member)))
    return isOne && this.#keeps(filter, name, seen) !== undefined && this.#selects(filter, name) ? filter : undefined
  }

  /** Full text, of those members in which nothing was overlooked. */
  #search(name: string): Filter {
    const presentation = new Set([...this.#known.presentation, name])
    const without = { ...this.#known, presentation }
    // What only some ways to ask show (`expand=author`) is another record's.
    const plain = this.#all.filter(({ inputs }) => understands(without, inputs)).flatMap(({ shown }) => [...shown])
    const shownPlainly = new Set(plain)
    const overlooked = new Set(
      plain.length === 0
        ? []
        : this.#all
            .flatMap(({ rows }) =>
              rows.flatMap(row => (row.kind === 'object' ? row.entries.map(([member]) => member) : [])),
            )
            .filter(member => !shownPlainly.has(member)),
    )
    this.#all.forEach(({ inputs, ids, scope, rows }, i) => {
      const wanted = inputs.get(name)
      if (wanted === undefined || !understands(without, inputs) || rows.length !== ids.length) return
      const slice = sliceOf(without, inputs, () => undefined)
      if (
        slice === undefined ||
        slice.start > 0 ||
        ids.length >= Math.min(slice.limit, without.suspectLength ?? slice.limit)
      )
        return
      const shown = new Set(ids)
      const filters = filtersOf(without, inputs)
      for (const { id, row } of this.#presence.at(i, scope))
        if (!shown.has(id) && filters.every(({ filter, value }) => satisfies(row, filter, value)))
          for (const [member, node] of row.entries)
            if (satisfies({ kind: 'object', entries: [[member, node]] }, { member: '*', test: 'contains' }, wanted))
              overlooked.add(member)
    })
    return overlooked.size === 0
      ? { member: '*', test: 'contains' }
      : { member: '*', test: 'contains', but: [...overlooked].sort() }
  }

  /** The filter, or a looser form of it, if all rows of all lists satisfy it and nothing that does was left out. */
  #keeps(filter: Filter, name: string, seen: readonly Sighting[]): Filter | undefined {
    for (const test of [filter.test, ...(looser[filter.test] ?? [])]) {
      const form = { ...filter, test }
      if (seen.every(({ inputs, rows }) => rows.every(row => satisfies(row, form, inputs.get(name)!)))) {
        if (this.#refuted.has(readingOf(name, form))) continue
        const filters = new Map([...this.#known.filters, [name, form] as const])
        if (!this.#isRefuted({ ...this.#known, filters }, name)) return form
        this.#remember(name, form)
      }
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
  #presentation(projections: ReadonlySet<string>, before: ListRules): Set<string> {
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
      // A name that speaks of a member most likely selects by it, in a way that is not understood.
      // And numbers that made no difference yet are places as likely as not.
      const speaks =
        namedFilters(name, this.#members).length > 0 || this.#valuesOf(name).every(value => integer.test(value))
      const isBorneOut = agreed >= (speaks ? 5 : 1) && contradicted <= (speaks ? 0 : agreed * 0.1)
      // What lists have borne out stands while those at hand have nothing to compare it by.
      if (isBorneOut || (agreed + contradicted === 0 && before.compared?.has(name) === true)) {
        found.add(name)
        this.#taken.add(name)
        this.#compared.add(name)
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
  // A limit of 0 asks for nothing, for all, or for what is usual: only the API knows.
  if (given !== undefined && (!integer.test(given) || Number(given) === 0)) return undefined
  let limit = given === undefined ? rules.defaultLimit : Math.min(Number(given), rules.maxLimit)
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
    // Page 0 where 1 is the first: some say it is the first, others that there is none.
    if (!integer.test(value) || (window.kind === 'page' && Number(value) < window.first)) return undefined
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
): { asked: Order | undefined; known: boolean; ties?: Ties } {
  for (const { input, descending, orderInput, collation, ties } of rules.sorts) {
    const value = inputs.get(input)
    if (value === undefined) continue
    const keys = sortKeys(
      value,
      orderInput === undefined ? undefined : inputs.get(orderInput),
      descending,
      sortableMembers(members),
    )
    if (keys === undefined) return { asked: undefined, known: false }
    return { asked: { keys, collation }, known: true, ties: keys[0]?.descending ? ties.down : ties.up }
  }
  return { asked: rules.natural, known: true }
}

const PROVEN_TEST = '\u0002'

/** Under which name it is noted that lists bore out a filter. Of expressions each way to compare is borne out by itself, alone. */
function provenKey({ filters }: ListRules, input: string, value: string): string {
  if (filters.get(input)?.test !== 'expression') return input
  const terms = expressionOf(value)
  return terms?.length === 1 ? `${input}${PROVEN_TEST}${terms[0]!.test}` : `${input}${PROVEN_TEST}`
}

/** Did some list come out as it did for this filter? */
export function isProven({ filters, proven }: ListRules, input: string, { test }: Filter): boolean {
  return proven.has(filters.get(input)?.test === 'expression' ? `${input}${PROVEN_TEST}${test}` : input)
}

/** The filters that a question sets, with their values. */
export function filtersOf(rules: ListRules, inputs: Inputs): { input: string; filter: Filter; value: string }[] {
  const set: { input: string; filter: Filter; value: string }[] = []
  for (const [input, filter] of rules.filters) {
    const value = inputs.get(input)
    if (value === undefined) continue
    const terms = filter.test === 'expression' ? expressionOf(value) : undefined
    if (terms === undefined) set.push({ input, filter, value })
    else
      for (const { member, test, value: wanted } of terms) set.push({ input, filter: { member, test }, value: wanted })
  }
  return set
}

export function isShownMember(row: JsonNode, member: string): boolean {
  return row.kind === 'object' && row.entries.some(([name, value]) => name === member && isScalar(value))
}

const MIN_TO_REMEMBER = 32

function readingOf(name: string, { member, test }: Filter): string {
  return `${name} ${test} ${member}`
}

/** Pairs of neighbours that are in order and that compare equal; undefined where one is out of order. */
function pairsOf(seen: readonly Sighting[], { keys, collation }: Order): { strict: number; ties: number } | undefined {
  let strict = 0
  let ties = 0
  for (const { rows } of seen)
    for (let i = 1; i < rows.length; i++) {
      const order = compareRows(rows[i - 1]!, rows[i]!, keys, collation)
      if (order > 0) return undefined
      if (order < 0) strict += 1
      else ties += 1
    }
  return { strict, ties }
}

/** So many pairs of equals in one order are no chance. */
const MIN_TIES = 6

function tiesOf({ same, reversed }: { same: number; reversed: number }): Ties {
  if (same > 0 && reversed > 0) return 'mixed'
  return same >= MIN_TIES ? 'same' : reversed >= MIN_TIES ? 'reversed' : 'any'
}
