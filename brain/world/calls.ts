// thread: learner
// What a call makes of what is known, where no path says what it touched: a mutation, a remote procedure. Records that its
// answer shows are as it shows them; those that it named and does not show are in doubt, and so are lists which may have one
// row more or less now.
import type { JsonNode } from '../../core/contract/json.js'
import type { RecordWrite } from './observation.js'
import { isGlobal, isSame, type Rec, type Records, type RecordType, WRITE_VIEW } from './records.js'
import type { RouteWorld } from './route-world.js'
import { rowOf } from './row.js'
import { type RowOf, typesOfRow } from './row-type.js'
import { idRank } from './sites.js'
import { idText, isScalar, type JsonObject, memberOf, sameNode } from './tree.js'

export interface Call {
  /** Names what was done, so that what stood in its places before is expected there again. */
  readonly doer: string
  readonly scope: string
  readonly at: number
  readonly named: JsonNode | undefined
  readonly shown: JsonNode | undefined
  /** The record that the path leads to. */
  readonly subject: { readonly type: RecordType; readonly id: string } | undefined
  /** Of what it does not show nothing is put in doubt: such calls have proven to change nothing. */
  readonly isHarmless: boolean
}

export interface CallEffect {
  /** Exemplars that show what was seen to be another now, or to be new. */
  readonly changed: readonly string[]
  /** Exemplars that show what may be another now. */
  readonly doubted: readonly string[]
  /** It shows or names something that is known. */
  readonly isKnown: boolean
}

interface NamedId {
  /** Where it stands in the arguments. */
  readonly slot: string
  readonly id: string
}

const MAX_IDS = 200
/** Records that one call puts in doubt one by one; with more it says too little of what it did. */
const MAX_DOUBTED = 256
const MAX_ROWS = 500
const MAX_DEPTH = 12
/** Types that one identifier may be of; with more it says nothing. */
const MAX_TYPES = 16
/** Places of arguments and answers of which the type is remembered. */
const MAX_PLACES = 4000

export class Calls {
  readonly #records: Records
  readonly #routes: () => Iterable<RouteWorld>
  /** Type of what stands in a place, by `doer place`. */
  readonly #typeAt = new Map<string, string>()

  constructor(records: Records, routes: () => Iterable<RouteWorld>) {
    this.#records = records
    this.#routes = routes
  }

  learn(call: Call): CallEffect {
    const ids = call.named === undefined ? [] : idsIn(call.named)
    return new Effect(this.#records, this.#routes, call, ids, this.#typeAt).result()
  }
}

/** One call, while it is looked at. */
class Effect {
  readonly #changed = new Set<string>()
  readonly #doubted = new Set<string>()
  /** What was decided of a record: `uid id`. */
  readonly #settled = new Set<string>()
  readonly #toDoubt: { type: RecordType; id: string }[] = []
  readonly #named: ReadonlySet<string>
  readonly #names: ReadonlyMap<string, readonly JsonNode[]>
  #rows = 0
  #isKnown = false

  constructor(
    private readonly records: Records,
    private readonly routes: () => Iterable<RouteWorld>,
    private readonly call: Call,
    private readonly ids: readonly NamedId[],
    private readonly typeAt: Map<string, string>,
  ) {
    this.#named = new Set(ids.map(({ id }) => id))
    this.#names = call.named === undefined ? new Map() : leavesByName(call.named)
  }

