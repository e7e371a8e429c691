// thread: edge
// What is remembered of one request for those who look on: the times of its phases, Server-Timing, the access log. One small
// object a request, and for a live answer no reading of the clock.
import { performance } from 'node:perf_hooks'
import type { TurnClock } from '../clock/turn-clock.js'
import type { Answerer, Kept } from '../contract/facts.js'
import type { FaultCode } from '../contract/faults.js'
import type { AnsweredBy } from '../contract/live.js'
import { phaseAt } from '../contract/phases.js'
import type { DownstreamRequest } from '../front/downstream.js'
import type { GhostResult } from '../ghost/answer.js'
import type { CounterName } from '../health/board.js'
import type { Tail } from '../record/tail.js'
import type { RouteSlot } from '../timing/route-slots.js'
import type { RequestSpan } from '../tracing/request-span.js'
import type { UpstreamCall } from '../upstream/client.js'
import type { Edge } from './edge.js'
import type { RequestNotes } from './request-notes.js'
import { ghostTiming, liveTiming } from './server-timing.js'

/** How the log calls what the board counts. What is not here was refused. */
const answeredBy: Partial<Record<CounterName, AnsweredBy>> = {
  live: 'live',
  ghostExact: 'exact',
  ghostEntity: 'entity',
  ghostQuery: 'query',
  ghostTemplate: 'template',
  ghostSemantic: 'semantic',
  journalled: 'journalled',
  websockets: 'live',
  aborted: 'aborted',
  cutShort: 'cut',
}

/** How the history and traces call it. */
const answererAt: Partial<Record<CounterName, Answerer>> = {
  live: 'upstream',
  ghostExact: 'exact',
  ghostEntity: 'entity',
  ghostQuery: 'query',
  ghostTemplate: 'template',
  ghostSemantic: 'semantic',
  journalled: 'journal',
  refusedAnswers: 'refusal',
  clientErrors: 'rejection',
  websockets: 'upstream',
  aborted: 'aborted',
  cutShort: 'cut',
}

export function answererOf(how: CounterName): Answerer {
  return answererAt[how] ?? 'failed'
}

/** Ends at which the client has a whole answer to a request of a form that could have been answered. */
const timed = (how: CounterName): boolean =>
  how === 'live' || how === 'refusedAnswers' || how === 'journalled' || how.startsWith('ghost')

export class RequestTrace {
  readonly startedTick: number
  /** Epoch ms. */
  readonly startedAt: number
  /** Its number among the facts of this edge; 0: there is no history. */
  readonly seq: number
  readonly #turn: TurnClock
  /** Of the answer as the client sees it; 0: nothing was sent. */
  status = 0
  bytesIn = 0
  bytesOut = 0
  /** The last fault that it met, whatever became of it. */
  fault: FaultCode | undefined
  #call: UpstreamCall | undefined
  /** No connection was idle. */
  #waited = false
  #lastByteTick = 0
  /** How long the tiers were asked; -1: they were not. */
  ghostMs = -1
  /** Of the ghost that answered; -1: none did. */
  confidence = -1
  /** Whether the exchange was handed to the learner before its end. */
  kept: Kept = 'unknown'
  /** Undefined: no traces are made. */
  span: RequestSpan | undefined

  constructor(turn: TurnClock, startedAt: number, seq: number) {
    this.#turn = turn
    this.startedAt = startedAt
    this.seq = seq
    this.startedTick = turn.tickMs
  }

  /** `call` comes from the client just now: where it is on a connection already, there was no waiting for one. */
  forwarded(call: UpstreamCall): void {
    this.#call = call
    this.#waited = call.connectedAt === 0
  }

  /** The answer of the upstream is whole. */
  received(): void {
    this.#lastByteTick = this.#turn.tickMs
  }

  /** The tiers took their own time: no need to look at the clock again. */
  ghostSaid({ attempts, answer }: GhostResult): void {
    let micros = 0
    for (const attempt of attempts) micros += attempt.micros
    this.ghostMs = micros / 1000
    this.confidence = answer?.confidence ?? -1
  }

  /** From the last byte of the request to the head of the answer, ms; 0 where that came first. */
  waitedMs(): number {
    const call = this.#call
    return call === undefined || call.sentAt === 0 || call.headAt === 0 ? 0 : call.headAt - call.sentAt
  }

  /** For a live answer whose head goes out now. */
  liveTiming(): string {
    const connectMs = this.connectMs < 0 ? undefined : this.connectMs
    const upstreamMs = this.#upstreamMs(this.#lastByteTick || (this.#call?.headAt ?? 0))
    const proxyMs = performance.now() - this.startedTick - upstreamMs - (connectMs ?? 0)
    return liveTiming(connectMs, upstreamMs, proxyMs)
  }

