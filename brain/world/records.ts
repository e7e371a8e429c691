// thread: learner
// What is known of the things that answers speak of. A record is a thing of one type (`movie 7`), put together of all answers
// that showed it, apart for each credential. A view is one place where records of a type are shown; where a view says
// something else of a member than the others do, it has a value of its own there.
import type { JsonNode } from '../../core/contract/json.js'
import { lookOf } from '../../core/contract/look.js'
import { fromBase64 } from './base64.js'
import { MAX_GAPPED, type Standing, standsFor } from './id-gaps.js'
import { Members, Names } from './members.js'
import type { RowTable } from './row-table.js'
import { Showings } from './showings.js'
import { identifierOf } from './sites.js'
import { idText, isScalar, type JsonObject, memberOf, printJson, sameNode } from './tree.js'

export interface Rec {
  readonly id: string
  /** By name; a view's own value by `view\u0000name`. */
  readonly members: Members
  /** When it was last seen, and when it was seen to be gone, epoch ms; 0: it is not. */
  seenAt: number
  goneAt: number
  /** It was written and nobody said what became of it: what was seen until then may not be so any more. 0: never. */
  unsureAt: number
  /** It was replaced as a whole: members that were not said then are gone. 0: never. */
  replacedAt: number
  /** How often it was shown. */
  times: number
  /** See row.ts. */
  row: JsonObject | undefined
  /** It is not written down as it is. */
  isUnsaved: boolean
  /** The question that showed it first; undefined: more than one did. */
  source: string | undefined
}

interface ViewMember {
  /** How many records had it. */
  shown: number
  agreed: number
  differed: number
  own: boolean
}

/** Rows that have just these names, with what is noted of each. */
interface Form {
  readonly names: Names
  readonly members: readonly ViewMember[]
}

/** How records look in one place. */
export interface View {
  readonly key: string
  records: number
  /** By name, in the order in which they are shown. */
  readonly members: Map<string, ViewMember>
  /** Those that came last, to be known again without a look at each name. */
  readonly forms: Form[]
}

/** The view of answers to writes. */
export const WRITE_VIEW = 'write'
/** About so many records are looked back on. */
const NOVELTY_WEIGHT = 1 / 50
const MIN_HEADS = 20
/** Of a row that is its own identifier. */
const MAX_ROW_CHARS = 2048
/** Names of members of one type, and places where it is shown: more are data, not structure. */
const MAX_NAMES = 2000
const MAX_VIEWS = 256
const MAX_HEADS = 3
const MAX_FORMS = 4
/** So many changes and twice as many are remembered one by one. */
const MAX_CHANGES = 2000

/** What gaps say stands until one in so many records is new. */
const GAPS_FIT = 32
const MAX_GAPPED_SCOPES = 64

interface Tally {
  known: number
  once: number
  twice: number
}

export class RecordType {
  readonly name: string
  /** The member that is the identifier; undefined where rows have none and are what they say. */
  readonly idMember: string | undefined
  /** scope → id → record. */
  readonly scopes = new Map<string, Map<string, Rec>>()
  readonly views = new Map<string, View>()
  /** All names of members ever seen. */
  readonly names = new Set<string>()
  /** Share of the records shown lately that had never been shown before. */
  novelty = 1
  maxInt = Number.NEGATIVE_INFINITY
  /** Records that were made and never shown: nobody said how they are named. */
  unnamed = 0
  /** By credential, see selection.ts. */
  readonly tables = new Map<string, RowTable>()
  /** Records by identifier as they changed, the latest last, and how many changes came before those. */
  #changes: string[] = []
  #changedBefore = 0
  #toldUpTo = 0
  /** How identifiers look: kinds of characters in order, with counts. */
  readonly looks = new Map<string, number>()
  /** First characters, while they are few: `N` of all `N302DQ`. */
  readonly #heads = new Map<string, number>()
  readonly #gaps = new Map<string, { count: number; gaps: Standing | undefined }>()
  readonly #tallies = new Map<string, Tally>()

