// thread: any
import { createHash } from 'node:crypto'
import type { JsonNode } from '../../core/contract/json.js'

const MAX_DEPTH = 6

/** What kind of answer this is, whatever its values: member names and types, the first item of a list standing for all. */
export function shapeOf(node: JsonNode | undefined, contentType: string): string {
  const text = node === undefined ? `other ${contentType.split(';')[0]!.trim().toLowerCase()}` : describe(node, 0)
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}

function describe(node: JsonNode, depth: number): string {
  if (depth > MAX_DEPTH) return '…'
  switch (node.kind) {
    case 'object':
      return `{${node.entries
        .map(([name, value]) => `${name}:${describe(value, depth + 1)}`)
        .sort()
        .join()}}`
    case 'array':
      return `[${node.items.length === 0 ? '' : describe(node.items[0]!, depth + 1)}]`
    case 'literal':
      // null stands where a value may: it says nothing about the type.
      return node.raw === 'null' ? '?' : 'bool'
    default:
      return node.kind
  }
}