  ghostTiming(): string {
    return ghostTiming(this.ghostMs)
  }

  /** The request has ended; returns how long it took, ms. `route`: undefined where it came to no decision. */
  finish(
    edge: Edge,
    request: DownstreamRequest,
    notes: RequestNotes | undefined,
    route: RouteSlot | undefined,
    how: CounterName,
  ): number {
    // A live answer goes out in the turn that read its last byte; what a ghost takes is time of our own.
    const endTick = how === 'live' ? this.#turn.tickMs : performance.now()
    const tookMs = endTick - this.startedTick
    if (timed(how)) this.#observe(edge, route ?? edge.routeSlots.of(request.method, request.path), how, tookMs)
    if (edge.facts !== undefined) edge.facts.note(request, notes, this, route?.slot ?? 0, answererOf(how), tookMs)
    if (this.span !== undefined) this.#endSpan(this.span, route, how, endTick)
    if (edge.accessLog !== undefined) this.#log(edge, request, how, endTick)
    if (edge.tail !== undefined) this.#tell(edge.tail, edge, request, how, tookMs)
    return tookMs
  }

  #observe({ phases }: Edge, { slot }: RouteSlot, how: CounterName, tookMs: number): void {
    const call = this.#call
    if (call !== undefined && call.headAt > 0) {
      const { connectMs } = this
      if (connectMs >= 0) phases.observe(slot, phaseAt.connect, connectMs)
      if (call.sentAt > 0) phases.observe(slot, phaseAt.wait, call.headAt - call.sentAt)
      if (how === 'live') phases.observe(slot, phaseAt.receive, this.#lastByteTick - call.headAt)
    }
    if (this.ghostMs >= 0) phases.observe(slot, phaseAt.ghost, this.ghostMs)
    phases.observe(slot, phaseAt.total, tookMs)
  }

  #endSpan(span: RequestSpan, route: RouteSlot | undefined, how: CounterName, endTick: number): void {
    const { status, fault } = this
    const confidence = how.startsWith('ghost') ? this.confidence : -1
    span.end({ route: route?.pattern, status, by: answererOf(how), fault, confidence, endTick })
  }

  #log({ accessLog, routeSlots }: Edge, request: DownstreamRequest, how: CounterName, endTick: number): void {
    const failed = how === 'refusedAnswers' || how === 'internalErrors' || how === 'cutShort'
    if (accessLog === undefined || !accessLog.wants(failed)) return
    const asked = this.#call !== undefined && this.#call.connectedAt > 0
    accessLog.write({
      client: request.remoteAddress,
      method: request.method,
      path: request.path,
      query: request.query,
      status: this.status,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      durationMs: endTick - this.startedTick,
      route: routeSlots.of(request.method, request.path).pattern,
      by: answeredBy[how] ?? 'refused',
      fault: this.fault,
      upstreamMs: asked ? this.#upstreamMs(this.#lastByteTick || endTick) : undefined,
    })
  }

  /** Waiting for a connection; -1: one was idle, or there never was one. */
  get connectMs(): number {
    const call = this.#call
    return call !== undefined && this.#waited && call.connectedAt > 0 ? call.connectedAt - this.startedTick : -1
  }

  /** From the last byte of the request to the head of the answer; -1: there was none. */
  get waitMs(): number {
    const call = this.#call
    return call === undefined || call.headAt === 0 || call.sentAt === 0 ? -1 : call.headAt - call.sentAt
  }

  /** From the head of the answer to its last byte; -1: that never came. */
  get receiveMs(): number {
    const call = this.#call
    return call === undefined || call.headAt === 0 || this.#lastByteTick === 0 ? -1 : this.#lastByteTick - call.headAt
  }

  /** Only while somebody watches. */
  #tell(tail: Tail, { routeSlots }: Edge, request: DownstreamRequest, how: CounterName, tookMs: number): void {
    tail.note({
      method: request.method,
      path: request.path,
      query: request.query,
      route: routeSlots.of(request.method, request.path).pattern,
      status: this.status,
      by: answeredBy[how] ?? 'refused',
      confidence: how.startsWith('ghost') && this.confidence >= 0 ? this.confidence : undefined,
      tookMs,
      fault: this.fault,
    })
  }

  /** Since the request was whole, or where the answer came before that, since it had a connection. */
  #upstreamMs(until: number): number {
    const call = this.#call
    return call === undefined ? 0 : until - (call.sentAt || call.connectedAt || this.startedTick)
  }
}
