// thread: edge
// The life of a request for a WebSocket, in reading order.
//
//   accept → decide → ask the upstream → 101 and relay
//                          └─ it answers otherwise → that answer; a fault → its status
//
// A ghost never answers here: what was said in a WebSocket is not learned.
import { performance } from 'node:perf_hooks'
import { UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import { type FaultCode, faultOfStatus, faults, neverReached } from '../contract/faults.js'
import { FieldLines } from '../contract/header-section.js'
import type { UpstreamEnd } from '../contract/websocket.js'
import type { DownstreamEvents } from '../front/downstream.js'
import type { WebSocketUpgrade } from '../front/websocket-upgrade.js'
import { labelRefusal } from '../ghost/label.js'
import { type CounterName, counter } from '../health/board.js'
import type { Probe } from '../health/gate.js'
import { statusText } from '../http1/status-text.js'
import type { RequestSpan } from '../tracing/request-span.js'
import type { UpstreamAddress } from '../upstream/client.js'
import type { HandshakeCall, HandshakeSink, WebSocketClient } from '../upstream/websocket-client.js'
import { decide } from './decide.js'
import type { Edge } from './edge.js'
import { passResponseHeaders } from './headers.js'
import type { OpenWebSockets } from './open-websockets.js'
import { leave, retryAfterS, tellOutcome } from './outcome.js'
import { Relay } from './relay.js'
import { composeRequestHead, composeTracedHead, notesOf, traceOf } from './request-notes.js'
import { answererOf } from './request-trace.js'

export interface WebSocketParts {
  readonly client: Pick<WebSocketClient, 'open'>
  readonly open: OpenWebSockets
}

/** Runs it from its head to the end of the WebSocket, or of the answer that is none. Never throws. */
export function runWebSocket(edge: Edge, parts: WebSocketParts, upgrade: WebSocketUpgrade): void {
  edge.turn.turn()
  const life = new WebSocketLife(edge, parts, upgrade)
  life.guard(() => life.begin())
}

/** `asking`: nothing was sent to the client. `answering`: the upstream's other answer flows. */
type Phase = 'asking' | 'answering' | 'open' | 'done'

class WebSocketLife implements DownstreamEvents, HandshakeSink {
  readonly #edge: Edge
  readonly #parts: WebSocketParts
  readonly #upgrade: WebSocketUpgrade
  #phase: Phase = 'asking'
  #call: HandshakeCall | undefined
  #circuit = UPSTREAM_CIRCUIT
  #probe: Probe | undefined
  #judged = false
  /** Once it is open. */
  #upstream: UpstreamEnd | undefined
  /** Undefined: no traces are made, or it is over. Of a WebSocket it is the handshake. */
  #span: RequestSpan | undefined
  #fault: FaultCode | undefined
  /** As the client sees it; 0: nothing was sent. */
  #status = 0

  constructor(edge: Edge, parts: WebSocketParts, upgrade: WebSocketUpgrade) {
    this.#edge = edge
    this.#parts = parts
    this.#upgrade = upgrade
    edge.active += 1
    edge.board.count(edge.id, counter.requests)
  }

  // ── accept, decide, ask ──────────────────────────────────────────────────────────────────────────────────────────

  begin(): void {
    const { downstream } = this.#upgrade
    downstream.listen(this, 0)
    const { request } = downstream
    const notes = notesOf(request, this.#edge.limits)
    const { acceptance } = notes
    const { tracer } = this.#edge
    if (tracer !== undefined) this.#span = tracer.begin(request, traceOf(notes, request))
    if (!acceptance.ok) {
      this.#refuse(acceptance.code, acceptance.detail)
      return
    }
    const { board, gate, routeSlots } = this.#edge
    // As no method of HTTP is called so, its circuit is never that of a plain request for the same target.
    this.#circuit = routeSlots.of('WEBSOCKET', request.path).circuit
    const span = this.#span
    if (span?.isSampled === true)
      span.decidedBy(board.circuits.gate(UPSTREAM_CIRCUIT), board.circuits.gate(this.#circuit))
    const verdict = decide(gate, this.#circuit, board.mode, false)
    if (!verdict.forward) {
      this.#refuse(verdict.because)
      return
    }
    this.#probe = verdict.probe
    const { rules, rulesOf } = this.#edge.forwarding
    span?.forwarded(undefined)
    this.#call = this.#parts.client.open(upstream => {
      const rulesHere = rulesOf?.(upstream) ?? rules
      return span === undefined
        ? composeRequestHead(request, notes, acceptance, rulesHere)
        : composeTracedHead(request, notes, acceptance, rulesHere, span.attempt(upstream))
    }, this)
  }

  // ── the upstream agrees ──────────────────────────────────────────────────────────────────────────────────────────

  onOpen(end: UpstreamEnd, headers: string[], protocol: string): void {
    this.guard(() => {
      this.#call = undefined
      if (this.#phase !== 'asking') return
      this.#judge(true)
      this.#endSpans(101, 'websockets')
      this.#phase = 'open'
      this.#upstream = end
      const { board, id, log } = this.#edge
      const relay = new Relay(end, {
        idleMs: this.#edge.settings.tunnelIdleMs,
        // Not the time of day: when that jumps nothing has been silent.
        now: () => performance.now(),
        count: (direction, bytes) => {
          board.count(id, direction === 'in' ? counter.websocketMessagesIn : counter.websocketMessagesOut)
          board.count(id, direction === 'in' ? counter.bytesIn : counter.bytesOut, bytes)
        },
        onEnd: () => {
          this.#parts.open.delete(relay)
          this.#release()
        },
        onBroken: error => {
          board.count(id, counter.internalErrors)
          log.error({ err: error, code: 'CHAOS_ERR_INTERNAL_EDGE' }, 'a WebSocket failed inside the proxy')
        },
      })
      relay.join(this.#upgrade.accept(passResponseHeaders(headers), protocol, relay.fromClient))
      this.#parts.open.add(relay)
      board.count(id, counter.websockets)
    })
  }

  // ── it answers otherwise ─────────────────────────────────────────────────────────────────────────────────────────

  onHead(status: number, reason: string, headers: string[], bodyLength: number): void {
    this.guard(() => {
      if (this.#phase !== 'asking') return
      const fault = faultOfStatus(status)
      this.#status = status
      this.#fault = fault
      this.#judge(fault === undefined)
      if (fault !== undefined) this.#edge.board.count(this.#edge.id, counter.upstreamFaults)
      const { downstream } = this.#upgrade
      const words = reason === '' ? statusText(status) : reason
      if (bodyLength === 0) {
        const bodiless = status === 204 || status === 304
        const body = bodiless ? undefined : new Uint8Array(0)
        downstream.respond(status, words, new FieldLines(passResponseHeaders(headers)), body, -1, this.#edge.draining)
        this.#finish('live')
        return
      }
      this.#phase = 'answering'
      downstream.start(status, words, new FieldLines(passResponseHeaders(headers)), bodyLength)
    })
  }

  onData(chunk: Buffer): void {
    this.guard(() => {
      if (this.#phase !== 'answering') return
      this.#edge.board.count(this.#edge.id, counter.bytesOut, chunk.length)
      if (!this.#upgrade.downstream.write(chunk)) this.#call?.pause()
    })
  }

  onDrain(): void {
    this.guard(() => this.#call?.resume())
  }

  onEnd(): void {
    this.guard(() => {
      if (this.#phase !== 'answering') return
      this.#upgrade.downstream.end()
      this.#finish('live')
    })
  }

  onNoConnection(upstream: UpstreamAddress, code: FaultCode): void {
    this.#span?.attemptFailed(upstream, code)
  }

  onFault(code: FaultCode): void {
    this.guard(() => {
      this.#call = undefined
      this.#fault = code
      this.#span?.attemptEnded(this.#status, code)
      if (faults[code].countsAgainstUpstream) this.#judge(false, neverReached(code))
      if (this.#phase === 'done') return
      this.#edge.board.count(this.#edge.id, counter.upstreamFaults)
      if (this.#phase === 'asking') {
        this.#refuse(code)
        return
      }
      // RFC 9112 §8: the client must be able to see that the rest is missing.
      this.#upgrade.downstream.cut()
      this.#finish('cutShort')
    })
  }

  #refuse(code: FaultCode, detail?: string): void {
    const close = faults[code].side === 'downstream'
    this.#send(code, retryAfterS(this.#edge, this.#circuit), close, detail)
    this.#finish(close ? 'clientErrors' : 'refusedAnswers')
  }

  #send(code: FaultCode, afterS: number, close: boolean, detail?: string): void {
    const { status, headers, body, bodyLength } = labelRefusal(code, undefined, afterS, detail)
    const { downstream } = this.#upgrade
    this.#fault = code
    // Of its attempt that is no status: nobody has answered that.
    this.#span?.attemptEnded(this.#status)
    this.#status = status
    this.#edge.board.countFault(this.#edge.id, code)
    downstream.respond(
      status,
      statusText(status),
      new FieldLines(headers),
      body,
      bodyLength,
      close || this.#edge.draining,
    )
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A client that asks for a WebSocket sends no body. */
  onBody(): void {}

  onAbort(): void {
    this.guard(() => {
      if (this.#phase !== 'asking' && this.#phase !== 'answering') return
      this.#call?.abort()
      this.#finish('aborted')
    })
  }

  /** One outcome a request: for the circuit, and for the probe that this request is. */
  #judge(ok: boolean, lost = false): void {
    if (this.#judged) return
    this.#judged = true
    tellOutcome(this.#edge, this.#circuit, this.#probe, ok ? 'ok' : lost ? 'lost' : 'failed')
  }

  #finish(how: CounterName): void {
    if (this.#phase === 'done') return
    this.#edge.board.count(this.#edge.id, counter[how])
    this.#endSpans(this.#status, how)
    this.#release()
  }

  /** Its attempt, where one is under way, and itself. Once: how long a WebSocket is open is no time of a request. */
  #endSpans(status: number, how: CounterName): void {
    const span = this.#span
    if (span === undefined) return
    this.#span = undefined
    this.#edge.turn.turn()
    span.attemptEnded(status)
    const ended = { route: undefined, status, by: answererOf(how), fault: this.#fault }
    span.end({ ...ended, confidence: -1, endTick: performance.now() })
  }

  #release(): void {
    if (this.#phase === 'done') return
    this.#phase = 'done'
    this.#call = undefined
    if (!this.#judged) this.#probe?.giveBack()
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
    this.#edge.log.error({ err: error, code: 'CHAOS_ERR_INTERNAL_EDGE' }, 'a WebSocket failed inside the proxy')
    if (this.#phase === 'done') return
    this.#call?.abort()
    const { downstream } = this.#upgrade
    if (this.#phase === 'asking') this.#send('CHAOS_ERR_INTERNAL_EDGE', 1, true)
    else if (this.#phase === 'answering') downstream.cut()
    else this.#upstream?.cut()
    this.#finish('internalErrors')
  }
}
