// thread: any
// Reads the answers of an upstream from whatever pieces the network delivers. RFC 9112, strictly: what is not certain is
// malformed, and the connection is not used again.
import { ChunkDecoder } from './chunk-decoder.js'
import { HeadBuffer } from './head-buffer.js'
import { CHUNKED, type ResponseHead, readResponseHead } from './response-head-parser.js'
import type { ResponseMemory } from './response-memory.js'

export type ParseFault = 'malformed' | 'header-too-large'

/** What the parser finds, in order: interim answers, head, data…, end; or interim answers, a switch, data… */
export interface ResponseEvents {
  /** An interim answer but 100 and 101 (RFC 9110 §15.2). */
  onInterim(status: number, reason: string, headers: readonly string[]): void
  /** 101, where it was asked for: what follows is data of another protocol, without an end. */
  onSwitch(headers: readonly string[]): void
  /** `bodyLength`: as it is for this request; -1 where it is not known. */
  onHead(head: ResponseHead, bodyLength: number): void
  /** A view on what was read: valid during the call only. `last`: `onEnd` follows at once. */
  onData(chunk: Buffer, last: boolean): void
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
  readonly #memory: ResponseMemory | undefined
  #at: At = At.Done
  #toHead = false
  #maySwitch = false
  /** Of the header section, interim answers included. */
  #headBytesLeft = 0
  /** Of the body, where its length is known. */
  #left = 0
  #reusable = false
  #received = 0
  #startless = false
  #keepAliveMs = -1

  /** `memory`: shared by the parsers of a thread. */
  constructor(events: ResponseEvents, maxHeaderBytes: number, memory?: ResponseMemory) {
    this.#memory = memory
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
    this.#startless = false
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

  /** What came is not even the beginning of an answer. Asked for after a fault. */
  get startless(): boolean {
    return this.#startless
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
          this.#events.onData(bytes.subarray(from, stop), this.#left === 0)
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
          this.#events.onData(bytes.subarray(from, length), false)
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
      const known = this.#memory?.recent.find(bytes, from, length)
      if (known !== undefined && known.length - 4 <= this.#headBytesLeft) {
        this.#frame(known.head)
        return from + known.length
      }
      // Nearly always the head is here whole: one string of it, nothing copied.
      let text = bytes.toString('latin1', from, Math.min(length, from + FIRST_LOOK_BYTES))
      if (!startsLikeHttp(text)) return this.#noStart()
      let end = text.indexOf('\r\n\r\n')
      if (end < 0 && length - from > FIRST_LOOK_BYTES) {
        text = bytes.toString('latin1', from, Math.min(length, from + this.#headBytesLeft + 4))
        end = text.indexOf('\r\n\r\n')
      }
      if (end > this.#headBytesLeft) return 'header-too-large'
      if (end >= 0) return this.#headDone(text, end, bytes, from) ? from + end + 4 : 'malformed'
    }
    // A section of exactly the largest size still has its empty line behind it.
    const room = this.#headBytesLeft + 4 - before
    const end = this.#head.add(bytes, from, Math.min(length, from + room))
    if (end < 0) {
      if (!startsLikeHttp(this.#head.text(VERSION.length))) return this.#noStart()
      return length - from >= room ? 'header-too-large' : length
    }
    const text = this.#head.text(end)
    this.#head.release()
    return this.#headDone(text, end) ? from + end + 4 - before : 'malformed'
  }

  #noStart(): ParseFault {
    // Behind an interim answer it is the upstream's own confusion.
    this.#startless = this.#headBytesLeft === this.#maxHeaderBytes
    return 'malformed'
  }

  /** `text[0, end)` is a status line and fields; `bytes` where they lie in one piece, from `from` on. */
  #headDone(text: string, end: number, bytes?: Buffer, from = 0): boolean {
    const octets = text.slice(0, end)
    const known = this.#memory?.find(octets)
    const head = known ?? readResponseHead(text, end)
    if (head === undefined) return false
    if (head.status >= 200) {
      if (known === undefined) this.#memory?.keep(octets, head)
      else if (bytes !== undefined) this.#memory?.recent.keep(bytes, from, end + 4, head)
      this.#frame(head)
      return true
    }
    // RFC 9110 §15.2: interim answers are not the answer.
    this.#headBytesLeft -= end + 4
    if (this.#headBytesLeft < 0) return false
    if (head.status === 101) {
      if (!this.#maySwitch || head.minor === 0) return false
      this.#at = At.Switched
      this.#events.onSwitch(head.section.fields)
    } else if (head.status !== 100) this.#events.onInterim(head.status, head.reason, head.section.fields)
    return true
  }

  /** RFC 9112 §6.3: where the body ends. */
  #frame(head: ResponseHead): void {
    const { status, bodyLength } = head
    this.#keepAliveMs = head.keepAliveMs
    this.#reusable = head.keepAlive
    if (this.#toHead || status === 204 || status === 304) {
      this.#at = At.Length
      this.#left = 0
      this.#events.onHead(head, 0)
    } else if (bodyLength >= 0) {
      this.#at = At.Length
      this.#left = bodyLength
      this.#events.onHead(head, bodyLength)
    } else if (bodyLength === CHUNKED) {
      this.#at = At.Chunks
      this.#chunks.reset()
      this.#events.onHead(head, -1)
    } else {
      this.#at = At.UntilClose
      this.#reusable = false
      this.#events.onHead(head, -1)
    }
  }
}

/** As far as `text` goes. Says early that something else speaks there, instead of waiting for an end of its head. */
function startsLikeHttp(text: string): boolean {
  return text.length >= VERSION.length ? text.startsWith(VERSION) : VERSION.startsWith(text)
}
