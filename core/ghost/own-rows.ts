// thread: any
// Puts pending writes into an answer: rows are changed, taken out and added, and what counts them is put right. Pure; what is
// not touched keeps its spelling.
import type { JsonNode } from '../contract/json.js'
import { parseJson } from '../contract/json.js'
import { REDACTED } from '../contract/own-write.js'
import { decodePart, queryParams } from '../contract/query-params.js'
import type { InputMeaning, RouteShows } from '../contract/route-shows.js'

type JsonObject = JsonNode & { readonly kind: 'object' }

/** How sure it is that the answer is what the API would say had it taken the writes. */
export const surety = {
  /** What was sent is what is shown. */
  told: 0.96,
  /** Where a new row stands, or which row comes into a page for one that is gone, is a guess. */
  placed: 0.9,
  /** The answer may have to show the write, and does not. */
  missing: 0.85,
  /** Nobody knows what became of it. */
  unclear: 0.5,
} as const

export interface RowChange {
  readonly kind: 'changed' | 'gone' | 'unclear'
  readonly id: string
  /** Of `changed`: what was sent; undefined: it cannot be read. */
  readonly sent: JsonNode | undefined
  /** All of it was sent: what is left out stays as it was all the same, for servers add to what they are sent. */
  readonly isMergePatch: boolean
}

export interface NewRow {
  readonly kind: 'made'
  readonly id: string
  readonly row: JsonObject | undefined
  readonly isElsewhere: boolean
}

export interface Laid {
  readonly body: JsonNode
  readonly surety: number
  /** Writes that the answer shows. */
  readonly shown: number
  /** By how much the total is another one, where a field of the head says it. */
  readonly fieldDelta: number
}

export interface Listing {
  readonly shows: RouteShows
  readonly params: readonly string[]
  readonly query: string
  /** Of all rows, where a field of the head says it. */
  readonly fieldTotal?: number | undefined
}

/** Undefined: the answer has no such place. */
export function layOver(body: JsonNode, changes: readonly (RowChange | NewRow)[], listing: Listing): Laid | undefined {
  const { shows } = listing
  const at = atPath(body, shows.path)
  if (shows.kind === 'one') return at?.kind === 'object' ? laidOverOne(body, at, changes, shows) : undefined
  if (at?.kind !== 'array' || at.items.some(({ kind }) => kind !== 'object')) return undefined
  const list = new List([...at.items] as JsonObject[], listing, listing.fieldTotal ?? totalIn(body, shows))
  for (const change of changes) list.take(change)
  let laid = withAt(body, shows.path, { kind: 'array', items: list.rows })
  if (shows.total !== undefined && 'path' in shows.total && list.delta !== 0)
    laid = withNumber(laid, shows.total.path, list.delta)
  return { body: laid, surety: list.surety, shown: list.shown, fieldDelta: list.delta }
}

function laidOverOne(
  body: JsonNode,
  thing: JsonObject,
  changes: readonly (RowChange | NewRow)[],
  { path, idMember }: RouteShows,
): Laid | undefined {
  const id = textOf(memberOf(thing, idMember))
  let now = thing
  let sure = 1
  let shown = 0
  for (const change of changes) {
    if (change.id !== '' && change.id !== id) continue
    const changed = change.kind === 'changed' ? withSent(now, change, path, idMember) : undefined
    if (changed === undefined) sure = Math.min(sure, surety.unclear)
    else {
      now = changed
      sure = Math.min(sure, surety.told)
      shown += 1
    }
  }
  return { body: withAt(body, path, now), surety: sure, shown, fieldDelta: 0 }
}

/** One list while writes are put into it, in their order. */
class List {
  readonly rows: JsonObject[]
  /** More or fewer rows in all. */
  delta = 0
  surety = 1
  shown = 0
  readonly #listing: Listing
  readonly #total: number | undefined
  readonly #filters: readonly { readonly member: string; readonly value: string }[]
  readonly #isUnderstood: boolean
  readonly #start: number | undefined
  readonly #limit: number | undefined
  readonly #isSorted: boolean

