// thread: edge
// What is worked out of the header section of a request, once for all requests of a connection that repeat it.
import type { HeaderSection } from '../contract/header-section.js'
import { readableBodyKind } from '../contract/question.js'
import { type IncomingTrace, incomingTrace } from '../contract/trace-context.js'
import type { DownstreamRequest } from '../front/downstream.js'
import { asksForWebSocket } from '../http1/upgrade.js'
import { type Acceptance, type AcceptLimits, accept } from './accept.js'
import { composeRequestTail, type ForwardingRules } from './headers.js'

export interface RequestNotes {
  readonly method: string
  readonly version: string
  readonly authority: string | undefined
  readonly acceptance: Acceptance
  /** The client asks for a WebSocket. */
  readonly upgrade: boolean
  /** The head for the upstream behind its request line, by these rules. */
  tail: string
  tailRules: ForwardingRules | undefined
  /** The same without the empty line; '' where nobody has asked. */
  openTail: string
  /** A body of its kind can be read, see contract/question.ts. */
  readonly readableBody: boolean
  /** See record/capture.ts. */
  captureKey: string | undefined
  /** See record/exchange-facts.ts. */
  scope: string | undefined
  scopeGeneration: number
  /** Of which trace it is part; undefined where nobody has asked: no traces are made. */
  trace: IncomingTrace | undefined
  /** See record/client-names.ts. */
  forwardedClient: string | undefined
}

/** Remembers nothing across methods and versions: a few rules depend on them. */
export function notesOf(request: DownstreamRequest, limits: AcceptLimits): RequestNotes {
  const section = request.section as HeaderSection<RequestNotes>
  const { notes } = section
  const { method, version, authority } = request
  if (notes !== undefined && notes.method === method && notes.version === version && notes.authority === authority)
    return notes
  const acceptance = accept(request, limits)
  const upgrade = version === '1.1' && asksForWebSocket(method, section.fields)
  section.notes = {
    method,
    version,
    authority,
    acceptance,
    upgrade,
    readableBody: acceptance.ok && acceptance.bodyLength !== 0 && readableBodyKind(section.fields) !== undefined,
    tail: '',
    tailRules: undefined,
    openTail: '',
    captureKey: undefined,
    scope: undefined,
    scopeGeneration: 0,
    trace: undefined,
    forwardedClient: undefined,
  }
  return section.notes
}

/** To be asked before the head is composed: fields that it stands in are left out there. */
export function traceOf(notes: RequestNotes, request: DownstreamRequest): IncomingTrace {
  notes.trace ??= incomingTrace(request.headers)
  return notes.trace
}

/** The whole head of the request as it goes to an upstream, latin1, with the empty line. */
export function composeRequestHead(
  request: DownstreamRequest,
  notes: RequestNotes,
  acceptance: Acceptance & { ok: true },
  rules: ForwardingRules,
): string {
  const tail = tailOf(request, notes, acceptance, rules)
  return `${request.method} ${prefixOf(request, rules)}${request.target} HTTP/1.1\r\n${tail}`
}

/** The same with the context of the trace that the upstream is to be part of. */
export function composeTracedHead(
  request: DownstreamRequest,
  notes: RequestNotes,
  acceptance: Acceptance & { ok: true },
  rules: ForwardingRules,
  traceparent: string,
): string {
  const tail = tailOf(request, notes, acceptance, rules)
  // Cut once for all requests that repeat the section.
  if (notes.openTail === '') notes.openTail = tail.slice(0, -2)
  return `${request.method} ${prefixOf(request, rules)}${request.target} HTTP/1.1\r\n${notes.openTail}traceparent: ${traceparent}\r\n\r\n`
}

function tailOf(
  request: DownstreamRequest,
  notes: RequestNotes,
  { bodyLength, hasLength }: Acceptance & { ok: true },
  rules: ForwardingRules,
): string {
  if (notes.tailRules !== rules) {
    notes.tail = composeRequestTail(request, bodyLength, hasLength, rules, notes.upgrade, notes.trace?.withheld)
    notes.openTail = ''
    notes.tailRules = rules
  }
  return notes.tail
}

/** RFC 9112 §3.2.4: the prefix belongs to paths; `*` has none. */
function prefixOf({ target }: DownstreamRequest, { pathPrefix }: ForwardingRules): string {
  return target === '*' ? '' : pathPrefix
}
