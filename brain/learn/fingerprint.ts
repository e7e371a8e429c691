// thread: learner
// Are two answers the same, but for what is made anew in each?
import { createHash } from 'node:crypto'
import { type JsonNode, printJson } from '../../core/contract/json.js'
import type { Exemplar } from '../../core/contract/memory.js'
import type { VolatileMap } from '../../core/contract/volatile.js'
import { withoutVolatile } from '../../core/contract/without-volatile.js'
import { decodedBody, jsonOf } from './readable-body.js'

/** An answer, as it is compared. */
export interface ComparedAnswer {
  readonly status: number
  readonly headers: readonly string[]
  /** Decoded, or as it came where it cannot be. */
  readonly body: Uint8Array
  readonly json: JsonNode | undefined
}

/** A text as people write it: words, and no name of a thing. */
function isInWords(text: string): boolean {
  return /\p{L}{2}/u.test(text) && (!/\d/.test(text) || /\s/.test(text))
}

function withoutWords(node: JsonNode): JsonNode {
  switch (node.kind) {
    case 'string':
      return isInWords(node.value) ? { kind: 'string', value: 'words' } : node
    case 'array':
      return { kind: 'array', items: node.items.map(withoutWords) }
    case 'object':
      return { kind: 'object', entries: node.entries.map(([name, child]) => [name, withoutWords(child)] as const) }
    default:
      return node
  }
}

/** The same for answers that say the same of the same things in other words, as translations do. */
export function skeletonOf({ json }: ComparedAnswer, volatile: VolatileMap | undefined): string {
  if (json === undefined) return ''
  return createHash('sha256')
    .update(printJson(withoutWords(withoutVolatile(json, volatile))))
    .digest('base64url')
}

/** The same for answers that say the same, by what is known to be volatile. */
export function fingerprintOf({ status, json, body }: ComparedAnswer, volatile: VolatileMap | undefined): string {
  const hash = createHash('sha256').update(`${status} `)
  return (json === undefined ? hash.update(body) : hash.update(printJson(withoutVolatile(json, volatile)))).digest(
    'base64url',
  )
}

/** What was kept, fit to be compared. */
export function comparedOf(stored: Exemplar): ComparedAnswer {
  const { status, headers } = stored
  const body = decodedBody(stored)
  return { status, headers, body: body ?? stored.body, json: body === undefined ? undefined : jsonOf(body, headers) }
}
