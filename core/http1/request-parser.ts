// thread: any
// Reads the requests of a client from whatever pieces the network delivers. RFC 9112, strictly: what another server could
// read differently is refused, and the connection with it.
import type { FaultCode } from '../contract/faults.js'
import { HeaderSection } from '../contract/header-section.js'
import { ChunkDecoder } from './chunk-decoder.js'
import { isToken, isTokenOctet, parseFields } from './fields.js'
import { HeadBuffer } from './head-buffer.js'
import { NO_TARGET, queryMark, type RequestTarget, readTarget } from './request-target.js'

/** A request line and a header section. */
export interface RequestHead extends RequestTarget {
  /** Case kept. */
  readonly method: string
  readonly version: '1.0' | '1.1'
  readonly section: HeaderSection
}

/** Why nothing more is read from this client. */
export interface RequestRefusal {
  readonly code: FaultCode
  /** For people: what is wrong. */
  readonly detail: string
}

/** What the parser finds, in order: head, data…, end. */
export interface RequestEvents {
  /** Returns how the body is framed: 0 none, > 0 its length, -1 chunked. */
  onHead(head: RequestHead): number
  /** A view on what was read: valid during the call only. */
  onData(chunk: Buffer): void
  /** `trailers`: flat, names in lower case; undefined where there are none. */
  onEnd(trailers: readonly string[] | undefined): void
}

enum At {
  Head,
  Length,
  Chunks,
  /** Between the end of a request and `next`. */
  End,
}

/** More than nearly every head, and little to copy where a long body follows in the same read. */
const FIRST_LOOK_BYTES = 4096
/** RFC 9112 §2.2: an empty line before a request line is to be passed over; more than a few are something else. */
const MAX_EMPTY_LINES = 4

/** `HTTP/1.1` */
const VERSION_LENGTH = 8

const CR = 0x0d
const LF = 0x0a
const TAB = 0x09
const SLASH = 0x2f
const SPACE = 0x20
const DELETE = 0x7f
const COLON = 0x3a

const tooLarge = refusal('CHAOS_ERR_REQUEST_HEADER_TOO_LARGE', 'the header section is longer than the limit')
const tooLong = refusal('CHAOS_ERR_REQUEST_TARGET_TOO_LONG', 'the request line is longer than the limit')
const badVersion = refusal('CHAOS_ERR_REQUEST_VERSION', 'the version must be HTTP/1.1 or HTTP/1.0')
const badLine = refusal(
  'CHAOS_ERR_REQUEST_MALFORMED',
  'the request line is not: method, one space, target, one space, HTTP/1.1',
)
const badTarget = refusal('CHAOS_ERR_REQUEST_MALFORMED', 'the request target is not one that this server takes')
const badField = refusal('CHAOS_ERR_REQUEST_MALFORMED', 'a line of the header section is not: name, colon, value')
const badOctet = refusal(
  'CHAOS_ERR_REQUEST_MALFORMED',
  'the head holds an octet that does not belong there, or a line not ended by CR LF',
)
const badChunk = refusal('CHAOS_ERR_REQUEST_MALFORMED', 'the chunked coding of the body is broken')
const badTrailer = refusal('CHAOS_ERR_REQUEST_MALFORMED', 'a trailer says how long the request is')

export class RequestParser {
  readonly #events: RequestEvents
  readonly #maxHeaderBytes: number
  readonly #head = new HeadBuffer()
  #chunks: ChunkDecoder | undefined
  #at: At = At.Head
  #left = 0
  /** The last header section, as text and as what it was read as. */
  #sectionText = ''
  #section: HeaderSection | undefined
  #emptyLines = 0
  /** Of a head in pieces: octets looked at, and where its first line that was not is. */
  #scanned = 0
  #lines = 0
  #last = 0
  /** What comes is still the method, or the name of a field. */
  #inName = true

  constructor(events: RequestEvents, maxHeaderBytes: number) {
    this.#events = events
    this.#maxHeaderBytes = maxHeaderBytes
  }

  /** Part of a head is here and the rest is not. */
  get inHead(): boolean {
    return this.#at === At.Head && (this.#head.length > 0 || this.#emptyLines > 0)
  }

