// thread: learner
// What is known of one route: where its records stand, what its parameters mean, which lists were seen, what stands around
// the records, what it says when there is nothing.

import type { JsonNode } from '../../core/contract/json.js'
import { decodePart } from '../../core/contract/query-params.js'
import { paramsNamed, withoutParams } from '../../core/contract/request-key.js'
import { type NewEachTime, type RowLeaf, withStandIns } from '../learn/stand-ins.js'
import { AnswerVariants, type Around } from './answer-variants.js'
import { Presence, understands, verdictOn } from './back-test.js'
import { fromBase64, isPrintable } from './base64.js'
import { circumstancesOf } from './circumstances.js'
import type { Conventions } from './conventions.js'
import { type Inputs, inputsKey, inputsOf, SEPARATOR, sourceOf } from './inputs.js'
import { kindWords } from './kind-words.js'
import { type NestedPair, nestedRows } from './links.js'
import { type ListRules, learnListRules, noRules, type Sighting } from './list-rules.js'
import { marksOf } from './marks.js'
import { NestedRecords, type Seen } from './nested-records.js'
import type { Observation, RecordWrite } from './observation.js'
import { siteOf } from './record-site.js'
import { isGlobal, newRecord, type Rec, type Records, type RecordType } from './records.js'
import { idNode, namerOf } from './references.js'
import { type Resolved, resolveList, type Unresolved } from './resolve.js'
import { RouteLists, type SavedLists } from './route-lists.js'
import { rowOf } from './row.js'
import { changedRoles, rulesKey } from './rule-roles.js'
import { rowsAt, type Site } from './sites.js'
import { type Circumstances, RECORDS } from './surroundings.js'
import { idText, leafCount, withAt } from './tree.js'

/** How what was seen is read from now on; see {@link RouteWorld.reread}. */
export interface Reading {
  /** Parameters that change nothing, as they are written. */
  readonly ignored: ReadonlySet<string>
  /** Where an answer is kept now that was kept under this key; undefined: nowhere. */
  keyNow(key: string): string | undefined
}

const MAX_OBSERVATIONS = 64
/** Leaves of all bodies that are looked back on. */
const MAX_LEAVES = 30_000
/** Of what is kept as an example of an answer without records. */
const MAX_EXAMPLE_LEAVES = 2000
/** Whoever asks makes up names, values and credentials as he likes. */
const MAX_INPUT_NAMES = 256
const MAX_SCOPES = 10_000
/** Credentials for which it is known when something unknown was written. */
const MAX_DOUBTING = 1000
/** Views of which it is kept what is new in them each time. */
const MAX_FRESH_VIEWS = 64
const MAX_SITES = 8
/** Looking for what a list leaves out takes time with every record that is known. */
const MAX_CHECKED = 500
const CALM = 8
/** Rules that many answers bore out need no look with each few more. */
const SHORTEST_PAUSE = 64
const LONGEST_PAUSE = 512
const MAX_ROWS_LOOKED_AT = 2000

/** How an input of the question names the record: `{id}.json` was split before, `prefix` and `suffix` and coding remain. */
interface NamedBy {
  readonly input: string
  readonly coding: 'plain' | 'base64'
  readonly prefix: string
  readonly suffix: string
}

/** What stands in records and is none of their data, and the order of the members of a record. */
export interface FreshMembers {
  readonly leaves: readonly RowLeaf[]
  readonly order: readonly string[]
}

/** As it is written down; fit for structured clone. */
export interface SavedRoute extends SavedLists {
  readonly id: string
  readonly pattern: string
  readonly sparse: boolean
  readonly type: string | undefined
  readonly observations: readonly Observation[]
  readonly doubtedAt?: ReadonlyMap<string, number>
  readonly sites: readonly { site: Site; votes: number }[]
  readonly rules: ListRules
  readonly namedBy: NamedBy | undefined
  readonly seen: number
  readonly inputNames: ReadonlySet<string>
  readonly scopes: ReadonlySet<string>
  readonly nested: readonly (readonly [string, string])[]
  /** Undefined: no, or written by a version that did not note it. */
  readonly isIrregular?: boolean
}

