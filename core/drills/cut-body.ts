// thread: edge
import type { Buffer } from 'node:buffer'
import type { ResponseHead } from '../http1/response-head-parser.js'
import type { ResponseSink, UpstreamCall } from '../upstream/client.js'

/** Passes on the half of a body, or of its first piece where nobody knows how long it is; then the connection is gone. */
export class CutBody implements ResponseSink {
  readonly #sink: ResponseSink
  #call: UpstreamCall | undefined
  #left = -1
  #received = 0
  #isOver = false

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** The call that it hears. */
  hears(call: UpstreamCall): UpstreamCall {
    this.#call = call
    return call
  }

  onHead(head: ResponseHead, bodyLength: number): void {
    if (bodyLength > 0) this.#left = Math.floor(bodyLength / 2)
    this.#sink.onHead(head, bodyLength)
  }

  onData(chunk: Buffer, _last: boolean): void {
    if (this.#isOver) return
    if (this.#left < 0) this.#left = Math.floor(chunk.length / 2)
    const passed = chunk.subarray(0, Math.min(this.#left, chunk.length))
    this.#left -= passed.length
    this.#received += passed.length
    if (passed.length > 0) this.#sink.onData(passed, false)
    if (passed.length === chunk.length) return
    this.#isOver = true
    this.#call?.abort()
    this.#sink.onFault('CHAOS_ERR_UPSTREAM_TRUNCATED', this.#received)
  }

  onEnd(trailers: string[] | undefined): void {
    // Without a body there is nothing to cut.
    if (!this.#isOver) this.#sink.onEnd(trailers)
  }

  onInterim(status: number, reason: string, headers: readonly string[]): void {
    this.#sink.onInterim?.(status, reason, headers)
  }

  onFault(code: Parameters<ResponseSink['onFault']>[0], received: number): void {
    if (!this.#isOver) this.#sink.onFault(code, received)
  }

  onDrain(): void {
    this.#sink.onDrain()
  }
}