  /** The last request is whole. */
  get ended(): boolean {
    return this.#at === At.End
  }

  /** The answer is done: what follows is the next request. */
  next(): void {
    this.#at = At.Head
    this.#emptyLines = 0
  }

  /**
   * Reads `bytes[from, end)` up to the end of the request at most. Returns the position after what was read, or a refusal,
   * after which nothing may be read any more.
   */
  read(bytes: Buffer, from: number, end: number): number | RequestRefusal {
    let at = from
    while (at < end) {
      switch (this.#at) {
        case At.Head: {
          const after = this.#readHead(bytes, at, end)
          if (typeof after !== 'number') return after
          at = after
          break
        }
        case At.Length: {
          const stop = Math.min(at + this.#left, end)
          this.#left -= stop - at
          this.#events.onData(bytes.subarray(at, stop))
          at = stop
          if (this.#left === 0) this.#end()
          break
        }
        case At.Chunks: {
          at = this.#chunks!.read(bytes, at, end, this.#events)
          if (at < 0) return badChunk
          if (this.#chunks!.done) {
            const { trailers } = this.#chunks!
            if (framesAnew(trailers)) return badTrailer
            this.#end(trailers)
          }
          break
        }
        case At.End:
          return at
      }
    }
    return at
  }

  #end(trailers?: readonly string[]): void {
    this.#at = At.End
    this.#events.onEnd(trailers)
  }

  /** Position after the head, `end` where it is not complete, or a refusal. */
  #readHead(bytes: Buffer, from: number, end: number): number | RequestRefusal {
    let at = from
    // The second half of an empty line.
    if (this.#head.length === 1 && this.#last === CR && bytes[at] === LF) {
      this.#head.clear()
      if (++this.#emptyLines > MAX_EMPTY_LINES) return badLine
      at += 1
    }
    if (this.#head.length === 0) {
      while (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) {
        if (++this.#emptyLines > MAX_EMPTY_LINES) return badLine
        at += 2
      }
      if (at === end) return at
      // Nearly always the head is here whole: one string of it, nothing copied.
      let text = bytes.toString('latin1', at, Math.min(end, at + FIRST_LOOK_BYTES))
      let stop = text.indexOf('\r\n\r\n')
      if (stop < 0 && end - at > FIRST_LOOK_BYTES) {
        text = bytes.toString('latin1', at, Math.min(end, at + this.#maxHeaderBytes + 4))
        stop = text.indexOf('\r\n\r\n')
      }
      if (stop >= 0 && stop <= this.#maxHeaderBytes) return this.#headDone(text, stop) ?? at + stop + 4
      this.#scanned = 0
      this.#lines = 0
      this.#last = 0
      this.#inName = true
    }
    const before = this.#head.length
    // A section of exactly the largest size still has its empty line behind it.
    const room = this.#maxHeaderBytes + 4 - before
    const stop = this.#head.add(bytes, at, Math.min(end, at + room))
    if (stop < 0) {
      const wrong = this.#lookEarly()
      if (wrong !== undefined) return wrong
      if (end - at < room) return end
      return this.#lines === 0 ? tooLong : tooLarge
    }
    const text = this.#head.text(stop)
    this.#head.release()
    return this.#headDone(text, stop) ?? at + stop + 4 - before
  }

  /**
   * What is wrong already with a head that is not complete: who sends it waits for an answer, not for our time limit. Each
   * octet and each line is looked at once, however small the pieces.
   */
  #lookEarly(): RequestRefusal | undefined {
    const text = this.#head.text(this.#head.length)
    for (; this.#scanned < text.length; this.#scanned++) {
      const code = text.charCodeAt(this.#scanned)
      if (this.#last === CR ? code !== LF : code === LF) return badOctet
      if ((code < SPACE && code !== TAB && code !== CR && code !== LF) || code === DELETE) return badOctet
      this.#last = code
      if (this.#inName && code !== CR && code !== LF) {
        // A fold, a blank before the colon, or something that is no HTTP at all.
        if (code === (this.#lines === 0 ? SPACE : COLON) && this.#scanned > this.#lines) this.#inName = false
        else if (!isTokenOctet(code)) return this.#lines === 0 ? badLine : badField
      }
      if (code !== LF) continue
      this.#inName = true
      const lineEnd = this.#scanned - 1
      if (this.#lines === 0) {
        const line = readLine(text, lineEnd)
        if ('code' in line) return line
      } else if (parseFields(text, this.#lines, lineEnd) === undefined) return badField
      this.#lines = this.#scanned + 1
    }
    return undefined
  }

  /** Most clients send the same section with every request of a connection: it is compared, and read only where it differs. */
  #sectionOf(text: string, from: number, end: number): HeaderSection | undefined {
    if (
      this.#section !== undefined &&
      end - from === this.#sectionText.length &&
      text.startsWith(this.#sectionText, from)
    )
      return this.#section
    const fields = parseFields(text, from, end)
    if (fields === undefined) return undefined
    this.#sectionText = text.slice(from, end)
    this.#section = new HeaderSection(fields)
    return this.#section
  }

  /** Frees what only saves work: for connections that say nothing for a while. */
  forget(): void {
    this.#section = undefined
    this.#sectionText = ''
  }

  /** `text[0, end)` is a request line and fields. */
  #headDone(text: string, end: number): RequestRefusal | undefined {
    let lineEnd = text.indexOf('\r\n')
    if (lineEnd < 0 || lineEnd > end) lineEnd = end
    const line = readLine(text, lineEnd)
    if ('code' in line) return line
    const section = this.#sectionOf(text, Math.min(lineEnd + 2, end), end)
    if (section === undefined) return badField
    line.section = section
    const bodyLength = this.#events.onHead(line)
    if (bodyLength === 0) this.#end()
    else if (bodyLength > 0) {
      this.#at = At.Length
      this.#left = bodyLength
    } else {
      this.#at = At.Chunks
      this.#chunks ??= new ChunkDecoder(this.#maxHeaderBytes)
      this.#chunks.reset()
    }
    return undefined
  }
}

/** A head whose fields are still to be read. */
interface RequestLine extends RequestHead {
  section: HeaderSection
}

/** RFC 9112 §3: exactly one space between the parts, nothing before, nothing behind. */
function readLine(text: string, end: number): RequestLine | RequestRefusal {
  const methodEnd = text.indexOf(' ')
  const versionAt = end - VERSION_LENGTH
  if (methodEnd <= 0 || versionAt <= methodEnd + 2 || text.charCodeAt(versionAt - 1) !== SPACE) return badLine
  const method = text.slice(0, methodEnd)
  if (method !== 'GET' && !isToken(method)) return badLine
  const minor = text.charCodeAt(versionAt + 7)
  if (!text.startsWith('HTTP/', versionAt) || text.charCodeAt(versionAt + 6) !== 0x2e) return badLine
  if (text.charCodeAt(versionAt + 5) !== 0x31 || (minor !== 0x31 && minor !== 0x30))
    return isDigit(text.charCodeAt(versionAt + 5)) && isDigit(minor) ? badVersion : badLine
  const version = minor === 0x31 ? '1.1' : '1.0'
  if (text.charCodeAt(methodEnd + 1) === SLASH) {
    // Nearly always: a path. The same as readTarget does, without an object between.
    const target = text.slice(methodEnd + 1, versionAt - 1)
    const mark = queryMark(target)
    if (mark === NO_TARGET) return badTarget
    const path = mark < 0 ? target : target.slice(0, mark)
    const query = mark < 0 ? undefined : target.slice(mark + 1)
    return { method, version, target, path, query, authority: undefined, section: noFields }
  }
  const named = readTarget(text.slice(methodEnd + 1, versionAt - 1), method)
  if (named === undefined) return badTarget
  const { target, path, query, authority } = named
  return { method, version, target, path, query, authority, section: noFields }
}

const noFields = new HeaderSection([])

/** RFC 9110 §6.5.1: such trailers are to be dropped, as all are here; but who sends them wants to be misread by somebody. */
function framesAnew(trailers: readonly string[] | undefined): boolean {
  return (
    trailers?.some((name, i) => i % 2 === 0 && (name === 'content-length' || name === 'transfer-encoding')) ?? false
  )
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function refusal(code: FaultCode, detail: string): RequestRefusal {
  return { code, detail }
}
