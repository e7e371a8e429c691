// thread: learner
// Records within the records of one route: of which type they are, what they show, and how a record leads to those that are
// embedded in it.
import type { JsonNode } from '../../core/contract/json.js'
import { follow, hasStrongName, type Link, linkBetween, type NestedPair, nestedRows } from './links.js'
import type { Observation } from './observation.js'
import type { Rec, Records, RecordType } from './records.js'
import { rowOf } from './row.js'
import type { JsonObject } from './tree.js'

/** Times that nested rows of one place are held against all types in vain. */
const MAX_UNTYPED = 64

/** Which answer a row is from. */
export interface Source extends Pick<Observation, 'scope' | 'at'> {
  readonly source: string
  readonly key: string | undefined
}

/** What the route has seen so far. */
export interface Seen {
  /** How many answers. */
  readonly count: number
  /** Records of a view, each with what it embeds under this name. */
  pairs(name: string, view: string): NestedPair[]
}

export class NestedRecords {
  readonly #records: Records
  readonly #pattern: () => string
  /** By view and name of the member. */
  readonly #nested = new Map<string, RecordType>()
  readonly #untyped = new Map<string, number>()
  readonly #links = new Map<string, { seen: number; pairs: number; link: Link | undefined }>()

  /** `pattern`: of the route, for the names of types. */
  constructor(records: Records, pattern: () => string) {
    this.#records = records
    this.#pattern = pattern
  }

  /** Fit for structured clone; of types their uid. */
  saved(): readonly (readonly [string, string])[] {
    return [...this.#nested].map(([key, { uid }]) => [key, uid] as const)
  }

  restore(saved: readonly (readonly [string, string])[], typeOf: (uid: string) => RecordType | undefined): void {
    for (const [key, uid] of saved) {
      const type = typeOf(uid)
      if (type !== undefined) this.#nested.set(key, type)
    }
  }

  /** Which record leads to which is found anew. */
  forgetLinks(): void {
    this.#links.clear()
  }

  /** Notes what an exemplar of an earlier run shows. */
  show(row: JsonObject, view: string, shownIn: string, depth = 0): void {
    if (depth > 3) return
    for (const [name, node] of row.entries) {
      const key = `${view}.${name}`
      const type = this.#nested.get(key)
      const rows = nestedRows(node)
      if (type === undefined && node.kind === 'object') this.show(node, key, shownIn, depth + 1)
      if (type === undefined || rows === undefined) continue
      for (const inner of rows) {
        const id = type.idOf(inner)
        if (id !== undefined) this.#records.showings.note(type, id, shownIn)
        this.show(inner, key, shownIn, depth + 1)
      }
    }
  }

  /** Records within records: `{"id": 7, "author": {"id": 3, …}}`. */
  take(row: JsonObject, view: string, from: Source, depth = 0): void {
    const { scope, at, source, key: shownIn } = from
    for (const [name, node] of row.entries) {
      const nested = nestedRows(node)
      if (node.kind === 'object' && depth < 3 && !hasStrongName(node))
        this.take(node, `${view}.${name}`, from, depth + 1)
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
            ? this.#records.typeOf(nested, `${this.#pattern()} ${name}`, undefined, undefined)
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
        if (depth < 3) this.take(inner, key, from, depth + 1)
      }
    }
  }

  /** What a member that was never shown for a record must be, by what was shown for others. */
  derivedMember(
    record: Rec,
    name: string,
    view: string,
    scope: string,
    seen: Seen,
  ): { node: JsonNode; certainty: number } | undefined {
    const type = this.#nested.get(`${view}.${name}`)
    if (type === undefined) return undefined
    let link = this.#links.get(`${view}.${name}`)
    // A few pairs may agree by chance.
    if (link === undefined || (link.pairs < 8 ? link.seen < seen.count : link.seen * 2 < seen.count)) {
      const pairs = seen.pairs(name, view)
      link = { seen: seen.count, pairs: pairs.length, link: linkBetween(pairs, type) }
      this.#links.set(`${view}.${name}`, link)
    }
    if (link.link === undefined) return undefined
    return follow(link.link, rowOf(record), record.id, type, `${view}.${name}`, scope)
  }

  /**
   * A member that shows other records, as these are now: each embedded copy says what its record says today, and leads to the
   * record that this one points to today.
   */
  renewed(record: Rec, name: string, view: string, node: JsonNode, scope: string, seen: Seen): JsonNode {
    const key = `${view}.${name}`
    const type = this.#nested.get(key)
    if (type === undefined) return node
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
      const derived = this.derivedMember(record, name, view, scope, seen)
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
