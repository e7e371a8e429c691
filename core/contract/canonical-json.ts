// thread: any
import { type JsonNode, printJson } from './json.js'

/** JSON text in which neither white space nor the order of members is left: the same for all that say the same. */
export function canonicalJson(node: JsonNode): string {
  return printJson(sorted(node))
}

function sorted(node: JsonNode): JsonNode {
  if (node.kind === 'array') return { kind: 'array', items: node.items.map(sorted) }
  if (node.kind !== 'object') return node
  const entries = node.entries.map(([name, child]) => [name, sorted(child)] as const)
  return { kind: 'object', entries: entries.sort(byName) }
}

/** In the order of code units, which no locale changes. */
export function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
