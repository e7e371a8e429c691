// thread: main
// Spans on their way to a collector: in order, one request at a time, tried again with growing pauses. Nobody waits for them, and
// what waits is bounded: where there is no room what is new is dropped and counted.
import type { Buffer } from 'node:buffer'
import type { SpanBatch, TracesStatus } from '../contract/spans.js'
import type { Log } from '../log/log.js'
import type { OtlpForm, SpanSource } from './otlp.js'
import type { Posted } from './post-otlp.js'

export interface ExporterParts {
  /** For people, without credentials. */
  readonly endpoint: string
  readonly form: OtlpForm
  readonly source: SpanSource
  readonly post: (body: Buffer, headers: Readonly<Record<string, string>>) => Promise<Posted>
  /** Undefined: nothing is compressed. */
  readonly gzip: ((body: Buffer) => Promise<Buffer>) | undefined
  /** Epoch ms. */
  readonly now: () => number
  readonly random: () => number
  /** Runs it some time later, unless it is taken back; the proxy may end before. */
  readonly later: (ms: number, run: () => void) => { cancel(): void }
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Of what waits, texts included. */
const MAX_WAITING_BYTES = 32 << 20
/** Of one request. Collectors take some MiB. */
const MAX_BATCH_SPANS = 2048
const MAX_BATCH_BYTES = 2 << 20
/** So long spans are collected where there are few. */
const COLLECT_MS = 1000
const MAX_ATTEMPTS = 6
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
/** OTLP/HTTP, «Failures»: these alone may go well another time. */
const passing = new Set([429, 502, 503, 504])

export class Exporter {
  readonly #parts: ExporterParts
  readonly #waiting: SpanBatch[] = []
  #waitingBytes = 0
  #waitingSpans = 0
  /** It is being sent, or waits for its next attempt. */
  #underWay: Promise<void> | undefined
  #timer: { cancel(): void } | undefined
  /** Ends the pause before the next attempt. */
  #hurry: (() => void) | undefined
  #isClosing = false
  #isGivenUp = false
  #exported = 0
  #failed = 0
  #dropped = 0
  #retries = 0
  #collector: TracesStatus['collector'] = 'new'
  #lastError = ''

  constructor(parts: ExporterParts) {
    this.#parts = parts
  }

