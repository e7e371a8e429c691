// thread: learner
// The body of an answer as something to learn from, where it can be read.
import { isUtf8 } from 'node:buffer'
import { contentCoding, decodeContent } from '../../core/contract/content-coding.js'
import { fieldOf } from '../../core/contract/fields.js'
import { type JsonNode, parseJson } from '../../core/contract/json.js'

/** Larger bodies are exemplars, but nothing is learned from what is in them. */
export const MAX_PARSED_BYTES = 256 * 1024

export interface CodedBody {
  readonly body: Uint8Array
  readonly headers: readonly string[]
}

/** undefined: coded in a way that cannot be read; such a body is an exemplar and nothing more. */
export function decodedBody({ body, headers }: CodedBody): Buffer | undefined {
  return decodeContent(body, contentCoding(headers), MAX_PARSED_BYTES)
}

/** undefined: not JSON, or too large. */
export function jsonOf(plain: Buffer, headers: readonly string[]): JsonNode | undefined {
  const type = fieldOf(headers, 'content-type')
  // Some APIs name no type, or text/plain; what begins like JSON is tried.
  if (type !== undefined && !isJsonType(type)) return undefined
  // Octets that are not UTF-8 would come back as others.
  return plain.length <= MAX_PARSED_BYTES && isUtf8(plain) ? parseJson(plain.toString('utf8')) : undefined
}

/** One document, that is: streams of them (NDJSON, JSON text sequences) look alike while they hold one. */
function isJsonType(type: string): boolean {
  const essence = type.split(';', 1)[0]!.trim().toLowerCase()
  return essence === 'text/plain' || (/[/+.-]json$/.test(essence) && !essence.endsWith('/stream+json'))
}
