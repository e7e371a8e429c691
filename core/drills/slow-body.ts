// thread: edge
import { Buffer } from 'node:buffer'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { ResponseSink, UpstreamCall } from '../upstream/client.js'

const STEPS = 10

/** The head comes at once, the body a tenth at a time. Wraps a call and its sink: downstream may pause either. */
export class SlowBody implements ResponseSink, UpstreamCall {
  readonly #sink: ResponseSink
  readonly #stepMs: number
  readonly #isOver: () => boolean
  #call: UpstreamCall | undefined
  /** Octets a step; 0: piece by piece, as they came. */
  #step = 0
  #waiting: Buffer[] = []
  #timer: NodeJS.Timeout | undefined
  #isPaused = false
  #end: (() => void) | undefined
  #isDone = false

  /** `isOver`: the drill is, and what waits may go. */
  constructor(sink: ResponseSink, takesMs: number, isOver: () => boolean) {
    this.#sink = sink
    this.#stepMs = Math.max(1, Math.round(takesMs / STEPS))
    this.#isOver = isOver
  }

  /** The call that it hears; afterwards it stands for it. */
  hears(call: UpstreamCall): UpstreamCall {
    this.#call = call
    return this
  }

  // ── as a sink ────────────────────────────────────────────────────────────────────────────────────────────────────

  onHead(head: ResponseHead, bodyLength: number): void {
    this.#step = bodyLength > 0 ? Math.ceil(bodyLength / STEPS) : 0
    this.#sink.onHead(head, bodyLength)
  }

  onData(chunk: Buffer): void {
    if (this.#isDone) return
    this.#waiting.push(Buffer.from(chunk))
    // What has been read already still comes; more than that is not kept.
    this.#call?.pause()
    this.#timer ??= setInterval(() => this.#flow(), this.#stepMs)
  }

  onEnd(trailers: string[] | undefined): void {
    this.#finish(() => this.#sink.onEnd(trailers))
  }

  onFault(code: Parameters<ResponseSink['onFault']>[0], received: number): void {
    this.#finish(() => this.#sink.onFault(code, received))
  }

  onInterim(status: number, reason: string, headers: readonly string[]): void {
    this.#sink.onInterim?.(status, reason, headers)
  }

  onDrain(): void {
    this.#sink.onDrain()
  }

  #finish(end: () => void): void {
    if (this.#isDone) return
    if (this.#waiting.length > 0) {
      this.#end = end
      return
    }
    this.#stop()
    end()
  }

  #flow(): void {
    if (this.#isPaused) return
    do {
      const chunk = this.#next()
      // The last of it goes out with its end: whether there is more is not known before.
      this.#sink.onData(chunk, this.#waiting.length === 0 && this.#end !== undefined)
    } while (!this.#isDone && this.#waiting.length > 0 && this.#isOver())
    if (this.#isDone || this.#waiting.length > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    const end = this.#end
    if (end === undefined) {
      this.#call?.resume()
      return
    }
    this.#stop()
    end()
  }

  #next(): Buffer {
    const first = this.#waiting[0]!
    if (this.#step === 0 || first.length <= this.#step) {
      this.#waiting.shift()
      return first
    }
    this.#waiting[0] = first.subarray(this.#step)
    return first.subarray(0, this.#step)
  }

  #stop(): void {
    this.#isDone = true
    clearInterval(this.#timer)
    this.#waiting = []
  }

  // ── as a call ────────────────────────────────────────────────────────────────────────────────────────────────────

  get connectedAt(): number {
    return this.#call?.connectedAt ?? 0
  }

  get sentAt(): number {
    return this.#call?.sentAt ?? 0
  }

  get headAt(): number {
    return this.#call?.headAt ?? 0
  }

  get wasBegun(): boolean {
    return this.#call?.wasBegun === true
  }

  write(chunk: Buffer): boolean {
    return this.#call!.write(chunk)
  }

  end(trailers?: readonly string[]): void {
    this.#call?.end(trailers)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  abort(): void {
    this.#stop()
    this.#call?.abort()
  }

  /** It is the drill that is slow, not the upstream. */
  giveUp(): void {
    this.abort()
  }
}
