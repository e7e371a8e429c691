// thread: any
import { createHash } from 'node:crypto'
import type { JsonNode } from '../../core/contract/json.js'

/**
 * What kind of answer this is, whatever its values: the names of its members, or of those of the first item of a list.
 * Neither types (null stands for any) nor what lies deeper (maps have names that are data) say more about the kind.
 */
export function shapeOf(node: JsonNode | undefined, contentType: string): string {
  const text = node === undefined ? `other ${contentType.split(';')[0]!.trim().toLowerCase()}` : describe(node)
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}

function describe(node: JsonNode): string {
  if (node.kind === 'array') return `[${node.items.length === 0 ? '' : describe(node.items[0]!)}]`
  if (node.kind !== 'object') return node.kind
  return `{${node.entries
    .map(([name]) => name)
    .sort()
    .join()}}`
}
