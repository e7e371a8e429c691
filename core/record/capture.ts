// thread: edge
// Turns a finished exchange into what may be learned: redacted, scoped, sampled. Nothing here waits; what is not worth
// shipping is counted and forgotten.
import { Buffer } from 'node:buffer'
import { parseCacheControl } from '../contract/cache-control.js'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import type { Exchange } from '../contract/exchange.js'
import { fieldOf } from '../contract/fields.js'
import { isAcceptedWrite, isLearnedStatus, isRead } from '../contract/learnable.js'
import { segmentsOf } from '../contract/route-match.js'
import { segmentType } from '../contract/segment-type.js'
import { type Identity, identityOf, varyFields } from './identity.js'
import type { Outbox } from './outbox.js'
import type { RecentAnswers } from './recent.js'
import type { Redactor } from './redact.js'
import type { Sampler } from './sampler.js'
import type { Scopes } from './scope.js'
import { type Honour, isShared, isStorable } from './storable.js'
import { WriteGate } from './write-gate.js'

/** A live exchange as the edge saw it, secrets and all. It does not leave the edge. */
export interface LiveExchange {
  readonly startedAt: number
  readonly completedAt: number
  readonly firstByteAt: number
  readonly method: string
  readonly target: string
  readonly path: string
  readonly query: string | undefined
  readonly requestHeaders: readonly string[]
  readonly requestHasBody: boolean
  readonly status: number
  readonly headers: readonly string[]
  /** Where the part of its name that follows from the request's fields is kept, for requests that repeat them. */
  readonly notes?: CaptureNotes | undefined
  /** Whole body, valid during the call only; undefined where it was longer than the cap, or not all of it came. */
  readonly body: Buffer | undefined
}

export interface CaptureNotes {
  captureKey: string | undefined
}

export type CaptureVerdict = 'shipped' | 'unchanged' | 'sampled-out' | 'not-stored'

export interface CaptureParts {
  readonly scopes: Scopes
  readonly redactor: Redactor
  readonly recent: RecentAnswers
  readonly sampler: Sampler
  readonly outbox: Outbox
  readonly honour: Honour
  /** Pattern of the route where it is learned, else undefined. */
  readonly patternOf: (method: string, path: string) => string | undefined
}

/** Request fields that learning looks at; all others stay behind. */
const keptRequestFields = new Set(['accept', 'accept-language', 'content-type'])
/** Response fields that are never stored: of one moment, of one client, or of one hop. */
const droppedFields = new Set([
  'set-cookie',
  'set-cookie2',
  'date',
  'age',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'te',
  'via',
  'x-ghost',
  'x-ghost-confidence',
  'cache-status',
  'proxy-status',
  'server-timing',
])

const MAX_DECODED_BYTES = 8 << 20
/** Of equal writes within this time the first and the last are told. */
const WRITE_WINDOW_MS = 50
const nothing = new Uint8Array(0)

export class Capture {
  readonly #parts: CaptureParts
  readonly #writes = new WriteGate<LiveExchange>(WRITE_WINDOW_MS)
  #writeTimer: NodeJS.Timeout | undefined

  constructor(parts: CaptureParts) {
    this.#parts = parts
  }

  /** The names under which memory knows a request. Used by ghosts; learning goes through `take`. */
  identify(path: string, query: string | undefined, headers: readonly string[]): Identity {
    const { redactor, scopes } = this.#parts
    const redacted = redactor.query(query)
    return identityOf(redactor.text(path), redacted.query, scopes.of(headers, redacted.secrets), headers)
  }

