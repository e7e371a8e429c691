// thread: any
// How a ghost looks on the wire: its marks, its age, and what the conditions of the request make of it.
import { contentCoding } from '../contract/content-coding.js'
import { type FaultCode, faults } from '../contract/faults.js'
import { fieldOf } from '../contract/fields.js'
import type { GhostAnswer, Refusal } from '../contract/ghost.js'
import { codeFor } from './coded-body.js'

export interface WireAnswer {
  readonly status: number
  readonly headers: string[]
  /** undefined: an answer without body; `bodyLength` says which length is reported, -1 none. */
  readonly body: Uint8Array | undefined
  readonly bodyLength: number
}

/** Fields that say how a body is framed or coded, not what it is. */
const perBody = new Set(['content-length', 'content-encoding', 'transfer-encoding', 'age', 'date'])

/** How many pending writes of the client itself the answer shows. */
const PENDING_FIELD = 'x-ghost-pending'

/** RFC 9111 §5, RFC 9213 and what came before it. */
const ofCaches = new Set(['cache-control', 'expires', 'pragma', 'cdn-cache-control', 'surrogate-control'])

/** They name the octets of one coding (RFC 9530, RFC 1864). */
const perCoding = new Set(['content-md5', 'digest', 'content-digest', 'repr-digest'])

/** `because`: the fault that called the ghost. Undefined: the client cannot take the coding the body is stored in. */
export function labelGhost(
  answer: GhostAnswer,
  method: string,
  requestHeaders: readonly string[],
  because: FaultCode,
  now: number,
): WireAnswer | undefined {
  const coded = codeFor(answer, requestHeaders)
  if (coded === undefined) return undefined
  const stored = storedFields(answer.headers)
  const recoded = coded.isRecoded ? recodedFields(stored) : [...stored]
  const headers = answer.pending === undefined ? recoded : forOneClient(recoded)
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
  const { pending } = answer
  // RFC 8941: a number, and a parameter that is there or not.
  if (pending !== undefined) headers.push(PENDING_FIELD, `${pending.shown}${pending.isUnclear ? ';unclear' : ''}`)
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
      bodyLength: coded.body.length > 0 ? coded.body.length : coded.isRecoded ? -1 : saidLength(answer),
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
  const status = refused !== undefined && ofWrites.has(refused) && fault.retry === 'always' ? 503 : fault.status
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
  // Ours too, where it passes: memory that is used up.
  if (fault.side === 'upstream' || (fault.side === 'internal' && fault.status === 503)) {
    headers.push('retry-after', String(retryAfterS), 'x-ghost', 'none')
    if (refused !== undefined) headers.push('x-ghost-refused', refused)
  }
  return { status, headers, body, bodyLength: body.length }
}

/** Why a write was not taken. */
const ofWrites: ReadonlySet<Refusal> = new Set<Refusal>([
  'unsafe-method',
  'body-not-kept',
  'journal-full',
  'journal-failed',
])

/** A write that is on the disk, to be sent when the upstream is there again. `location`: where its status is told. */
export function labelJournalled(
  id: string,
  state: string,
  location: string,
  because: FaultCode,
  temporaryId?: string,
): WireAnswer {
  const told = { id, state, status: location, ...(temporaryId === undefined ? {} : { temporaryId }) }
  const body = Buffer.from(`${JSON.stringify(told)}\n`)
  const headers = [
    'content-type',
    'application/json',
    'cache-control',
    'no-store',
    'location',
    location,
    'x-ghost',
    'journalled',
    'proxy-status',
    proxyStatus(because),
  ]
  return { status: 202, headers, body, bodyLength: body.length }
}

/** What of an exemplar's fields goes on the wire; exemplars that are asked for often stay decoded, fields and all. */
const wireFields = new WeakMap<readonly string[], readonly string[]>()

function storedFields(stored: readonly string[]): readonly string[] {
  let fields = wireFields.get(stored)
  if (fields === undefined) {
    const kept = stored.filter((_, i) => !perBody.has(stored[i - (i % 2)]!))
    fields = contentCoding(stored) === '' ? kept : withVary(kept)
    wireFields.set(stored, fields)
  }
  return fields
}

/** What shows a client's own writes no cache may keep for another (RFC 9111 §5.2.2.5), whatever was said of it before. */
function forOneClient(fields: readonly string[]): string[] {
  const kept = fields.filter((_, i) => !ofCaches.has(fields[i - (i % 2)]!))
  return [...kept, 'cache-control', 'no-store']
}

/** RFC 9110 §8.8.3.3: what is coded in another way has another strong tag; as a weak one it holds for both. */
function recodedFields(stored: readonly string[]): string[] {
  const fields: string[] = []
  for (let i = 0; i < stored.length; i += 2) {
    const name = stored[i]!
    const value = stored[i + 1]!
    if (!perCoding.has(name)) fields.push(name, name === 'etag' && value.startsWith('"') ? `W/${value}` : value)
  }
  return withVary(fields)
}

/** RFC 9110 §12.5.5: who else is told the answer may not take this coding. */
function withVary(fields: readonly string[]): string[] {
  const named = fields.some(
    (value, i) => i % 2 === 1 && fields[i - 1] === 'vary' && /(^|,)\s*(\*|accept-encoding)\s*(,|$)/i.test(value),
  )
  return named ? [...fields] : [...fields, 'vary', 'Accept-Encoding']
}

/** What a HEAD answer said of the body that it does not have. */
function saidLength({ headers }: GhostAnswer): number {
  return Number(fieldOf(headers, 'content-length') ?? -1)
}

export function proxyStatus(code: FaultCode): string {
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
