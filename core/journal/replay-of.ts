// thread: main
// What is sent of an entry: as it came, with a key of its own where the client sent none, real ids for temporary ones, and the
// condition that nothing has changed since the client saw it. Pure.
import { isUtf8 } from 'node:buffer'
import { contentCoding } from '../contract/content-coding.js'
import { fieldOf } from '../contract/fields.js'
import type { JournalWrite, ReplayWrite } from '../contract/journal.js'
import { bodyKind } from '../contract/question.js'
import { type NamedId, withRealIds, withRealIdsInJson, withRealIdsInUrl } from '../contract/temporary-id.js'
import type { JournalRecord } from './record.js'

/** They name the octets of the body as it came (RFC 9530, RFC 1864). */
const ofOctets = new Set(['content-md5', 'digest', 'content-digest', 'repr-digest'])
/** RFC 9110 §13.1.1: what a POST makes was never seen. */
const conditional = new Set(['PUT', 'PATCH', 'DELETE'])

const inBody = { json: withRealIdsInJson, form: withRealIdsInUrl, graphql: withRealIds, text: withRealIds }

/** Where a write may name a temporary id: its target, and its body where it is text. */
export function namedTexts({ target, headers, body }: Pick<JournalWrite, 'target' | 'headers' | 'body'>): string[] {
  return isText(headers, body) ? [target, Buffer.from(body).toString()] : [target]
}

function isText(headers: readonly string[], body: Uint8Array): boolean {
  return body.length > 0 && contentCoding(headers) === '' && isUtf8(body)
}

/** With a key of its own where the client sent none: sent again, it is the same request (draft-ietf-httpapi-idempotency-key-header). */
export function replayOf(
  { head, body }: JournalRecord & { kind: 'entry' },
  real: ReadonlyMap<string, NamedId>,
  seenTag: string | undefined,
): ReplayWrite {
  const { id, method, version, authority, secure, remoteAddress, headers, hasLength, keyDigest, makes } = head
  const now = withReal(headers, body, real)
  const added = keyDigest === '' ? ['idempotency-key', `"${id}"`] : []
  const hasCondition = ['if-match', 'if-unmodified-since', 'if-none-match'].some(
    name => fieldOf(headers, name) !== undefined,
  )
  if (seenTag !== undefined && conditional.has(method) && !hasCondition) added.push('if-match', seenTag)
  return {
    id,
    method,
    target: withRealIdsInUrl(head.target, real),
    version,
    authority: authority ?? undefined,
    secure,
    remoteAddress,
    headers: [...now.headers, ...added],
    hasLength,
    // Not a view: a message would take all of what it stands on.
    body: new Uint8Array(now.body),
    ...(makes === undefined ? {} : { makes }),
  }
}

function withReal(
  headers: readonly string[],
  body: Buffer,
  real: ReadonlyMap<string, NamedId>,
): { readonly headers: readonly string[]; readonly body: Buffer } {
  if (real.size === 0 || !isText(headers, body)) return { headers, body }
  const text = body.toString()
  const now = inBody[bodyKind(fieldOf(headers, 'content-type')) ?? 'text'](text, real)
  if (now === text) return { headers, body }
  return { headers: headers.filter((_, i) => !ofOctets.has(headers[i - (i % 2)]!)), body: Buffer.from(now) }
}
