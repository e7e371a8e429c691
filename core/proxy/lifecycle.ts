// thread: edge
// The life of one request, in reading order. Read this file first.
//
//   accept → decide → forward → hold or stream → respond → capture
//               │        └─ fault before the first byte → ghost → respond
//               ├─ no answer yet when the time is up → ghost → respond; the late answer is learned from
//               └─ the upstream came back just now → ghost, and forward where it stays silent
//
// The point of no return is the first byte sent to the client. Until then every fault can still become a ghost.
import { isUtf8 } from 'node:buffer'
import { BELIEVED_MS, type SoftSign } from '../contract/baseline.js'
import { UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import { type CreationForm, creationPlace } from '../contract/creation-form.js'
import { type FaultCode, faultOfStatus, faults, neverReached } from '../contract/faults.js'
import { fieldOf } from '../contract/fields.js'
import type { GhostAnswer, Mode, Refusal, Tier } from '../contract/ghost.js'
import { FieldLines } from '../contract/header-section.js'
import { type JournalReply, type JournalWrite, journalledMethods } from '../contract/journal.js'
import { type JsonNode, parseJson } from '../contract/json.js'
import type { LessonRoute } from '../contract/lesson.js'
import { MAX_QUESTION_BYTES, mayBeQuestion, readableBodyKind, routeMethod, routePath } from '../contract/question.js'
import type { MatchedRoute } from '../contract/route-match.js'
import type { RoutePolicy } from '../contract/route-policy.js'
import { idsIn, type NamedId } from '../contract/temporary-id.js'
import type { DrilledRequest } from '../drills/drilled-request.js'
import {
  type Downstream,
  type DownstreamEvents,
  type DownstreamRequest,
  type FrontRefusal,
  MAX_BORROWED_BYTES,
} from '../front/downstream.js'
import { answerGhost, type GhostResult } from '../ghost/answer.js'
import { answerOwn } from '../ghost/answer-own.js'
import { labelGhost, labelJournalled, labelRefusal, type WireAnswer } from '../ghost/label.js'
import { labelMade } from '../ghost/label-made.js'
import type { OwnPending } from '../ghost/own-writes.js'
import { rulesOn } from '../ghost/policy.js'
import { seenTagOf } from '../ghost/seen-tag.js'
import type { GhostAsk, GhostTier } from '../ghost/tier.js'
import { type CounterName, counter } from '../health/board.js'
import type { CallOutcome } from '../health/circuit-cells.js'
import type { Probe } from '../health/gate.js'
import { isDoubtful, mayOverrule, softFailureOf } from '../health/soft-failure.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import { statusText } from '../http1/status-text.js'
import type { Tunnel } from '../http1/tunnel.js'
import { statusDocument } from '../journal/status-document.js'
import type { Identity } from '../record/identity.js'
import type { RouteSlot } from '../timing/route-slots.js'
import type { RequestSpan } from '../tracing/request-span.js'
import type { ResponseSink, UpstreamAddress, UpstreamCall, UpstreamRequest } from '../upstream/client.js'
import type { Acceptance } from './accept.js'
import { decide } from './decide.js'
import type { Edge } from './edge.js'
import type { Forwarding } from './forwarding.js'
import { passResponseHeaders } from './headers.js'
import type { TimedHedge, Waiting } from './hedge.js'
import { journalRefusal, makesOf } from './journal-door.js'
import { KeptBody } from './kept-body.js'
import { leave, retryAfterS, tellOutcome } from './outcome.js'
import { renamedDownstream } from './renamed-downstream.js'
import { composeRequestHead, composeTracedHead, notesOf, type RequestNotes, traceOf } from './request-notes.js'
import { RequestTrace } from './request-trace.js'
import { bodyFormOf, responseNotesOf } from './response-notes.js'
import { passTrailers, takesTrailers } from './trailers.js'
import { agreed } from './tunnels.js'
import { UpstreamAnswer } from './upstream-answer.js'

const counterOfTier: Record<Tier, CounterName> = {
  exact: 'ghostExact',
  entity: 'ghostEntity',
  query: 'ghostQuery',
  template: 'ghostTemplate',
  semantic: 'ghostSemantic',
}

/** RFC 9110 §9.2.2: sent twice they do no more than once. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Runs a request from its head to the last byte of its answer. Never throws. */
export function runLifecycle(edge: Edge, downstream: Downstream): void {
  edge.turn.turn()
  const life = new Lifecycle(edge, edge.journal?.own.hasRealIds === true ? renamed(edge, downstream) : downstream)
  life.guard(() => life.begin())
}

/** What its client made in an outage it may still name by a temporary id. */
function renamed({ identities, journal }: Edge, downstream: Downstream): Downstream {
  if (!journal!.own.mayName(downstream.request.target)) return downstream
  const real = journal!.own.realIdsOf(writerOf(identities, downstream.request))
  return real === undefined ? downstream : renamedDownstream(downstream, real)
}

/** Whose request it is, by its credentials alone: what is in its body says nothing of who sends it. */
function writerOf(identities: Edge['identities'], { path, query, headers }: DownstreamRequest): string {
  return identities.identify({ method: 'GET', path, query, headers, body: undefined }).identity.scope
}

/** What arrived is no request: counted, and answered by the front that could not read it. */
export function refuseMalformed(edge: Edge, code: FaultCode, detail: string): FrontRefusal {
  edge.board.count(edge.id, counter.clientErrors)
  edge.board.countFault(edge.id, code)
  const { status, headers, body } = labelRefusal(code, undefined, 1, detail)
  return { status, reason: statusText(status), headers: new FieldLines(headers), body: body! }
}

/** Clients ignore it (RFC 9112 §4), people do not. */
function reasonOf({ status, reason }: ResponseHead): string {
  return reason === '' ? statusText(status) : reason
}

const nothing = Buffer.alloc(0)
/** On answers made under a drill: its id. */
const DRILL_FIELD = 'x-chaos-drill'

/** `holding`: nothing was sent yet. `streaming`: bytes went out. `done`: the client has its whole answer or is gone. */
type Phase = 'holding' | 'streaming' | 'done'

class Lifecycle implements ResponseSink, DownstreamEvents {
  readonly #edge: Edge
  readonly #downstream: Downstream
  readonly #startedAt: number
  readonly #trace: RequestTrace
  #phase: Phase = 'holding'
  #notes: RequestNotes | undefined
  #bodyLength = 0
  /** The request body, where it is of a kind that can be read, or may go into the journal. */
  #kept: KeptBody | undefined
  /** The fault for which a ghost is asked as soon as the body is here. */
  #unheard: FaultCode | undefined
  #call: UpstreamCall | undefined
  #route: RouteSlot | undefined
  #probe: Probe | undefined
  /** It is on the routes of a drill that runs. */
  #drilled: DrilledRequest | undefined
  /** A ghost was asked although the upstream may be: where it stays silent the request goes there. */
  #held = false
  /** Something of the request was sent to an upstream. */
  #wasBegun = false
  /** Undefined: as everywhere. */
  #policy: RoutePolicy | undefined
  /** Until it has waited so long for the upstream that a ghost shall answer. */
  #waiting: Waiting | undefined
  #hedge: TimedHedge | undefined
  /** The client has a ghost, for the upstream was slow; what that says is still received, held against the ghost, and learned. */
  #isHedged = false
  /** Until the rest of a body that is held, or learned late, should be here. */
  #bodyDue: Waiting | undefined
  /** An outcome was counted for the circuit. */
  #judged = false
  #requestEnded = false
  /** The client asks for a WebSocket: no ghost speaks that. */
  #upgrade = false
  readonly #answer = new UpstreamAnswer()
  /** Of the route whose good answers this one is to be held against, until that is done. */
  #expected: RouteSlot | undefined
  /** In which way the answer is not what its route always answered. */
  #sign: SoftSign | undefined
  /** What came after its body, and the client may have. */
  #trailers: string[] | undefined
  /** The learner was told of this answer as one that is wrong. */
  #told = false
  /** Set while a 5xx or a soft failure waits for a ghost: it goes through as it is where the ghost stays silent. */
  #fault: FaultCode | undefined

  constructor(edge: Edge, downstream: Downstream) {
    this.#edge = edge
    this.#downstream = downstream
    this.#startedAt = edge.clock.now()
    this.#trace = new RequestTrace(edge.turn, this.#startedAt, edge.facts?.next() ?? 0)
    edge.active += 1
    edge.board.count(edge.id, counter.requests)
  }

  // ── accept and decide ────────────────────────────────────────────────────────────────────────────────────────────

  begin(): void {
    const { request } = this.#downstream
    const notes = notesOf(request, this.#edge.limits)
    const { acceptance } = notes
    const { tracer } = this.#edge
    this.#notes = notes
    if (tracer !== undefined) this.#trace.span = tracer.begin(request, traceOf(notes, request))
    if (!acceptance.ok) {
      this.#downstream.listen(this, 0)
      this.#met(acceptance.code)
      this.#refuse(acceptance.code, undefined, acceptance.detail)
      return
    }
    this.#bodyLength = acceptance.bodyLength
    if (this.#edge.bounds.sheds) {
      this.#downstream.listen(this, 0)
      this.#met('CHAOS_ERR_INTERNAL_MEMORY_FULL')
      this.#refuse('CHAOS_ERR_INTERNAL_MEMORY_FULL', undefined)
      return
    }
    this.#policy = this.#edge.policies?.of(request.method, request.path)
    if (acceptance.bodyLength !== 0) this.#keepBody(notes.readableBody, acceptance.bodyLength)
    this.#downstream.listen(this, acceptance.bodyLength)
    if (acceptance.endsHere) {
      this.#answerHere()
      return
    }
    this.#upgrade = notes.upgrade
    const { method, path } = request
    // What a handshake comes to says nothing of a plain request for the same target, nor the other way round.
    this.#route = this.#edge.routeSlots.of(this.#upgrade ? 'WEBSOCKET' : method, path)
    const { drills, journal } = this.#edge
    if (drills !== undefined && !this.#upgrade) this.#drilled = drills.of(method, this.#route.pattern)
    if (journal !== undefined && this.#isForJournal()) return
    this.#decide(notes, acceptance, this.#route)
  }

  #decide(notes: RequestNotes, acceptance: Acceptance & { ok: true }, route: RouteSlot): void {
    const { board, gate } = this.#edge
    const { method } = this.#downstream.request
    const { span } = this.#trace
    if (span?.isSampled === true)
      span.decidedBy(board.circuits.gate(UPSTREAM_CIRCUIT), board.circuits.gate(route.circuit))
    const mayWait =
      this.#mode === 'auto' && acceptance.bodyLength === 0 && !this.#upgrade && (method === 'GET' || method === 'HEAD')
    const verdict = decide(gate, route.circuit, board.mode, mayWait)
    if (!verdict.forward) {
      this.#held = verdict.held
      if (!verdict.held) this.#met(verdict.because)
      this.#askGhost(verdict.because)
      return
    }
    this.#probe = verdict.probe
    this.#forward(notes, acceptance)
  }

  get #mode(): Mode {
    return this.#policy?.ghost === 'off' ? 'off' : this.#edge.board.mode
  }

  /** Writes that the upstream cannot take go into the journal. */
  get #takesWrites(): boolean {
    const { journal, settings } = this.#edge
    return journal !== undefined && (this.#policy?.writes ?? settings.ghostWrites) === 'journal'
  }

  /** Kept is what may be learned from, be a question to a ghost, or go into the journal. */
  #keepBody(readable: boolean, bodyLength: number): void {
    const { bounds, capture, settings } = this.#edge
    let maxBytes = 0
    if (readable && (capture !== undefined || this.#mode !== 'off'))
      maxBytes = capture === undefined ? MAX_QUESTION_BYTES : bounds.captureMaxBodyBytes
    if (this.#takesWrites && journalledMethods.has(this.#downstream.request.method))
      maxBytes = Math.max(maxBytes, settings.holdBytes)
    if (maxBytes > 0 && bodyLength <= maxBytes) this.#kept = new KeptBody(maxBytes)
  }

  // ── forward ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #forward(notes: RequestNotes, acceptance: Acceptance & { ok: true }): void {
    if (acceptance.bodyLength !== 0) this.#downstream.proceed()
    const hedgeMs = this.#policy?.hedgeMs ?? this.#edge.settings.ghostHedgeMs
    if (hedgeMs > 0 && this.#mode === 'auto' && !this.#upgrade) {
      this.#hedge = this.#edge.hedges.of(hedgeMs)
      this.#waiting = this.#hedge.add(this.#edge.turn.tickMs, () => this.guard(() => this.#beQuick()))
    }
    const { span } = this.#trace
    const client = this.#drilled?.sentBy() ?? this.#edge.client
    if (span !== undefined) {
      span.forwarded(this.#route?.pattern)
      if (this.#drilled?.isHit === true) span.drill = this.#drilled.id
    }
    this.#call = client.request(this.#upstreamRequest(notes, acceptance, span), this)
    this.#trace.forwarded(this.#call)
  }

  /** `span`: undefined where what it asks is part of no trace. */
  #upstreamRequest(
    notes: RequestNotes,
    acceptance: Acceptance & { ok: true },
    span: RequestSpan | undefined,
  ): UpstreamRequest {
    const { request } = this.#downstream
    const { forwarding, balanceField } = this.#edge
    const { rules, rulesOf } = forwarding
    return {
      method: request.method,
      head:
        span !== undefined
          ? this.#tracedHead(notes, acceptance, span)
          : rulesOf === undefined
            ? composeRequestHead(request, notes, acceptance, rules)
            : this.#headFor(notes, acceptance, rulesOf),
      bodyLength: acceptance.bodyLength,
      repeatable: idempotent.has(request.method),
      maySwitch: this.#upgrade,
      balanceKey: balanceField === undefined ? undefined : fieldOf(request.headers, balanceField),
      attempts: span?.isSampled === true ? span : undefined,
    }
  }

  /** Each attempt is a span of its own, and the upstream the child of that. */
  #tracedHead(
    notes: RequestNotes,
    acceptance: Acceptance & { ok: true },
    span: RequestSpan,
  ): string | ((upstream: UpstreamAddress) => string) {
    const { request } = this.#downstream
    const { rules, rulesOf } = this.#edge.forwarding
    // What is not recorded has no attempts to tell apart.
    if (!span.isSampled && rulesOf === undefined)
      return composeTracedHead(request, notes, acceptance, rules, span.passedOn())
    return upstream =>
      composeTracedHead(request, notes, acceptance, rulesOf?.(upstream) ?? rules, span.attempt(upstream))
  }

  /** Where upstreams differ the head waits for the choice of one. A method of its own: others pay for no closure. */
  #headFor(
    notes: RequestNotes,
    acceptance: Acceptance & { ok: true },
    rulesOf: NonNullable<Forwarding['rulesOf']>,
  ): (upstream: UpstreamAddress) => string {
    const { request } = this.#downstream
    return upstream => composeRequestHead(request, notes, acceptance, rulesOf(upstream))
  }

  /** Body of the request: straight on, and no faster than the upstream takes it. */
  onBody(chunk: Buffer, last: boolean, trailers?: readonly string[]): void {
    this.guard(() => {
      this.#trace.bytesIn += chunk.length
      this.#edge.board.count(this.#edge.id, counter.bytesIn, chunk.length)
      const { maxBodyBytes } = this.#edge.settings
      if (maxBodyBytes > 0 && this.#trace.bytesIn > maxBodyBytes && this.#phase === 'holding') {
        this.#dropCall()
        this.#met('CHAOS_ERR_REQUEST_TOO_LARGE')
        this.#refuse('CHAOS_ERR_REQUEST_TOO_LARGE', undefined)
        return
      }
      this.#kept?.add(chunk, last)
      // While a ghost has to hear the rest, an upstream that takes no more of it is not waited for.
      if (chunk.length > 0 && this.#call?.write(chunk) === false && this.#unheard === undefined)
        this.#downstream.pauseBody()
      if (last && !this.#requestEnded) {
        this.#requestEnded = true
        this.#call?.end(trailers && this.#passedOn(trailers))
      }
      this.#hear()
    })
  }

  #passedOn(trailers: readonly string[]): string[] | undefined {
    return passTrailers(trailers, this.#downstream.request.headers, this.#edge.forwarding.rules.credentials)
  }

  // ── the answer of the upstream: hold or stream ───────────────────────────────────────────────────────────────────

  onHead(head: ResponseHead, bodyLength: number): void {
    this.guard(() => {
      this.#answer.firstByteAt = this.#edge.clock.now()
      this.#answer.begin(head, bodyLength)
      const fault = faultOfStatus(head.status)
      // Where good answers are known, a 200 is judged when it is whole.
      if (head.status === 200) this.#expected = this.#expectation()
      if (fault !== undefined) this.#judge(false)
      if (this.#isHedged) return
      if (fault !== undefined && this.#mode !== 'off') {
        this.#edge.board.count(this.#edge.id, counter.upstreamFaults)
        this.#met(fault)
        // The answer to a WebSocket goes on as it is: there is no ghost of one.
        if (!this.#upgrade) {
          this.#fault = fault
          this.#askGhost(fault)
          return
        }
      }
      if (this.#mustFlow() && !this.#failsSoftly()) this.#stream()
    })
  }

  onData(chunk: Buffer, last: boolean): void {
    this.guard(() => {
      if (!last) this.#awaitBody()
      if (this.#isHedged) {
        this.#hearLate(chunk)
        return
      }
      if (this.#phase === 'done') return
      const { holdBytes, captureMaxBodyBytes } = this.#edge.bounds
      if (this.#phase === 'holding') {
        // The whole body at once, and it is sent before this read is over: nearly every answer, and no copy of it.
        if (last && this.#answer.bytes === 0 && this.#fault === undefined && chunk.length <= MAX_BORROWED_BYTES)
          this.#answer.borrow(chunk)
        else this.#answer.keep(chunk)
        if (this.#answer.bytes <= holdBytes) return
        // While a ghost is being asked the upstream waits; its answer goes on as it is if the ghost stays silent.
        if (this.#fault === undefined && !this.#failsSoftly()) this.#stream()
        else if (this.#fault !== undefined) this.#call?.pause()
        return
      }
      if (this.#answer.bytes + chunk.length <= captureMaxBodyBytes) this.#answer.keep(chunk)
      else this.#answer.forget()
      this.#write(chunk)
    })
  }

  onEnd(received: readonly string[] | undefined): void {
    this.guard(() => {
      this.#trailers = received && this.#wanted(received)
      this.#answer.complete = true
      this.#trace.received()
      this.#trace.span?.attemptEnded(this.#answer.status)
      this.#call = undefined
      if (this.#bodyDue !== undefined) this.#awaitNoBody()
      // Not before: a head is soon said, and what follows may never come.
      if (this.#expected === undefined && this.#fault === undefined) this.#judge(true)
      if (this.#isHedged) this.#learnLate()
      else if (this.#phase === 'holding') {
        if (this.#fault === undefined && !this.#failsSoftly()) this.#respondWhole()
      } else if (this.#phase === 'streaming') this.#endStream()
    })
  }

  /** Too long to be held, or of a kind that is read piece by piece. */
  #mustFlow(): boolean {
    const { head, length } = this.#answer
    return length > this.#edge.bounds.holdBytes || (length !== 0 && responseNotesOf(head).streams)
  }

  // ── soft failures: a 200 that is wrong ───────────────────────────────────────────────────────────────────────────

  /** Undefined where nothing is known of good answers to this request, or nobody wants to know. */
  #expectation(): RouteSlot | undefined {
    const { settings } = this.#edge
    const { method } = this.#downstream.request
    if (method !== 'GET' || settings.softFailures === 'off' || this.#upgrade || this.#mode === 'off') return undefined
    return this.#route?.baseline === undefined ? undefined : this.#route
  }

  /** True: the answer is wrong, and a ghost was asked. Of one that is not whole only the head is judged. */
  #failsSoftly(): boolean {
    const sign = this.#softSign()
    if (sign === undefined) return false
    this.#sign = sign
    this.#met('CHAOS_ERR_UPSTREAM_SOFT_FAILURE')
    if (this.#answer.complete) {
      this.#capture(true)
      this.#told = true
      this.#answer.own()
    }
    this.#fault = 'CHAOS_ERR_UPSTREAM_SOFT_FAILURE'
    this.#askGhost(this.#fault)
    return true
  }

  /** In which way the answer is not what its route always gives; undefined: it is, or nobody knows. */
  #softSign(): SoftSign | undefined {
    const { baseline, seenAt = 0 } = this.#expected ?? {}
    if (baseline === undefined) return undefined
    this.#expected = undefined
    const { settings, board, id, clock } = this.#edge
    const { query, headers } = this.#downstream.request
    const { head, complete } = this.#answer
    const { type, coding } = bodyFormOf(head)
    const isBare = query === undefined || query === ''
    const body = complete ? this.#answer.body() : undefined
    const sign = softFailureOf(baseline, { type, coding, body }, isBare, () => fieldOf(headers, 'accept'))
    if (sign === undefined || clock.now() - seenAt >= BELIEVED_MS) {
      this.#judge(true)
      return undefined
    }
    if (!isDoubtful(sign)) this.#judge(settings.softFailures === 'uncounted')
    board.count(id, counter.softFailures)
    return sign
  }

  #wanted(trailers: readonly string[]): string[] | undefined {
    const reach = this.#edge.forwarding.rules.passesTrailers && takesTrailers(this.#downstream.request)
    return reach ? passTrailers(trailers, this.#answer.head.section.fields) : undefined
  }

  onFault(code: FaultCode): void {
    this.guard(() => {
      this.#wasBegun = this.#call?.wasBegun === true
      this.#trace.span?.attemptEnded(this.#answer.status, code)
      this.#call = undefined
      if (this.#bodyDue !== undefined) this.#awaitNoBody()
      if (faults[code].countsAgainstUpstream) this.#judge(false, neverReached(code))
      if (this.#phase === 'done') return
      this.#edge.board.count(this.#edge.id, counter.upstreamFaults)
      this.#met(code)
      if (this.#phase === 'streaming') {
        // Bytes went out already: the client must be able to see that the rest is missing (RFC 9112 §8).
        this.#downstream.cut()
        this.#finish('cutShort')
        return
      }
      if (this.#fault !== undefined) {
        // The error answer broke off while a ghost was being asked: there is nothing left to fall back on.
        this.#fault = code
        this.#answer.status = 0
        return
      }
      this.#askGhost(code)
    })
  }

  /** RFC 9110 §15.2: early hints are for the client; what else is interim is for us. */
  onInterim(status: number, reason: string, headers: readonly string[]): void {
    this.guard(() => {
      if (status === 103 && this.#phase === 'holding')
        this.#downstream.inform(status, reason, passResponseHeaders(headers))
    })
  }

  onSwitch(headers: readonly string[], upstream: Tunnel): void {
    this.guard(() => {
      this.#call = undefined
      this.#trace.span?.attemptEnded(101)
      if (this.#phase === 'done') {
        upstream.destroy()
        return
      }
      if (!agreed(this.#downstream.request.headers, headers)) {
        upstream.destroy()
        this.#judge(false)
        this.#edge.board.count(this.#edge.id, counter.upstreamFaults)
        this.#met('CHAOS_ERR_UPSTREAM_MALFORMED')
        this.#refuse('CHAOS_ERR_UPSTREAM_MALFORMED', undefined, 'the upstream did not agree to the WebSocket handshake')
        return
      }
      this.#judge(true)
      const fields = ['connection', 'upgrade', 'upgrade', 'websocket', ...passResponseHeaders(headers)]
      const client = this.#downstream.switchProtocols(fields)
      this.#trace.status = 101
      const { board, id, tunnels } = this.#edge
      if (client === undefined) {
        upstream.destroy()
        this.#met('CHAOS_ERR_INTERNAL_EDGE')
        this.#refuse('CHAOS_ERR_INTERNAL_EDGE', undefined, 'this front cannot hand over a connection')
        return
      }
      // As with a request, the edge is not idle before it is over.
      this.#edge.active += 1
      tunnels.join(
        client,
        upstream,
        (fromClient, fromUpstream) => {
          board.count(id, counter.bytesIn, fromClient)
          board.count(id, counter.bytesOut, fromUpstream)
        },
        () => leave(this.#edge),
      )
      this.#finish('websockets')
    })
  }

  onDrain(): void {
    // Both sides drain: the upstream takes more of the request, or the client takes more of the answer.
    this.guard(() => {
      if (!this.#requestEnded) this.#downstream.resumeBody()
      if (this.#phase === 'streaming') this.#call?.resume()
    })
  }

  /** Too long to be held, or of a kind that must flow: from here on the client sees what comes. */
  #stream(): void {
    this.#phase = 'streaming'
    // How it ends may be hours away.
    this.#judge(true)
    if (this.#bodyDue !== undefined) this.#awaitNoBody()
    const { head, status, length, chunks } = this.#answer
    const { passed, streams } = responseNotesOf(head)
    this.#downstream.start(status, reasonOf(head), this.#timed(passed), length)
    for (const chunk of chunks) this.#write(chunk)
    if (streams || length > this.#edge.bounds.captureMaxBodyBytes) this.#answer.forget()
  }

  #endStream(): void {
    this.#downstream.end(this.#trailers)
    this.#captureLive()
    this.#finish('live')
  }

  #write(chunk: Buffer): void {
    this.#countSent(chunk.length)
    if (!this.#downstream.write(chunk)) this.#call?.pause()
  }

  // ── respond with the truth ───────────────────────────────────────────────────────────────────────────────────────

  /** Held until all of it was here. */
  #respondWhole(): void {
    if (this.#trailers === undefined) {
      this.#respondLive()
      return
    }
    // Only the chunked coding has a place for them.
    this.#stream()
    this.#endStream()
  }

  #respondLive(): void {
    const { head, status } = this.#answer
    const reason = reasonOf(head)
    const passed = this.#timed(responseNotesOf(head).passed)
    if (this.#answer.isBodiless(this.#downstream.request.method)) {
      // What HEAD reports, and 304: the parser has read it, lists of equal lengths included.
      const length = Math.max(head.bodyLength, -1)
      this.#downstream.respond(status, reason, passed, undefined, length, this.#edge.draining)
    } else {
      const body = this.#answer.body()
      this.#countSent(body.length)
      this.#downstream.respond(status, reason, passed, body, body.length, this.#edge.draining)
    }
    this.#captureLive()
    this.#finish('live')
  }

  /** The fields of a live answer, whose head goes out now. `passed` is shared with other answers. */
  #timed(passed: FieldLines): FieldLines {
    this.#trace.status = this.#answer.status
    const isHit = this.#drilled?.isHit === true
    if (!this.#edge.settings.serverTiming && !isHit) return passed
    const fields = [...passed.list]
    if (this.#edge.settings.serverTiming) fields.push('server-timing', this.#trace.liveTiming())
    if (isHit) fields.push(DRILL_FIELD, this.#drilled!.id)
    return new FieldLines(fields)
  }

  #countSent(bytes: number): void {
    this.#trace.bytesOut += bytes
    this.#edge.board.count(this.#edge.id, counter.bytesOut, bytes)
  }

  // ── ghost ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #askGhost(because: FaultCode): void {
    if (!faults[because].ghost || this.#upgrade) {
      this.#refuse(because, undefined)
      return
    }
    if (this.#isQuestionToBeHeard() || this.#isWriteToBeKept()) {
      this.#unheard = because
      this.#downstream.proceed()
      this.#downstream.resumeBody()
      return
    }
    this.#askTiers(because)
  }

  #askTiers(because: FaultCode): void {
    const { request } = this.#downstream
    const { routes, identities, clock, settings, tiers } = this.#edge
    const { method, path, query, headers } = request
    const sign = this.#sign
    const asked = identities.identify({ method, path, query, headers, body: this.#kept?.whole() })
    const { question } = asked
    if (because === 'CHAOS_ERR_UPSTREAM_WRITES_WAIT') {
      if (question.kind !== 'write' || !this.#isForJournalAsItIs()) {
        this.#passQuestion()
        return
      }
      this.#met(because)
    }
    const matched = routes.match(routeMethod(question, method), routePath(question, asked.identity.path))
    const identity = asked.identity.without(matched?.route.ignored)
    const now = clock.now()
    const result = this.#ghostFor(
      {
        method,
        path: identity.path,
        query: identity.query,
        headers,
        scope: identity.scope,
        identity,
        hasBody: this.#bodyLength !== 0,
        body: asked.body,
        question,
        route: matched?.route,
        params: matched?.params ?? [],
        now,
        answerBy: this.#edge.turn.steady.now() + settings.ghostBudgetMs,
      },
      sign === undefined ? tiers : tiers.filter(({ tier }) => mayOverrule(tier, sign)),
    )
    if (!(result instanceof Promise)) {
      this.#ghosted(result, because, identity, matched?.route)
      return
    }
    result.then(
      late => this.guard(() => this.#ghosted(late, because, identity, matched?.route)),
      error => this.#broke(error),
    )
  }

  /** What the tiers say, and where the client has writes pending, with those. */
  #ghostFor(ask: GhostAsk, tiers: readonly GhostTier[]): GhostResult | Promise<GhostResult> {
    const { journal, ghostSources, ghostRules } = this.#edge
    const rules = this.#policy === undefined ? ghostRules : rulesOn(this.#policy, ghostRules)
    const writer = journal === undefined || journal.own.isEmpty ? '' : this.#writer()
    const own = writer === '' ? undefined : journal!.own.of(writer, ask.answerBy)
    if (own === undefined) return answerGhost(ask, this.#mode, tiers, ghostSources, rules)
    const answer = (pending: OwnPending): GhostResult | Promise<GhostResult> => {
      const { routes, creations } = this.#edge
      const routeOf = (path: string): MatchedRoute | undefined => routes.match('GET', path)
      const creationAt = (path: string): CreationForm | undefined => creations.get(creationPlace(path))
      return answerOwn({ ask, own: pending, routeOf, creationAt }, this.#mode, tiers, ghostSources, rules)
    }
    return own instanceof Promise ? own.then(answer) : answer(own)
  }

  #writer(): string {
    return writerOf(this.#edge.identities, this.#downstream.request)
  }

  /** What is asked stands in a body of which more is to come: no longer than a question, and no slower than any body may. */
  #isQuestionToBeHeard(): boolean {
    const { method, path } = this.#downstream.request
    return (
      this.#kept?.mayEndWithin(MAX_QUESTION_BYTES) === true &&
      this.#bodyLength <= MAX_QUESTION_BYTES &&
      this.#mode !== 'off' &&
      mayBeQuestion(method, path)
    )
  }

  /** More of the body is here. */
  #hear(): void {
    const because = this.#unheard
    if (because === undefined || this.#phase === 'done') return
    if (this.#isQuestionToBeHeard() || this.#isWriteToBeKept()) return
    this.#unheard = undefined
    this.#askGhost(because)
  }

  #ghosted(said: GhostResult, because: FaultCode, identity: Identity, route: LessonRoute | undefined): void {
    if (this.#phase === 'done') return
    if (because === 'CHAOS_ERR_UPSTREAM_SLOW' && !this.#mayHedge(said)) return
    if (this.#isSlowBody && (said.answer === undefined || this.#answer.complete)) {
      this.#passOn()
      return
    }
    const result = this.#sign !== undefined && isDoubtful(this.#sign) ? this.#settleDoubt(said) : said
    this.#trace.ghostSaid(result)
    const { given, clock } = this.#edge
    // What a drill brought about is no outage.
    const isReal = this.#drilled === undefined
    if (result.answer === undefined) {
      if (isReal) given.silent(because, result.refused, route, clock.now())
      this.#silent(result.refused, because)
    } else if (this.#respondGhost(result.answer, because) && isReal)
      given.given(because, this.#downstream.request, identity, route, result.answer, clock.now())
  }

  /** What the upstream said before to this very request, and no write has changed since, settles the doubt. */
  #settleDoubt(result: GhostResult): GhostResult {
    const [exact] = result.attempts
    const differs = exact?.answer?.status === 200 && exact.refused !== 'stale'
    this.#judge(!differs || this.#edge.settings.softFailures === 'uncounted')
    return differs || result.answer === undefined ? result : { refused: 'stale', attempts: result.attempts }
  }

  /** False: the client cannot take it. */
  #respondGhost(answer: GhostAnswer, because: FaultCode): boolean {
    const { method, headers } = this.#downstream.request
    const wire = labelGhost(answer, method, headers, because, this.#edge.clock.now())
    const isHedge = because === 'CHAOS_ERR_UPSTREAM_SLOW'
    if (wire === undefined) {
      // The upstream is there, and may have it in another form.
      if (this.#isSlowBody) this.#passOn()
      else if (!isHedge) this.#silent('not-learned', because)
      return false
    }
    if (this.#isSlowBody) this.#giveUpBody()
    // A short error answer may come to its end unheard: cheaper than a new connection for the next request.
    const { length } = this.#answer
    const short = length >= 0 && length <= this.#edge.bounds.holdBytes
    if (!isHedge && (this.#fault === undefined || !short)) this.#dropCall()
    if (this.#edge.settings.serverTiming) wire.headers.push('server-timing', this.#trace.ghostTiming())
    // What was no fault of the upstream is one only now that a ghost stands in for it.
    if (this.#held || isHedge) {
      this.#met(because)
      this.#edge.board.count(this.#edge.id, isHedge ? counter.hedged : counter.heldBack)
    }
    this.#isHedged = isHedge
    this.#send(wire)
    this.#finish(counterOfTier[answer.tier])
    // Of the client's own pending writes the upstream knows nothing.
    if (this.#drilled !== undefined && answer.pending === undefined) this.#askTruth(this.#drilled, answer)
    return true
  }

  /** In a drill the upstream is there really: the ghost is held against what it would have said. */
  #askTruth(drilled: DrilledRequest, answer: GhostAnswer): void {
    const { client, draining, routes } = this.#edge
    const { method, target, path, headers } = this.#downstream.request
    const notes = this.#notes!
    // An answer to a condition or for a range is none to compare with.
    const isPlain = !headers.some((name, i) => i % 2 === 0 && (name === 'range' || name.startsWith('if-')))
    if (draining || !isPlain || this.#bodyLength !== 0 || this.#isHedged || this.#fault !== undefined) return
    const shadow = drilled.shadow(
      target,
      answer,
      routes.match(routeMethod({ kind: 'plain' }, method), path)?.route.volatile,
    )
    if (shadow !== undefined && notes.acceptance.ok)
      shadow.hears(client.request(this.#upstreamRequest(notes, notes.acceptance, undefined), shadow))
  }

  /** No ghost: the write is journalled, the upstream's own error goes through as it is, or the fault is named. */
  #silent(refused: Refusal, because: FaultCode): void {
    if (refused === 'unsafe-method' && this.#fault === undefined && this.#takesWrites) {
      this.#journal(because)
      return
    }
    this.#edge.board.count(this.#edge.id, counter.refused)
    this.#edge.board.countRefusal(this.#edge.id, refused)
    const { acceptance } = this.#notes!
    if (this.#held && acceptance.ok) {
      // As with HAProxy's slowstart and Envoy's: a ramp moves load to others, it never turns a request away.
      this.#held = false
      this.#forward(this.#notes!, acceptance)
      return
    }
    if (this.#fault === undefined || this.#answer.status === 0) {
      this.#refuse(this.#fault ?? because, refused)
      return
    }
    this.#passOn()
  }

  /** No ghost knows better than the upstream: what it says goes on as it is. */
  #passOn(): void {
    const isOver = this.#isSlowBody || this.#answer.bytes > this.#edge.bounds.holdBytes
    this.#fault = undefined
    if (this.#answer.complete) this.#respondWhole()
    else if (isOver || this.#mustFlow()) {
      this.#stream()
      this.#call?.resume()
    }
  }

  // ── hedge: slow, not dead ────────────────────────────────────────────────────────────────────────────────────────

  /** The upstream should have answered by now. Where no ghost does it is waited for all the same. */
  #beQuick(): void {
    this.#waiting = undefined
    const isWhole = this.#bodyLength === 0 || this.#requestEnded
    if (this.#phase === 'holding' && this.#call !== undefined && this.#fault === undefined && isWhole)
      this.#askTiers('CHAOS_ERR_UPSTREAM_SLOW')
  }

  /** It was asked for while nothing had come; by now the upstream's answer may be under way, or its fault be known. */
  #mayHedge(said: GhostResult): boolean {
    const isWaiting = this.#phase === 'holding' && this.#fault === undefined && this.#call !== undefined
    return said.answer !== undefined && isWaiting
  }

  #hearLate(chunk: Buffer): void {
    if (this.#answer.bytes + chunk.length <= this.#edge.settings.captureMaxBodyBytes) {
      this.#answer.keep(chunk)
      return
    }
    // Too long to be learned from: nobody wants the rest.
    this.#answer.forget()
    this.#judge(true)
    this.#dropCall()
  }

  /** Not asked for twice: what was late is the truth all the same. */
  #learnLate(): void {
    const sign = this.#softSign()
    if (sign !== undefined && isDoubtful(sign)) this.#judge(true)
    this.#capture(sign !== undefined)
    this.#answer.forget()
  }

  // ── a body that comes in drops ───────────────────────────────────────────────────────────────────────────────────

  /** Nearly every body that is held comes whole: only one that does not is waited for by the clock. */
  #awaitBody(): void {
    const { holdMs } = this.#edge.settings
    if (this.#bodyDue !== undefined || holdMs === 0 || (this.#phase !== 'holding' && !this.#isHedged)) return
    if (this.#answer.bytes > 0) return
    this.#bodyDue = this.#edge.hedges.of(holdMs).add(this.#edge.turn.tickMs, () => this.guard(() => this.#bodyIsLate()))
  }

  #awaitNoBody(): void {
    this.#edge.hedges.of(this.#edge.settings.holdMs).remove(this.#bodyDue!)
    this.#bodyDue = undefined
  }

  /** It holds a connection, and at worst all of them, for nobody. */
  #bodyIsLate(): void {
    this.#bodyDue = undefined
    if (this.#call === undefined) return
    if (this.#isHedged) {
      this.#giveUpBody()
      this.#answer.forget()
      return
    }
    // A ghost is being asked already, or the client sees what comes.
    if (this.#phase !== 'holding' || this.#fault !== undefined) return
    if (this.#mode === 'off' || this.#upgrade || !(this.#bodyLength === 0 || this.#requestEnded)) {
      this.#stream()
      return
    }
    this.#fault = 'CHAOS_ERR_UPSTREAM_BODY_SLOW'
    this.#askGhost(this.#fault)
  }

  /** What trickles where answers used to come whole is a failure. */
  #giveUpBody(): void {
    this.#met('CHAOS_ERR_UPSTREAM_BODY_SLOW')
    this.#edge.board.count(this.#edge.id, counter.upstreamFaults)
    this.#judge(false)
    this.#call?.giveUp('CHAOS_ERR_UPSTREAM_BODY_SLOW')
    this.#trace.span?.attemptEnded(this.#answer.status, 'CHAOS_ERR_UPSTREAM_BODY_SLOW')
    this.#call = undefined
  }

  /** A ghost is asked to stand in for one, which is still coming: it has not broken off meanwhile. */
  get #isSlowBody(): boolean {
    return this.#fault === 'CHAOS_ERR_UPSTREAM_BODY_SLOW'
  }

  // ── the journal: writes that the upstream cannot take ────────────────────────────────────────────────────────────

  /** It is about a journalled write, or a write that must not overtake one: done here, or as soon as its body says what it is. */
  #isForJournal(): boolean {
    const { journal } = this.#edge
    const { method, path } = this.#downstream.request
    if (journal === undefined) return false
    if (journal.takes && path.startsWith(journal.statusPath)) {
      journal.look(path.slice(journal.statusPath.length)).then(
        look =>
          this.guard(() => {
            if (this.#phase === 'done') return
            this.#send(statusDocument(method, look))
            this.#finish('live')
          }),
        error => this.#broke(error),
      )
      return true
    }
    // Who switched ghosts off wants writes to go through or to fail, whatever waits.
    if (this.#mode === 'off' || !journalledMethods.has(method)) return false
    if (!journal.gate.isWaiting(path) && this.#madeReal() === undefined) return false
    this.#askGhost('CHAOS_ERR_UPSTREAM_WRITES_WAIT')
    return true
  }

  /** Of things that the client made in an outage: their temporary ids may stand in the body, which the journal makes real. */
  #madeReal(): ReadonlyMap<string, NamedId> | undefined {
    const { journal, settings } = this.#edge
    const length = this.#bodyLength
    if (journal?.own.hasRealIds !== true || !this.#takesWrites || length <= 0 || length > settings.holdBytes)
      return undefined
    return journal.own.realIdsOf(this.#writer())
  }

  /** Now that its body is here: must the write go through the journal? */
  #isForJournalAsItIs(): boolean {
    if (this.#edge.journal?.gate.isWaiting(this.#downstream.request.path) === true) return true
    const real = this.#madeReal()
    const body = this.#kept?.whole()
    return real !== undefined && body !== undefined && idsIn(body.toString('latin1'), real).length > 0
  }

  /** What was taken for a write only asks, or has nothing to wait for. Its body is here. */
  #passQuestion(): void {
    const notes = this.#notes!
    const acceptance = notes.acceptance as Acceptance & { ok: true }
    const body = this.#kept?.whole()
    this.#decide(notes, acceptance, this.#route!)
    if (this.#call === undefined || body === undefined) return
    if (body.length > 0) this.#call.write(body)
    this.#call.end()
  }

  /** What can be journalled is no longer than what is held, and its body may come as slowly as any. */
  #isWriteToBeKept(): boolean {
    const { settings } = this.#edge
    return (
      this.#takesWrites &&
      this.#fault === undefined &&
      this.#bodyLength <= settings.holdBytes &&
      journalledMethods.has(this.#downstream.request.method) &&
      this.#mode !== 'off' &&
      this.#kept?.mayEndWithin(settings.holdBytes) === true
    )
  }

  #journal(because: FaultCode): void {
    const { journal, settings, identities, board, id } = this.#edge
    const { method, target, path, query, version, authority, secure, remoteAddress, headers } = this.#downstream.request
    const body = this.#bodyLength === 0 ? nothing : this.#kept?.whole()
    const refused = journalRefusal({
      method,
      path,
      because,
      wasBegun: this.#wasBegun,
      wasAnswered: this.#answer.status !== 0,
      hasKey: fieldOf(headers, 'idempotency-key') !== undefined,
      isWhole: body !== undefined && body.length <= settings.holdBytes,
    })
    if (refused !== undefined || body === undefined) {
      board.count(id, counter.refused)
      this.#refuse(because, refused)
      return
    }
    const { scope } = identities.identify({ method, path, query, headers, body }).identity
    const { acceptance } = this.#notes!
    const hasLength = acceptance.ok && (acceptance.hasLength || this.#bodyLength !== 0)
    const write = {
      method,
      target,
      version,
      authority,
      secure,
      remoteAddress,
      headers,
      // A message takes the whole memory that a view stands on.
      body: new Uint8Array(body),
      hasLength,
      scope,
      maybeSeen: this.#wasBegun,
      ...this.#outlook(),
    }
    journal!.append(write).then(
      reply => this.guard(() => this.#journalled(reply, because)),
      error => this.#broke(error),
    )
  }

  /** What is needed to show the write to its client, and to send it as the client meant it. */
  #outlook(): Pick<JournalWrite, 'writer' | 'makes' | 'seenTag'> {
    const { routes, identities, ghostSources } = this.#edge
    const { method, path, query, headers } = this.#downstream.request
    const { identity } = identities.identify({ method: 'GET', path, query, headers, body: undefined })
    const route = routes.match('GET', identity.path)?.route
    const makes = method === 'POST' ? makesOf(this.#creation(), route?.shows, this.#sent()) : undefined
    const isConditional = method !== 'POST' && this.#policy?.preconditions !== 'off'
    const seenTag = isConditional ? seenTagOf(identity, route, ghostSources.memory) : undefined
    return {
      writer: identity.scope,
      ...(makes === undefined ? {} : { makes }),
      ...(seenTag === undefined ? {} : { seenTag }),
    }
  }

  #creation(): CreationForm | undefined {
    return this.#edge.creations.get(creationPlace(this.#downstream.request.path))
  }

  #journalled(reply: JournalReply, because: FaultCode): void {
    if (this.#phase === 'done') return
    const { journal, board, id } = this.#edge
    if (reply.kind === 'journalled') {
      const { temporaryId } = reply
      const status = `${journal!.statusPath}${reply.id}`
      const learned = temporaryId === undefined ? undefined : this.#answerAsLearned(temporaryId, status, because)
      this.#send(learned ?? labelJournalled(reply.id, reply.state, status, because, temporaryId))
      this.#finish('journalled')
      return
    }
    if (reply.kind === 'reused') {
      this.#met('CHAOS_ERR_REQUEST_KEY_REUSED')
      this.#refuse('CHAOS_ERR_REQUEST_KEY_REUSED', undefined)
      return
    }
    const refused = reply.kind === 'full' ? 'journal-full' : 'journal-failed'
    board.count(id, counter.refused)
    board.countRefusal(id, refused)
    this.#refuse(because, refused)
  }

  /** For clients that cannot take 202. Undefined: it is not wanted, or was not seen how such things are made. */
  #answerAsLearned(temporaryId: string, status: string, because: FaultCode): WireAnswer | undefined {
    const form = this.#policy?.answer === 'learned' ? this.#creation() : undefined
    if (form === undefined) return undefined
    const making = { sent: this.#sent(), id: temporaryId, scope: this.#writer(), at: this.#edge.clock.now() }
    return labelMade(form, making, this.#downstream.request.path, status, because)
  }

  /** The body of the request, where it is JSON. */
  #sent(): JsonNode | undefined {
    const body = this.#kept?.whole()
    const isRead = body !== undefined && readableBodyKind(this.#downstream.request.headers) === 'json' && isUtf8(body)
    return isRead ? parseJson(body.toString()) : undefined
  }

  /** RFC 9110 §7.6.2: the last one who may see this OPTIONS or TRACE answers it. */
  #answerHere(): void {
    const { method, target, version } = this.#downstream.request
    // §9.3.8: a TRACE shows the request as it arrived; its fields stay unshown, for they may hold credentials.
    const body = Buffer.from(method === 'TRACE' ? `TRACE ${target} HTTP/${version}\r\n\r\n` : '')
    const headers = method === 'TRACE' ? ['content-type', 'message/http'] : []
    this.#send({ status: 200, headers, body, bodyLength: body.length })
    this.#finish('live')
  }

  // ── refuse ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #refuse(code: FaultCode, refused: Refusal | undefined, detail?: string): void {
    if (this.#phase === 'done') return
    const close = faults[code].side === 'downstream'
    this.#send(labelRefusal(code, refused, retryAfterS(this.#edge, this.#route?.circuit), detail), close)
    this.#finish(close ? 'clientErrors' : 'refusedAnswers')
  }

  #send(wire: WireAnswer, close = false): void {
    this.#trace.status = wire.status
    if (this.#drilled !== undefined) wire.headers.push(DRILL_FIELD, this.#drilled.id)
    if (wire.body !== undefined) this.#countSent(wire.body.length)
    this.#downstream.respond(
      wire.status,
      statusText(wire.status),
      new FieldLines(wire.headers),
      this.#downstream.request.method === 'HEAD' ? undefined : wire.body,
      wire.bodyLength,
      close || this.#edge.draining,
    )
  }

  // ── capture ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #captureLive(): void {
    if (!this.#told) this.#capture(false)
  }

  #capture(suspect: boolean): void {
    const { capture, board, id, clock, settings } = this.#edge
    // What a handshake gets, 101 or not, is no answer to a plain GET of the same target.
    if (capture === undefined || this.#upgrade) return
    // What a drill made up the upstream never said.
    if (this.#drilled?.isMadeUp === true) return
    const { request } = this.#downstream
    const verdict = capture.take({
      startedAt: this.#startedAt,
      completedAt: clock.now(),
      seq: this.#trace.seq,
      firstByteAt: this.#answer.firstByteAt,
      method: request.method,
      target: request.target,
      path: request.path,
      query: request.query,
      requestHeaders: request.headers,
      requestHasBody: this.#bodyLength !== 0,
      requestBody: this.#kept?.whole(),
      status: this.#answer.status,
      headers: this.#answer.head.section.fields,
      notes: this.#notes,
      suspect,
      body: this.#answer.bytes > settings.captureMaxBodyBytes ? undefined : this.#answer.body(),
    })
    this.#trace.kept = verdict
    if (verdict === 'shipped') board.count(id, counter.captured)
    else if (verdict === 'unchanged') board.count(id, counter.capturedUnchanged)
    else if (verdict === 'sampled-out') board.count(id, counter.captureSampledOut)
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  onAbort(): void {
    this.guard(() => {
      if (this.#phase === 'done') return
      this.#dropCall()
      this.#finish('aborted')
    })
  }

  #dropCall(): void {
    this.#call?.abort()
    this.#trace.span?.attemptEnded(this.#answer.status)
    this.#call = undefined
    if (this.#bodyDue !== undefined) this.#awaitNoBody()
  }

  /** A fault that this request met, whatever becomes of it. */
  #met(code: FaultCode): void {
    this.#trace.fault = code
    this.#edge.board.countFault(this.#edge.id, code)
  }

  /** One outcome a request: for the circuit, and for the probe that this request is. */
  #judge(ok: boolean, lost = false): void {
    if (this.#judged || this.#route === undefined) return
    this.#judged = true
    const outcome: CallOutcome = ok ? this.#paceOf() : lost ? 'lost' : 'failed'
    tellOutcome(this.#edge, this.#route.circuit, this.#probe, outcome)
  }

  #paceOf(): CallOutcome {
    const slowMs = this.#policy?.slowMs ?? this.#edge.settings.breakerSlowMs
    return slowMs > 0 && this.#trace.waitedMs() >= slowMs ? 'slow' : 'ok'
  }

  #finish(how: CounterName): void {
    if (this.#phase === 'done') return
    this.#phase = 'done'
    if (!this.#isHedged) this.#answer.forget()
    const { board, id } = this.#edge
    if (this.#waiting !== undefined) this.#hedge?.remove(this.#waiting)
    if (!this.#judged && !this.#isHedged) this.#probe?.giveBack()
    board.count(id, counter[how])
    this.#drilled?.ended(how)
    const seconds = this.#trace.finish(this.#edge, this.#downstream.request, this.#notes, this.#route, how) / 1000
    if (how === 'live') board.countLatency(id, 'live', seconds)
    else if (how.startsWith('ghost')) board.countLatency(id, 'ghost', seconds)
    leave(this.#edge)
  }

  /** A bug of ours costs one request, never the edge. */
  guard(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#broke(error)
    }
  }

  #broke(error: unknown): void {
    this.#edge.log.error({ err: error, code: 'CHAOS_ERR_INTERNAL_EDGE' }, 'a request failed inside the proxy')
    if (this.#phase === 'done') return
    this.#dropCall()
    const streaming = this.#phase === 'streaming'
    this.#met('CHAOS_ERR_INTERNAL_EDGE')
    this.#trace.status ||= faults.CHAOS_ERR_INTERNAL_EDGE.status
    this.#finish('internalErrors')
    if (streaming) this.#downstream.cut()
    else this.#send(labelRefusal('CHAOS_ERR_INTERNAL_EDGE', undefined, 1), true)
  }
}