export class RouteWorld {
  readonly id: string
  pattern: string
  readonly #records: Records
  readonly conventions: () => Conventions
  readonly #sparse: boolean
  readonly #observations: Observation[] = []
  /** Leaves of the body of each. */
  readonly #weights: number[] = []
  /** By credential; see doubt. */
  readonly #doubtedAt = new Map<string, number>()
  readonly #sites: { site: Site; votes: number }[] = []
  readonly lists: RouteLists
  readonly #variants: AnswerVariants
  readonly #nested: NestedRecords
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
  /**
   * Rows were shown here that have no identifier of their own, or share one: its lists are never all there is. Another route
   * that shows the same things (a table beside the reports on it) may do so well.
   */
  isIrregular = false
  #learnAt = 2
  /** So many answers until rules are looked for again, if nothing contradicts them before. */
  #pause = SHORTEST_PAUSE
  readonly #inputNames = new Set<string>()
  #checkAt = 0
  /** Scopes that were answered well. */
  readonly scopes = new Set<string>()

  /** `sparse`: each answer shows only what was selected, so that a member that is not there says nothing. */
  constructor(id: string, pattern: string, records: Records, conventions: () => Conventions, sparse = false) {
    this.#sparse = sparse
    this.conventions = conventions
    this.id = id
    this.pattern = pattern
    this.#records = records
    this.lists = new RouteLists(this)
    this.#variants = new AnswerVariants(sparse)
    this.#nested = new NestedRecords(records, () => this.pattern)
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

  /** How many answers were seen. */
  get seen(): number {
    return this.#seen
  }

  get observations(): readonly Observation[] {
    return this.#observations
  }

  /** What was seen at such paths belongs to another route. */
  giveUp(isGiven: (path: string) => boolean): readonly Observation[] {
    const given = this.#observations.filter(({ path }) => isGiven(path))
    const kept = this.#observations.filter(({ path }) => !isGiven(path))
    this.#observations.splice(0, this.#observations.length, ...kept)
    this.#weighAgain()
    if (given.length > 0) this.#rebuildExamples()
    this.isSaved = false
    return given
  }

  #weighAgain(): void {
    const weights = this.#observations.map(({ body }) => leafCount(body))
    this.#weights.splice(0, this.#weights.length, ...weights)
    this.#weight = weights.reduce((sum, weight) => sum + weight, 0)
  }

