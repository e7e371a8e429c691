// thread: edge
// Makes the spans of this edge, and hands them to main in batches. Nothing here waits for anything.
import { performance } from 'node:perf_hooks'
import { type Span, type SpanBatch, SpanRows } from '../contract/spans.js'
import type { IncomingTrace } from '../contract/trace-context.js'
import { TraceIds } from './ids.js'
import { RequestSpan, type SpanParts, type TracedRequest } from './request-span.js'
import type { Sampler } from './sampler.js'

export interface TracerParts {
  readonly sampler: Sampler
  /** The clock of this thread: its last reading, ms never set back, and what the time of day is ahead of it. */
  readonly turn: { readonly tickMs: number; readonly aheadMs: number }
  readonly redact: (path: string) => string
  readonly send: (batch: SpanBatch) => void
  readonly ids?: TraceIds
}

/** Spans of a batch; a full one is sent at once. */
const ROWS = 1024

export class Tracer implements SpanParts {
  readonly #parts: TracerParts
  readonly #ids: TraceIds
  readonly #rows = new SpanRows(ROWS)

  constructor(parts: TracerParts) {
    this.#parts = parts
    this.#ids = parts.ids ?? new TraceIds()
  }

  /** A request begins. */
  begin(request: TracedRequest, incoming: IncomingTrace): RequestSpan {
    const { sampler, turn } = this.#parts
    const traceId = incoming.traceId === '' ? this.#ids.traceId() : incoming.traceId
    const isSampled = !incoming.isExport && sampler(incoming, traceId)
    return new RequestSpan(request, incoming, traceId, isSampled, turn.tickMs, this)
  }

  /** Tells main; called several times a second. */
  flush(): void {
    if (!this.#rows.isEmpty) this.#parts.send(this.#rows.take())
  }

  // ── for requests ───────────────────────────────────────────────────────────────────────────────────────────────────

  get aheadMs(): number {
    return this.#parts.turn.aheadMs
  }

  readonly spanId = (): string => this.#ids.spanId()

  readonly tick = (): number => this.#parts.turn.tickMs

  readonly now = (): number => performance.now()

  readonly redact = (path: string): string => this.#parts.redact(path)

  readonly add = (span: Span): void => {
    this.#rows.add(span)
    if (this.#rows.isFull) this.flush()
  }
}
