// thread: edge
// One request while traces are made: whose child it is, what the upstream is told, and one span for it and for each attempt at an
// upstream. Where it is not recorded it hands on the context and does nothing else.
import type { Answerer } from '../contract/facts.js'
import type { FaultCode } from '../contract/faults.js'
import type { Span } from '../contract/spans.js'
import { type IncomingTrace, traceparentOf } from '../contract/trace-context.js'

/** What spans of a request are made with. */
export interface SpanParts {
  readonly spanId: () => string
  /** Ms, never set back: when what happens now came in. */
  readonly tick: () => number
  /** On the same scale, this very moment. */
  readonly now: () => number
  /** What the time of day is ahead of the tick just now, ms. */
  readonly aheadMs: number
  /** Of a path, without secrets. */
  readonly redact: (path: string) => string
  readonly add: (span: Span) => void
}

/** What is known of the request itself. */
export interface TracedRequest {
  readonly method: string
  readonly path: string
  readonly version: '1.0' | '1.1'
  readonly authority: string | undefined
  readonly headers: readonly string[]
  readonly secure: boolean
}

/** Where an attempt goes. */
export interface AttemptPlace {
  readonly authority: string
  readonly tls: boolean
  readonly pathPrefix: string
}

/** How the request ended. */
export interface RequestEnd {
  /** `/users/{id}`; undefined: none is learned. */
  readonly route: string | undefined
  /** As the client sees it; 0: it got none. */
  readonly status: number
  readonly by: Answerer
  readonly fault: FaultCode | undefined
  /** -1: no ghost answered. */
  readonly confidence: number
  readonly endTick: number
}

/** Places among `spanCircuits` of the gates of the board: closed, open, half-open, recovering. */
const circuitOfGate = [0, 3, 2, 1] as const

export class RequestSpan {
  readonly isSampled: boolean
  /** Id of the drill that hit it. */
  drill = ''
  readonly #request: TracedRequest
  readonly #incoming: IncomingTrace
  readonly #parts: SpanParts
  readonly #traceId: string
  readonly #spanId: string
  readonly #startTick: number
  readonly #aheadMs: number
  /** `/users/{id}`; known by the end of the request, and told with attempts that end later. */
  #route = ''
  #path: string | undefined
  #circuit = -1
  // Of the attempt that is under way, or comes next.
  #isAttempting = false
  #attemptId = ''
  #attemptTick = 0
  #place: AttemptPlace | undefined
  #resends = 0

  constructor(
    request: TracedRequest,
    incoming: IncomingTrace,
    traceId: string,
    isSampled: boolean,
    startTick: number,
    parts: SpanParts,
  ) {
    this.#request = request
    this.#incoming = incoming
    this.#traceId = traceId
    this.isSampled = isSampled
    this.#startTick = startTick
    this.#parts = parts
    // Once: its spans stand to each other as they were, whatever is done to the time of day.
    this.#aheadMs = parts.aheadMs
    this.#spanId = isSampled ? parts.spanId() : ''
  }

  /** Gates of the circuits of upstream and route, as it was decided by them. */
  decidedBy(upstream: number, route: number): void {
    this.#circuit = Math.max(circuitOfGate[upstream] ?? 0, circuitOfGate[route] ?? 0)
  }

  // ── attempts ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** It is to go to an upstream. `route`: `/users/{id}`, where one is learned. */
  forwarded(route: string | undefined): void {
    if (!this.isSampled) return
    this.#route = route ?? ''
    this.#isAttempting = true
    this.#attemptId = ''
    this.#place = undefined
    this.#attemptTick = this.#parts.now()
  }

  /** `traceparent` for the upstream that it goes to now. */
  attempt(place: AttemptPlace): string {
    if (!this.isSampled) return this.passedOn()
    this.#attemptId = this.#parts.spanId()
    this.#place = place
    this.#isAttempting = true
    return traceparentOf(this.#traceId, this.#attemptId, true)
  }

  /** `traceparent` of a request that is not recorded. */
  passedOn(): string {
    return traceparentOf(this.#traceId, this.#parts.spanId(), false)
  }

  /** An attempt failed without an answer; another one may follow. */
  attemptFailed(place: AttemptPlace, code: FaultCode): void {
    if (!this.isSampled) return
    this.#place = place
    this.#endAttempt(0, code)
  }

  /** The last attempt is over. `status`: 0 where none came; `code`: what went wrong. */
  attemptEnded(status: number, code?: FaultCode): void {
    // What no upstream ever saw was none: a drill may have made it up.
    if (this.#isAttempting && this.#place !== undefined) this.#endAttempt(status, code)
    this.#isAttempting = false
  }

  #endAttempt(status: number, code: FaultCode | undefined): void {
    const { spanId, tick, now, add } = this.#parts
    const { authority, tls, pathPrefix } = this.#place!
    // An answer ends where its last octet was read, as the request does that it answers; of a fault only the system knows when.
    const endTick = code === undefined ? tick() : now()
    add({
      kind: 'client',
      ...{ traceId: this.#traceId, spanId: this.#attemptId || spanId(), parentId: this.#spanId },
      ...{ state: this.#incoming.state, method: this.#request.method, route: this.#route },
      startedAt: this.#attemptTick + this.#aheadMs,
      endedAt: endTick + this.#aheadMs,
      path: pathPrefix + this.#redactedPath(),
      version: '1.1',
      ...{ host: authority, secure: tls, status, fault: code ?? '', by: undefined },
      ...{ confidence: -1, circuit: -1, resends: this.#resends, drill: '' },
    })
    this.#resends += 1
    this.#isAttempting = false
    this.#attemptId = ''
    this.#attemptTick = endTick
  }

  // ── the request ────────────────────────────────────────────────────────────────────────────────────────────────────

  end({ route, status, by, fault, confidence, endTick }: RequestEnd): void {
    if (!this.isSampled) return
    const { method, secure, version } = this.#request
    this.#route = route ?? ''
    this.#parts.add({
      kind: 'server',
      ...{ traceId: this.#traceId, spanId: this.#spanId, parentId: this.#incoming.parentId },
      ...{ state: this.#incoming.state, method, route: this.#route, path: this.#redactedPath() },
      startedAt: this.#startTick + this.#aheadMs,
      endedAt: endTick + this.#aheadMs,
      ...{ host: this.#host(), secure, version, status, fault: fault ?? '', by, confidence },
      ...{ circuit: this.#circuit, resends: 0, drill: this.drill },
    })
  }

  #redactedPath(): string {
    this.#path ??= this.#parts.redact(this.#request.path)
    return this.#path
  }

  #host(): string {
    const { authority, headers } = this.#request
    if (authority !== undefined) return authority
    for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'host') return headers[i + 1]!
    return ''
  }
}