  /** Other parameters than before change nothing: all that was seen is read as if they had not been there, or is not believed. */
  reread({ ignored, keyNow }: Reading, related: () => RecordType | undefined): void {
    const isBelieved = (of: Pick<Observation, 'ignored'>): boolean =>
      of.ignored?.every(name => ignored.has(name)) !== false
    const names = new Set([...ignored].map(name => decodePart(name, true)))
    const seen = this.#observations.splice(0).filter(isBelieved)
    const placements = this.lists.empty().filter(isBelieved)
    this.#weighAgain()
    this.#inputNames.clear()
    this.#nested.forgetLinks()
    this.rules = noRules
    this.namedBy = undefined
    this.isIrregular = false
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
    for (const { inputs } of older) for (const name of inputs.keys()) this.#inputNames.add(name)
    this.lists.putBefore(older)
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
      ...this.lists.saved(),
      doubtedAt: this.#doubtedAt,
      sites: this.#sites,
      rules: this.rules,
      namedBy: this.namedBy,
      seen: this.#seen,
      inputNames: this.#inputNames,
      scopes: this.scopes,
      nested: this.#nested.saved(),
      isIrregular: this.isIrregular,
    }
  }

  restore(saved: SavedRoute, typeOf: (uid: string) => RecordType | undefined): void {
    this.#observations.push(...saved.observations)
    this.#weighAgain()
    this.lists.restore(saved)
    for (const [scope, at] of saved.doubtedAt ?? []) this.#doubtedAt.set(scope, at)
    this.#sites.push(...saved.sites)
    this.rules = saved.rules
    this.namedBy = saved.namedBy
    this.#seen = saved.seen
    this.#learnAt = saved.seen + 2
    this.type = saved.type === undefined ? undefined : typeOf(saved.type)
    for (const name of saved.inputNames) this.#inputNames.add(name)
    for (const scope of saved.scopes) this.scopes.add(scope)
    this.#nested.restore(saved.nested, typeOf)
    this.isIrregular = saved.isIrregular === true
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
    const weight = leafCount(observation.body)
    this.#observations.push(observation)
    this.#weights.push(weight)
    this.#weight += weight
    while (
      this.#observations.length > MAX_OBSERVATIONS ||
      (this.#weight > MAX_LEAVES && this.#observations.length > 4)
    ) {
      this.#observations.shift()
      this.#weight -= this.#weights.shift()!
    }
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
        this.#variants.add(
          this.variantOf(inputs),
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
        this.#nested.take(row, view, { scope, at, source, key: observation.key })
      }
    if (site.kind === 'one' && type !== undefined && ids[0] !== undefined) this.#noteName(inputs, ids[0])
    // A list is put together by identifiers: rows that have none, or share one, would be left out or be taken for each other.
    if (type !== undefined && site.kind !== 'one' && !isRegular(type, rows, ids)) {
      this.isIrregular = true
      this.lists.forget(inputs, scope)
      return
    }
    const { key, ignored } = observation
    const placed = this.lists.take({ inputs, scope, ids, ...marksOf(observation, site), at, key, ignored })
    const node = withAt(body, site.path, { kind: 'string', value: RECORDS })
    this.#variants.add(
      this.variantOf(inputs),
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
    this.lists.find(inputs, scope)?.keys.add(key)
    const view = this.#viewOf(inputs)
    for (const row of found.rows.slice(0, MAX_ROWS_LOOKED_AT)) {
      const id = type.idOf(row)
      if (id === undefined || row.kind !== 'object') continue
      const isHere = found.site.kind !== 'one' || !isGlobal(id) || type.find(scope, id) !== undefined
      this.#records.showings.note(isHere ? type : (this.#records.holder(scope, id) ?? type), id, key)
      this.#nested.show(row, view, key)
    }
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
      if (this.#freshMembers.size >= MAX_FRESH_VIEWS) this.#freshMembers.clear()
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
    const value = this.#nameAsAsked(inputs)
    if (this.namedBy === undefined || value === undefined) return value
    const { coding, prefix, suffix } = this.namedBy
    // Other characters would lose all but their low octet, and name another record.
    return coding === 'plain' || !isPrintable(value)
      ? value
      : Buffer.from(`${prefix}${value}${suffix}`, 'latin1').toString('base64')
  }

  #nameAsAsked(inputs: Inputs): string | undefined {
    if (this.namedBy !== undefined) return inputs.get(this.namedBy.input)
    const { type } = this
    if (type === undefined || this.site?.kind === 'one') return undefined
    for (const [input, { member, test }] of this.rules.filters)
      if (member === type.idMember && test === 'eq' && input.startsWith('/')) return inputs.get(input)
    return undefined
  }

  /** Words that an answer about a record may hold: how the request names it, and what its like may be called. */
  wordsFor(inputs: Inputs): ReadonlyMap<string, string> {
    const words = new Map(kindWords(this.pattern, this.namedBy?.prefix))
    const name = this.#nameAsAsked(inputs)
    if (name !== undefined) words.set('name', name)
    return words
  }

  // ── rules and lists ────────────────────────────────────────────────────────────────────────────────────────────────

  relearn(): void {
    this.#learnAt = this.#seen + (this.#seen < 16 ? 2 : this.#seen < 64 ? 16 : this.#pause)
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
        ...marksOf(observation, site),
      })
    }
    sightings.reverse()
    const before = this.rules
    const learned = learnListRules(sightings, before, this.conventions())
    // One record has no pages.
    const rules = this.site?.kind === 'one' ? { ...learned, limit: undefined, windows: [], end: undefined } : learned
    if (rulesKey(before) === rulesKey(rules)) {
      if (this.#seen >= 64) this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
      return
    }
    this.#pause = SHORTEST_PAUSE
    this.rules = rules
    this.lists.replace(changedRoles(before, rules, this.#inputNames))
    this.#rebuildViews(type)
    this.#rebuildExamples()
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
    // It says all that there is of it, as it was seen last.
    if (
      record?.members.names.areOf(row.entries) &&
      row.entries.every(([name]) => view?.members.get(name)?.own !== true)
    )
      return row
    const entries = new Map<string, JsonNode>()
    for (const [name, node] of row.entries) {
      const plain = view?.members.get(name)?.own === true ? record?.members.get(name) : node
      if (plain === undefined) return undefined
      entries.set(name, plain)
    }
    for (const [name, node] of record?.members ?? [])
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
        this.#nested.take(row, view, { scope, at, source, key: undefined })
      }
    }
  }

  #rebuildExamples(): void {
    this.#variants.clear()
    for (const observation of this.#observations) {
      const inputs = inputsOf(observation.params, observation.query, observation.asked)
      if (inputs === undefined) continue
      const { site, rows, body, headers } = this.#settled(observation, inputs)
      if (site === undefined) {
        if (leafCount(body) > MAX_EXAMPLE_LEAVES) continue
        this.#variants.add(
          this.variantOf(inputs),
          observation.scope,
          { node: body, circumstances: this.#plainCircumstances(observation, inputs) },
          headers,
          undefined,
        )
        continue
      }
      const node = withAt(body, site.path, { kind: 'string', value: RECORDS })
      const { numbers } = marksOf(observation, site)
      const slice = this.lists.sliceOf(inputs, this.lists.find(inputs, observation.scope))
      const total = this.rules.total === undefined ? undefined : numbers.get(this.rules.total)
      this.#variants.add(
        this.variantOf(inputs),
        observation.scope,
        { node, circumstances: this.#circumstances(observation, inputs, rows, { ...slice, total }) },
        headers,
        site,
      )
    }
  }

  /** It was asked with an input of this name. */
  readonly knowsInput = (name: string): boolean => this.#inputNames.has(name)

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

  /** What stands around the records, for a question of this kind; undefined: no such answer was seen. */
  surroundings(inputs: Inputs, scope: string): (Around & { site: Site }) | undefined {
    return this.#variants.around(this.variantOf(inputs), scope, this.#fresh?.derived ?? [])
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
    if (this.nameIn(inputs) === undefined) return resolveList(this, type, inputs, scope, heldBack)
    const strange = [...inputs.keys()].find(name => !this.#inputNames.has(name))
    if (strange !== undefined) return { unknown: 'not-understood', because: `${strange} was never seen on this route` }
    return this.#resolveOne(type, inputs, scope, heldBack)
  }

  #resolveOne(type: RecordType, inputs: Inputs, scope: string, heldBack: string): Resolved | Unresolved {
    const id = this.nameIn(inputs)
    if (id === undefined) return { unknown: 'not-understood', because: 'nothing in the request names the record' }
    // An identifier that is one of its kind everywhere names its record, of whatever type (`node(id: …)`).
    const record = type.find(scope, id) ?? (isGlobal(id) ? this.#records.holder(scope, id)?.find(scope, id) : undefined)
    if (record === undefined) {
      const by = namerOf(this.#records.types, type, kindWords(this.pattern).get('kind:place one') ?? '', scope, id)
      if (by === undefined) return { unknown: 'unknown-id', id, because: `${type.name} ${id} was never seen` }
      return {
        kind: NAME_ALONE,
        rows: [nameAlone(type, id)],
        start: 0,
        limit: 1,
        total: 1,
        completeness: 1,
        exact: false,
        isNameAlone: true,
        because: `${type.name} ${id} was never seen, but ${by} names it`,
      }
    }
    if (heldBack !== '' && record.source === heldBack)
      return { unknown: 'unknown-id', id, because: 'nothing else showed it' }
    // All that is left of it is how it is named.
    if (record.unsureAt > 0 && !record.members.isAnySaidAfter(record.unsureAt))
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

  // ── writes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Something was written that nobody knows of: none of the lists of this credential is known to be whole any more. */
  doubt(scope: string, at: number): void {
    this.lists.doubt(scope, at)
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
    return this.lists.applyWrite(write)
  }

  // ── records within records ───────────────────────────────────────────────────────────────────────────────────────────

  /** What a member that was never shown for a record must be, by what was shown for others. */
  derivedMember(
    record: Rec,
    name: string,
    view: string,
    scope: string,
  ): { node: JsonNode; certainty: number } | undefined {
    return this.type === undefined ? undefined : this.#nested.derivedMember(record, name, view, scope, this.#shown)
  }

  /** A member that shows other records, as these are now. */
  renewed(record: Rec, name: string, view: string, node: JsonNode, scope: string): JsonNode {
    return this.type === undefined ? node : this.#nested.renewed(record, name, view, node, scope, this.#shown)
  }

  get #shown(): Seen {
    return { count: this.#seen, pairs: (name, view) => this.#pairs(name, view) }
  }

  #pairs(name: string, view: string): NestedPair[] {
    const pairs: NestedPair[] = []
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
    return pairs
  }
}

/** Ways that say little more of a record than how it is named are a family of their own: that others are right says nothing of them. */
const NAME_ALONE = 'record-name'

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

/** The member that has the value by which a request names its one record. */
function namedMember(row: JsonNode, inputs: Inputs): string | undefined {
  if (row.kind !== 'object') return undefined
  for (const [input, value] of inputs) {
    if (!input.startsWith('/') || value === '') continue
    for (const [name, node] of row.entries.slice(0, 40)) if (idText(node) === value) return name
  }
  return undefined
}

/** A record of which it is known that it is there, and no more. */
function nameAlone(type: RecordType, id: string): Rec {
  const record = newRecord(id, 0, undefined)
  const node = idNode(type, id)
  if (type.idMember !== undefined && node !== undefined) record.members.add([[type.idMember, node]], 0)
  return record
}

function withoutKey({ key: _, ...observation }: Observation): Observation {
  return observation
}