  /** Never waits, never throws. */
  take(batch: SpanBatch): void {
    if (this.#isGivenUp || this.#waitingBytes + batch.bytes > MAX_WAITING_BYTES) {
      this.#dropped += batch.rows
      return
    }
    this.#waiting.push(batch)
    this.#waitingBytes += batch.bytes
    this.#waitingSpans += batch.rows
    if (this.#underWay !== undefined) return
    if (this.#isClosing || this.#waitingSpans >= MAX_BATCH_SPANS) this.#begin()
    else this.#timer ??= this.#parts.later(COLLECT_MS, () => this.#begin())
  }

  status(): TracesStatus {
    return {
      ...{ endpoint: this.#parts.endpoint, collector: this.#collector },
      ...{ exported: this.#exported, failed: this.#failed, dropped: this.#dropped, retries: this.#retries },
      ...{ waiting: this.#waitingSpans, lastError: this.#lastError },
    }
  }

  /** Sends what is here. Resolves when that is done, or `withinMs` later, when the rest is dropped. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true
    this.#hurry?.()
    if (this.#underWay === undefined) this.#begin()
    let timeIsUp = (): void => {}
    const over = new Promise<void>(resolve => {
      timeIsUp = resolve
    })
    const deadline = this.#parts.later(withinMs, timeIsUp)
    await Promise.race([this.#underWay, over])
    deadline.cancel()
    this.#isGivenUp = true
    this.#hurry?.()
    this.#dropped += this.#waitingSpans
    this.#waiting.length = 0
    this.#waitingSpans = 0
    this.#waitingBytes = 0
  }

  #begin(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#underWay !== undefined || this.#waiting.length === 0) return
    this.#underWay = this.#sendAll().finally(() => {
      this.#underWay = undefined
      if (this.#waiting.length > 0 && !this.#isGivenUp)
        this.#timer ??= this.#parts.later(COLLECT_MS, () => this.#begin())
    })
  }

  /** Until less is here than is worth a request. */
  async #sendAll(): Promise<void> {
    do await this.#sendSome()
    while (!this.#isGivenUp && (this.#isClosing ? this.#waiting.length > 0 : this.#waitingSpans >= MAX_BATCH_SPANS))
  }

  async #sendSome(): Promise<void> {
    const batches = this.#takeSome()
    const spans = batches.reduce((sum, { rows }) => sum + rows, 0)
    const { form, source, gzip } = this.#parts
    const plain = form.encode(batches, source)
    // What cannot be compressed goes as it is.
    const packed = gzip === undefined ? undefined : await gzip(plain).catch(() => undefined)
    const body = packed ?? plain
    const headers = {
      'content-type': form.contentType,
      ...(packed === undefined ? {} : { 'content-encoding': 'gzip' }),
    }
    for (let attempt = 1; ; attempt++) {
      const posted = await this.#parts.post(body, headers)
      if (this.#isGivenUp) break
      const pauseMs = this.#judge(posted, spans, attempt)
      if (pauseMs === undefined) return
      this.#retries += 1
      await this.#pause(pauseMs)
      if (this.#isGivenUp) break
    }
    this.#dropped += spans
  }

  /** As many as fit into one request, at least one batch. */
  #takeSome(): SpanBatch[] {
    let count = 0
    let spans = 0
    let bytes = 0
    for (const batch of this.#waiting) {
      if (count > 0 && (spans + batch.rows > MAX_BATCH_SPANS || bytes + batch.bytes > MAX_BATCH_BYTES)) break
      count += 1
      spans += batch.rows
      bytes += batch.bytes
    }
    this.#waitingSpans -= spans
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  /** How long to wait before it is tried again, ms; undefined: it is done with. */
  #judge(posted: Posted, spans: number, attempt: number): number | undefined {
    if ('status' in posted && posted.status >= 200 && posted.status < 300) {
      const refused = this.#parts.form.refusedIn(posted.body)
      const lost = Math.min(spans, refused?.spans ?? 0)
      this.#exported += spans - lost
      this.#failed += lost
      this.#nowUp(lost === 0 ? '' : `it refused ${lost} spans (${shortened(refused!.because)})`)
      return undefined
    }
    const because = 'failed' in posted ? posted.failed : `it answered ${posted.status}`
    this.#nowFailing(because)
    const isPassing = !('status' in posted) || passing.has(posted.status)
    // Who ends the proxy does not wait for a collector that is away.
    if (isPassing && attempt < MAX_ATTEMPTS && !this.#isClosing) return this.#pauseMs(posted, attempt)
    this.#failed += spans
    return undefined
  }

  #pauseMs(posted: Posted, attempt: number): number {
    const grown = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + this.#parts.random() / 2)
    const wanted = 'status' in posted ? retryAfterMs(posted.retryAfter, this.#parts.now()) : 0
    return Math.min(LONGEST_PAUSE_MS, Math.max(grown, wanted))
  }

  #pause(ms: number): Promise<void> {
    return new Promise<void>(resolve => {
      const timer = this.#parts.later(ms, resolve)
      this.#hurry = () => {
        timer.cancel()
        resolve()
      }
    }).then(() => {
      this.#hurry = undefined
    })
  }

  #nowUp(problem: string): void {
    if (this.#collector === 'failing')
      this.#parts.log.info({ endpoint: this.#parts.endpoint }, 'the collector takes traces again')
    this.#collector = 'up'
    this.#lastError = problem
  }

  #nowFailing(because: string): void {
    if (this.#collector !== 'failing')
      this.#parts.log.warn(
        { endpoint: this.#parts.endpoint, because },
        'the collector does not take traces: they are kept for a while, then dropped and counted; requests go on',
      )
    this.#collector = 'failing'
    this.#lastError = because
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. 0: it says nothing that can be read. */
function retryAfterMs(value: string | undefined, now: number): number {
  if (value === undefined) return 0
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}

function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
