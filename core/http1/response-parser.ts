// thread: edge
// Reads the answers of an upstream from whatever pieces the network delivers. RFC 9112, strictly: what is not certain is
// MALFORMED, and the connection is not used again.
import { ChunkDecoder } from './chunk-decoder.js'
import { parseFields } from './fields.js'

export type ParseFault = 'malformed' | 'header-too-large'

/** What the parser finds, in order: head, data*, end. `chunk` is a view: valid during the call only. */
export interface ResponseEvents {
  /** `bodyLength`: known, or -1. */
  onHead(status: number, reason: string, headers: string[], bodyLength: number): void
  onData(chunk: Buffer): void
  /** `reusable`: another request may follow on this connection. */
  onEnd(reusable: boolean): void
}

enum At {
  Head,
  Length,
  Chunks,
  UntilClose,
  Done,
}

const CRLF2 = Buffer.from('\r\n\r\n')

export class ResponseParser {
  readonly #events: ResponseEvents
  readonly #maxHeaderBytes: number
  #at: At = At.Done
  #method = 'GET'
  #left = 0
  #chunks: ChunkDecoder | undefined
  #reusable = false
  /** Start of a head that has not arrived whole yet. */
  #partial: Buffer | undefined
  #received = 0

  constructor(events: ResponseEvents, maxHeaderBytes: number) {
    this.#events = events
    this.#maxHeaderBytes = maxHeaderBytes
  }

  /** The next answer belongs to a request with this method. */
  expect(method: string): void {
    this.#method = method
    this.#at = At.Head
    this.#partial = undefined
    this.#received = 0
  }

  /** Bytes of the current answer so far. */
  get received(): number {
    return this.#received
  }

  /** The head is complete and the body is not. */
  get inBody(): boolean {
    return this.#at === At.Length || this.#at === At.Chunks || this.#at === At.UntilClose
  }

