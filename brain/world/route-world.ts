// thread: learner
// What is known of one route: where its records stand, what its parameters mean, which lists were seen, what stands around
// the records, what it says when there is nothing.

import type { JsonNode } from '../../core/contract/json.js'
import { decodePart } from '../../core/contract/query-params.js'
import { paramsNamed, withoutParams } from '../../core/contract/request-key.js'
import { type NewEachTime, type RowLeaf, withStandIns } from '../learn/stand-ins.js'
import { isReadable, Presence, speaksOf, understands, verdictOn } from './back-test.js'
import { fromBase64, isPrintable } from './base64.js'
import type { Condition } from './condition.js'
import { type Conventions, extend } from './conventions.js'
import { fieldTree, linksOf } from './derived-fields.js'
import { type Inputs, inputsKey, inputsOf, SEPARATOR, scalarText, sourceOf } from './inputs.js'
import { follow, hasStrongName, type Link, linkBetween, nestedRows } from './links.js'
import {
  filtersOf,
  type ListRules,
  learnListRules,
  noRules,
  type Order,
  orderOf,
  type Sighting,
  sliceOf,
} from './list-rules.js'
import { compareRows, type Ties } from './ordering.js'
import { satisfies } from './predicate.js'
import type { Rec, Records, RecordType } from './records.js'
import { rowOf } from './row.js'
import { countOf, type Ordering, select } from './selection.js'
import { idRank, listSites, objectSites, rowsAt, type Site } from './sites.js'
import { type SavedList, SparseList } from './sparse-list.js'
import {
  agrees,
  type Circumstances,
  compose,
  type Derivation,
  derive,
  type Example,
  noTally,
  RECORDS,
  unknownAt,
} from './surroundings.js'
import { idText, isScalar, type JsonObject, leafCount, withAt } from './tree.js'

/** An answer as the world sees it. */
export interface Observation {
  /** Of the exemplar that keeps this answer; undefined: none does. */
  readonly key?: string
  readonly path: string
  readonly query: string
  /** Parameters that were left out of the query, see Exemplar.ignored. */
  readonly ignored?: readonly string[] | undefined
  readonly params: readonly string[]
  /** Body of the question where it was a JSON one. */
  readonly asked: JsonNode | undefined
  readonly scope: string
  readonly at: number
  readonly status: number
  /** Flat, lower-case names. */
  readonly headers: readonly string[]
  readonly body: JsonNode
}

interface Placement {
  readonly inputs: Inputs
  readonly scope: string
  readonly ids: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
  readonly tokens: ReadonlySet<string>
  readonly at: number
  readonly key?: string | undefined
  readonly ignored?: readonly string[] | undefined
}

/** How what was seen is read from now on; see {@link RouteWorld.reread}. */
export interface Reading {
  /** Parameters that change nothing, as they are written. */
  readonly ignored: ReadonlySet<string>
  /** Where an answer is kept now that was kept under this key; undefined: nowhere. */
  keyNow(key: string): string | undefined
}

/** Which answer a row is from. */
interface Source extends Pick<Observation, 'scope' | 'at'> {
  readonly source: string
  readonly key: string | undefined
}

/** A record came, changed or went. */
export interface RecordWrite {
  readonly type: RecordType
  /** Whose the record is. */
  readonly scope: string
  readonly id: string
  readonly at: number
  /** Undefined: it was not there, or not known. */
  readonly before: JsonObject | undefined
  /** Undefined: it is gone, or what it is now is not known. */
  readonly after: JsonObject | undefined
  /** What `after` does not have the record may have all the same. */
  readonly isPartial?: boolean
  /**
   * `unsure`: what it is now is not known. `doubtful`: nor is whether it is still there. `nameless`: it was made, as far as is
   * known, and nobody said under which identifier.
   */
  readonly kind: 'made' | 'changed' | 'gone' | 'unsure' | 'doubtful' | 'nameless'
}

const MAX_OBSERVATIONS = 64
/** Leaves of all bodies that are looked back on. */
const MAX_LEAVES = 30_000
/** Of what is kept as an example of an answer without records. */
const MAX_EXAMPLE_LEAVES = 2000
/** Whoever asks makes up names, values and credentials as he likes. */
const MAX_INPUT_NAMES = 256
const MAX_LISTS = 512
const MAX_CURSORS = 4096
const MAX_SCOPES = 10_000
const MAX_DERIVED = 64
/** Numbers and texts around the records of one answer. */
const MAX_MARKS = 256
/** Times that nested rows of one place are held against all types in vain. */
const MAX_UNTYPED = 64
const MAX_PLACEMENTS = 1024
const SAVED_PLACEMENTS = 256
/** Writes that lists are put through again when they are put together anew. */
const MAX_WRITES = 256
/** Credentials for which it is known when something unknown was written. */
const MAX_DOUBTING = 1000
/** Exemplars that show parts of one list. */
const MAX_LIST_KEYS = 2000
const EXAMPLES_PER_VARIANT = 16
const MAX_VARIANTS = 64
const MAX_SITES = 8
/** Looking for what a list leaves out takes time with every record that is known. */
const MAX_CHECKED = 500
const CALM = 8
/** After so many answers, records that a list leaves out would have been seen elsewhere. */
const TRUSTED_AFTER = 16
const MAX_ROWS_LOOKED_AT = 2000

/** How an input of the question names the record: `{id}.json` was split before, `prefix` and `suffix` and coding remain. */
interface NamedBy {
  readonly input: string
  readonly coding: 'plain' | 'base64'
  readonly prefix: string
  readonly suffix: string
}

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
  readonly because: string
}

export type Unresolved = {
  readonly unknown: 'no-records' | 'not-understood' | 'unknown-id' | 'gone' | 'incomplete'
  readonly id?: string
  readonly because: string
}

/** What stands around records. */
export interface Around {
  readonly body: Derivation
  readonly fields: Derivation
  /** Of the examples: what it looks like in another one is not known for certain. */
  readonly situations: ReadonlySet<string>
}

/** What stands in records and is none of their data, and the order of the members of a record. */
export interface FreshMembers {
  readonly leaves: readonly RowLeaf[]
  readonly order: readonly string[]
}

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

/** As it is written down; fit for structured clone. */
export interface SavedRoute {
  readonly id: string
  readonly pattern: string
  readonly sparse: boolean
  readonly type: string | undefined
  readonly observations: readonly Observation[]
  readonly placements: readonly Placement[]
  readonly writtenAt?: number
  readonly doubtedAt?: ReadonlyMap<string, number>
  readonly sites: readonly { site: Site; votes: number }[]
  readonly rules: ListRules
  readonly namedBy: NamedBy | undefined
  readonly seen: number
  readonly inputNames: ReadonlySet<string>
  readonly scopes: ReadonlySet<string>
  readonly nested: readonly (readonly [string, string])[]
  readonly lists: readonly (readonly [string, Omit<List, 'list'> & { readonly list: SavedList }])[]
}

export class RouteWorld {
  readonly id: string
  pattern: string
  readonly #records: Records
  readonly #conventions: () => Conventions
  readonly #sparse: boolean
  readonly #observations: Observation[] = []
  readonly #placements: Placement[] = []
  readonly #writes: RecordWrite[] = []
  /** By credential; see doubt. */
  readonly #doubtedAt = new Map<string, number>()
  /** What was placed before this is not placed again: later writes are not known any more. */
  #placeFrom = 0
  readonly #sites: { site: Site; votes: number }[] = []
  readonly #lists = new Map<string, List>()
  readonly #examples = new Map<
    string,
    {
      examples: (Example & { scope: string; headers: readonly string[] })[]
      derived: Map<string, Around>
      added: number
      site: Site | undefined
    }
  >()
  readonly #nested = new Map<string, RecordType>()
  readonly #untyped = new Map<string, number>()
  readonly #links = new Map<string, { seen: number; pairs: number; link: Link | undefined }>()
  type: RecordType | undefined
  rules: ListRules = noRules
  namedBy: NamedBy | undefined
  #fresh: NewEachTime | undefined
  /** Of each view, see freshMembers. */
  readonly #freshMembers = new Map<string, FreshMembers>()
  #weight = 0
  #seen = 0
  /** All that is known is written down. */
  isSaved = false
  #learnAt = 2
  readonly #inputNames = new Set<string>()
  #checkAt = 0
  /** Complete results that held all known records that they should, against those that did not. */
  universal = 0
  notUniversal = 0
  /** Scopes that were answered well. */
  readonly scopes = new Set<string>()