  constructor(rows: JsonObject[], listing: Listing, total: number | undefined) {
    this.rows = rows
    this.#listing = listing
    this.#total = total
    const { shows, params, query } = listing
    const meanings = new Map(shows.inputs)
    const given: [string, string][] = [
      ...params.map((value, i): [string, string] => [`/${i}`, decodePart(value, false)]),
      ...queryParams(query),
    ]
    const of = given.map(([name, value]) => ({ meaning: meanings.get(name), value, isOfPath: name.startsWith('/') }))
    this.#filters = of.flatMap(({ meaning, value }) =>
      meaning?.kind === 'equals' ? [{ member: meaning.member, value }] : [],
    )
    this.#isUnderstood = of.every(({ meaning, isOfPath }) => meaning !== undefined || isOfPath)
    this.#isSorted = of.some(({ meaning }) => meaning?.kind === 'sort')
    this.#limit = wholeOf(of, 'limit') ?? shows.pageRows
    this.#start = this.#startOf(of)
  }

  #startOf(of: readonly { readonly meaning: InputMeaning | undefined; readonly value: string }[]): number | undefined {
    const offset = wholeOf(of, 'offset')
    if (offset !== undefined) return offset
    const page = of.find(({ meaning }) => meaning?.kind === 'page')
    if (page?.meaning?.kind !== 'page') return this.#isUnderstood ? 0 : undefined
    const number = /^\d{1,9}$/.test(page.value) ? Number(page.value) - page.meaning.first : undefined
    return number === undefined || this.#limit === undefined ? (number === 0 ? 0 : undefined) : number * this.#limit
  }

  take(change: RowChange | NewRow): void {
    if (change.kind === 'made') this.#add(change)
    else this.#change(change)
  }

  #change(change: RowChange): void {
    const { idMember, path } = this.#listing.shows
    const at = change.id === '' ? -1 : this.rows.findIndex(row => textOf(memberOf(row, idMember)) === change.id)
    if (change.kind === 'unclear') {
      if (change.id === '' || at >= 0) this.#doubt(surety.unclear)
      return
    }
    if (at < 0) {
      this.#changeUnseen(change)
      return
    }
    if (change.kind === 'gone') {
      this.rows.splice(at, 1)
      this.delta -= 1
      this.shown += 1
      // Where there are more pages another row comes up from behind.
      this.#doubt(this.#isWhole ? surety.told : surety.placed)
      return
    }
    const changed = withSent(this.rows[at]!, change, path, idMember)
    if (changed === undefined) {
      this.#doubt(surety.unclear)
      return
    }
    this.shown += 1
    if (this.#belongs(changed) === 'no') {
      this.rows.splice(at, 1)
      this.delta -= 1
      this.#doubt(surety.placed)
      return
    }
    this.rows[at] = changed
    this.#doubt(this.#isSorted || !this.#isUnderstood ? surety.placed : surety.told)
  }

  /** It stands on another page, or in another list. */
  #changeUnseen({ kind, sent }: RowChange): void {
    if (kind === 'gone') {
      if (this.#isWhole) return
      if (this.#filters.length === 0 && this.#isUnderstood) this.delta -= 1
      this.#doubt(surety.placed)
      return
    }
    // What it is now may belong here, though it did not before.
    const touched = sent?.kind === 'object' ? new Set(sent.entries.map(([name]) => name)) : undefined
    const mayCome = this.#filters.some(({ member }) => touched === undefined || touched.has(member.split('.')[0]!))
    if (mayCome || !this.#isUnderstood) this.#doubt(surety.missing)
  }

  #add({ id, row, isElsewhere }: NewRow): void {
    const { shows, params } = this.#listing
    // It went through meanwhile, and was seen here.
    if (id !== '' && this.rows.some(other => textOf(memberOf(other, shows.idMember)) === id)) return
    if (isElsewhere) {
      // Nothing of the path says that it belongs here but what is known to be a filter.
      const isDecided = params.length > 0 && this.#filters.length >= params.length && this.#isUnderstood
      if (!isDecided || row === undefined || this.#belongs(row) !== 'yes') return
    }
    const belongs = row === undefined || !this.#isUnderstood ? 'unclear' : this.#belongs(row)
    if (belongs === 'no') return
    if (belongs === 'unclear') {
      this.#doubt(surety.missing)
      return
    }
    this.delta += 1
    const place = this.#placeOf(row!)
    if (place === undefined) {
      this.#doubt(surety.placed)
      return
    }
    this.rows.splice(place, 0, row!)
    const limit = this.#limit
    if (limit !== undefined && this.rows.length > limit) this.rows.length = limit
    if (place < this.rows.length) this.shown += 1
    this.#doubt(this.#isSorted || shows.order === undefined ? surety.placed : surety.told)
  }

  /** Undefined: on another page. */
  #placeOf(row: JsonObject): number | undefined {
    const { order, idMember } = this.#listing.shows
    const isFirst = this.#start === 0
    const isLast = this.#isLast
    const value = order === undefined || this.#isSorted ? undefined : memberOf(row, order.member)
    if (order !== undefined && value !== undefined && order.member !== idMember) {
      const place = this.rows.findIndex(other => isBefore(value, memberOf(other, order.member), order.descending))
      if (place > 0 || (place === 0 && isFirst)) return place
      if (place === 0) return undefined
      return isLast ? this.rows.length : undefined
    }
    // The newest stands where those that came last stand.
    const descending = order?.descending ?? this.#descends(idMember)
    if (descending && !this.#isSorted) return isFirst ? 0 : undefined
    return isLast ? this.rows.length : undefined
  }

  #descends(member: string): boolean {
    const ids = this.rows.map(row => Number(textOf(memberOf(row, member)) ?? Number.NaN))
    return ids.length > 1 && ids.every((id, i) => i === 0 || id < ids[i - 1]!)
  }

  get #isLast(): boolean {
    const limit = this.#limit
    if (limit !== undefined && this.rows.length >= limit) return false
    if (this.#total !== undefined && this.#start !== undefined)
      return this.#start + this.rows.length >= this.#total + this.delta - 1
    return this.#start === 0 || limit !== undefined
  }

  get #isWhole(): boolean {
    return this.#start === 0 && this.#isLast
  }

  #belongs(row: JsonObject): 'yes' | 'no' | 'unclear' {
    let verdict: 'yes' | 'unclear' = 'yes'
    for (const { member, value } of this.#filters) {
      const own = member.split('.').reduce<JsonNode | undefined>(memberOf, row)
      const text = textOf(own)
      if (text === undefined) verdict = 'unclear'
      else if (text !== value) return 'no'
    }
    return verdict
  }

  #doubt(sure: number): void {
    this.surety = Math.min(this.surety, sure)
  }
}

