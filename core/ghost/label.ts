// thread: any
// How a ghost looks on the wire: its marks, its age, and what the conditions of the request make of it.
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import { type FaultCode, faults } from '../contract/faults.js'
import { fieldOf } from '../contract/fields.js'
import type { GhostAnswer, Refusal } from '../contract/ghost.js'

export interface WireAnswer {
  readonly status: number
  readonly headers: string[]
  /** undefined: an answer without body; `bodyLength` says which length is reported, -1 none. */
  readonly body: Uint8Array | undefined
  readonly bodyLength: number
}

/** Fields that say how a body is framed or coded, not what it is. */
const perBody = new Set(['content-length', 'content-encoding', 'transfer-encoding', 'age', 'date'])

/** Largest body that is decoded for a client which cannot take its coding. */
const MAX_DECODED_BYTES = 64 << 20

/** `because`: the fault that called the ghost. Undefined: the client cannot take the coding the body is stored in. */
export function labelGhost(
  answer: GhostAnswer,
  method: string,
  requestHeaders: readonly string[],
  because: FaultCode,
  now: number,
): WireAnswer | undefined {
  const coded = codeFor(answer, fieldOf(requestHeaders, 'accept-encoding'))
  if (coded === undefined) return undefined
  const headers = [...storedFields(answer.headers)]
  if (coded.coding !== '') headers.push('content-encoding', coded.coding)
  headers.push(
    'x-ghost',
    answer.tier,
    'x-ghost-confidence',
    answer.confidence.toFixed(2),
    'age',
    String(Math.max(0, Math.floor((now - answer.capturedAt) / 1000))),
    'cache-status',
    `chaos-proxy; hit; detail=ghost-${answer.tier}`,
    'proxy-status',
    proxyStatus(because),
  )
  if (answer.redactions > 0) headers.push('x-ghost-redacted', String(answer.redactions))
  if (answer.status === 200 && isUnchanged(answer, requestHeaders))
    return { status: 304, headers, body: undefined, bodyLength: -1 }
  if (answer.status === 204) return { status: 204, headers, body: undefined, bodyLength: -1 }
  // A GET exemplar knows the length that HEAD reports; a HEAD exemplar has no body and the field it came with.
  if (method === 'HEAD')
    return {
      status: answer.status,
      headers,
      body: undefined,
      bodyLength: coded.body.length > 0 ? coded.body.length : Number(fieldOf(answer.headers, 'content-length') ?? -1),
    }
  return { status: answer.status, headers, body: coded.body, bodyLength: coded.body.length }
}

/**
 * RFC 9457, with the status of the fault; a write of which the upstream saw nothing gets 503, for it was surely not done
 * and may be sent again later.
 */
export function labelRefusal(
  code: FaultCode,
  refused: Refusal | undefined,
  retryAfterS: number,
  detail?: string,
): WireAnswer {
  const fault = faults[code]
  const status = refused === 'unsafe-method' && fault.retry === 'always' ? 503 : fault.status
  const problem = {
    type: 'about:blank',
    title: fault.text,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(refused === undefined ? {} : { ghost: refused }),
  }
  const body = Buffer.from(`${JSON.stringify(problem)}\n`)
  const headers = [
    'content-type',
    'application/problem+json',
    'cache-control',
    'no-store',
    'proxy-status',
    proxyStatus(code),
  ]
  if (fault.side === 'upstream') {
    headers.push('retry-after', String(retryAfterS), 'x-ghost', 'none')
    if (refused !== undefined) headers.push('x-ghost-refused', refused)
  }
  return { status, headers, body, bodyLength: body.length }
}

/** What of an exemplar's fields goes on the wire; exemplars that are asked for often stay decoded, fields and all. */
const wireFields = new WeakMap<readonly string[], readonly string[]>()

function storedFields(stored: readonly string[]): readonly string[] {
  let fields = wireFields.get(stored)
  if (fields === undefined) {
    fields = stored.filter((_, i) => !perBody.has(stored[i - (i % 2)]!))
    wireFields.set(stored, fields)
  }
  return fields
}

function proxyStatus(code: FaultCode): string {
  return `chaos-proxy; error=${faults[code].proxyStatus}; details="${code}"`
}

/** RFC 9110 §13.1.2 and §13.1.3: If-None-Match first; If-Modified-Since only where there is none. */
function isUnchanged(answer: GhostAnswer, requestHeaders: readonly string[]): boolean {
  const noneMatch = fieldOf(requestHeaders, 'if-none-match')
  if (noneMatch !== undefined) {
    const etag = fieldOf(answer.headers, 'etag')
    if (noneMatch.trim() === '*') return true
    return etag !== undefined && noneMatch.split(',').some(tag => weak(tag) === weak(etag))
  }
  const since = Date.parse(fieldOf(requestHeaders, 'if-modified-since') ?? '')
  const modified = Date.parse(fieldOf(answer.headers, 'last-modified') ?? '')
  return !Number.isNaN(since) && !Number.isNaN(modified) && modified <= since
}

function weak(tag: string): string {
  return tag.trim().replace(/^W\//, '')
}

interface CodedBody {
  readonly body: Uint8Array
  readonly coding: string
}

/** The body in a coding that the client takes: as it is stored, else decoded. RFC 9110 §12.5.3. */
function codeFor(answer: GhostAnswer, acceptEncoding: string | undefined): CodedBody | undefined {
  const coding = contentCoding(answer.headers)
  if (coding === '' || answer.body.length === 0 || accepts(acceptEncoding, coding)) return { body: answer.body, coding }
  // Broken or bomb: it was learned octet for octet and cannot be given to a client that wants it decoded.
  const body = decodeContent(answer.body, coding, MAX_DECODED_BYTES)
  return body === undefined ? undefined : { body, coding: '' }
}

function accepts(acceptEncoding: string | undefined, coding: string): boolean {
  if (acceptEncoding === undefined) return false
  let any = false
  for (const element of acceptEncoding.split(',')) {
    const [name, ...parameters] = element.split(';').map(part => part.trim().toLowerCase())
    const refused = parameters.some(parameter => /^q=0(\.0{0,3})?$/.test(parameter))
    if (name === coding) return !refused
    if (name === '*') any = !refused
  }
  return any
}