  /** `sparse`: each answer shows only what was selected, so that a member that is not there says nothing. */
  constructor(id: string, pattern: string, records: Records, conventions: () => Conventions, sparse = false) {
    this.#sparse = sparse
    this.#conventions = conventions
    this.id = id
    this.pattern = pattern
    this.#records = records
  }

  /** What is new in each answer of this route; undefined: nothing is. */
  get fresh(): NewEachTime | undefined {
    return this.#fresh
  }

  renew(fresh: NewEachTime): void {
    const next = fresh.map === undefined && fresh.derived.length === 0 ? undefined : fresh
    if (next === this.#fresh) return
    this.#fresh = next
    this.#freshMembers.clear()
    this.#rebuildExamples()
  }

  get observations(): readonly Observation[] {
    return this.#observations
  }

  /** What was seen at such paths belongs to another route. */
  giveUp(isGiven: (path: string) => boolean): readonly Observation[] {
    const given = this.#observations.filter(({ path }) => isGiven(path))
    const kept = this.#observations.filter(({ path }) => !isGiven(path))
    this.#observations.splice(0, this.#observations.length, ...kept)
    for (const { body } of given) this.#weight -= leafCount(body)
    if (given.length > 0) this.#rebuildExamples()
    this.isSaved = false
    return given
  }

  /** Other parameters than before change nothing: all that was seen is read as if they had not been there, or is not believed. */
  reread({ ignored, keyNow }: Reading, related: () => RecordType | undefined): void {
    const isBelieved = (of: Pick<Observation, 'ignored'>): boolean =>
      of.ignored?.every(name => ignored.has(name)) !== false
    const names = new Set([...ignored].map(name => decodePart(name, true)))
    const seen = this.#observations.splice(0).filter(isBelieved)
    const placements = this.#placements.splice(0).filter(isBelieved)
    this.#weight = 0
    this.#inputNames.clear()
    this.#lists.clear()
    this.#links.clear()
    this.rules = noRules
    this.namedBy = undefined
    this.#seen = 0
    this.#learnAt = 2
    this.#checkAt = 0
    this.#rebuildExamples()
    for (const observation of seen) {
      const query = withoutParams(observation.query, ignored)
      const left = paramsNamed(observation.query, ignored).map(([name]) => name)
      const key = observation.key === undefined ? undefined : keyNow(observation.key)
      this.observe(
        {
          ...withoutKey(observation),
          query,
          ...(key === undefined ? {} : { key }),
          ...(left.length === 0 ? {} : { ignored: [...new Set([...(observation.ignored ?? []), ...left])] }),
        },
        related,
      )
    }
    // What is not looked back on any more has a place in the lists all the same.
    const left = (inputs: Inputs): string[] => [...ignored].filter(name => inputs.has(decodePart(name, true)))
    const from = seen[0]?.at ?? Number.POSITIVE_INFINITY
    const older = placements
      .filter(({ at }) => at < from)
      .map(placement => ({
        ...placement,
        inputs: new Map([...placement.inputs].filter(([name]) => !names.has(name))),
        ignored: [...new Set([...(placement.ignored ?? []), ...left(placement.inputs)])],
        key: placement.key === undefined ? undefined : keyNow(placement.key),
      }))
    this.#placements.unshift(...older)
    for (const { inputs } of older) for (const name of inputs.keys()) this.#inputNames.add(name)
    this.#lists.clear()
    this.#replaceWhere(() => true)
    this.#rebuildExamples()
    this.isSaved = false
  }

  get viewKey(): string {
    return this.id
  }

  // ── between runs ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** All that is known, as plain data. */
  saved(): SavedRoute {
    return {
      id: this.id,
      pattern: this.pattern,
      sparse: this.#sparse,
      type: this.type?.uid,
      observations: this.#observations,
      placements: this.#placements.slice(-SAVED_PLACEMENTS),
      doubtedAt: this.#doubtedAt,
      writtenAt: Math.max(this.#placeFrom, this.#writes.at(-1)?.at ?? 0),
      sites: this.#sites,
      rules: this.rules,
      namedBy: this.namedBy,
      seen: this.#seen,
      inputNames: this.#inputNames,
      scopes: this.scopes,
      nested: [...this.#nested].map(([key, { uid }]) => [key, uid] as const),
      lists: [...this.#lists].map(([key, { list, ...of }]) => [key, { ...of, list: list.toJSON() }] as const),
    }
  }

  restore(saved: SavedRoute, typeOf: (uid: string) => RecordType | undefined): void {
    this.#observations.push(...saved.observations)
    this.#placements.push(...saved.placements)
    this.#placeFrom = saved.writtenAt ?? 0
    for (const [scope, at] of saved.doubtedAt ?? []) this.#doubtedAt.set(scope, at)
    this.#sites.push(...saved.sites)
    this.rules = saved.rules
    this.namedBy = saved.namedBy
    this.#seen = saved.seen
    this.#learnAt = saved.seen + 2
    this.type = saved.type === undefined ? undefined : typeOf(saved.type)
    for (const name of saved.inputNames) this.#inputNames.add(name)
    for (const scope of saved.scopes) this.scopes.add(scope)
    for (const [key, uid] of saved.nested) {
      const type = typeOf(uid)
      if (type !== undefined) this.#nested.set(key, type)
    }
    for (const [key, { list, ...of }] of saved.lists)
      this.#lists.set(key, { ...of, keys: of.keys ?? new Set(), list: SparseList.fromJSON(list) })
    this.#rebuildExamples()
  }

  // ── observe ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A good answer was seen. `related`: type of the records of a route that is about the same things. */
  observe(observation: Observation, related: () => RecordType | undefined): void {
    const inputs = inputsOf(observation.params, observation.query, observation.asked)
    if (inputs === undefined) return
    if (
      this.#inputNames.size + inputs.size > MAX_INPUT_NAMES &&
      [...inputs.keys()].some(name => !this.#inputNames.has(name))
    )
      return
    this.#seen += 1
    this.isSaved = false
    if (this.scopes.size < MAX_SCOPES) this.scopes.add(observation.scope)
    this.#observations.push(observation)
    this.#weight += leafCount(observation.body)
    while (this.#observations.length > MAX_OBSERVATIONS || (this.#weight > MAX_LEAVES && this.#observations.length > 4))
      this.#weight -= leafCount(this.#observations.shift()!.body)
    this.#take(observation, inputs, related)
    const isNew = [...inputs.keys()].some(name => !this.#inputNames.has(name))
    for (const name of inputs.keys()) this.#inputNames.add(name)
    if (this.#seen >= this.#learnAt || (isNew && this.#seen > 1)) this.relearn()
    else if (this.#seen >= this.#checkAt && this.#contradicts(observation, inputs)) {
      const before = this.rules
      this.relearn()
      // What no rule explains is not looked into again with every answer.
      if (this.rules === before) this.#checkAt = this.#seen + CALM
    }
  }

  #take(observation: Observation, inputs: Inputs, related: () => RecordType | undefined): void {
    const { scope, at } = observation
    const source = sourceOf(observation.path, observation.query, observation.asked)
    const found = this.#settled(observation, inputs)
    const { body, headers } = found
    if (found.site === undefined || found.rows.length > MAX_ROWS_LOOKED_AT) {
      if (leafCount(body) <= MAX_EXAMPLE_LEAVES)
        this.#addExample(
          inputs,
          scope,
          { node: body, circumstances: this.#plainCircumstances(observation, inputs) },
          headers,
          undefined,
        )
      return
    }
    const { site, rows } = found
    const had = this.type
    const type = this.#typeFor(rows, inputs, related)
    // What was seen before anything told rows apart is looked at again.
    if (had === undefined && type !== undefined)
      for (const earlier of this.#observations) if (earlier !== observation) this.#takeAgain(earlier)
    const ids: string[] = []
    const view = this.#viewOf(inputs)
    if (type !== undefined)
      for (const row of rows) {
        const id = type.idOf(row)
        if (id === undefined || row.kind !== 'object') continue
        ids.push(id)
        const holder =
          site.kind === 'one' && isGlobal(id) && type.find(scope, id) === undefined
            ? this.#records.holder(scope, id)
            : undefined
        ;(holder ?? type).take(scope, id, row, view, at, source)
        if (observation.key !== undefined) this.#records.showings.note(holder ?? type, id, observation.key)
        this.#takeNested(row, view, { scope, at, source, key: observation.key })
      }
    if (site.kind === 'one' && type !== undefined && ids[0] !== undefined) this.#noteName(inputs, ids[0])
    // A list is put together by identifiers: rows that have none, or share one, would be left out or be taken for each other.
    if (type !== undefined && site.kind !== 'one' && !isRegular(type, rows, ids)) {
      type.isIrregular = true
      this.#forgetList(inputs, scope)
      return
    }
    const { numbers, tokens } = this.#marks(observation, site)
    const { key, ignored } = observation
    const placement: Placement = { inputs, scope, ids, numbers, tokens, at, key, ignored }
    this.#placements.push(placement)
    if (this.#placements.length > MAX_PLACEMENTS) this.#placements.shift()
    const placed = this.#place(placement)
    const node = withAt(body, site.path, { kind: 'string', value: RECORDS })
    this.#addExample(
      inputs,
      scope,
      { node, circumstances: this.#circumstances(observation, inputs, rows, placed) },
      headers,
      site,
    )
  }

  /** An exemplar that was learned in an earlier run: notes what it shows. */
  show({ key, params, query, asked, body, scope }: Observation & { readonly key: string }): void {
    const inputs = inputsOf(params, query, asked)
    const found = inputs === undefined ? undefined : this.#siteIn(body, inputs)
    const { type } = this
    if (inputs === undefined || found === undefined || type === undefined) return
    this.#listFor(inputs, scope, false)?.keys.add(key)
    const view = this.#viewOf(inputs)
    for (const row of found.rows.slice(0, MAX_ROWS_LOOKED_AT)) {
      const id = type.idOf(row)
      if (id === undefined || row.kind !== 'object') continue
      const isHere = found.site.kind !== 'one' || !isGlobal(id) || type.find(scope, id) !== undefined
      this.#records.showings.note(isHere ? type : (this.#records.holder(scope, id) ?? type), id, key)
      this.#showNested(row, view, key, 0)
    }
  }

  #showNested(row: JsonObject, view: string, shownIn: string, depth: number): void {
    if (depth > 3) return
    for (const [name, node] of row.entries) {
      const key = `${view}.${name}`
      const type = this.#nested.get(key)
      const rows = nestedRows(node)
      if (type === undefined && node.kind === 'object') this.#showNested(node, key, shownIn, depth + 1)
      if (type === undefined || rows === undefined) continue
      for (const inner of rows) {
        const id = type.idOf(inner)
        if (id !== undefined) this.#records.showings.note(type, id, shownIn)
        this.#showNested(inner, key, shownIn, depth + 1)
      }
    }
  }

  /** Records within records: `{"id": 7, "author": {"id": 3, …}}`. */
  #takeNested(row: JsonObject, view: string, from: Source, depth = 0): void {
    const { scope, at, source, key: shownIn } = from
    for (const [name, node] of row.entries) {
      const nested = nestedRows(node)
      if (node.kind === 'object' && depth < 3 && !hasStrongName(node))
        this.#takeNested(node, `${view}.${name}`, from, depth + 1)
      if (nested === undefined) continue
      const key = `${view}.${name}`
      let type = this.#nested.get(key)
      if (type === undefined) {
        if (this.#nested.size > 256) return
        const tried = this.#untyped.get(key) ?? 0
        if (tried >= MAX_UNTYPED || (tried === 0 && this.#untyped.size > 256)) continue
        type =
          this.#records.match(nested) ??
          (nested.some(hasStrongName)
            ? this.#records.typeOf(nested, `${this.pattern} ${name}`, undefined, undefined)
            : undefined)
        if (type === undefined) {
          this.#untyped.set(key, tried + 1)
          continue
        }
        this.#nested.set(key, type)
      }
      for (const inner of nested) {
        const id = type.idOf(inner)
        if (id === undefined) continue
        type.take(scope, id, inner, key, at, source)
        if (shownIn !== undefined) this.#records.showings.note(type, id, shownIn)
        if (depth < 3) this.#takeNested(inner, key, from, depth + 1)
      }
    }
  }

  /** What a member that was never shown for a record must be, by what was shown for others. */
  derivedMember(
    record: Rec,
    name: string,
    view: string,
    scope: string,
  ): { node: JsonNode; certainty: number } | undefined {
    const type = this.#nested.get(`${view}.${name}`)
    if (type === undefined || this.type === undefined) return undefined
    let link = this.#links.get(`${view}.${name}`)
    // A few pairs may agree by chance.
    if (link === undefined || (link.pairs < 8 ? link.seen < this.#seen : link.seen * 2 < this.#seen)) {
      link = { seen: this.#seen, ...this.#learnLink(name, view, type) }
      this.#links.set(`${view}.${name}`, link)
    }
    if (link.link === undefined) return undefined
    return follow(link.link, rowOf(record), record.id, type, `${view}.${name}`, scope)
  }

  #learnLink(name: string, view: string, type: RecordType): { pairs: number; link: Link | undefined } {
    const pairs: { row: JsonObject; id: string; nested: readonly JsonObject[]; isList: boolean }[] = []
    for (const { params, query, asked, body } of this.#observations) {
      const inputs = inputsOf(params, query, asked)
      if (inputs === undefined || this.#viewOf(inputs) !== view) continue
      for (const row of this.#siteIn(body, inputs)?.rows ?? []) {
        if (row.kind !== 'object') continue
        const node = row.entries.find(([member]) => member === name)?.[1]
        const nested = node === undefined ? undefined : nestedRows(node)
        if (nested !== undefined)
          pairs.push({ row, id: this.type!.idOf(row) ?? '', nested, isList: node!.kind === 'array' })
      }
    }
    return { pairs: pairs.length, link: linkBetween(pairs, type) }
  }

  #takeAgain(observation: Observation): void {
    const inputs = inputsOf(observation.params, observation.query, observation.asked)
    if (inputs !== undefined) this.#take(observation, inputs, () => undefined)
  }

  #typeFor(rows: readonly JsonNode[], inputs: Inputs, related: () => RecordType | undefined): RecordType | undefined {
    if (this.type !== undefined) {
      // Two places may turn out to show the same things.
      if (this.type.idMember !== undefined && this.type.size < 5000 && (this.#seen < 40 || this.#seen % 32 === 0)) {
        const other = this.#records.match(rows, this.type)
        if (other !== undefined) this.#become(other)
      }
      return this.type
    }
    if (rows.length === 0) return undefined
    this.type = this.#records.typeOf(
      rows,
      this.pattern,
      related(),
      // `/authors/7/books` names no book, even where there is but one.
      rows.length === 1 && /\{[^/]*$/.test(this.pattern) ? namedMember(rows[0]!, inputs) : undefined,
    )
    return this.type
  }

  #become(other: RecordType): void {
    const old = this.type!
    this.#records.merge(old, other)
    this.onMerge(old, other)
  }

  /** All routes whose records were of a type that became part of another are told. */
  onMerge: (from: RecordType, into: RecordType) => void = (_from, into) => {
    this.type = into
  }

  /** Where most answers of this route have their records. */
  get site(): Site | undefined {
    return this.#sites[0]?.site
  }

  /** Where this answer has its records, and what of it is not new each time. */
  #settled(
    observation: Observation,
    inputs: Inputs,
  ): { site: Site | undefined; rows: JsonNode[]; body: JsonNode; headers: readonly string[] } {
    const found = this.#siteIn(observation.body, inputs)
    const { site, rows = [] } = found ?? { site: undefined }
    if (this.#fresh === undefined) return { site, rows, body: observation.body, headers: observation.headers }
    const { body, headers } = withStandIns(observation, this.#fresh, site, this.type?.idMember)
    return { site, rows: site === undefined ? rows : (rowsAt(body, site) ?? rows), body, headers }
  }

  /** What stands in the records of a view and is new each time; undefined: nothing does. */
  freshMembers(view: string): FreshMembers | undefined {
    const fresh = this.#fresh
    if (fresh === undefined) return undefined
    const known = this.#freshMembers.get(view)
    if (known !== undefined) return known
    for (let i = this.#observations.length - 1; i >= 0; i--) {
      const observation = this.#observations[i]!
      const inputs = inputsOf(observation.params, observation.query, observation.asked)
      if (inputs === undefined || this.#viewOf(inputs) !== view) continue
      const found = this.#siteIn(observation.body, inputs)
      const row = found?.rows[0]
      if (found === undefined || row?.kind !== 'object') continue
      const { leaves } = withStandIns(observation, fresh, found.site, this.type?.idMember)
      const members = { leaves, order: row.entries.map(([name]) => name) }
      if (this.#freshMembers.size >= MAX_VARIANTS) this.#freshMembers.clear()
      this.#freshMembers.set(view, members)
      return members
    }
    return undefined
  }

  /** Where this answer has its records: a place that is known of the route, else one that it shows itself. */
  #siteIn(body: JsonNode, inputs: Inputs): { site: Site; rows: JsonNode[] } | undefined {
    for (const known of this.#sites) {
      const rows = rowsAt(body, known.site)
      if (rows === undefined) continue
      known.votes += 1
      if (known !== this.#sites[0]) this.#sites.sort((a, b) => b.votes - a.votes)
      return { site: known.site, rows }
    }
    const site = siteOf(body, inputs)
    const rows = site === undefined ? undefined : rowsAt(body, site)
    if (site === undefined || rows === undefined) return undefined
    if (this.#sites.length < MAX_SITES) this.#sites.push({ site, votes: 1 })
    return { site, rows }
  }

  #noteName(inputs: Inputs, id: string): void {
    if (this.namedBy !== undefined) return
    for (const [input, value] of inputs) {
      if (value === '') continue
      if (value === id) this.namedBy = { input, coding: 'plain', prefix: '', suffix: '' }
      else {
        const plain = fromBase64(id)
        const at = plain?.indexOf(value) ?? -1
        if (plain !== undefined && at >= 0 && value.length >= 1) {
          this.namedBy = { input, coding: 'base64', prefix: plain.slice(0, at), suffix: plain.slice(at + value.length) }
        }
      }
      if (this.namedBy !== undefined) return
    }
  }

  /** The identifier of the one record that a question is about; undefined: it is about none, or about a list. */
  nameIn(inputs: Inputs): string | undefined {
    if (this.namedBy === undefined) {
      const { type } = this
      if (type === undefined || this.site?.kind === 'one') return undefined
      for (const [input, { member, test }] of this.rules.filters)
        if (member === type.idMember && test === 'eq' && input.startsWith('/')) return inputs.get(input)
      return undefined
    }
    const { input, coding, prefix, suffix } = this.namedBy
    const value = inputs.get(input)
    if (value === undefined) return undefined
    // Other characters would lose all but their low octet, and name another record.
    return coding === 'plain' || !isPrintable(value)
      ? value
      : Buffer.from(`${prefix}${value}${suffix}`, 'latin1').toString('base64')
  }

  // ── rules and lists ────────────────────────────────────────────────────────────────────────────────────────────────

  relearn(): void {
    this.#learnAt = this.#seen < 16 ? this.#seen + 2 : this.#seen < 64 ? this.#seen + 16 : this.#seen + 64
    const { type } = this
    if (type === undefined) return
    const sightings: Sighting[] = []
    let rowCount = 0
    for (let i = this.#observations.length - 1; i >= 0 && rowCount < MAX_ROWS_LOOKED_AT; i--) {
      const observation = this.#observations[i]!
      const inputs = inputsOf(observation.params, observation.query, observation.asked)
      const found = inputs === undefined ? undefined : this.#siteIn(observation.body, inputs)
      if (inputs === undefined || found === undefined) continue
      const { rows, site } = found
      rowCount += rows.length
      const ids = rows.flatMap(row => type.idOf(row) ?? [])
      if (site.kind !== 'one' && !isRegular(type, rows, ids)) continue
      sightings.push({
        inputs,
        scope: observation.scope,
        rows: rows.flatMap(row => this.#plainRow(type, observation.scope, row, inputs) ?? []),
        shown: new Set(
          rows.slice(0, 20).flatMap(row => (row.kind === 'object' ? row.entries.map(([name]) => name) : [])),
        ),
        ids: rows.map(row => type.idOf(row) ?? ''),
        ...this.#marks(observation, site),
      })
    }
    sightings.reverse()
    const before = this.rules
    const learned = learnListRules(sightings, before, this.#conventions())
    // One record has no pages.
    const rules = this.site?.kind === 'one' ? { ...learned, limit: undefined, windows: [], end: undefined } : learned
    if (rulesKey(before) === rulesKey(rules)) return
    this.rules = rules
    this.#replace(changedRoles(before, rules, this.#inputNames))
    this.#rebuildViews(type)
    this.#rebuildExamples()
  }

  /** Lists are put together anew where an input that they were asked with means something else now. */
  #replace(changed: ReadonlySet<string>): void {
    for (const [key, { names }] of this.#lists) if ([...names].some(name => changed.has(name))) this.#lists.delete(key)
    this.#replaceWhere(inputs => [...inputs.keys()].some(name => changed.has(name)))
  }

  #replaceWhere(isChanged: (inputs: Inputs) => boolean): void {
    const again = this.#placements.filter(({ inputs, at }) => at > this.#placeFrom && isChanged(inputs))
    let next = 0
    for (const placement of again) {
      for (let write = this.#writes[next]; write !== undefined && write.at < placement.at; write = this.#writes[++next])
        this.#writeLists(write, isChanged)
      this.#place(placement)
    }
    for (const write of this.#writes.slice(next)) this.#writeLists(write, isChanged)
  }

  /** An answer that the rules do not agree with: one of them is wrong, and answers of others until it is found. */
  #contradicts(observation: Observation, inputs: Inputs): boolean {
    const { type, rules } = this
    if (type === undefined || this.site?.kind === 'one' || !understands(rules, inputs)) return false
    const found = this.#siteIn(observation.body, inputs)
    if (found === undefined || type.size > MAX_CHECKED) return false
    const shown = found.rows.flatMap(row => this.#plainRow(type, observation.scope, row, inputs) ?? [])
    const known = [...type.known(observation.scope)]
    const sighting = {
      inputs,
      scope: observation.scope,
      shown: new Set<string>(),
      numbers: new Map<string, number>(),
      tokens: new Set<string>(),
    }
    const all: Sighting = { ...sighting, rows: known.map(rowOf), ids: known.map(({ id }) => id) }
    const asked: Sighting = { ...sighting, rows: shown, ids: found.rows.map(row => type.idOf(row) ?? '') }
    return verdictOn(rules, [all, asked, all], 1, new Presence([all, asked, all]), [...type.names]) === 'contradicted'
  }

  /**
   * The row as other views show it, where this one says some members in its own way, and with what only others show: APIs
   * filter by what is there, not by what is shown. Undefined where none has shown it.
   */
  #plainRow(type: RecordType, scope: string, row: JsonNode, inputs: Inputs): JsonNode | undefined {
    if (row.kind !== 'object') return row
    const view = type.views.get(this.#viewOf(inputs))
    const record = type.find(scope, type.idOf(row) ?? '')
    const entries = new Map<string, JsonNode>()
    for (const [name, node] of row.entries) {
      const plain = view?.members.get(name)?.own === true ? record?.members.get(name)?.node : node
      if (plain === undefined) return undefined
      entries.set(name, plain)
    }
    for (const [name, { node }] of record?.members ?? [])
      if (!name.includes('\u0000') && !entries.has(name)) entries.set(name, node)
    return entries.size === row.entries.length && view === undefined ? row : { kind: 'object', entries: [...entries] }
  }

  /** Which parameters make another view of the records is known better now. */
  #rebuildViews(type: RecordType): void {
    for (const key of [...type.views.keys()])
      if (key === this.id || key.startsWith(`${this.id} `)) type.views.delete(key)
    for (const observation of this.#observations) {
      const { path, params, query, asked, scope, at } = observation
      const inputs = inputsOf(params, query, asked)
      const source = sourceOf(path, query, asked)
      if (inputs === undefined) continue
      const view = this.#viewOf(inputs)
      for (const row of this.#settled(observation, inputs).rows) {
        const id = type.idOf(row)
        if (id === undefined || row.kind !== 'object') continue
        type.takeAgain(scope, id, row, view, at)
        this.#takeNested(row, view, { scope, at, source, key: undefined })
      }
    }
  }

  #rebuildExamples(): void {
    this.#examples.clear()
    for (const observation of this.#observations) {
      const inputs = inputsOf(observation.params, observation.query, observation.asked)
      if (inputs === undefined) continue
      const { site, rows, body, headers } = this.#settled(observation, inputs)
      if (site === undefined) {
        if (leafCount(body) > MAX_EXAMPLE_LEAVES) continue
        this.#addExample(
          inputs,
          observation.scope,
          { node: body, circumstances: this.#plainCircumstances(observation, inputs) },
          headers,
          undefined,
        )
        continue
      }
      const node = withAt(body, site.path, { kind: 'string', value: RECORDS })
      const { numbers } = this.#marks(observation, site)
      const slice = this.#sliceOf(inputs, this.#listFor(inputs, observation.scope, false))
      const total = this.rules.total === undefined ? undefined : numbers.get(this.rules.total)
      this.#addExample(
        inputs,
        observation.scope,
        { node, circumstances: this.#circumstances(observation, inputs, rows, { ...slice, total }) },
        headers,
        site,
      )
    }
  }

  /** What was seen of each list, by {@link listKey}. */
  get lists(): ReadonlyMap<string, List> {
    return this.#lists
  }

  listKey(inputs: Inputs, scope: string): string {
    return `${scope} ${inputsKey(inputs, this.#placing())}`
  }

  /** It was asked with an input of this name. */
  readonly knowsInput = (name: string): boolean => this.#inputNames.has(name)

  /** Where in a list the rows of an answer stand; undefined: not known. */
  sliceOf(inputs: Inputs, list: List | undefined): { start: number; limit: number } | undefined {
    return this.#sliceOf(inputs, list)
  }

  /** Inputs that say where in a list and how shown, not which list. */
  #placing(): Set<string> {
    return placingOf(this.rules)
  }

  #forgetList(inputs: Inputs, scope: string): void {
    this.#lists.delete(`${scope} ${inputsKey(inputs, this.#placing())}`)
  }

  #listFor(inputs: Inputs, scope: string, make: boolean): List | undefined {
    const key = this.listKey(inputs, scope)
    let list = this.#lists.get(key)
    if (list === undefined && make) {
      if (this.#lists.size >= MAX_LISTS) this.#lists.delete(this.#lists.keys().next().value!)
      list = { list: new SparseList(), inputs, scope, cursors: new Map(), names: new Set(), keys: new Set() }
      this.#lists.set(key, list)
    }
    return list
  }

  #sliceOf(inputs: Inputs, list: List | undefined): { start: number; limit: number } | undefined {
    return sliceOf(
      this.rules,
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
    if (this.site?.kind === 'one') return undefined
    const list = this.#listFor(inputs, scope, true)!
    for (const name of inputs.keys()) list.names.add(name)
    if (key !== undefined && list.keys.size < MAX_LIST_KEYS) list.keys.add(key)
    const slice = this.#sliceOf(inputs, list)
    if (slice === undefined) return undefined
    const total = this.rules.total === undefined ? undefined : numbers.get(this.rules.total)
    const ended = total === undefined ? ids.length < slice.limit : slice.start + ids.length >= total
    list.list.place(slice.start, ids, at, ended, total)
    if (total !== undefined && this.#isUnfiltered(inputs)) this.type!.total = total
    for (const window of this.rules.windows)
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
    const ordering = new Set(this.rules.sorts.flatMap(({ input, orderInput }) => [input, orderInput]))
    const placing = this.#placing()
    return [...inputs.keys()].every(name => placing.has(name) || ordering.has(name))
  }

  /** Numbers and texts around the records: candidates for totals and for tokens of other pages. */
  #marks({ body, headers, query }: Observation, site: Site): { numbers: Map<string, number>; tokens: Set<string> } {
    const numbers = new Map<string, number>()
    const tokens = new Set<string>()
    const own = new Set([...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}`))
    const note = (key: string, text: string): void => {
      if (numbers.size + tokens.size >= MAX_MARKS) return
      if (/^\d{1,12}$/.test(text)) numbers.set(key, Number(text))
      const mark = text.indexOf('?')
      if (mark >= 0) {
        // What the question said itself is no token of another page.
        for (const [name, value] of new URLSearchParams(text.slice(mark + 1)))
          if (!own.has(`${name}=${value}`)) tokens.add(`${name}=${value}`)
      } else if (text.length > 0 && text.length <= 512) tokens.add(`=${text}`)
    }
    const walk = (node: JsonNode, path: readonly string[]): void => {
      if (path.length > 5) return
      if (node.kind === 'object') {
        for (const [name, child] of node.entries) {
          const at = [...path, name]
          if (at.length === site.path.length && at.every((part, i) => part === site.path[i])) continue
          walk(child, at)
        }
      } else if (isScalar(node)) note(path.join('.'), scalarText(node))
    }
    if (site.path.length > 0) walk(body, [])
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]!
      if (name === 'link') for (const { url } of linksOf(headers[i + 1]!)) note(`header:${name}`, url)
      else if (/count|total|range|next|cursor|page/i.test(name)) {
        const range = /\/(\d+)$/.exec(headers[i + 1]!)
        note(`header:${name}`, range === null ? headers[i + 1]! : range[1]!)
      }
    }
    return { numbers, tokens }
  }

  // ── surroundings ───────────────────────────────────────────────────────────────────────────────────────────────────

  variantOf(inputs: Inputs): string {
    let key = ''
    for (const name of [...this.rules.presentation, ...this.rules.opaque].sort()) {
      const value = inputs.get(name)
      // What names the one record makes no other kind of answer.
      if (name === this.namedBy?.input) continue
      if (value !== undefined && (!name.startsWith('/') || name.endsWith('.'))) key += `${name}\u0003${value}\u0002`
    }
    return key
  }

  /** The members that a question wants to be shown; undefined: all. */
  projectionOf(inputs: Inputs): ReadonlySet<string> | undefined {
    for (const name of this.rules.projections) {
      const value = inputs.get(name)
      if (value !== undefined && value !== '')
        return new Set(value.split(value.includes(SEPARATOR) ? SEPARATOR : ',').map(part => part.trim()))
    }
    return undefined
  }

  #viewOf(inputs: Inputs): string {
    return `${this.id} ${this.variantOf(inputs)}${this.projectionOf(inputs) === undefined ? '' : ' some'}`
  }

  #addExample(
    inputs: Inputs,
    scope: string,
    example: Example,
    headers: readonly string[],
    site: Site | undefined,
  ): void {
    const key = this.variantOf(inputs)
    let variant = this.#examples.get(key)
    if (variant === undefined) {
      if (this.#examples.size >= MAX_VARIANTS) this.#examples.delete(this.#examples.keys().next().value!)
      variant = { examples: [], derived: new Map(), site, added: 0 }
      this.#examples.set(key, variant)
    }
    variant.examples.push({ ...example, scope, headers })
    variant.added += 1
    // The oldest of those there are most of: a first page, a last one and an empty one each say what the others do not.
    if (variant.examples.length > EXAMPLES_PER_VARIANT) {
      const counts = new Map<string, number>()
      for (const { circumstances } of variant.examples) {
        const key = situationOf(circumstances)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      const most = Math.max(...counts.values())
      const at = variant.examples.findIndex(({ circumstances }) => counts.get(situationOf(circumstances)) === most)
      variant.examples.splice(at, 1)
    }
    // What is derived stays while it says what the new example says; with few examples it may still get better.
    const { length } = variant.examples
    const situation = situationOf(example.circumstances)
    if (variant.added < 16 && (length & (length - 1)) === 0) variant.derived.clear()
    for (const [of, { body, fields, situations }] of variant.derived) {
      if (of !== scope && scope !== '') continue
      const said = compose(body, example.circumstances, noTally())
      const told = compose(fields, example.circumstances, noTally())
      const holds =
        situations.has(situation) &&
        said !== undefined &&
        agrees(said, example.node) &&
        told !== undefined &&
        agrees(told, fieldTree(headers))
      if (!holds) variant.derived.delete(of)
    }
    variant.site = site ?? variant.site
  }

  /** What stands around the records, for a question of this kind; undefined: no such answer was seen. */
  surroundings(inputs: Inputs, scope: string): (Around & { site: Site }) | undefined {
    const variant = this.#examples.get(this.variantOf(inputs))
    if (variant?.site === undefined) return undefined
    let derived = variant.derived.get(scope)
    if (derived === undefined) {
      // What one credential saw stands in no answer to another.
      const mine = variant.examples.filter(example => example.scope === '' || example.scope === scope)
      if (mine.length === 0) return undefined
      // Where a page stands in its list is not known of all; those of which it is tell more.
      const placed = mine.filter(({ circumstances }) => circumstances.hasMore !== undefined)
      const telling = placed.length >= 2 ? placed : mine
      const places = this.#fresh?.derived ?? []
      derived = {
        body: unknownAt(derive(telling, this.#sparse), places),
        fields: unknownAt(
          surelyOf(derive(mine.map(({ headers, circumstances }) => ({ node: fieldTree(headers), circumstances })))),
          places.flatMap(at => (at.startsWith(':') ? [`/${at.slice(1)}`] : [])),
        ),
        situations: new Set(mine.map(({ circumstances }) => situationOf(circumstances))),
      }
      if (variant.derived.size >= MAX_DERIVED) variant.derived.clear()
      variant.derived.set(scope, derived)
    }
    return { ...derived, site: variant.site }
  }

  /** What was answered to the same question after `since`, all its answers put together; for routes without records. */
  plainAnswer(
    inputs: Inputs,
    scope: string,
    since: number,
  ): { body: JsonNode; headers: readonly string[]; at: number } | undefined {
    const key = inputsKey(inputs, new Set())
    let found: { body: JsonNode; headers: readonly string[]; at: number } | undefined
    for (const observation of this.#observations) {
      const own = inputsOf(observation.params, observation.query, observation.asked)
      if (own === undefined || inputsKey(own, new Set()) !== key) continue
      if ((observation.scope !== scope && observation.scope !== '') || observation.at <= since) continue
      const body = found === undefined ? observation.body : overlaid(found.body, observation.body)
      found = { body, headers: observation.headers, at: observation.at }
    }
    return found
  }

  #plainCircumstances(observation: Observation, inputs: Inputs): Circumstances {
    return circumstancesOf(observation.path, observation.query, inputs, {
      columns: [],
      rows: [],
      n: undefined,
      slice: undefined,
      total: undefined,
    })
  }

  #circumstances(
    observation: Observation,
    inputs: Inputs,
    rows: readonly JsonNode[],
    placed: { start?: number; limit?: number; total: number | undefined } | undefined,
  ): Circumstances {
    const columns = rows[0]?.kind === 'object' ? rows[0].entries.map(([name]) => name) : []
    const slice = placed?.start === undefined ? undefined : { start: placed.start, limit: placed.limit! }
    return circumstancesOf(observation.path, observation.query, inputs, {
      columns,
      rows,
      n: rows.length,
      slice,
      total: placed?.total,
    })
  }

  // ── resolve ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `heldBack`: as if the question of this name (see sourceOf) had never been answered; '' for none. */
  resolve(inputs: Inputs, scope: string, heldBack = ''): Resolved | Unresolved {
    const { site, type } = this
    if (site === undefined || type === undefined)
      return { unknown: 'no-records', because: 'no records were seen in answers of this route' }
    if (this.nameIn(inputs) === undefined) return this.#resolveMany(type, inputs, scope, heldBack)
    const strange = [...inputs.keys()].find(name => !this.#inputNames.has(name))
    if (strange !== undefined) return { unknown: 'not-understood', because: `${strange} was never seen on this route` }
    return this.#resolveOne(type, inputs, scope, heldBack)
  }

  #resolveOne(type: RecordType, inputs: Inputs, scope: string, heldBack: string): Resolved | Unresolved {
    const id = this.nameIn(inputs)
    if (id === undefined) return { unknown: 'not-understood', because: 'nothing in the request names the record' }
    // An identifier that is one of its kind everywhere names its record, of whatever type (`node(id: …)`).
    const record = type.find(scope, id) ?? (isGlobal(id) ? this.#records.holder(scope, id)?.find(scope, id) : undefined)
    if (record === undefined) return { unknown: 'unknown-id', id, because: `${type.name} ${id} was never seen` }
    if (heldBack !== '' && record.source === heldBack)
      return { unknown: 'unknown-id', id, because: 'nothing else showed it' }
    // All that is left of it is how it is named.
    if (record.unsureAt > 0 && ![...record.members.values()].some(member => member.at > record.unsureAt))
      return { unknown: 'incomplete', id, because: `${type.name} ${id} was written since it was seen` }
    if (record.goneAt > 0) return { unknown: 'gone', id, because: `${type.name} ${id} was deleted` }
    return {
      kind: 'record',
      rows: [record],
      start: 0,
      limit: 1,
      total: 1,
      completeness: 1,
      exact: true,
      because: `${type.name} ${id}`,
    }
  }

  #resolveMany(type: RecordType, inputs: Inputs, scope: string, heldBack: string): Resolved | Unresolved {
    if (heldBack !== '') {
      const evaluated = this.#evaluate(type, inputs, scope, heldBack)
      return evaluated ?? { unknown: 'incomplete', because: 'no other list is wide enough' }
    }
    const found = this.#listFor(inputs, scope, false) ?? (scope === '' ? undefined : this.#listFor(inputs, '', false))
    const slice = this.#sliceOf(inputs, found)
    let best: Resolved | undefined
    if (
      found !== undefined &&
      slice !== undefined &&
      understandsPlace(this.rules, inputs, found.inputs) &&
      !found.list.isBeyond(slice.start, slice.limit)
    ) {
      const seen = found.list.slice(slice.start, slice.limit)
      const ids = this.#filled(type, found, slice, inputs, scope, seen)
      const rows = ids.map(id => (id === undefined ? undefined : this.#alive(type, scope, id)))
      const known = rows.filter(row => row !== undefined).length
      const open = !Number.isFinite(slice.limit) && found.list.total === undefined
      const completeness = ids.length === 0 ? (found.list.total === undefined ? 0 : 1) : open ? 0 : known / ids.length
      const filled = ids.some((id, i) => id !== seen[i])
      const order = orderOf(this.rules, inputs, [...type.names])
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
            this.#isWithin(inputs, rows.length) &&
            !this.#isSuspect(type, found, scope) &&
            (settled || !this.#hasTies(type, scope, around, order.asked!)),
          because: `${known} of ${ids.length} rows of this list were seen`,
        }
      if (completeness === 1 && best!.exact) return best!
    }
    const evaluated = this.#evaluate(type, inputs, scope, '')
    if (evaluated === undefined)
      return (
        best ?? {
          unknown: slice === undefined ? 'not-understood' : 'incomplete',
          because: 'this list was not seen, and the parameters are not all understood',
        }
      )
    if (best !== undefined && best.completeness >= evaluated.completeness && (best.exact || !evaluated.exact))
      return best
    return evaluated
  }

  /** So many rows were seen in one answer: more might be cut off. */
  #isWithin(inputs: Inputs, rows: number): boolean {
    const { limit, longest } = this.rules
    return rows <= (limit !== undefined && inputs.has(limit) ? longest.asked : longest.free)
  }

  /** It may have been cut off where it seemed to end: nothing told how many there are, and more may be known than it has. */
  #isSuspect(type: RecordType, { list, inputs }: List, scope: string): boolean {
    if (this.rules.total !== undefined || list.total !== this.rules.suspectLength) return false
    if (this.#seen < TRUSTED_AFTER || [...inputs.keys()].some(name => this.rules.opaque.has(name))) return true
    return countOf(type, scope, filtersOf(this.rules, inputs)) !== list.total
  }

  /** Do any two rows that stand side by side compare equal? */
  #hasTies(type: RecordType, scope: string, ids: readonly (string | undefined)[], order: Order): boolean {
    let before: JsonObject | undefined
    for (const id of ids) {
      const record = id === undefined ? undefined : this.#alive(type, scope, id)
      const row = record === undefined ? undefined : rowOf(record)
      if (before !== undefined && row !== undefined && compareRows(before, row, order.keys, order.collation) === 0)
        return true
      before = row
    }
    return false
  }

  /** The slice, its holes filled where just as many records are known that belong between their neighbours. */
  #filled(
    type: RecordType,
    { list, inputs: listed }: List,
    { start }: { start: number },
    inputs: Inputs,
    scope: string,
    seen: readonly (string | undefined)[],
  ): (string | undefined)[] {
    const ids = [...seen]
    if (ids.every(id => id !== undefined) || [...listed.keys()].some(name => this.rules.opaque.has(name))) return ids
    const { asked, known } = orderOf(this.rules, inputs, [...type.names])
    if (asked === undefined || !known || ids.length > 1000) return ids
    const all = list.ids
    const filters = filtersOf(this.rules, listed)
    const rows = select(type, scope, filters, { asked, ties: this.rules.natural, reversed: false })
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

  #alive(type: RecordType, scope: string, id: string): Rec | undefined {
    const record = type.find(scope, id)
    return record === undefined || record.goneAt > 0 ? undefined : record
  }

  /** Runs filters and order over what is known. */
  #evaluate(type: RecordType, inputs: Inputs, scope: string, heldBack: string): Resolved | undefined {
    const members = [...type.names]
    // What was seen here and is not understood may yet be understood elsewhere, unless lists of this route spoke against it.
    if ([...inputs].some(([name, value]) => !isReadable(this.rules, name, value))) return undefined
    const strange = [...inputs.keys()].filter(name => !speaksOf(this.rules, name))
    if (strange.some(name => this.rules.opaque.has(name))) return undefined
    const rules = strange.length === 0 ? this.rules : extend(this.rules, strange, members, this.#conventions())
    if (rules === undefined) return undefined
    if (rules.windows.some(({ kind, input }) => kind === 'cursor' && inputs.has(input))) return undefined
    const slice = sliceOf(rules, inputs, () => undefined)
    const { asked, known: isKnown, ties } = orderOf(rules, inputs, members)
    if (slice === undefined || !isKnown) return undefined
    const isSorted = rules.sorts.some(({ input }) => inputs.has(input))
    const how = strange.length === 0 ? '' : ' by convention'
    const filters = filtersOf(rules, inputs)
    const base = this.#wholeListAround(rules, inputs, scope, heldBack)
    if ((asked === undefined || type.isIrregular) && base === undefined) return undefined
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
    const borneOut = !open && strange.length === 0 && filters.every(({ input }) => rules.proven.has(input))
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
          this.#isWithin(inputs, rows.length) &&
          !this.#isSuspect(type, base, scope) &&
          filters.every(({ input }) => rules.proven.has(input) || base.inputs.has(input)),
        because: `${filters.length} filters over a list that was seen whole`,
      }
    // How much of the collection is known, and how far rows that are not known shift those that are.
    const share = type.share(scope)
    const list = this.#listFor(inputs, scope, false) ?? this.#listFor(inputs, '', false)
    const total = list?.list.total ?? kept.length
    const expected = Math.min(slice.limit, Math.max(0, total - slice.start))
    // Nothing known of what only some may see may as well be a refusal.
    if (rows.length === 0 && (expected > 0 || (scope !== '' && !type.scopes.has('')))) return undefined
    const shift = Math.max(0, 1 - ((1 - share) * slice.start) / Math.max(1, rows.length))
    return {
      kind: `${filters.length === 0 ? 'collection' : 'filtered'}${isSorted ? ' sorted' : ''}${how}`,
      rows,
      ...slice,
      total,
      isFull: rows.length >= slice.limit,
      completeness: share * shift * (expected === 0 ? 1 : Math.min(1, rows.length / expected)),
      exact:
        settled &&
        borneOut &&
        this.#isWithin(inputs, rows.length) &&
        type.total !== undefined &&
        share === 1 &&
        total === kept.length,
      because: `${filters.length} filters over what is known, about ${Math.round(share * 100)} % of all`,
    }
  }

  /** A list that was seen whole and that this question narrows down. */
  #wholeListAround(rules: ListRules, inputs: Inputs, scope: string, heldBack: string): List | undefined {
    const { filters, sorts } = rules
    const ordering = new Set(
      sorts.flatMap(({ input, orderInput }) => (orderInput === undefined ? [input] : [input, orderInput])),
    )
    const placing = placingOf(rules)
    let best: List | undefined
    for (const list of this.#lists.values()) {
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
      if (
        best === undefined ||
        (plain && !bestIsPlain) ||
        (plain === bestIsPlain && list.list.total! < best.list.total!)
      )
        best = list
    }
    return best
  }

  // ── writes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Something was written that nobody knows of: none of the lists of this credential is known to be whole any more. */
  doubt(scope: string, at: number): void {
    this.#placeFrom = Math.max(this.#placeFrom, at)
    for (const [key, of] of this.#lists) if (of.scope === scope || of.scope === '') this.#lists.delete(key)
    if (this.type !== undefined) this.type.total = undefined
    if (this.#doubtedAt.size >= MAX_DOUBTING) this.#doubtedAt.delete(this.#doubtedAt.keys().next().value!)
    this.#doubtedAt.delete(scope)
    this.#doubtedAt.set(scope, at)
    this.isSaved = false
  }

  /** When that was the last time, epoch ms, as far as this credential is concerned; 0: never. */
  doubtedAt(scope: string): number {
    return Math.max(this.#doubtedAt.get(scope) ?? 0, this.#doubtedAt.get('') ?? 0)
  }

  /** A record came, changed or went: lists are kept in step where the rules say how. Keys of exemplars that show such lists. */
  applyWrite(write: RecordWrite): readonly string[] {
    if (this.type !== write.type || this.site?.kind === 'one') return []
    this.isSaved = false
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
    const { asked, known } = orderOf(this.rules, inputs, [...type.names])
    const understood =
      known && [...inputs.keys()].every(name => !this.rules.opaque.has(name) || this.rules.presentation.has(name))
    if (!understood) return 'lost'
    const filters = filtersOf(this.rules, inputs)
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

  /**
   * A member that shows other records, as these are now: each embedded copy says what its record says today, and leads to the
   * record that this one points to today.
   */
  renewed(record: Rec, name: string, view: string, node: JsonNode, scope: string): JsonNode {
    const key = `${view}.${name}`
    const type = this.#nested.get(key)
    if (type === undefined || this.type === undefined) return node
    const renew = (row: JsonNode): JsonNode => {
      const id = type.idOf(row)
      const now = id === undefined ? undefined : type.find(scope, id)
      if (row.kind !== 'object' || now === undefined) return row
      return {
        kind: 'object',
        entries: row.entries.map(([member, value]) => [member, type.shown(now, key, member) ?? value] as const),
      }
    }
    if (node.kind === 'object') {
      const derived = this.derivedMember(record, name, view, scope)
      if (derived?.node.kind === 'object' && type.idOf(derived.node) !== type.idOf(node)) return derived.node
      return renew(node)
    }
    if (node.kind !== 'array') return node
    return {
      kind: 'array',
      items: node.items
        .filter(row => {
          const id = type.idOf(row)
          return id === undefined || !((type.find(scope, id)?.goneAt ?? 0) > 0)
        })
        .map(renew),
    }
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

/** Without fields that not all examples had. */
function surelyOf(fields: Derivation): Derivation {
  if (fields.kind !== 'object') return fields
  const members = fields.members.map(
    ([name, field, when]) => [name, 'isGuess' in field ? { kind: 'unknown' as const } : field, when] as const,
  )
  return { kind: 'object', members }
}

/** Is there something on the page, before it, behind it? */
export function situationOf({ values, hasMore, hasBefore }: Circumstances): string {
  return `${values.get('n') === '0' ? 'empty' : 'rows'} ${hasBefore} ${hasMore} ${values.has('limit')}`
}

// ── pure parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Each row has an identifier, and only rows that are the same share one. */
function isRegular({ idMember }: RecordType, rows: readonly JsonNode[], ids: readonly string[]): boolean {
  return ids.length === rows.length && (idMember === undefined || new Set(ids).size === ids.length)
}

/** Members of both; where both have one, the later's. */
function overlaid(a: JsonNode, b: JsonNode): JsonNode {
  if (a.kind !== 'object' || b.kind !== 'object') return b
  const entries = new Map(a.entries)
  for (const [name, node] of b.entries) {
    const before = entries.get(name)
    entries.set(name, before === undefined ? node : overlaid(before, node))
  }
  return { kind: 'object', entries: [...entries] }
}

/** A record of which only the identifier is known. */
function namedRow({ idMember }: RecordType, id: string): JsonObject {
  const node: JsonNode = /^-?(0|[1-9]\d*)$/.test(id) ? { kind: 'number', raw: id } : { kind: 'string', value: id }
  return { kind: 'object', entries: idMember === undefined ? [] : [[idMember, node]] }
}

/** Long enough, and no mere number: nothing else has this identifier. */
export function isGlobal(id: string): boolean {
  return id.length >= 8 && !/^\d+$/.test(id)
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

function placingOf({ limit, end, windows, presentation, projections }: ListRules): Set<string> {
  return new Set([
    ...(limit === undefined ? [] : [limit]),
    ...(end === undefined ? [] : [end]),
    ...windows.map(({ input }) => input),
    ...presentation,
    ...projections,
  ])
}

/** Inputs that mean something else by the new rules. */
function changedRoles(before: ListRules, after: ListRules, names: ReadonlySet<string>): Set<string> {
  const changed = new Set<string>()
  for (const name of names) if (roleOf(before, name) !== roleOf(after, name)) changed.add(name)
  // How much a page holds moves all pages.
  if (before.limit !== after.limit || before.defaultLimit !== after.defaultLimit)
    for (const { input } of after.windows) changed.add(input)
  return changed
}

function roleOf(rules: ListRules, name: string): string {
  if (rules.limit === name) return 'limit'
  if (rules.end === name) return 'end'
  const window = rules.windows.find(({ input }) => input === name)
  if (window !== undefined) return JSON.stringify(window)
  const sort = rules.sorts.find(({ input, orderInput }) => input === name || orderInput === name)
  if (sort !== undefined) return JSON.stringify(sort)
  if (rules.presentation.has(name) || rules.projections.has(name)) return 'shown'
  return JSON.stringify(rules.filters.get(name) ?? 'opaque')
}

function rulesKey(rules: ListRules): string {
  return JSON.stringify({
    ...rules,
    filters: [...rules.filters],
    presentation: [...rules.presentation],
    projections: [...rules.projections],
    opaque: [...rules.opaque],
    proven: [...rules.proven],
    refuted: rules.refuted.size,
  })
}

/** The member that has the value by which a request names its one record. */
function namedMember(row: JsonNode, inputs: Inputs): string | undefined {
  if (row.kind !== 'object') return undefined
  for (const [input, value] of inputs) {
    if (!input.startsWith('/') || value === '') continue
    for (const [name, node] of row.entries.slice(0, 40)) if (idText(node) === value) return name
  }
  return undefined
}

/** The place of the records in one answer: an object that the question names, else the largest list, else an object with an identifier. */
export function siteOf(body: JsonNode, inputs: Inputs): Site | undefined {
  const objects = objectSites(body)
  const leaves = leafCount(body)
  const values = new Set([...inputs].filter(([name]) => name.startsWith('/') || leaves < 100).map(([, value]) => value))
  const paths = new Set([...inputs].filter(([name]) => name.startsWith('/')).map(([, value]) => value))
  for (const { site, object } of objects) {
    // What only echoes the question is small beside what it asked for.
    if (leafCount(object) < leaves * 0.3) continue
    for (const [name, value] of object.entries.slice(0, 40)) {
      const id = idText(value)
      if (id === undefined) continue
      // A path names its record; a number in a query may be the same as one at the head of the answer by chance.
      const isNamed = values.has(id) || namesBase64(id, inputs)
      const leads = object.entries[0]?.[0] === name && paths.has(id)
      if (isNamed && (idRank(name) !== undefined || leads)) return site
    }
  }
  const lists = listSites(body)
    .filter(({ rows }) => rows.length > 0)
    .sort((a, b) => b.leaves - a.leaves)
  const [list] = lists
  const record = objects.find(({ object }) => identifiesItself(object))
  if (
    list !== undefined &&
    (record === undefined ||
      list.leaves * 2 > leafCount(record.object) ||
      !list.site.path.slice(0, record.site.path.length).every((part, i) => part === record.site.path[i]))
  )
    return list.site
  return record?.site
}

function identifiesItself(object: JsonObject): boolean {
  return object.entries.some(([name, value]) => (idRank(name) ?? 99) < 5 && idText(value) !== undefined)
}

function namesBase64(id: string, inputs: Inputs): boolean {
  const plain = fromBase64(id)
  if (plain === undefined) return false
  for (const value of inputs.values())
    if (value !== '' && plain.endsWith(value) && /[^A-Za-z0-9]$/.test(plain.slice(0, plain.length - value.length)))
      return true
  return false
}

/** Values from which leaves around the records may be derived. */
export function circumstancesOf(
  path: string,
  query: string,
  inputs: Inputs,
  of: {
    columns: readonly string[]
    rows: readonly (JsonNode | undefined)[]
    n: number | undefined
    slice: { start: number; limit: number } | undefined
    total: number | undefined
  },
): Circumstances {
  const values = new Map<string, string>()
  for (const [name, value] of inputs) values.set(`in:${name}`, value)
  const { rows, n, slice, total } = of
  let hasMore: boolean | undefined
  if (n !== undefined && slice !== undefined) {
    const { start, limit } = slice
    hasMore = total !== undefined ? start + n < total : n > 0 && n >= limit
    if (total !== undefined) values.set('total', String(total))
    values.set('n', String(n))
    values.set('start', String(start))
    if (Number.isFinite(limit)) {
      values.set('limit', String(limit))
      if (limit > 0) {
        const page = Math.floor(start / limit)
        values.set('page', String(page + 1))
        values.set('page0', String(page))
        values.set('nextPage', String(page + 2))
        values.set('nextPage0', String(page + 1))
        if (page > 0) values.set('previousPage', String(page))
        if (page > 1) values.set('previousPage0', String(page - 1))
        if (total !== undefined) {
          values.set('pages', String(Math.ceil(total / limit)))
          values.set('lastPage0', String(Math.max(0, Math.ceil(total / limit) - 1)))
        }
        values.set('nextStart', String(start + limit))
        if (start > 0) values.set('previousStart', String(Math.max(0, start - limit)))
      }
    }
    values.set('end', String(start + n))
    if (n > 0) values.set('lastIndex', String(start + n - 1))
    values.set('first', String(start + 1))
  } else if (n !== undefined) values.set('n', String(n))
  const last = rows.at(-1)
  if (last?.kind === 'object' && rows.length > 0)
    for (const [name, value] of last.entries.slice(0, 30))
      if (isScalar(value)) values.set(`last:${name}`, scalarText(value))
  const first = rows[0]
  if (first?.kind === 'object')
    for (const [name, value] of first.entries.slice(0, 30))
      if (isScalar(value)) values.set(`first:${name}`, scalarText(value))
  const pairs = [...new URLSearchParams(query)] as [string, string][]
  return {
    values,
    hasMore,
    hasBefore: slice === undefined ? undefined : slice.start > 0,
    columns: of.columns,
    path,
    pairs,
  }
}

function withoutKey({ key: _, ...observation }: Observation): Observation {
  return observation
}
