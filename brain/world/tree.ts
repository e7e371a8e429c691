// thread: learner
// Looking into JSON trees.
import { type JsonNode, printJson } from '../../core/contract/json.js'

export type JsonObject = JsonNode & { readonly kind: 'object' }
export type JsonArray = JsonNode & { readonly kind: 'array' }
export const nullNode: JsonNode = { kind: 'literal', raw: 'null' }

export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined
  for (const [key, value] of node.entries) if (key === name) return value
  return undefined
}

export function atPath(node: JsonNode | undefined, path: readonly string[]): JsonNode | undefined {
  let at = node
  for (const name of path) at = memberOf(at, name)
  return at
}

export function isScalar(node: JsonNode): boolean {
  return node.kind !== 'object' && node.kind !== 'array'
}

export function isNull(node: JsonNode | undefined): boolean {
  return node === undefined || (node.kind === 'literal' && node.raw === 'null')
}

/** Same value; the order of members does not count, the way a number is written does. */
export function sameNode(a: JsonNode, b: JsonNode): boolean {
  if (a === b) return true
  switch (a.kind) {
    case 'string':
      return b.kind === 'string' && a.value === b.value
    case 'number':
    case 'literal':
      return b.kind === a.kind && a.raw === b.raw
    case 'array':
      return (
        b.kind === 'array' &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => sameNode(item, b.items[i]!))
      )
    case 'object':
      return b.kind === 'object' && a.entries.length === b.entries.length && hasMembers(b, a, sameNode)
  }
}

/** Does `object` have each member of `wanted`, the two of them being alike? */
export function hasMembers(
  object: JsonObject,
  wanted: JsonObject,
  isAlike: (wanted: JsonNode, given: JsonNode) => boolean,
): boolean {
  // Most often the order is the same; where it is not, looking each up would take the square of their number.
  let byName: Map<string, JsonNode> | undefined
  return wanted.entries.every(([name, value], i) => {
    const beside = object.entries[i]
    if (beside?.[0] === name) return isAlike(value, beside[1])
    byName ??= new Map(object.entries)
    const other = byName.get(name)
    return other !== undefined && isAlike(value, other)
  })
}

/** How many leaves a tree has; an empty array or object is one. */
export function leafCount(node: JsonNode): number {
  if (node.kind === 'object') {
    let count = 0
    for (const [, child] of node.entries) count += leafCount(child)
    return Math.max(1, count)
  }
  if (node.kind === 'array') {
    let count = 0
    for (const child of node.items) count += leafCount(child)
    return Math.max(1, count)
  }
  return 1
}

/** The tree with the node at `path` replaced; the tree itself where there is no such place. */
export function withAt(node: JsonNode, path: readonly string[], value: JsonNode): JsonNode {
  if (path.length === 0) return value
  if (node.kind !== 'object') return node
  const [name, ...rest] = path
  return {
    kind: 'object',
    entries: node.entries.map(([key, child]) => [key, key === name ? withAt(child, rest, value) : child] as const),
  }
}

/** Identifier of a record: text of a string or of a number. Undefined for everything else. */
export function idText(node: JsonNode | undefined): string | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'string') return node.value === '' || node.value.length > 256 ? undefined : node.value
  return node.kind === 'number' ? node.raw : undefined
}

export { printJson }
