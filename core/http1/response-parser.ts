// thread: edge
// Reads the answers of an upstream from whatever pieces the network delivers. RFC 9112, strictly: what is not certain is
// malformed, and the connection is not used again.
import { ChunkDecoder } from './chunk-decoder.js'
import { hasOnlyText, listHas, parseContentLength, parseFields } from './fields.js'
import { HeadBuffer } from './head-buffer.js'

export type ParseFault = 'malformed' | 'header-too-large'

/** What the parser finds, in order: interim answers, head, data…, end; or interim answers, a switch, data… */
export interface ResponseEvents {
  /** An interim answer but 100 and 101 (RFC 9110 §15.2). */
  onInterim(status: number, reason: string, headers: string[]): void
  /** 101, where it was asked for: what follows is data of another protocol, without an end. */
  onSwitch(headers: string[]): void
  /** `headers` flat, names in lower case. `bodyLength`: known, or -1. */
  onHead(status: number, reason: string, headers: string[], bodyLength: number): void
  /** A view on what was read: valid during the call only. */
  onData(chunk: Buffer): void
  /** `reusable`: another request may follow on this connection. `trailers`: flat, names in lower case. */
  onEnd(reusable: boolean, trailers: string[] | undefined): void
}

enum At {
  Head,
  Length,
  Chunks,
  UntilClose,
  Switched,
  /** No answer is expected. */
  Done,
}

const VERSION = 'HTTP/1.'
/** More than nearly every head, and little to copy where a long body follows in the same read. */
const FIRST_LOOK_BYTES = 4096

export class ResponseParser {
  readonly #events: ResponseEvents
  readonly #maxHeaderBytes: number
  readonly #chunks: ChunkDecoder
  readonly #head = new HeadBuffer()
  #at: At = At.Done
  #toHead = false
  #maySwitch = false
  /** Of the header section, interim answers included. */
  #headBytesLeft = 0
  /** Of the body, where its length is known. */
  #left = 0
  #reusable = false
  #received = 0
  #keepAliveMs = -1

  constructor(events: ResponseEvents, maxHeaderBytes: number) {
    this.#events = events
    this.#maxHeaderBytes = maxHeaderBytes
    this.#chunks = new ChunkDecoder(maxHeaderBytes)
  }