  result(): CallEffect {
    const { shown, subject, isHarmless } = this.call
    if (shown !== undefined) this.#look(shown, '', true, true, 0)
    if (subject !== undefined) this.#name(subject.type, subject.id)
    for (const { slot, id } of this.ids) this.#nameAt(slot, id)
    if (!isHarmless) for (const { type, id } of this.#toDoubt.slice(0, MAX_DOUBTED)) this.#doubt(type, id)
    const isKnown = this.#isKnown && this.#toDoubt.length <= MAX_DOUBTED
    return { changed: [...this.#changed], doubted: [...this.#doubted], isKnown }
  }

  // ── what it shows ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** `isOuter`: in nothing that is known; `isAlone`: in no list of several. */
  #look(node: JsonNode, place: string, isOuter: boolean, isAlone: boolean, depth: number): void {
    if (depth > MAX_DEPTH) return
    if (node.kind === 'array') {
      for (const item of node.items)
        this.#look(item, `${place}[]`, isOuter, isAlone && node.items.length === 1, depth + 1)
      return
    }
    if (node.kind !== 'object' || ++this.#rows > MAX_ROWS) return
    const isRow = this.#take(node, place, isOuter && isAlone)
    for (const [name, child] of node.entries)
      if (!isScalar(child)) this.#look(child, `${place}.${name}`, isOuter && !isRow, isAlone, depth + 1)
  }

  /** False: it is nothing that is known. `isSubject`: the call seems to be about it. */
  #take(row: JsonObject, place: string, isSubject: boolean): boolean {
    const { scope, doer } = this.call
    const expected = this.#expectedAt(`> ${place}`)
    const candidates = typesOfRow(this.records.types, row, scope, this.#named, expected)
    const [only] = candidates
    if (only === undefined) return false
    this.#isKnown = true
    if (candidates.length === 1 && only.isSure && only.id !== undefined) {
      this.#note(`${doer} > ${place}`, only.type)
      for (const { slot, id } of this.ids) if (id === only.id) this.#note(`${doer} < ${slot}`, only.type)
      this.#show(only.type, only.id, row, isSubject || this.#named.has(only.id))
    } else for (const candidate of candidates) this.#suspect(candidate, row)
    return true
  }

  /** It may be this one: nothing that is said of it is believed. */
  #suspect({ type, id }: RowOf, row: JsonObject): void {
    if (id !== undefined && isHeld(type, id)) this.#name(type, id)
    else if (!this.call.isHarmless) this.#tellLists({ type, id: id ?? '', before: undefined, after: row }, 'nameless')
  }

  #show(type: RecordType, id: string, row: JsonObject, isSubject: boolean): void {
    const { scope, at } = this.call
    const owner = type.scopes.get(scope)?.has(id) || !type.scopes.get('')?.has(id) ? scope : ''
    const known = type.find(owner, id)
    const before = known === undefined || known.goneAt > 0 ? undefined : rowOf(known)
    const { isNew, isTold } = before === undefined ? { isNew: true, isTold: true } : this.#compare(type, before, row)
    // It is shown as it was: what became of it, if anything, is not shown. It may even be a last look at what is gone.
    if (!isNew && !isTold) {
      if (isSubject) this.#name(type, id)
      else this.#settled.add(`${type.uid} ${id}`)
      return
    }
    this.#settled.add(`${type.uid} ${id}`)
    this.#doubtOfOthers(type, id, owner, known)
    const isAll = type.total !== undefined && type.share(owner) >= 1
    const after = type.take(owner, id, row, WRITE_VIEW, at)
    if (before !== undefined) type.keepBut(owner, after, this.#unshown(type, after, row), at)
    else if (isAll && type.total !== undefined) type.total += 1
    if (before !== undefined && !isNew) return
    for (const key of this.records.showings.take(type, id)) this.#changed.add(key)
    const write = { type, id, before, after: rowOf(after) }
    for (const key of this.#listsOf(write, owner, before !== undefined ? 'changed' : isAll ? 'made' : 'nameless'))
      this.#changed.add(key)
  }

  /** `isNew`: something is another than it was; `isTold`: something that was sent is shown to hold. */
  #compare(type: RecordType, before: JsonObject, row: JsonObject): { isNew: boolean; isTold: boolean } {
    let isNew = false
    let isTold = false
    for (const [name, node] of row.entries) {
      if (name === type.idMember) continue
      const known = memberOf(before, name)
      if (known !== undefined && isScalar(known) && isScalar(node) && !sameNode(known, node)) isNew = true
      if (this.#names.get(name)?.some(sent => sameNode(sent, node))) isTold = true
    }
    return { isNew, isTold }
  }

  /** Members that were sent, and are not shown. */
  #unshown(type: RecordType, record: Rec, row: JsonObject): ReadonlySet<string> {
    const unshown = new Set<string>()
    for (const [name] of record.members) {
      const plain = name.slice(name.lastIndexOf('\u0000') + 1).split('(', 1)[0]!
      if (plain !== type.idMember && this.#names.has(plain) && memberOf(row, name) === undefined) unshown.add(name)
    }
    return unshown
  }

  // ── what it names ──────────────────────────────────────────────────────────────────────────────────────────────────

  #nameAt(slot: string, id: string): void {
    const expected = this.#expectedAt(`< ${slot}`)
    const holding = this.records.types.filter(type => type.idMember !== undefined && isHeld(type, id))
    const types = expected !== undefined && holding.includes(expected) ? [expected] : holding
    if (types.length > MAX_TYPES) return
    for (const type of types) this.#name(type, id)
  }

  #name(type: RecordType, id: string): void {
    this.#isKnown = true
    const name = `${type.uid} ${id}`
    if (this.#settled.has(name)) return
    this.#settled.add(name)
    this.#toDoubt.push({ type, id })
  }

  #doubt(type: RecordType, id: string): void {
    const { scope, at } = this.call
    const known = type.find(scope, id)
    for (const [owner, records] of type.scopes) {
      const record = records.get(id)
      // Another credential has things of its own under the same numbers.
      if (record === undefined || (record !== known && known !== undefined && !isSame(record, known, type.idMember)))
        continue
      type.doubt(owner, record, at)
    }
    for (const key of this.records.showings.take(type, id)) this.#doubted.add(key)
    const before = known === undefined || known.goneAt > 0 ? undefined : rowOf(known)
    this.#tellLists({ type, id, before, after: undefined }, 'doubtful')
  }

  #doubtOfOthers(type: RecordType, id: string, owner: string, known: Rec | undefined): void {
    for (const [other, records] of type.scopes) {
      const theirs = other === owner ? undefined : records.get(id)
      if (theirs !== undefined && (known === undefined || isSame(theirs, known, type.idMember)))
        type.doubt(other, theirs, this.call.at)
    }
  }

