// thread: edge
// What is remembered of one request for those who look on: the times of its phases, Server-Timing, the access log. One small
// object a request, and for a live answer no reading of the clock.
import { performance } from 'node:perf_hooks'
import type { TurnClock } from '../clock/turn-clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { AnsweredBy } from '../contract/live.js'
import { phaseAt } from '../contract/phases.js'
import type { DownstreamRequest } from '../front/downstream.js'
import type { GhostResult } from '../ghost/answer.js'
import type { CounterName } from '../health/board.js'
import type { Tail } from '../record/tail.js'
import type { RouteSlot } from '../timing/route-slots.js'
import type { UpstreamCall } from '../upstream/client.js'
import type { Edge } from './edge.js'
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

/** Ends at which the client has a whole answer to a request of a form that could have been answered. */
const timed = (how: CounterName): boolean =>
  how === 'live' || how === 'refusedAnswers' || how === 'journalled' || how.startsWith('ghost')

export class RequestTrace {
  readonly startedTick: number
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
  #ghostMs = -1
  /** Of the answer that a ghost had, whether it was given or not. */
  #confidence: number | undefined

  constructor(turn: TurnClock) {
    this.#turn = turn
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
  ghostSaid({ answer, attempts }: GhostResult): void {
    this.#confidence = answer?.confidence
    let micros = 0
    for (const attempt of attempts) micros += attempt.micros
    this.#ghostMs = micros / 1000
  }

  /** From the last byte of the request to the head of the answer, ms; 0 where that came first. */
  waitedMs(): number {
    const call = this.#call
    return call === undefined || call.sentAt === 0 || call.headAt === 0 ? 0 : call.headAt - call.sentAt
  }

  /** For a live answer whose head goes out now. */
  liveTiming(): string {
    const connectMs = this.#connectMs()
    const upstreamMs = this.#upstreamMs(this.#lastByteTick || (this.#call?.headAt ?? 0))
    const proxyMs = performance.now() - this.startedTick - upstreamMs - (connectMs ?? 0)
    return liveTiming(connectMs, upstreamMs, proxyMs)
  }

  ghostTiming(): string {
    return ghostTiming(this.#ghostMs)
  }

  /** The request has ended; returns how long it took, ms. `route`: undefined where it came to no decision. */
  finish(edge: Edge, request: DownstreamRequest, route: RouteSlot | undefined, how: CounterName): number {
    // A live answer goes out in the turn that read its last byte; what a ghost takes is time of our own.
    const endTick = how === 'live' ? this.#turn.tickMs : performance.now()
    const tookMs = endTick - this.startedTick
    if (timed(how)) this.#observe(edge, route ?? edge.routeSlots.of(request.method, request.path), how, tookMs)
    if (edge.accessLog !== undefined) this.#log(edge, request, how, endTick)
    if (edge.tail !== undefined) this.#tell(edge.tail, edge, request, how, tookMs)
    return tookMs
  }

  #observe({ phases }: Edge, { slot }: RouteSlot, how: CounterName, tookMs: number): void {
    const call = this.#call
    if (call !== undefined && call.headAt > 0) {
      const connectMs = this.#connectMs()
      if (connectMs !== undefined) phases.observe(slot, phaseAt.connect, connectMs)
      if (call.sentAt > 0) phases.observe(slot, phaseAt.wait, call.headAt - call.sentAt)
      if (how === 'live') phases.observe(slot, phaseAt.receive, this.#lastByteTick - call.headAt)
    }
    if (this.#ghostMs >= 0) phases.observe(slot, phaseAt.ghost, this.#ghostMs)
    phases.observe(slot, phaseAt.total, tookMs)
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

  /** Only while somebody watches. */
  #tell(tail: Tail, { routeSlots }: Edge, request: DownstreamRequest, how: CounterName, tookMs: number): void {
    tail.note({
      method: request.method,
      path: request.path,
      query: request.query,
      route: routeSlots.of(request.method, request.path).pattern,
      status: this.status,
      by: answeredBy[how] ?? 'refused',
      confidence: how.startsWith('ghost') ? this.#confidence : undefined,
      tookMs,
      fault: this.fault,
    })
  }

  #connectMs(): number | undefined {
    const { connectedAt } = this.#call ?? { connectedAt: 0 }
    return this.#waited && connectedAt > 0 ? connectedAt - this.startedTick : undefined
  }

  /** Since the request was whole, or where the answer came before that, since it had a connection. */
  #upstreamMs(until: number): number {
    const call = this.#call
    return call === undefined ? 0 : until - (call.sentAt || call.connectedAt || this.startedTick)
  }
}