  /** The next bytes answer a request with this method. `maySwitch`: it asks for another protocol. */
  expect(method: string, maySwitch = false): void {
    this.#at = At.Head
    this.#toHead = method === 'HEAD'
    this.#maySwitch = maySwitch
    this.#headBytesLeft = this.#maxHeaderBytes
    this.#received = 0
    if (this.#head.length > 0) this.#head.clear()
  }

  /** No answer is wanted any more: what comes is a fault. */
  stop(): void {
    this.#at = At.Done
  }

  /** Bytes of the current answer so far. */
  get received(): number {
    return this.#received
  }

  /** The head is complete and the body is not. */
  get inBody(): boolean {
    return this.#at === At.Length || this.#at === At.Chunks || this.#at === At.UntilClose
  }

  /** How long the upstream said it keeps the connection open when idle, ms; -1 where it did not say. */
  get keepAliveMs(): number {
    return this.#keepAliveMs
  }

  /**
   * Takes all of `bytes[0, length)`. A fault, or undefined. After a fault nothing may be read any more. Bytes after the end
   * of an answer make the connection unfit for another request; bytes that nobody asked for are malformed.
   */
  read(bytes: Buffer, length: number): ParseFault | undefined {
    this.#received += length
    let from = 0
    while (from < length) {
      switch (this.#at) {
        case At.Head: {
          const end = this.#readHead(bytes, from, length)
          if (typeof end === 'string') return end
          from = end
          if (this.#isRead()) this.#end(from === length)
          break
        }
        case At.Length: {
          const stop = Math.min(from + this.#left, length)
          this.#left -= stop - from
          this.#events.onData(bytes.subarray(from, stop))
          from = stop
          if (this.#isRead()) this.#end(from === length)
          break
        }
        case At.Chunks:
          from = this.#chunks.read(bytes, from, length, this.#events)
          if (this.#at !== At.Chunks) break
          if (from < 0) return 'malformed'
          if (this.#chunks.done) this.#end(from === length, this.#chunks.trailers)
          break
        case At.UntilClose:
        case At.Switched:
          this.#events.onData(bytes.subarray(from, length))
          return undefined
        case At.Done:
          // After the end in the same read: that connection has been given up already, see #end. Otherwise nothing was
          // asked, and it must not be taken for the answer to the next request.
          return 'malformed'
      }
    }
    return undefined
  }

  /** The peer closed in order. True: that was the proper end of the answer. */
  close(): boolean {
    if (this.#at !== At.UntilClose) return false
    this.#end(false)
    return true
  }

  /** Of a body with a length nothing is missing. False after `stop`. */
  #isRead(): boolean {
    return this.#at === At.Length && this.#left === 0
  }

  /** `clean`: nothing followed the answer. */
  #end(clean: boolean, trailers?: string[]): void {
    this.#at = At.Done
    this.#events.onEnd(this.#reusable && clean, trailers)
  }

  /** Position after the head, `length` where it is not complete, or a fault. */
  #readHead(bytes: Buffer, from: number, length: number): number | ParseFault {
    const before = this.#head.length
    if (before === 0) {
      // Nearly always the head is here whole: one string of it, nothing copied.
      let text = bytes.toString('latin1', from, Math.min(length, from + FIRST_LOOK_BYTES))
      if (!startsLikeHttp(text)) return 'malformed'
      let end = text.indexOf('\r\n\r\n')
      if (end < 0 && length - from > FIRST_LOOK_BYTES) {
        text = bytes.toString('latin1', from, Math.min(length, from + this.#headBytesLeft + 4))
        end = text.indexOf('\r\n\r\n')
      }
      if (end > this.#headBytesLeft) return 'header-too-large'
      if (end >= 0) return this.#headDone(text, end) ? from + end + 4 : 'malformed'
    }
    // A section of exactly the largest size still has its empty line behind it.
    const room = this.#headBytesLeft + 4 - before
    const end = this.#head.add(bytes, from, Math.min(length, from + room))
    if (end < 0) {
      if (!startsLikeHttp(this.#head.text(VERSION.length))) return 'malformed'
      return length - from >= room ? 'header-too-large' : length
    }
    const text = this.#head.text(end)
    this.#head.release()
    return this.#headDone(text, end) ? from + end + 4 - before : 'malformed'
  }

  /** `text[0, end)` is a status line and fields. */
  #headDone(text: string, end: number): boolean {
    // RFC 9112 §4: HTTP-version SP status-code SP [reason]. A missing last space is common and harmless.
    let lineEnd = text.indexOf('\r\n')
    if (lineEnd < 0 || lineEnd > end) lineEnd = end
    if (lineEnd < 12 || !text.startsWith(VERSION)) return false
    const minor = text.charCodeAt(7) - 0x30
    if ((minor !== 0 && minor !== 1) || text.charCodeAt(8) !== 0x20) return false
    const status = threeDigits(text, 9)
    if (status < 100 || (lineEnd > 12 && text.charCodeAt(12) !== 0x20)) return false
    if (!hasOnlyText(text, 12, lineEnd)) return false
    const fields = parseFields(text, lineEnd + 2, end)
    if (fields === undefined) return false
    if (status >= 200) return this.#frame(status, text.slice(13, lineEnd), fields, minor)
    // RFC 9110 §15.2: interim answers are not the answer.
    this.#headBytesLeft -= end + 4
    if (this.#headBytesLeft < 0) return false
    if (status === 101) {
      if (!this.#maySwitch || minor === 0) return false
      this.#at = At.Switched
      this.#events.onSwitch(fields)
    } else if (status !== 100) this.#events.onInterim(status, text.slice(13, lineEnd), fields)
    return true
  }

  /** RFC 9112 §6.3: where the body ends. */
  #frame(status: number, reason: string, fields: string[], minor: number): boolean {
    let length = -1
    let chunked = false
    let close = false
    let keepAlive = minor === 1
    this.#keepAliveMs = -1
    for (let i = 0; i < fields.length; i += 2) {
      const value = fields[i + 1]!
      switch (fields[i]) {
        case 'content-length': {
          const said = parseContentLength(value)
          if (said < 0 || (length >= 0 && said !== length)) return false
          length = said
          break
        }
        case 'transfer-encoding':
          // RFC 9112 §6.1: an HTTP/1.0 message must not have it; other codings are none of ours.
          if (chunked || minor === 0 || value.toLowerCase() !== 'chunked') return false
          chunked = true
          break
        case 'connection':
          if (value === 'keep-alive') keepAlive = true
          else if (listHas(value, 'close')) close = true
          else if (listHas(value, 'keep-alive')) keepAlive = true
          break
        case 'keep-alive':
          this.#keepAliveMs = timeoutMs(value)
          break
      }
    }
    if (chunked && length >= 0) return false
    this.#reusable = keepAlive && !close
    if (this.#toHead || status === 204 || status === 304) {
      this.#at = At.Length
      this.#left = 0
      this.#events.onHead(status, reason, fields, 0)
    } else if (chunked) {
      this.#at = At.Chunks
      this.#chunks.reset()
      this.#events.onHead(status, reason, fields, -1)
    } else if (length >= 0) {
      this.#at = At.Length
      this.#left = length
      this.#events.onHead(status, reason, fields, length)
    } else {
      this.#at = At.UntilClose
      this.#reusable = false
      this.#events.onHead(status, reason, fields, -1)
    }
    return true
  }
}

/** As far as `text` goes. Says early that something else speaks there, instead of waiting for an end of its head. */
function startsLikeHttp(text: string): boolean {
  return text.length >= VERSION.length ? text.startsWith(VERSION) : VERSION.startsWith(text)
}

function threeDigits(text: string, at: number): number {
  const a = text.charCodeAt(at) - 0x30
  const b = text.charCodeAt(at + 1) - 0x30
  const c = text.charCodeAt(at + 2) - 0x30
  return a < 0 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9 ? -1 : a * 100 + b * 10 + c
}

/** `timeout=5, max=100` → 5000. */
function timeoutMs(value: string): number {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})(?=$|[,\s])/i.exec(value)
  return seconds === null ? -1 : Number(seconds[1]) * 1000
}