  /** Of this type alone, in this memory and those that are written down. */
  readonly uid: string
  /** Records that are not written down as they are, with whose they are; some of them may have been since. */
  #unsaved: { readonly record: Rec; readonly scope: string }[] = []
  /** Names of rows of any view that came last. */
  readonly #names: Names[] = []

  constructor(uid: string, name: string, idMember: string | undefined) {
    this.uid = uid
    this.name = name
    this.idMember = idMember
  }

  get isSaved(): boolean {
    return this.#unsaved.length === 0
  }

  /** Takes out so many records that are to be written down, with whose they are. */
  takeUnsaved(most: number): readonly { readonly record: Rec; readonly scope: string }[] {
    const taken: { record: Rec; scope: string }[] = []
    let next = 0
    for (; next < this.#unsaved.length && taken.length < most; next++) {
      const { record } = this.#unsaved[next]!
      // It was forgotten since.
      if (!record.isUnsaved) continue
      record.isUnsaved = false
      taken.push(this.#unsaved[next]!)
    }
    this.#unsaved = this.#unsaved.slice(next)
    return taken
  }

  #unsave(record: Rec, scope: string): void {
    if (record.isUnsaved) return
    record.isUnsaved = true
    this.#unsaved.push({ record, scope })
  }

  /** Grows with each change of a record. */
  get version(): number {
    return this.#changedBefore + this.#changes.length
  }

  /** Identifiers of the records that changed since; undefined: too many did. */
  changedSince(version: number): readonly string[] | undefined {
    this.#toldUpTo = this.version
    return version < this.#changedBefore ? undefined : this.#changes.slice(version - this.#changedBefore)
  }

  #changed(id: string): void {
    // Each member of a row is a change: once is enough where nobody has been told of it yet.
    if (this.#changes.at(-1) === id && this.version > this.#toldUpTo) return
    if (this.#changes.length >= MAX_CHANGES * 2) {
      this.#changes = this.#changes.slice(MAX_CHANGES)
      this.#changedBefore += MAX_CHANGES
    }
    this.#changes.push(id)
  }

  idOf(row: JsonNode): string | undefined {
    if (this.idMember !== undefined) return idText(memberOf(row, this.idMember))
    const text = printJson(row)
    return text.length > MAX_ROW_CHARS ? undefined : text
  }

  /** The record as this credential knows it: its own, else everybody's. */
  find(scope: string, id: string): Rec | undefined {
    return this.scopes.get(scope)?.get(id) ?? (scope === '' ? undefined : this.scopes.get('')?.get(id))
  }

  /** Another credential was shown a record of this identifier. */
  isForeign(scope: string, id: string): boolean {
    for (const [other, records] of this.scopes) if (other !== scope && other !== '' && records.has(id)) return true
    return false
  }

  /** Were both credentials shown the same things? Else each has things of its own, which may have the same identifiers. */
  isCommon(a: string, b: string): boolean {
    const [few, many] = [this.scopes.get(a), this.scopes.get(b)].sort((x, y) => (x?.size ?? 0) - (y?.size ?? 0))
    if (few === undefined || many === undefined) return false
    let looked = 0
    for (const [id, record] of few) {
      const other = many.get(id)
      if (other !== undefined && isSame(record, other, this.idMember)) return true
      if (++looked >= 100) return false
    }
    return false
  }

  /** Records that this credential may know of and that are not gone. */
  *known(scope: string): Iterable<Rec> {
    const own = scope === '' ? undefined : this.scopes.get(scope)
    if (own !== undefined) for (const record of own.values()) if (record.goneAt === 0) yield record
    for (const record of this.scopes.get('')?.values() ?? [])
      if (record.goneAt === 0 && !own?.has(record.id)) yield record
  }

