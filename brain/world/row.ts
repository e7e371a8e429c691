// thread: learner
import type { JsonNode } from '../../core/contract/json.js'
import type { Rec } from './records.js'
import { idText, type JsonObject } from './tree.js'

/** The members of a record that all views agree on, and that were not put in doubt; kept until one of them changes. */
export function rowOf(record: Rec): JsonObject {
  if (record.row !== undefined) return record.row
  const entries: (readonly [string, JsonNode])[] = []
  // How it is named is never in doubt.
  let isNamed = false
  for (const [name, node, at] of record.members) {
    if (name.includes('\u0000')) continue
    const isName: boolean = !isNamed && idText(node) === record.id
    if (at > record.unsureAt || isName) entries.push([name, node])
    isNamed ||= isName
  }
  record.row = { kind: 'object', entries }
  return record.row
}
