// thread: edge
// The client of requests that a drill hits: to the rest of the request path it looks like the fault that it imitates.
import type { Clock } from '../clock/clock.js'
import type { DrillPlan } from '../contract/drills.js'
import type { ResponseSink, UpstreamCall, UpstreamClient, UpstreamRequest } from '../upstream/client.js'
import { CutBody } from './cut-body.js'
import { DelayedCall } from './delayed-call.js'
import { FailedCall } from './failed-call.js'
import { MadeUpAnswer } from './made-up-answer.js'
import { SlowBody } from './slow-body.js'

/** Sends requests, or acts as if. */
export type Requester = Pick<UpstreamClient, 'request'>

export interface ImitationParts {
  /** The real one. */
  readonly client: Requester
  /** Of its calls. */
  readonly clock: Clock
  /** Longest wait for the head of an answer. */
  readonly responseTimeoutMs: number
  /** Of the drill, ms; 0 where it is over. */
  readonly timeLeftMs: () => number
}

export class Imitation implements Requester {
  readonly #plan: DrillPlan
  readonly #parts: ImitationParts
  readonly #delayed = new Set<DelayedCall>()

  constructor(plan: DrillPlan, parts: ImitationParts) {
    this.#plan = plan
    this.#parts = parts
  }

  /** Answers are not, or not in full, those of the upstream: nothing is to be learned from them. */
  get isMadeUp(): boolean {
    return this.#plan.kind !== 'latency' && this.#plan.kind !== 'slow-body'
  }

  /** It answers in the place of the upstream. */
  get answers(): boolean {
    return this.#plan.kind === 'error' || this.#plan.kind === 'soft-failure'
  }

  request(request: UpstreamRequest, sink: ResponseSink): UpstreamCall {
    const { client, clock, timeLeftMs } = this.#parts
    const { kind, latencyMs, status } = this.#plan
    switch (kind) {
      case 'blackout':
        return new FailedCall('CHAOS_ERR_UPSTREAM_CONNECT_REFUSED', false, sink, clock)
      case 'reset':
        return new FailedCall('CHAOS_ERR_UPSTREAM_RESET', true, sink, clock)
      case 'malformed':
        return new FailedCall('CHAOS_ERR_UPSTREAM_MALFORMED', true, sink, clock)
      case 'error':
        return new MadeUpAnswer(status, request, sink, clock)
      case 'soft-failure':
        return new MadeUpAnswer(200, request, sink, clock)
      case 'latency':
        return this.#delay(request, sink)
      case 'truncated-body': {
        const cut = new CutBody(sink)
        return cut.hears(client.request(request, cut))
      }
      case 'slow-body': {
        const slow = new SlowBody(sink, latencyMs, () => timeLeftMs() === 0)
        return slow.hears(client.request(request, slow))
      }
    }
  }

  #delay(request: UpstreamRequest, sink: ResponseSink): UpstreamCall {
    const { client, clock, responseTimeoutMs, timeLeftMs } = this.#parts
    // No longer than the drill.
    const waitMs = Math.min(this.#plan.latencyMs, timeLeftMs())
    const isTooLong = waitMs >= responseTimeoutMs
    const call = new DelayedCall(
      { waitMs: Math.min(waitMs, responseTimeoutMs), isTooLong },
      request.bodyLength !== 0,
      () => client.request(request, sink),
      sink,
      clock,
      gone => this.#delayed.delete(gone),
    )
    this.#delayed.add(call)
    return call
  }

  /** The drill is over: what waits goes on. */
  end(): void {
    for (const call of [...this.#delayed]) call.release()
  }
}
