// thread: any
// The fields of a JSON document and their types: `items[].price` → number. What only some items of a list have, it has not.
import type { JsonNode } from '../../../core/contract/json.js'

const MAX_DEPTH = 5
const MAX_ITEMS = 20
const MAX_FIELDS = 300

/** Types by path; '' is the whole. */
export type FieldTypes = Map<string, string[]>

export function fieldsOf(json: JsonNode): FieldTypes {
  const fields: FieldTypes = new Map()
  walk(fields, '', [json], 0)
  return fields
}

/** `nodes`: what stands at that path, in each of the items of which it is a part. */
function walk(fields: FieldTypes, path: string, nodes: readonly JsonNode[], depth: number): void {
  if (fields.size >= MAX_FIELDS) return
  fields.set(path, [...new Set(nodes.map(typeOf))])
  if (depth >= MAX_DEPTH) return
  const items = nodes.flatMap(node => (node.kind === 'array' ? node.items.slice(0, MAX_ITEMS) : [])).slice(0, MAX_ITEMS)
  if (items.length > 0) walk(fields, `${path}[]`, items, depth + 1)
  const objects = nodes.flatMap(node => (node.kind === 'object' ? [new Map(node.entries)] : []))
  const [first, ...others] = objects
  if (first === undefined) return
  for (const [name, value] of first) {
    const values = [value, ...others.flatMap(other => other.get(name) ?? [])]
    if (values.length === objects.length) walk(fields, path === '' ? name : `${path}.${name}`, values, depth + 1)
  }
}

function typeOf(node: JsonNode): string {
  switch (node.kind) {
    case 'literal':
      return node.raw === 'null' ? 'null' : 'boolean'
    default:
      return node.kind
  }
}
