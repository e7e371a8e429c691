// thread: edge
// Turns a finished exchange into what may be learned: redacted, scoped, sampled. Nothing here waits; what is not worth
// shipping is counted and forgotten.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { cacheControlOf, type Honour, saysNoStore } from '../contract/cache-control.js'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import type { Exchange } from '../contract/exchange.js'
import { fieldOf } from '../contract/fields.js'
import { isAcceptedWrite, isLearnedStatus, isRead } from '../contract/learnable.js'
import type { UnshippedDemand } from '../contract/messages.js'
import {
  bodyKind,
  MAX_QUESTION_BYTES,
  mayBeQuestion,
  type Question,
  questionOf,
  readableBodyKind,
  routeMethod,
  routePath,
  settledQuestion,
} from '../contract/question.js'
import { variedKeyOf } from '../contract/request-key.js'
import { segmentsOf } from '../contract/route-match.js'
import { segmentType } from '../contract/segment-type.js'
import { type Asked, type AskingRequest, askedOf } from './asked.js'
import { AskedLately } from './asked-lately.js'
import { type Identity, selected, varyFields } from './identity.js'
import type { Outbox } from './outbox.js'
import type { RecentAnswers } from './recent.js'
import type { Redactor } from './redact.js'
import type { Sampler } from './sampler.js'
import type { Scopes } from './scope.js'
import { isShared, isStorable } from './storable.js'
import { WriteGate } from './write-gate.js'

/** A live exchange as the edge saw it, secrets and all. It does not leave the edge. */
export interface LiveExchange {
  readonly startedAt: number
  readonly completedAt: number
  readonly firstByteAt: number
  /** Its number among the facts of this edge; 0 or undefined: it has none. */
  readonly seq?: number | undefined
  readonly method: string
  readonly target: string
  readonly path: string
  readonly query: string | undefined
  readonly requestHeaders: readonly string[]
  readonly requestHasBody: boolean
  /** Whole, and not touched by anybody any more; undefined where there is none, or it was not kept. */
  readonly requestBody: Buffer | undefined
  readonly status: number
  readonly headers: readonly string[]
  /** Where the part of its name that follows from the request's fields is kept, for requests that repeat them. */
  readonly notes?: CaptureNotes | undefined
  /** Not what its route always answered: for the learner to judge, each time. */
  readonly suspect?: boolean
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
  /** Of the facts of this edge, see exchange-facts.ts. */
  readonly run?: number | undefined
  /** Pattern of the route where it is learned, else undefined. */
  readonly patternOf: (method: string, path: string) => string | undefined
  /** False: an answer there is for its credentials alone, whatever it says itself. `path`: as it stands in the request. */
  readonly mayShare: (method: string, path: string) => boolean
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
  'x-ghost-pending',
  'cache-status',
  'proxy-status',
  'server-timing',
])

/** Fields of the answer to a write: which places it names, and what its body is. */
const namingFields = new Set(['location', 'content-location'])
const keptWriteFields = new Set([...namingFields, 'content-type', 'content-encoding', 'etag', 'last-modified'])

const MAX_DECODED_BYTES = 8 << 20
/** Of equal writes within this time the first and the last are told. */
const WRITE_WINDOW_MS = 50
const nothing = new Uint8Array(0)

export class Capture {
  readonly #parts: CaptureParts
  readonly #writes = new WriteGate<LiveExchange>(WRITE_WINDOW_MS)
  #writeTimer: NodeJS.Timeout | undefined
  readonly #asked = new AskedLately()
  #unstorable = 0

  constructor(parts: CaptureParts) {
    this.#parts = parts
  }

