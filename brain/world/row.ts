// thread: learner
import type { JsonNode } from '../../core/contract/json.js'
import type { Rec } from './records.js'
import { idText, type JsonObject } from './tree.js'

/** The members of a record that all views agree on, and that were not put in doubt; kept until one of them changes. */
export function rowOf(record: Rec): JsonObject {
  if (record.row !== undefined) return record.row
  const entries: (readonly [string, JsonNode])[] = []
  for (const [name, { node, at }] of record.members)
    if (!name.includes('\u0000') && (at > record.unsureAt || isIdentifier(record, node))) entries.push([name, node])
  record.row = { kind: 'object', entries }
  return record.row
}

function isIdentifier({ id }: Rec, node: JsonNode): boolean {
  return idText(node) === id
}