function wholeOf(
  of: readonly { readonly meaning: InputMeaning | undefined; readonly value: string }[],
  kind: 'limit' | 'offset',
): number | undefined {
  const found = of.find(({ meaning }) => meaning?.kind === kind)
  return found !== undefined && /^\d{1,9}$/.test(found.value) ? Number(found.value) : undefined
}

// ── a thing with what was sent of it ─────────────────────────────────────────────────────────────────────────────────

/** Undefined: what was sent cannot be laid over it. */
export function withSent(
  thing: JsonObject,
  { sent, isMergePatch }: RowChange,
  path: readonly string[],
  idMember: string,
): JsonObject | undefined {
  if (sent?.kind !== 'object') return undefined
  const within = withinEnvelope(sent, path)
  return merged(thing, within, isMergePatch, idMember)
}

/** What is answered within an envelope is sometimes sent in the same one. */
export function withinEnvelope(sent: JsonObject, path: readonly string[]): JsonObject {
  const inner = path.length === 0 ? undefined : atPath(sent, path)
  return inner?.kind === 'object' && sent.entries.length === 1 ? inner : sent
}

function merged(thing: JsonObject, sent: JsonObject, isMergePatch: boolean, idMember?: string): JsonObject {
  const entries = new Map(thing.entries)
  for (const [name, node] of sent.entries) {
    const before = entries.get(name)
    // How it is named nobody changes in this way; what was a secret stays unsaid.
    if ((name === idMember && before !== undefined) || (node.kind === 'string' && node.value === REDACTED)) continue
    if (isMergePatch && node.kind === 'literal' && node.raw === 'null') entries.delete(name)
    else if (node.kind === 'object' && before?.kind === 'object') entries.set(name, merged(before, node, isMergePatch))
    else entries.set(name, asBefore(node, before))
  }
  return { kind: 'object', entries: [...entries] }
}

/** A number that was sent as text is one all the same where it was one. */
function asBefore(node: JsonNode, before: JsonNode | undefined): JsonNode {
  if (node.kind !== 'string' || before?.kind !== 'number') return node
  const number = parseJson(node.value)
  return number?.kind === 'number' ? number : node
}

// ── trees ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.entries.find(([own]) => own === name)?.[1] : undefined
}

export function atPath(node: JsonNode | undefined, path: readonly string[]): JsonNode | undefined {
  return path.reduce<JsonNode | undefined>(memberOf, node)
}

export function withAt(node: JsonNode, path: readonly string[], value: JsonNode): JsonNode {
  const [name, ...rest] = path
  if (name === undefined) return value
  if (node.kind !== 'object') return node
  return {
    kind: 'object',
    entries: node.entries.map(([own, child]) => [own, own === name ? withAt(child, rest, value) : child] as const),
  }
}

/** Text of a scalar; undefined of anything else. */
export function textOf(node: JsonNode | undefined): string | undefined {
  if (node === undefined || node.kind === 'array' || node.kind === 'object') return undefined
  return node.kind === 'string' ? node.value : node.raw
}

function totalIn(body: JsonNode, { total }: RouteShows): number | undefined {
  const text = total !== undefined && 'path' in total ? textOf(atPath(body, total.path)) : undefined
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined
}

function withNumber(body: JsonNode, path: readonly string[], delta: number): JsonNode {
  const node = atPath(body, path)
  const text = textOf(node)
  if (node === undefined || text === undefined || !/^\d{1,12}$/.test(text)) return body
  const now = String(Math.max(0, Number(text) + delta))
  return withAt(body, path, node.kind === 'string' ? { kind: 'string', value: now } : { kind: 'number', raw: now })
}

function isBefore(value: JsonNode, other: JsonNode | undefined, descending: boolean): boolean {
  const [a, b] = [textOf(value), textOf(other)]
  if (a === undefined || b === undefined) return false
  const order = value.kind === 'number' && other?.kind === 'number' ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0
  return descending ? order > 0 : order < 0
}