  /** What waits in the outbox goes now. */
  flush(): void {
    for (const write of this.#writes.due(Number.POSITIVE_INFINITY)) this.#shipWrite(write)
    this.#parts.outbox.flush()
  }

  take(live: LiveExchange): CaptureVerdict {
    if (!isRead(live.method)) return this.#takeWrite(live)
    if (live.body === undefined || live.requestHasBody || !isLearnedStatus(live.status)) return 'not-stored'
    const { recent, sampler, outbox, patternOf } = this.#parts
    const group = groupOf(live, this.#parts.scopes)
    if (recent.isRepeat(group, live.target, live.status, live.body, live.completedAt)) return 'unchanged'
    const control = parseCacheControl(fieldOf(live.headers, 'cache-control'))
    const vary = varyFields(allOf(live.headers, 'vary'))
    const identity = this.identify(live.path, live.query, live.requestHeaders)
    if (
      vary === undefined ||
      !isStorable(
        parseCacheControl(fieldOf(live.requestHeaders, 'cache-control')),
        control,
        identity.scope !== '',
        this.#parts.honour,
      )
    )
      return 'not-stored'
    const pattern = patternOf(live.method, live.path)
    if (
      !sampler.take(
        pattern === undefined ? shapeOf(live.method, live.path) : `${live.method} ${pattern}`,
        pattern !== undefined,
        !recent.knows(group, live.target),
        live.body.length,
        live.completedAt,
      )
    )
      return 'sampled-out'
    const body = Buffer.from(live.body)
    const shared = isShared(control)
    const baseKey = identity.baseKey(live.method, shared ? '' : identity.scope)
    const stored = this.#storedBody(body, live.headers)
    const exchange: Exchange = {
      ...outlineOf(live, identity),
      scope: shared ? '' : identity.scope,
      shared,
      baseKey,
      key: identity.variedKey(baseKey, vary),
      vary,
      requestHeaders: live.requestHeaders.filter((_, i) => keptRequestFields.has(live.requestHeaders[i - (i % 2)]!)),
      headers: stored.headers,
      body: stored.body,
      redactions: stored.redactions,
      repeats: recent.shipped(group, live.target, live.status, body, live.completedAt),
    }
    outbox.add(exchange)
    return 'shipped'
  }

  /** A write that was accepted makes what was learned of its target untrue (RFC 9111 §4.4): never sampled, see WriteGate. */
  #takeWrite(live: LiveExchange): CaptureVerdict {
    if (!isAcceptedWrite(live)) return 'not-stored'
    // Where it says that something else was touched as well, it is another write.
    const touched = `${fieldOf(live.headers, 'location') ?? ''} ${fieldOf(live.headers, 'content-location') ?? ''}`
    const scope = this.#parts.scopes.of(live.requestHeaders, '')
    if (this.#writes.opens(`${live.method} ${live.target} ${scope} ${touched}`, live, live.completedAt)) {
      this.#shipWrite(live)
      return 'shipped'
    }
    this.#writeTimer ??= setTimeout(() => this.#shipHeldWrites(), WRITE_WINDOW_MS)
    return 'unchanged'
  }

  #shipHeldWrites(): void {
    this.#writeTimer = undefined
    for (const write of this.#writes.due(Date.now())) this.#shipWrite(write)
    if (!this.#writes.isEmpty) this.#writeTimer = setTimeout(() => this.#shipHeldWrites(), WRITE_WINDOW_MS)
  }

  #shipWrite(live: LiveExchange): void {
    const identity = this.identify(live.path, live.query, live.requestHeaders)
    const baseKey = identity.baseKey(live.method, identity.scope)
    const headers: string[] = []
    for (const name of ['location', 'content-location']) {
      const value = fieldOf(live.headers, name)
      if (value !== undefined) headers.push(name, this.#parts.redactor.text(value))
    }
    this.#parts.recent.forget()
    this.#parts.outbox.add({
      ...outlineOf(live, identity),
      scope: identity.scope,
      shared: false,
      baseKey,
      key: baseKey,
      vary: [],
      requestHeaders: [],
      headers,
      body: nothing,
      redactions: 0,
      repeats: 0,
    })
    this.#parts.outbox.flush()
  }

  /** Body and fields fit to be stored. A coded body is looked into, and stored decoded only where secrets were found. */
  #storedBody(body: Buffer, headers: readonly string[]): { body: Buffer; headers: string[]; redactions: number } {
    const { redactor } = this.#parts
    const kept: string[] = []
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]!
      if (!droppedFields.has(name) && !redactor.isSecretField(name)) kept.push(name, redactor.text(headers[i + 1]!))
    }
    const coding = contentCoding(kept)
    if (coding === '') return { ...redactor.body(body), headers: kept }
    // Broken, or in a coding that we do not know: stored octet for octet.
    const plain = decodeContent(body, coding, MAX_DECODED_BYTES)
    if (plain === undefined) return { body, headers: kept, redactions: 0 }
    const redacted = redactor.body(plain)
    if (redacted.redactions === 0) return { body, headers: kept, redactions: 0 }
    return { ...redacted, headers: kept.filter((_, i) => kept[i - (i % 2)] !== 'content-encoding') }
  }
}

/** What every exchange tells, read or write. */
function outlineOf(live: LiveExchange, identity: Identity) {
  return {
    startedAt: live.startedAt,
    completedAt: live.completedAt,
    firstByteMs: live.firstByteAt - live.startedAt,
    method: live.method,
    path: identity.path,
    query: identity.query ?? '',
    requestBody: nothing,
    status: live.status,
  }
}

/**
 * What names a request beside its target, within this edge and before anything is hashed. The same string for all requests
 * that repeat a header section, where that can be.
 */
function groupOf(live: LiveExchange, scopes: Scopes): string {
  let known = live.notes?.captureKey
  if (known === undefined) {
    known = `${live.method} ${scopes.of(live.requestHeaders, '')}\n${negotiation(live.requestHeaders)}`
    if (live.notes !== undefined) live.notes.captureKey = known
  }
  const vary = fieldOf(live.headers, 'vary')
  // Most answers name Accept-Encoding or nothing; other fields select among answers as well.
  if (vary === undefined || vary.toLowerCase() === 'accept-encoding') return known
  let selectors = ''
  for (const field of varyFields(vary) ?? []) selectors += `${allOf(live.requestHeaders, field) ?? ''}\n`
  return `${known}${selectors}`
}

/** The fields by which nearly all negotiation is done. */
function negotiation(headers: readonly string[]): string {
  let selectors = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    if (name === 'accept' || name === 'accept-language' || name === 'accept-encoding')
      selectors += `${headers[i + 1]}\n`
  }
  return selectors
}

const SHAPE_LENGTH = 128

/** Stands for the route of a path that none is learned for yet: what looks like a parameter is taken for one. */
function shapeOf(method: string, path: string): string {
  let shape = method
  for (const segment of segmentsOf(path.slice(0, SHAPE_LENGTH)))
    shape += `/${segmentType(segment) === undefined ? segment : '*'}`
  return shape
}

function allOf(headers: readonly string[], name: string): string | undefined {
  let all: string | undefined
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === name) all = all === undefined ? headers[i + 1]! : `${all}, ${headers[i + 1]}`
  return all
}
