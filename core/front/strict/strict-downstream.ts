// thread: edge
import { Buffer } from 'node:buffer'
import type { FieldLines } from '../../contract/header-section.js'
import { chunkEnd, chunkStart, lastChunk, lastChunkWith } from '../../http1/framing.js'
import type { RequestHead } from '../../http1/request-parser.js'
import type { ResponseFraming } from '../../http1/response-head.js'
import type { Tunnel } from '../../http1/tunnel.js'
import type { Downstream, DownstreamEvents, DownstreamRequest } from '../downstream.js'

/** The connection that carries an exchange. */
export interface ExchangeOwner {
  readonly remoteAddress: string
  readonly secure: boolean
  /** The client may send its body now. */
  proceed(): void
  pauseBody(): void
  resumeBody(): void
  inform(status: number, reason: string, headers: readonly string[]): void
  /** Head, and the whole body where there is one; the answer is over. */
  writeAnswer(
    status: number,
    reason: string,
    headers: FieldLines,
    framing: ResponseFraming,
    body: Uint8Array | undefined,
    close: boolean,
  ): void
  writeHead(status: number, reason: string, headers: FieldLines, framing: ResponseFraming): void
  /** A piece of the body between what frames it; may be overwritten afterwards. False: wait. */
  writeBody(before: string, chunk: Buffer, after: string): boolean
  endBody(last: string): void
  /** Ends the connection without the end of the body. `byReset`: only a reset can tell that something is missing. */
  cut(byReset: boolean): void
  switchProtocols(headers: readonly string[]): Tunnel
}

const nothing = Buffer.alloc(0)

/** One request of a connection and its answer. */
export class StrictDownstream implements Downstream {
  readonly request: DownstreamRequest
  bodyLength = 0
  readonly #owner: ExchangeOwner
  #events: DownstreamEvents | undefined
  /** The answer is complete, or nobody is there to take it. */
  #over = false
  #framing: ResponseFraming = 'none'
  #left = 0
  #started = false

  constructor(owner: ExchangeOwner, head: RequestHead) {
    this.#owner = owner
    this.request = {
      method: head.method,
      target: head.target,
      path: head.path,
      query: head.query,
      version: head.version,
      authority: head.authority,
      headers: head.section.fields,
      section: head.section,
      remoteAddress: owner.remoteAddress,
      secure: owner.secure,
    }
  }

  // ── what the connection tells ──────────────────────────────────────────────────────────────────────────────────────

  body(chunk: Buffer): void {
    if (!this.#over) this.#events?.onBody(chunk, false)
  }

  bodyEnd(trailers: readonly string[] | undefined): void {
    if (!this.#over && this.bodyLength !== 0) this.#events?.onBody(nothing, true, trailers)
  }

  drained(): void {
    if (!this.#over) this.#events?.onDrain()
  }

  /** The connection cannot go on in the middle of the answer. */
  abandon(): void {
    const byReset = this.#framing === 'close'
    this.gone()
    this.#owner.cut(byReset)
  }

  gone(): void {
    if (this.#over) return
    this.#over = true
    this.#events?.onAbort()
  }

  /** A part of the answer has gone out. */
  get started(): boolean {
    return this.#started
  }

  // ── what the request path asks ─────────────────────────────────────────────────────────────────────────────────────

  listen(events: DownstreamEvents, bodyLength: number): void {
    this.#events = events
    this.bodyLength = bodyLength
  }

  proceed(): void {
    this.#owner.proceed()
  }

  pauseBody(): void {
    if (!this.#over) this.#owner.pauseBody()
  }

  resumeBody(): void {
    if (!this.#over) this.#owner.resumeBody()
  }

  inform(status: number, reason: string, headers: readonly string[]): void {
    // RFC 9110 §15.2: HTTP/1.0 knows no interim answers.
    if (!this.#over && this.request.version === '1.1') this.#owner.inform(status, reason, headers)
  }

  respond(
    status: number,
    reason: string,
    headers: FieldLines,
    body: Uint8Array | undefined,
    bodyLength: number,
    close = false,
  ): void {
    if (this.#over) return
    this.#over = true
    // RFC 9110 §8.6: no Content-Length with 204.
    const framing = body === undefined ? (bodyLength < 0 || status === 204 ? 'none' : bodyLength) : body.length
    this.#owner.writeAnswer(status, reason, headers, framing, body, close)
  }

  start(status: number, reason: string, headers: FieldLines, bodyLength: number): void {
    if (this.#over) return
    // RFC 9112 §6.1: no chunked coding for HTTP/1.0, whose only other way is the end of the connection.
    this.#framing = bodyLength >= 0 ? bodyLength : this.request.version === '1.1' ? 'chunked' : 'close'
    this.#left = bodyLength
    this.#started = true
    this.#owner.writeHead(status, reason, headers, this.#framing)
  }

  write(chunk: Buffer): boolean {
    if (this.#over || chunk.length === 0) return true
    if (this.#framing === 'chunked') return this.#owner.writeBody(chunkStart(chunk.length), chunk, chunkEnd)
    if (typeof this.#framing === 'number') this.#left -= chunk.length
    return this.#owner.writeBody('', chunk, '')
  }

  end(trailers?: readonly string[]): void {
    if (this.#over) return
    if (typeof this.#framing === 'number' && this.#left !== 0) throw new Error('not as much body as was announced')
    this.#over = true
    if (this.#framing !== 'chunked') {
      this.#owner.endBody('')
      return
    }
    this.#owner.endBody(trailers === undefined ? lastChunk : lastChunkWith(trailers))
  }

  switchProtocols(headers: readonly string[]): Tunnel | undefined {
    if (this.#over) return undefined
    this.#over = true
    return this.#owner.switchProtocols(headers)
  }

  cut(): void {
    if (this.#over) return
    this.#over = true
    // RFC 9112 §8: a length that is not reached or a missing last chunk says it as well.
    this.#owner.cut(this.#framing === 'close')
  }
}
