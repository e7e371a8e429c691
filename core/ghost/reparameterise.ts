// thread: any
import { isUtf8 } from 'node:buffer'
import { type JsonNode, parseJson, printJson } from '../contract/json.js'
import { queryParams } from '../contract/query-params.js'

/**
 * Fits an answer to a request that means the same in other words: strings in it that are exactly the value of a parameter
 * which differs become this request's value. Everything else, and what is not JSON, stays octet for octet.
 */
export function reparameterise(
  body: Uint8Array,
  from: { readonly query: string },
  to: { readonly query: string },
): Uint8Array {
  const changes = changedValues(from.query, to.query)
  if (changes.size === 0) return body
  // Octets that are not UTF-8 would come back as others.
  const root = isUtf8(body)
    ? parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
    : undefined
  if (root === undefined) return body
  let changed = false
  const fit = (node: JsonNode): JsonNode => {
    switch (node.kind) {
      case 'string': {
        const value = changes.get(node.value)
        if (value === undefined) return node
        changed = true
        return { kind: 'string', value }
      }
      case 'array':
        return { kind: 'array', items: node.items.map(fit) }
      case 'object':
        return { kind: 'object', entries: node.entries.map(([name, child]) => [name, fit(child)] as const) }
      default:
        return node
    }
  }
  const fitted = fit(root)
  return changed ? Buffer.from(printJson(fitted)) : body
}

function changedValues(from: string, to: string): Map<string, string> {
  const wanted = new Map(queryParams(to))
  const changes = new Map<string, string>()
  for (const [name, value] of queryParams(from)) {
    const other = wanted.get(name)
    if (other !== undefined && other !== value && value !== '') changes.set(value, other)
  }
  return changes
}