  /** Takes all of `bytes[0, length)`. A fault, or undefined. Bytes after the end of an answer are a fault too. */
  read(bytes: Buffer, length: number): ParseFault | undefined {
    this.#received += length
    let from = 0
    while (from < length) {
      switch (this.#at) {
        case At.Head: {
          const next = this.#readHead(bytes, from, length)
          if (typeof next === 'string') return next
          from = next
          // An answer without body ends with its head.
          if (this.#hasNoBody()) this.#end(from === length)
          break
        }
        case At.Length: {
          const take = Math.min(this.#left, length - from)
          this.#left -= take
          const last = this.#left === 0
          this.#events.onData(bytes.subarray(from, from + take))
          from += take
          if (last && this.#at === At.Length) this.#end(from === length)
          break
        }
        case At.Chunks: {
          const next = this.#chunks!.read(bytes, from, length, chunk => this.#events.onData(chunk))
          if (next < 0) return 'malformed'
          from = next
          if (this.#chunks!.done && this.#at === At.Chunks) this.#end(from === length)
          break
        }
        case At.UntilClose:
          this.#events.onData(bytes.subarray(from, length))
          return undefined
        case At.Done:
          // Nothing was asked: whatever this is, it must not be taken for the answer to the next request.
          return 'malformed'
      }
    }
    return undefined
  }

  /** The peer closed. True: that was the proper end of the answer. */
  close(): boolean {
    if (this.#at !== At.UntilClose) return false
    this.#at = At.Done
    this.#events.onEnd(false)
    return true
  }

  #hasNoBody(): boolean {
    return this.#at === At.Length && this.#left === 0
  }

  #end(clean: boolean): void {
    this.#at = At.Done
    this.#events.onEnd(this.#reusable && clean)
  }

  /** Position after the head, `length` where it is not complete, or a fault. */
  #readHead(bytes: Buffer, from: number, length: number): number | ParseFault {
    let head = bytes
    let start = from
    let stop = length
    const before = this.#partial?.length ?? 0
    if (this.#partial !== undefined) {
      head = Buffer.concat([this.#partial, bytes.subarray(from, length)])
      start = 0
      stop = head.length
    }
    const end = head.subarray(start, stop).indexOf(CRLF2)
    if (end < 0) {
      if (stop - start > this.#maxHeaderBytes) return 'header-too-large'
      this.#partial = Buffer.from(head.subarray(start, stop))
      return length
    }
    if (end > this.#maxHeaderBytes) return 'header-too-large'
    const text = head.toString('latin1', start, start + end)
    this.#partial = undefined
    const after = from + end + 4 - before
    return this.#headDone(text) ? after : 'malformed'
  }

  #headDone(text: string): boolean {
    // RFC 9112 §4: HTTP-version SP status-code SP [reason]. A missing last space is common and harmless.
    let lineEnd = text.indexOf('\r\n')
    if (lineEnd < 0) lineEnd = text.length
    if (!text.startsWith('HTTP/1.') || lineEnd < 12) return false
    const minor = text.charCodeAt(7) - 0x30
    if ((minor !== 0 && minor !== 1) || text.charCodeAt(8) !== 0x20) return false
    const status = threeDigits(text)
    if (status < 100 || (lineEnd > 12 && text.charCodeAt(12) !== 0x20)) return false
    const reason = text.slice(13, lineEnd)
    for (let i = 0; i < reason.length; i++) if (reason.charCodeAt(i) < 0x20 && reason.charCodeAt(i) !== 9) return false
    const fields = parseFields(text, lineEnd + 2, text.length)
    if (fields === undefined) return false
    if (status < 200) {
      // RFC 9110 §15.2: interim answers are not the answer. 101 was never asked for.
      return status !== 101
    }
    return this.#frame(status, reason, fields, minor)
  }

  #frame(status: number, reason: string, fields: string[], minor: number): boolean {
    let length = -1
    let chunked = false
    let keepAlive = minor === 1
    for (let i = 0; i < fields.length; i += 2) {
      const value = fields[i + 1]!
      switch (fields[i]) {
        case 'content-length': {
          const read = contentLength(value)
          if (read < 0 || (length >= 0 && read !== length)) return false
          length = read
          break
        }
        case 'transfer-encoding':
          // RFC 9112 §6.1: an HTTP/1.0 message must not have it; other codings are none of ours.
          if (chunked || minor === 0 || value.toLowerCase() !== 'chunked') return false
          chunked = true
          break
        case 'connection': {
          const lower = value.toLowerCase()
          if (/(^|[\s,])close($|[\s,])/.test(lower)) keepAlive = false
          else if (minor === 0 && /(^|[\s,])keep-alive($|[\s,])/.test(lower)) keepAlive = true
          break
        }
      }
    }
    if (chunked && length >= 0) return false
    this.#reusable = keepAlive
    if (this.#method === 'HEAD' || status === 204 || status === 304) {
      this.#at = At.Length
      this.#left = 0
      this.#events.onHead(status, reason, fields, 0)
      return true
    }
    if (chunked) {
      this.#at = At.Chunks
      this.#chunks = new ChunkDecoder(this.#maxHeaderBytes)
      this.#events.onHead(status, reason, fields, -1)
      return true
    }
    if (length >= 0) {
      this.#at = At.Length
      this.#left = length
      this.#events.onHead(status, reason, fields, length)
      return true
    }
    this.#at = At.UntilClose
    this.#reusable = false
    this.#events.onHead(status, reason, fields, -1)
    return true
  }
}

function threeDigits(text: string): number {
  const a = text.charCodeAt(9) - 0x30
  const b = text.charCodeAt(10) - 0x30
  const c = text.charCodeAt(11) - 0x30
  return a < 0 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9 ? -1 : a * 100 + b * 10 + c
}

/** RFC 9110 §8.6: digits; a list of equal numbers is accepted as one. -1 where it is anything else. */
function contentLength(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value)
  const parts = value.split(',').map(part => part.trim())
  return parts.every(part => part === parts[0] && /^\d{1,15}$/.test(part)) ? Number(parts[0]) : -1
}