  /** How many there are in all, as a list without filters says; undefined: none did. */
  total: number | undefined

  /**
   * How much of the collection this credential knows of, 0…1: by its total where a list said it, else as the records that were
   * seen only once or twice suggest (Chao 1984, "Nonparametric estimation of the number of classes in a population").
   */
  share(scope: string): number {
    const tallies = scope === '' ? [this.#tally('')] : [this.#tally(''), this.#tally(scope)]
    let known = 0
    let once = 0
    let twice = 0
    for (const tally of tallies) {
      known += tally.known
      once += tally.once
      twice += tally.twice
    }
    if (known === 0) return 0
    if (this.total !== undefined && this.total > 0) return Math.min(1, known / this.total)
    return known / (known + this.unnamed + (once * Math.max(0, once - 1)) / (2 * (twice + 1)))
  }

  /** The same where these are, by what is missing beside them. */
  shareNear(ids: readonly string[], scope: string): number {
    const share = this.share(scope)
    const gaps = share === 0 || share === 1 || ids.length === 0 ? undefined : this.#gapsOf(scope, share)
    if (gaps === undefined) return share
    let missing = 0
    for (const id of ids) missing += gaps.get(id) ?? 1 / share - 1
    return ids.length / (ids.length + missing)
  }

  #gapsOf(scope: string, share: number): Standing | undefined {
    const known = this.#gaps.get(scope)
    const count = this.#tally('').known + (scope === '' ? 0 : this.#tally(scope).known)
    if (known !== undefined && Math.abs(count - known.count) <= known.count / GAPS_FIT) return known.gaps
    const ids = count > MAX_GAPPED ? [] : Array.from(this.known(scope), ({ id }) => id)
    const gaps = standsFor(ids, count / share - count)
    if (this.#gaps.size >= MAX_GAPPED_SCOPES) this.#gaps.clear()
    this.#gaps.set(scope, { count, gaps })
    return gaps
  }

  #tally(scope: string): Tally {
    let tally = this.#tallies.get(scope)
    if (tally === undefined) {
      tally = { known: 0, once: 0, twice: 0 }
      this.#tallies.set(scope, tally)
    }
    return tally
  }

  /** The record is not there any more. */
  bury(scope: string, record: Rec, at: number): void {
    if (record.goneAt === 0) this.#count(scope, record, -1)
    record.goneAt = at
    this.#unsave(record, scope)
    this.#changed(record.id)
  }

  /** It was written, and what it is now is not known. */
  doubt(scope: string, record: Rec, at: number): void {
    record.unsureAt = Math.max(record.unsureAt, at)
    record.row = undefined
    this.#unsave(record, scope)
    this.#changed(record.id)
  }

  /** It was written in part: what was known of it still holds but for these members, which are in doubt. */
  keepBut(scope: string, record: Rec, unsure: ReadonlySet<string>, at: number): void {
    if (unsure.size === 0) return
    for (const [name, , saidAt] of [...record.members])
      if (saidAt > record.unsureAt && saidAt < at && !unsure.has(name)) record.members.touch(name, at)
    // Times are whole milliseconds: what is said of the moment of the write itself is sure.
    record.unsureAt = Math.max(record.unsureAt, at - 1)
    record.row = undefined
    this.#unsave(record, scope)
    this.#changed(record.id)
  }

  /** It was written as a whole: members that were not said are gone. */
  replace(scope: string, record: Rec, said: JsonObject, at: number): void {
    record.replacedAt = Math.max(record.replacedAt, at)
    for (const [name, , saidAt] of [...record.members])
      if (name !== this.idMember && saidAt < at && memberOf(said, name) === undefined) record.members.delete(name)
    record.row = undefined
    this.#unsave(record, scope)
    this.#changed(record.id)
  }

