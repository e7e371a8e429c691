// thread: edge
import { type FieldLines, HeaderSection } from '../contract/header-section.js'
import type { Tunnel } from '../http1/tunnel.js'
import type { Downstream, DownstreamEvents, DownstreamRequest } from './downstream.js'
import type { RecentSections } from './recent-sections.js'
import { writeHead } from './uws-head.js'
import type { HttpRequest, HttpResponse } from './uws-loader.js'

/**
 * What the callbacks see that the binary is given. It keeps them for longer than the answer takes; a request that hangs on
 * them would outlive it, be copied from generation to generation, and cost a third of the time of an edge.
 */
interface Hook {
  /** Undefined when the answer is over. */
  downstream: UwsDownstream | undefined
}

/** One request of the binary and its answer. */
export class UwsDownstream implements Downstream {
  readonly request: DownstreamRequest
  /** Its header section came before, and was right. */
  readonly isKnown: boolean
  readonly #res: HttpResponse
  #gone = false
  #events: DownstreamEvents | undefined
  #hook: Hook | undefined
  /** A last answer waits to be sent, see `respond`. */
  #closing = false
  /** Bytes that the socket did not take yet (known length only) and where in the body they start. */
  #rest: Buffer | undefined
  #restAt = 0
  #bodyLength = -1
  #written = 0
  #ended = false
  /** The request body is not being read. It must be again before the answer ends, or the next request never is. */
  #paused = false

  constructor(res: HttpResponse, req: HttpRequest, secure: boolean, remoteAddress: string, recent: RecentSections) {
    this.#res = res
    // The case-sensitive method first: getMethod() folds the buffer in place.
    const method = req.getCaseSensitiveMethod()
    const path = req.getUrl()
    const query = (req.getQuery() as string | null | undefined) ?? undefined
    const headers: string[] = []
    req.forEach((name, value) => {
      headers.push(name, value)
    })
    const known = recent.find(headers, remoteAddress)
    const section = known ?? new HeaderSection(headers)
    this.isKnown = known !== undefined
    const target = query === undefined ? path : `${path}?${query}`
    this.request = {
      method,
      path,
      query,
      target,
      // The binary refuses HTTP/1.0 and absolute-form targets by itself.
      version: '1.1',
      authority: undefined,
      headers: section.fields,
      section,
      remoteAddress,
      secure,
    }
  }

  listen(events: DownstreamEvents, bodyLength: number): void {
    this.#events = events
    const hook: Hook = { downstream: this }
    this.#hook = hook
    // Nothing but the hook may be seen from here, see Hook.
    this.#res.onAborted(() => hook.downstream?.aborted())
    if (bodyLength !== 0) this.#res.onData((chunk, last) => hook.downstream?.body(chunk, last))
  }

  aborted(): void {
    const events = this.#events
    this.#over()
    events?.onAbort()
  }

  body(chunk: ArrayBuffer, last: boolean): void {
    this.#events?.onBody(Buffer.from(chunk), last)
  }

  /** Nothing is written any more, and nothing is heard. */
  #over(): void {
    this.#gone = true
    this.#events = undefined
    if (this.#hook !== undefined) this.#hook.downstream = undefined
  }

  /** The binary tells the client by itself. */
  proceed(): void {}

  /** No API for interim answers. */
  inform(): void {}

  /** No API for a raw connection. */
  switchProtocols(): Tunnel | undefined {
    return undefined
  }

