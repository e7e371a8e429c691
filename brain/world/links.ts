// thread: learner
// How records point to each other: `movie.directorId` to the director of that id, a director to all movies whose `directorId`
// is its own. Pure but for looking records up.
import type { JsonNode } from '../../core/contract/json.js'
import { scalarText } from './inputs.js'
import { compareNumbers } from './number-order.js'
import type { RecordType } from './records.js'
import { select } from './selection.js'
import { idRank } from './sites.js'
import { idText, isScalar, type JsonObject, memberOf } from './tree.js'

export type Link =
  /** The one record whose identifier stands in this member. */
  | { readonly kind: 'one'; readonly via: string }
  /** All records in whose member this record's identifier stands. */
  | { readonly kind: 'many'; readonly via: string }

/** Objects that may be records; undefined for everything else. */
export function nestedRows(node: JsonNode): readonly JsonObject[] | undefined {
  if (node.kind === 'object') return node.entries.length > 1 ? [node] : undefined
  if (node.kind !== 'array' || node.items.length === 0) return undefined
  return node.items.every(item => item.kind === 'object') ? (node.items as JsonObject[]) : undefined
}

export function hasStrongName(row: JsonObject): boolean {
  return row.entries.some(([name, value]) => (idRank(name) ?? 99) < 4 && idText(value) !== undefined)
}

/** A record and what it embeds in one member. */
export interface NestedPair {
  readonly row: JsonObject
  readonly id: string
  readonly nested: readonly JsonObject[]
  readonly isList: boolean
}

export function linkBetween(pairs: readonly NestedPair[], type: RecordType): Link | undefined {
  const [first] = pairs
  if (first === undefined) return undefined
  if (pairs.every(({ isList }) => !isList)) {
    for (const [via, value] of first.row.entries) {
      if (!isScalar(value)) continue
      const holds = pairs.every(({ row, nested }) => {
        const node = memberOf(row, via)
        return node !== undefined && scalarText(node) === type.idOf(nested[0]!)
      })
      if (holds) return { kind: 'one', via }
    }
    return undefined
  }
  for (const [via, value] of first.nested[0]!.entries) {
    if (!isScalar(value)) continue
    const holds = pairs.every(({ id, nested }) =>
      nested.every(row => {
        const node = memberOf(row, via)
        return node !== undefined && scalarText(node) === id
      }),
    )
    if (holds) return { kind: 'many', via }
  }
  return undefined
}

/** What the link leads to, as the view shows it. `certainty`: share of it that is likely known. */
export function follow(
  link: Link,
  row: JsonObject,
  id: string,
  type: RecordType,
  view: string,
  scope: string,
): { node: JsonNode; certainty: number } | undefined {
  const names = [...(type.views.get(view)?.members.keys() ?? [])]
  const shown = (record: NonNullable<ReturnType<RecordType['find']>>): { node: JsonObject; known: number } => {
    const entries = names.flatMap(name => {
      const node = type.shown(record, view, name)
      return node === undefined ? [] : [[name, node] as const]
    })
    return { node: { kind: 'object', entries }, known: entries.length }
  }
  if (link.kind === 'one') {
    const target = memberOf(row, link.via)
    const record = target === undefined ? undefined : type.find(scope, scalarText(target))
    if (record === undefined || record.goneAt > 0) return undefined
    const { node, known } = shown(record)
    return { node, certainty: names.length === 0 ? 0 : known / names.length }
  }
  const items: JsonObject[] = []
  const pointing = { filter: { member: link.via, test: 'eq' }, value: id } as const
  const found = select(type, scope, [pointing], { asked: undefined, ties: undefined, reversed: false })
  for (const { record, row } of found.slice(0, found.length)) {
    const back = memberOf(row, link.via)
    if (back !== undefined && scalarText(back) === id) items.push(shown(record).node)
  }
  const by = type.idMember
  if (by !== undefined) items.sort((a, b) => compareIds(memberOf(a, by), memberOf(b, by)))
  return { node: { kind: 'array', items }, certainty: type.share(scope) }
}

function compareIds(a: JsonNode | undefined, b: JsonNode | undefined): number {
  if (a?.kind === 'number' && b?.kind === 'number') return compareNumbers(a.raw, b.raw)
  const textA = a === undefined ? '' : scalarText(a)
  const textB = b === undefined ? '' : scalarText(b)
  return textA < textB ? -1 : textA > textB ? 1 : 0
}