  #count(scope: string, { times }: Rec, by: 1 | -1): void {
    const tally = this.#tally(scope)
    tally.known += by
    if (times === 1) tally.once += by
    else if (times === 2) tally.twice += by
  }

  get size(): number {
    let size = 0
    for (const records of this.scopes.values()) size += records.size
    return size
  }

  view(key: string): View {
    let view = this.views.get(key)
    if (view === undefined) {
      if (this.views.size >= MAX_VIEWS) this.views.delete(leastShown(this.views))
      view = { key, records: 0, members: new Map(), forms: [] }
      this.views.set(key, view)
    }
    return view
  }

  /** Takes what was taken before, for a view that was made anew. */
  takeAgain(scope: string, id: string, row: JsonObject, viewKey: string, at: number): void {
    const record = this.scopes.get(scope)?.get(id)
    if (record === undefined) this.take(scope, id, row, viewKey, at)
    else this.#takeRow(record, row, viewKey, at)
  }

  /** Takes what a row says in a view. `source`: names the question that showed it. */
  take(scope: string, id: string, row: JsonObject, viewKey: string, at: number, source?: string): Rec {
    let records = this.scopes.get(scope)
    if (records === undefined) {
      records = new Map()
      this.scopes.set(scope, records)
    }
    let record = records.get(id)
    this.novelty += ((record === undefined ? 1 : 0) - this.novelty) * NOVELTY_WEIGHT
    if (record === undefined) {
      record = newRecord(id, at, source)
      if (viewKey !== WRITE_VIEW && this.unnamed > 0) this.unnamed -= 1
      records.set(id, record)
      this.#noteLook(id)
    } else if (record.goneAt === 0) this.#count(scope, record, -1)
    if (record.source !== source) record.source = undefined
    record.times += 1
    if (record.goneAt !== 0 && at > record.goneAt) {
      record.goneAt = 0
      this.#changed(id)
    }
    if (record.goneAt === 0) this.#count(scope, record, 1)
    record.seenAt = Math.max(record.seenAt, at)
    this.#unsave(record, scope)
    this.#takeRow(record, row, viewKey, at)
    return record
  }

  #takeRow(record: Rec, row: JsonObject, viewKey: string, at: number): void {
    const view = this.view(viewKey)
    view.records += 1
    const form = this.#formOf(view, row)
    if (form !== undefined && viewKey !== WRITE_VIEW && this.#takeWhole(record, row, form, at)) return
    const came: (readonly [string, JsonNode])[] = []
    for (const [name, node] of row.entries) {
      if (this.names.size >= MAX_NAMES && !this.names.has(name)) continue
      this.names.add(name)
      this.#takeMember(record, view, name, node, at, came)
    }
    if (came.length > 0) record.members.add(came, at)
  }

  /** The row's names, and what its view notes of them; undefined: each of them is to be looked at. */
  #formOf(view: View, { entries }: JsonObject): Form | undefined {
    const { forms } = view
    for (const form of forms) if (form.names.areOf(entries)) return form
    if (this.names.size + entries.length > MAX_NAMES || entries.length === 0) return undefined
    const list = entries.map(([name]) => name)
    // Columns of a table may have one name.
    if (new Set(list).size < list.length) return undefined
    let names = this.#names.find(known => known.areOf(entries))
    if (names === undefined) {
      names = new Names(list)
      if (this.#names.length >= MAX_FORMS) this.#names.shift()
      this.#names.push(names)
    }
    for (const name of list) this.names.add(name)
    const form = { names, members: list.map(name => memberIn(view, name)) }
    if (forms.length >= MAX_FORMS) forms.shift()
    forms.push(form)
    return form
  }

  /** A row that says all there is of a record, of which nothing was known, or that it is as it was. False: it is another. */
  #takeWhole(record: Rec, { entries }: JsonObject, { names, members }: Form, at: number): boolean {
    const { members: known } = record
    const isNew = known.size === 0
    if (isNew ? at < record.replacedAt : known.allAt === undefined || at < known.allAt) return false
    if (!isNew && known.names !== names && !known.names.equals(names)) return false
    for (const member of members) if (member.own) return false
    const { nodes } = known
    if (!isNew) for (let i = 0; i < nodes.length; i++) if (!sameNode(nodes[i]!, entries[i]![1])) return false
    for (let i = 0; i < members.length; i++) {
      const member = members[i]!
      member.shown += 1
      if (!isNew && names.list[i] !== this.idMember) member.agreed += 1
    }
    const isSure = !isNew && known.allAt! > record.unsureAt
    known.fill(names, entries, at)
    if (isSure) return true
    record.row = undefined
    this.#changed(record.id)
    return true
  }

  /** `came`: takes what is new of it. */
  #takeMember(
    record: Rec,
    view: View,
    name: string,
    node: JsonNode,
    at: number,
    came: (readonly [string, JsonNode])[],
  ): void {
    const member = memberIn(view, name)
    member.shown += 1
    const known = record.members.get(name)
    // A write is there to change things.
    if (known !== undefined && !member.own && name !== this.idMember && view.key !== WRITE_VIEW) {
      if (sameNode(known, node)) {
        member.agreed += 1
      } else {
        // An object where others have a scalar is another way to show it; a value that differs may have changed meanwhile.
        const kind = isScalar(known) !== isScalar(node)
        member.differed += kind ? 10 : 1
        if (member.differed > 3 && member.differed > member.agreed * 0.3) member.own = true
      }
    }
    const key = member.own ? ownKey(view.key, name) : name
    const before = member.own ? record.members.get(key) : known
    const saidAt = before === undefined ? record.replacedAt : record.members.saidAt(key)!
    if (before === undefined ? at < saidAt : saidAt > at) return
    if (before === undefined) came.push([key, node])
    else record.members.set(key, node, at)
    if (before !== undefined && saidAt > record.unsureAt && sameNode(before, node)) return
    // What a view says in its own way of a member that was written it said of what was there before.
    if (view.key === WRITE_VIEW)
      for (const [own] of [...record.members]) if (own.endsWith(`\u0000${name}`)) record.members.delete(own)
    record.row = undefined
    this.#changed(record.id)
  }

  /** What a view shows of a record's member; undefined: it was never shown. */
  shown(record: Rec, viewKey: string, name: string): JsonNode | undefined {
    const own = this.views.get(viewKey)?.members.get(name)?.own === true
    return sureMember(record, own ? ownKey(viewKey, name) : name, this.idMember)
  }

  /** The same of several members, of one record after the other. */
  reader(viewKey: string, names: readonly string[]): (record: Rec) => readonly (JsonNode | undefined)[] {
    const view = this.views.get(viewKey)
    const keys = names.map(name => (view?.members.get(name)?.own === true ? ownKey(viewKey, name) : name))
    // How it is named is never in doubt.
    const ids = names.map((name, i) => name === this.idMember && keys[i] === name)
    let of: Names | undefined
    let places: number[] = []
    return ({ members, unsureAt }) => {
      if (members.names !== of) {
        of = members.names
        places = keys.map(key => members.names.placeOf(key))
      }
      return places.map((place, i) =>
        place < 0 || (!ids[i] && members.momentOf(place) <= unsureAt) ? undefined : members.nodes[place],
      )
    }
  }

  /** Could this be an identifier of this type, as far as its look goes? */
  fits(id: string): boolean {
    if (!this.looks.has(lookOf(id))) return false
    const heads = [...this.#heads.values()].reduce((sum, count) => sum + count, 0)
    return heads < MIN_HEADS || this.#heads.size > MAX_HEADS || this.#heads.has(id[0]!)
  }

  /** A record as it was written down. */
  restore(scope: string, record: Rec): void {
    let records = this.scopes.get(scope)
    if (records === undefined) {
      records = new Map()
      this.scopes.set(scope, records)
    }
    records.set(record.id, record)
    this.#noteLook(record.id)
    if (record.goneAt === 0) this.#count(scope, record, 1)
    this.#changed(record.id)
  }

  /** Makes room: it is not known any more. */
  forget(scope: string, record: Rec): void {
    if (record.goneAt === 0) this.#count(scope, record, -1)
    const records = this.scopes.get(scope)
    records?.delete(record.id)
    if (records?.size === 0) {
      this.scopes.delete(scope)
      this.#tallies.delete(scope)
    }
    record.isUnsaved = false
    this.#changed(record.id)
  }

  #noteLook(id: string): void {
    if (this.#heads.size <= MAX_HEADS) this.#heads.set(id[0] ?? '', (this.#heads.get(id[0] ?? '') ?? 0) + 1)
    const number = numberIn(id)
    if (number !== undefined) this.maxInt = Math.max(this.maxInt, number)
    if (this.looks.size < 200) {
      const look = lookOf(id)
      this.looks.set(look, (this.looks.get(look) ?? 0) + 1)
    }
  }
}