  /** The names under which memory knows a request. Used by ghosts; learning goes through `take`. */
  identify(request: AskingRequest): Asked {
    const known = this.#asked.find(request)
    if (known !== undefined) return known
    const asked = askedOf(request, this.#parts.redactor, this.#parts.scopes)
    this.#asked.keep(request, asked)
    return asked
  }

  /** What waits in the outbox goes now. */
  flush(): void {
    for (const write of this.#writes.due(Number.POSITIVE_INFINITY)) this.#shipWrite(write)
    this.#parts.outbox.flush()
  }

  /** Whose an answer is is told in another way now: what was shipped in the old one is shipped again. */
  ownersChanged(): void {
    this.flush()
    this.#asked.forget()
    this.#parts.recent.forget()
  }

  /** What was counted instead of being shipped since the last time that this was asked; undefined: nothing was. */
  takeUnshipped(): UnshippedDemand | undefined {
    const repeats = this.#parts.recent.takeRepeats() ?? []
    const unstorable = this.#unstorable
    this.#unstorable = 0
    return repeats.length === 0 && unstorable === 0 ? undefined : { repeats, unstorable }
  }

  take(live: LiveExchange): CaptureVerdict {
    if (!isRead(live.method)) return this.#takeWithBody(live)
    if (live.body === undefined || live.requestHasBody || !isLearnedStatus(live.status)) return 'not-stored'
    const group = groupOf(live, this.#parts.scopes)
    const { recent } = this.#parts
    if (live.suspect !== true && recent.isRepeat(group, live.target, live.status, live.body, live.completedAt))
      return 'unchanged'
    return this.#takeAnswer(live, live.body, group, live.target)
  }

  /** A question that is put in a body, or a write. */
  #takeWithBody(live: LiveExchange): CaptureVerdict {
    const { requestBody, body } = live
    if (
      requestBody === undefined ||
      requestBody.length > MAX_QUESTION_BYTES ||
      readableBodyKind(live.requestHeaders) === undefined ||
      !mayBeQuestion(live.method, this.#parts.redactor.text(live.path))
    )
      return this.#takeWrite(live)
    // Octet for octet: a question that comes again and again is not even read.
    const contentType = fieldOf(live.requestHeaders, 'content-type') ?? ''
    const name = `${live.target}\n${contentType}\n${requestBody.toString('latin1')}`
    const group = groupOf(live, this.#parts.scopes)
    if (body !== undefined && this.#parts.recent.isRepeat(group, name, live.status, body, live.completedAt))
      return 'unchanged'
    // As it stands: looking for secrets costs more than all of this, and is for what is shipped.
    const { method, path, query, status, headers } = live
    const question = settledQuestion(
      questionOf({ method, path, query, contentType, body: requestBody }),
      status,
      headers,
    )
    if (question.kind === 'write') return this.#takeWrite(live, question.within !== undefined)
    if (body === undefined || !isLearnedStatus(status)) return 'not-stored'
    if (!this.#isTaken(live, question, path, group, name, body.length + requestBody.length)) return 'sampled-out'
    return this.#takeAnswer(live, body, group, name, true)
  }

  #askedBy(live: LiveExchange): Asked {
    const { method, path, query, requestHeaders, requestBody } = live
    return this.identify({ method, path, query, headers: requestHeaders, body: requestBody })
  }

  /** May it be shipped, at the rate there is. */
  #isTaken(live: LiveExchange, question: Question, path: string, group: string, name: string, bytes: number): boolean {
    const { recent, sampler, patternOf } = this.#parts
    const method = question.kind === 'plain' ? live.method : routeMethod(question, live.method)
    const pattern = patternOf(method, question.kind === 'plain' ? live.path : routePath(question, path))
    const route = pattern === undefined ? shapeOf(live.method, live.path) : `${method} ${pattern}`
    return sampler.take(route, pattern !== undefined, !recent.knows(group, name), bytes, live.completedAt)
  }

  /** `name`: under which answers to this very request are counted, within `group`. */
  #takeAnswer(live: LiveExchange, liveBody: Buffer, group: string, name: string, taken = false): CaptureVerdict {
    const { recent, outbox } = this.#parts
    const asked = this.#askedBy(live)
    const { identity, question } = asked
    // By GET, GraphQL can write as well.
    if (question.kind === 'write') return 'not-stored'
    const control = cacheControlOf(live.headers)
    const vary = varyFields(allOf(live.headers, 'vary'))
    if (
      vary === undefined ||
      !isStorable(cacheControlOf(live.requestHeaders), control, identity.scope !== '', this.#parts.honour)
    ) {
      // RFC 9111 §5.2.2.5: no part of it is stored. That somebody asked is no part of it.
      this.#unstorable += 1
      return 'not-stored'
    }
    if (!taken && !this.#isTaken(live, question, identity.path, group, name, liveBody.length)) return 'sampled-out'
    const body = Buffer.from(liveBody)
    const shared = isShared(control) && this.#parts.mayShare(live.method, live.path)
    const baseKey = identity.baseKey(live.method, shared ? '' : identity.scope)
    const stored = this.#storedBody(body, live.headers)
    const by = selected(live.requestHeaders, vary)
    const key = variedKeyOf(baseKey, by)
    const exchange: Exchange = {
      ...outlineOf(live, identity, this.#parts.run),
      requestBody: asked.body ?? nothing,
      scope: shared ? '' : identity.scope,
      shared,
      baseKey,
      key,
      vary,
      ...(by.length === 0 ? {} : { selected: by }),
      requestHeaders: keptOf(live.requestHeaders, keptRequestFields),
      headers: stored.headers,
      body: stored.body,
      redactions: stored.redactions,
      // Repeats go on being compared with the good answer.
      repeats: live.suspect === true ? 0 : recent.shipped(group, name, key, live.status, body, live.completedAt),
    }
    outbox.add(exchange)
    return 'shipped'
  }

  /** A write that was accepted makes what was learned of its target untrue (RFC 9111 §4.4): never sampled, see WriteGate. */
  #takeWrite(live: LiveExchange, isEndpoint = false): CaptureVerdict {
    if (!isAcceptedWrite(live)) return 'not-stored'
    // Where it says that something else was touched as well, it is another write.
    const touched = `${fieldOf(live.headers, 'location') ?? ''} ${fieldOf(live.headers, 'content-location') ?? ''}`
    const scope = this.#parts.scopes.of(live.requestHeaders, '')
    // It may have to wait, and the body of the answer is there during this call only.
    const target = `${live.method} ${live.target} ${scope} ${touched}`
    const said = isEndpoint || this.#isUnread(live) ? live.requestBody : undefined
    const key = said === undefined ? target : `${target}\n${digest(said)}`
    const isTold = said === undefined || this.#writes.isTold(target, key, live.completedAt)
    // One that stands for many says what none of them said alone: nothing.
    const write = isTold
      ? { ...live, body: jsonBody(live) }
      : { ...live, body: undefined, requestBody: undefined, seq: 0 }
    if (this.#writes.opens(isTold ? key : target, write, live.completedAt)) {
      this.#shipWrite(write)
      return 'shipped'
    }
    this.#writeTimer ??= setTimeout(() => this.#shipHeldWrites(), WRITE_WINDOW_MS)
    return 'unchanged'
  }

  /** Nobody reads there: only what is sent tells what is written. */
  #isUnread({ method, path, requestBody }: LiveExchange): boolean {
    if (method !== 'POST' || requestBody === undefined || requestBody.length > MAX_QUESTION_BYTES) return false
    return this.#parts.patternOf('GET', path) === undefined
  }

  #shipHeldWrites(): void {
    this.#writeTimer = undefined
    for (const write of this.#writes.due(Date.now())) this.#shipWrite(write)
    if (!this.#writes.isEmpty) this.#writeTimer = setTimeout(() => this.#shipHeldWrites(), WRITE_WINDOW_MS)
  }

  #shipWrite(live: LiveExchange): void {
    const { body } = live
    const kind = readableBodyKind(live.requestHeaders)
    const sent = kind === 'json' || kind === 'graphql' ? live.requestBody : undefined
    const bytes = (sent?.length ?? 0) + (body?.length ?? 0)
    const withBodies = bytes > 0 && !isForbidden(live) && this.#takesBodies(live, bytes)
    const { identity, body: requestBody = nothing } = this.#askedBy({
      ...live,
      requestBody: withBodies ? sent : undefined,
    })
    const baseKey = identity.baseKey(live.method, identity.scope)
    const said =
      body === undefined || !withBodies
        ? { body: nothing, headers: live.headers, redactions: 0 }
        : this.#storedBody(body, live.headers)
    this.#parts.recent.forget()
    this.#parts.outbox.add({
      ...outlineOf(live, identity, this.#parts.run),
      requestBody,
      scope: identity.scope,
      shared: false,
      baseKey,
      key: baseKey,
      vary: [],
      requestHeaders: keptOf(live.requestHeaders, keptRequestFields),
      headers: keptOf(said.headers, withBodies ? keptWriteFields : namingFields).map(text =>
        this.#parts.redactor.text(text),
      ),
      body: said.body,
      redactions: said.redactions,
      repeats: 0,
    })
    this.#parts.outbox.flush()
  }

  /** That a write was done is always told; what it said, as far as the rate allows. */
  #takesBodies(live: LiveExchange, bytes: number): boolean {
    const { patternOf, sampler } = this.#parts
    const pattern = patternOf(live.method, live.path)
    const route = pattern === undefined ? shapeOf(live.method, live.path) : `${live.method} ${pattern}`
    return sampler.take(route, pattern !== undefined, true, bytes, live.completedAt)
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

function digest(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url')
}

function keptOf(fields: readonly string[], names: ReadonlySet<string>): string[] {
  return fields.filter((_, i) => names.has(fields[i - (i % 2)]!))
}

/** RFC 9111 §5.2.1.5 and §5.2.2.5: no part of the request or of its answer is kept. That a write was done is told nevertheless. */
function isForbidden({ requestHeaders, headers }: LiveExchange): boolean {
  return saysNoStore(requestHeaders) || saysNoStore(headers)
}

/** A copy of the body of a write's answer, where it tells what became of the resource. */
function jsonBody({ body, headers }: LiveExchange): Buffer | undefined {
  if (body === undefined || body.length === 0 || bodyKind(fieldOf(headers, 'content-type')) !== 'json') return undefined
  return Buffer.from(body)
}

/** What every exchange tells, read or write. */
function outlineOf(live: LiveExchange, identity: Identity, run: number | undefined) {
  return {
    startedAt: live.startedAt,
    completedAt: live.completedAt,
    firstByteMs: live.firstByteAt - live.startedAt,
    ...(run === undefined || !live.seq ? {} : { noted: [run, live.seq] as const }),
    method: live.method,
    path: identity.path,
    query: identity.query ?? '',
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
