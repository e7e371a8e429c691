// thread: edge
import { Buffer } from 'node:buffer'
import type { Clock } from '../clock/clock.js'
import { type ResponseHead, readResponseHead } from '../http1/response-head-parser.js'
import { statusText } from '../http1/status-text.js'
import type { ResponseSink, UpstreamCall, UpstreamRequest } from '../upstream/client.js'

const body = Buffer.from('{"error":"a drill imitates a failure of the upstream; this is no answer of it"}\n')

/** An answer that no upstream gave, as soon as the request is whole. */
export class MadeUpAnswer implements UpstreamCall {
  readonly connectedAt: number
  sentAt = 0
  headAt = 0
  readonly wasBegun = true
  readonly #status: number
  readonly #hasBody: boolean
  readonly #sink: ResponseSink
  readonly #clock: Clock
  #isOver = false

  constructor(status: number, { method, bodyLength }: UpstreamRequest, sink: ResponseSink, clock: Clock) {
    this.#status = status
    this.#hasBody = method !== 'HEAD'
    this.#sink = sink
    this.#clock = clock
    this.connectedAt = clock.now()
    if (bodyLength === 0) this.end()
  }

  write(): boolean {
    return true
  }

  end(): void {
    if (this.sentAt !== 0) return
    this.sentAt = this.#clock.now()
    setImmediate(() => this.#answer())
  }

  #answer(): void {
    if (this.#isOver) return
    this.headAt = this.#clock.now()
    this.#sink.onHead(headOf(this.#status), this.#hasBody ? body.length : 0)
    // It may not be wanted any more after each of these.
    if (this.#hasBody && !this.#isOver) this.#sink.onData(body, true)
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.onEnd(undefined)
  }

  pause(): void {}

  resume(): void {}

  abort(): void {
    this.#isOver = true
  }

  giveUp(): void {
    this.abort()
  }
}

/** Read from octets, as every head is. */
function headOf(status: number): ResponseHead {
  const text = `HTTP/1.1 ${status} ${statusText(status)}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`
  const head = readResponseHead(text, text.length)
  if (head === undefined) throw new Error(`an answer with status ${status} cannot be made up`)
  return head
}