  pauseBody(): void {
    if (this.#gone) return
    this.#paused = true
    this.#res.pause()
  }

  resumeBody(): void {
    if (this.#gone || !this.#paused) return
    this.#paused = false
    this.#res.resume()
  }

  respond(
    status: number,
    reason: string,
    headers: FieldLines,
    body: Uint8Array | undefined,
    bodyLength: number,
    close = false,
  ): void {
    if (this.#gone || this.#closing) return
    // The binary forgets that it is to close when another request stands behind this one in the same read, and would serve
    // that. While an answer is pending it closes instead of reading on, so the last answer waits until the read is over.
    if (close) {
      this.#closing = true
      const kept = body === undefined ? undefined : new Uint8Array(body)
      setImmediate(() => {
        this.#closing = false
        this.#respond(status, reason, headers, kept, bodyLength, true)
      })
    } else this.#respond(status, reason, headers, body, bodyLength, false)
  }

  #respond(
    status: number,
    reason: string,
    headers: FieldLines,
    body: Uint8Array | undefined,
    bodyLength: number,
    close: boolean,
  ): void {
    if (this.#gone) return
    this.resumeBody()
    this.#over()
    this.#res.cork(() => {
      writeHead(this.#res, status, reason, headers)
      if (body !== undefined) {
        this.#res.end(body as Uint8Array<ArrayBuffer>, close)
      } else {
        // Not endWithoutBody(length), nor with undefined: after it this binary waits for that many bytes and drops the
        // next request.
        // RFC 9110 §8.6: no Content-Length with 204.
        if (bodyLength >= 0 && status !== 204) this.#res.writeHeader('content-length', String(bodyLength))
        if (close) this.#res.writeHeader('connection', 'close')
        this.#res.endWithoutBody()
      }
    })
  }

  start(status: number, reason: string, headers: FieldLines, bodyLength: number): void {
    if (this.#gone) return
    this.#bodyLength = bodyLength
    const hook: Hook = this.#hook ?? { downstream: this }
    this.#res.onWritable(() => hook.downstream?.flush() ?? true)
    this.#res.cork(() => {
      writeHead(this.#res, status, reason, headers)
      // The binary sends the head of a chunked answer with its first chunk; an empty one would end the body. The head of
      // an answer of known length leaves with tryEnd.
      if (bodyLength >= 0) this.#res.tryEnd('', bodyLength)
    })
  }

  write(chunk: Buffer): boolean {
    if (this.#gone || chunk.length === 0) return true
    if (this.#bodyLength < 0) {
      let taken = true
      this.#res.cork(() => {
        taken = this.#res.write(chunk as Buffer<ArrayBuffer>)
      })
      return taken
    }
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest, chunk])
      return false
    }
    const before = this.#written
    this.#written += chunk.length
    let taken = true
    let done = false
    this.#res.cork(() => {
      ;[taken, done] = this.#res.tryEnd(chunk as Buffer<ArrayBuffer>, this.#bodyLength)
    })
    if (done) this.#over()
    if (!taken && !done) {
      const offset = this.#res.getWriteOffset() - before
      this.#rest = Buffer.from(chunk.subarray(offset))
      this.#restAt = before + offset
    }
    return taken
  }

  /** The socket is writable again. True: nothing is left to be written. */
  flush(): boolean {
    if (this.#gone) return true
    const rest = this.#rest
    if (rest !== undefined) {
      let taken = true
      let done = false
      this.#res.cork(() => {
        ;[taken, done] = this.#res.tryEnd(rest as Buffer<ArrayBuffer>, this.#bodyLength)
      })
      if (done) {
        this.#over()
        this.#rest = undefined
        return true
      }
      const offset = this.#res.getWriteOffset()
      const sent = offset - this.#restAt
      this.#restAt = offset
      this.#rest = sent >= rest.length ? undefined : rest.subarray(sent)
      this.#written = Math.max(this.#written, offset)
      if (!taken || this.#rest !== undefined) return false
    }
    if (this.#ended) return true
    this.#events?.onDrain()
    return this.#rest === undefined
  }

  end(): void {
    if (this.#gone) return
    this.resumeBody()
    this.#ended = true
    // An answer of known length is complete with its last byte.
    if (this.#bodyLength >= 0) return
    this.#over()
    this.#res.cork(() => this.#res.end())
  }

  cut(): void {
    if (this.#gone) return
    this.#over()
    this.#res.close()
  }
}
