// thread: any
// JSON-RPC 2.0 §5: an answer carries the id of its request, and clients find what they asked by it.
import { isUtf8 } from 'node:buffer'
import { withoutBodyFields } from '../contract/body-fields.js'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import { type JsonNode, parseJson, printJson } from '../contract/json.js'

interface Said {
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

const MAX_DECODED_BYTES = 8 << 20
/**
 * The answer with the id of the one who asks, in its exact spelling; undefined where it has no place for one. `isOpen`: it
 * was put together without one, so that a null is no answer about a request that could not be read.
 */
export function withId(said: Said, id: JsonNode, isOpen = false): Said | undefined {
  const plain = decodeContent(said.body, contentCoding(said.headers), MAX_DECODED_BYTES)
  const root = plain === undefined || !isUtf8(plain) ? undefined : parseJson(plain.toString())
  if (root?.kind !== 'object') return undefined
  const own = root.entries.find(([name]) => name === 'id')?.[1]
  if (own === undefined) return undefined
  // What it cannot say whose request it was (§5.1) says so to everybody.
  if ((printJson(own) === 'null' && !isOpen) || printJson(own) === printJson(id)) return said
  const entries = root.entries.map(([name, value]) => [name, name === 'id' ? id : value] as const)
  return {
    headers: withoutBodyFields(said.headers),
    body: Buffer.from(printJson({ kind: 'object', entries })),
  }
}