/** The number that an identifier is, or that stands at its end where it is coded (`people:4` in base64, as global ones are). */
export function numberIn(id: string): number | undefined {
  const digits = /^\d{1,15}$/.test(id) ? id : /[^\d](\d{1,15})$/.exec(fromBase64(id) ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Long enough, and no mere number: nothing else has this identifier. */
export function isGlobal(id: string): boolean {
  return id.length >= 8 && !/^\d+$/.test(id)
}

/** Most of what both say is the same, and it is more than flags. */
export function isSame(a: Rec, b: Rec, idMember: string | undefined): boolean {
  let equal = 0
  let unequal = 0
  for (const [name, node] of a.members) {
    const other = b.members.get(name)
    if (name === idMember || other === undefined || !isScalar(node)) continue
    if (!sameNode(node, other)) unequal += 1
    else if (node.kind !== 'literal') equal += 1
  }
  return equal > unequal
}

/** What is known of a member, and was not put in doubt since. */
function sureMember({ members, unsureAt }: Rec, name: string, idMember: string | undefined): JsonNode | undefined {
  const node = members.get(name)
  return node === undefined || (name !== idMember && members.saidAt(name)! <= unsureAt) ? undefined : node
}

function memberIn({ members }: View, name: string): ViewMember {
  let member = members.get(name)
  if (member === undefined) {
    member = { shown: 0, agreed: 0, differed: 0, own: false }
    members.set(name, member)
  }
  return member
}

export function newRecord(id: string, seenAt: number, source: string | undefined): Rec {
  return {
    id,
    members: new Members(),
    seenAt,
    goneAt: 0,
    unsureAt: 0,
    replacedAt: 0,
    times: 0,
    row: undefined,
    isUnsaved: false,
    source,
  }
}

function leastShown(views: ReadonlyMap<string, View>): string {
  let least: View | undefined
  for (const view of views.values()) if (least === undefined || view.records < least.records) least = view
  return least!.key
}

function ownKey(view: string, name: string): string {
  return `${view}\u0000${name}`
}

export class Records {
  readonly types: RecordType[] = []
  readonly showings = new Showings()
  /** Types that became part of others, and are still written down. */
  readonly merged: RecordType[] = []
  #made = 0

  /** `uid`: of one that was written down. */
  make(name: string, idMember: string | undefined, uid?: string): RecordType {
    this.#made = Math.max(this.#made + 1, Number(uid ?? 0))
    const type = new RecordType(uid ?? String(this.#made), name, idMember)
    this.types.push(type)
    return type
  }

  /**
   * The type of what stands in a place; undefined where so few rows do not tell. `related`: type of a place that the path says
   * is about the same things; `named`: the member by which the request named its record.
   */
  typeOf(
    rows: readonly JsonNode[],
    name: string,
    related: RecordType | undefined,
    named: string | undefined,
  ): RecordType | undefined {
    const matched = this.match(rows)
    if (matched !== undefined) return matched
    const idMember = identifierOf(rows, named ?? related?.idMember)
    if (related !== undefined && related.idMember === idMember && !this.#contradicts(related, rows)) return related
    const alike = this.types.find(
      type =>
        looksAlike(type, rows) && identifierOf(rows, type.idMember) === type.idMember && !this.#contradicts(type, rows),
    )
    if (alike !== undefined) return alike
    if (idMember === undefined && rows.length < 2) return undefined
    return this.make(name, idMember)
  }

  /** The type some of whose records these rows are: same identifier, same values. */
  match(rows: readonly JsonNode[], but?: RecordType): RecordType | undefined {
    for (const type of this.types) {
      if (type === but || type.idMember === undefined) continue
      const { equal, unequal } = compare(type, rows)
      if (equal >= 2 && equal / (equal + unequal) >= 0.8) return type
    }
    return undefined
  }

  #contradicts(type: RecordType, rows: readonly JsonNode[]): boolean {
    if (type.idMember === undefined) return false
    const { equal, unequal } = compare(type, rows)
    return unequal > 0 && equal / (equal + unequal) < 0.7
  }

  /** The type that has a record of this identifier, for this credential. */
  holder(scope: string, id: string): RecordType | undefined {
    return this.types.find(type => type.idMember !== undefined && type.find(scope, id) !== undefined)
  }

  /** All that is known under `from` is known under `into`. */
  merge(from: RecordType, into: RecordType): void {
    this.types.splice(this.types.indexOf(from), 1)
    this.merged.push(from)
    this.showings.merge(from, into)
    for (const [scope, records] of from.scopes)
      for (const [id, record] of records) {
        const row: JsonObject = {
          kind: 'object',
          entries: [...record.members]
            .filter(([name]) => !name.includes('\u0000'))
            .map(([name, node]) => [name, node] as const),
        }
        const taken = into.take(scope, id, row, 'merged', record.seenAt)
        if (record.unsureAt > 0) into.doubt(scope, taken, record.unsureAt)
      }
    for (const [key, view] of from.views) if (!into.views.has(key)) into.views.set(key, view)
  }
}

/** Each row is held against each type, as each credential knows it. */
const MAX_COMPARED_ROWS = 64
const MAX_COMPARED_SCOPES = 64

function compare(type: RecordType, rows: readonly JsonNode[]): { equal: number; unequal: number } {
  let equal = 0
  let unequal = 0
  let found = 0
  for (const row of rows.slice(0, MAX_COMPARED_ROWS)) {
    if (row.kind !== 'object') continue
    const id = idText(memberOf(row, type.idMember!))
    if (id === undefined) continue
    let scopes = 0
    for (const records of type.scopes.values()) {
      if (++scopes > MAX_COMPARED_SCOPES) break
      const record = records.get(id)
      if (record === undefined) continue
      found += 1
      for (const [name, node] of row.entries) {
        if (name === type.idMember || !isScalar(node)) continue
        const known = record.members.get(name)
        if (known === undefined || !isScalar(known)) continue
        if (sameNode(known, node)) {
          // Flags and nothings are the same by chance.
          if (node.kind !== 'literal') equal += 1
        } else unequal += 1
      }
      break
    }
    if (found >= 8) break
  }
  return { equal, unequal }
}

/** Nearly the same names of members, and several of them. */
function looksAlike(type: RecordType, rows: readonly JsonNode[]): boolean {
  const names = new Set(
    rows.slice(0, MAX_COMPARED_ROWS).flatMap(row => (row.kind === 'object' ? row.entries.map(([name]) => name) : [])),
  )
  let common = 0
  for (const name of names) if (type.names.has(name)) common += 1
  return common >= 4 && common / (names.size + type.names.size - common) >= 0.75
}