  #tellLists(of: Pick<RecordWrite, 'type' | 'id' | 'before' | 'after'>, kind: RecordWrite['kind']): void {
    for (const key of this.#listsOf(of, this.call.scope, kind)) this.#doubted.add(key)
  }

  *#listsOf(
    of: Pick<RecordWrite, 'type' | 'id' | 'before' | 'after'>,
    scope: string,
    kind: RecordWrite['kind'],
  ): Iterable<string> {
    for (const route of this.routes())
      yield* route.applyWrite({ ...of, scope, at: this.call.at, kind, isPartial: true })
  }

  // ── places ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #expectedAt(place: string): RecordType | undefined {
    const uid = this.typeAt.get(`${this.call.doer} ${place}`)
    return uid === undefined ? undefined : this.records.types.find(type => type.uid === uid)
  }

  #note(place: string, { uid }: RecordType): void {
    if (this.typeAt.size >= MAX_PLACES) this.typeAt.delete(this.typeAt.keys().next().value!)
    this.typeAt.set(place, uid)
  }
}

function isHeld(type: RecordType, id: string): boolean {
  for (const records of type.scopes.values()) if (records.has(id)) return true
  return false
}

/** Values that identify: global ones anywhere, others where their name says so or there are no names. */
function idsIn(named: JsonNode): NamedId[] {
  const found = new Map<string, NamedId>()
  const walk = (node: JsonNode, slot: string, name: string, depth: number): void => {
    if (depth > MAX_DEPTH || found.size >= MAX_IDS) return
    if (node.kind === 'object')
      for (const [member, child] of node.entries) walk(child, `${slot}.${member}`, member, depth + 1)
    else if (node.kind === 'array')
      node.items.forEach((item, i) => {
        // JSON-RPC 2.0 §4.2: parameters by position each mean something else.
        walk(item, `${slot}[${depth === 0 ? i : ''}]`, name, depth + 1)
      })
    else {
      const id = idText(node)
      if (id !== undefined && (isGlobal(id) || isName(name) || name === '')) found.set(`${slot} ${id}`, { slot, id })
    }
  }
  walk(named, '', '', 0)
  return [...found.values()]
}

/** `movieId`, `id`, `ids`. */
function isName(name: string): boolean {
  return idRank(name) !== undefined || idRank(name.replace(/s$/, '')) !== undefined
}

/** Scalars by the last name that leads to them. */
function leavesByName(named: JsonNode): Map<string, JsonNode[]> {
  const leaves = new Map<string, JsonNode[]>()
  const walk = (node: JsonNode, name: string, depth: number): void => {
    if (depth > MAX_DEPTH) return
    if (node.kind === 'object') for (const [member, child] of node.entries) walk(child, member, depth + 1)
    else if (node.kind === 'array') for (const item of node.items) walk(item, name, depth + 1)
    else {
      const known = leaves.get(name)
      if (known === undefined) leaves.set(name, [node])
      else known.push(node)
    }
  }
  walk(named, '', 0)
  return leaves
}
