// thread: edge
// One connection of one client: requests in order, answers in order, time limits, and an end that the client can understand.
import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import { FieldLines, type HeaderSection } from '../../contract/header-section.js'
import { DirectWriter } from '../../http1/direct-write.js'
import { frame } from '../../http1/framing.js'
import { type RequestEvents, type RequestHead, RequestParser, type RequestRefusal } from '../../http1/request-parser.js'
import { composeResponseHead, type ResponseFraming } from '../../http1/response-head.js'
import { SocketTunnel, type Tunnel } from '../../http1/tunnel.js'
import { MAX_BORROWED_BYTES } from '../downstream.js'
import { queuedBytes } from './accepted-socket.js'
import { BodyPace } from './body-pace.js'
import type { ClientHost } from './client-host.js'
import { keepsAlive, waitsForContinue } from './persistence.js'
import { type ExchangeOwner, StrictDownstream } from './strict-downstream.js'

/** Of a request body whose answer is already sent: read and thrown away to keep the connection; more is not worth it. */
const MAX_DISCARDED_BYTES = 64 * 1024
/** RFC 9112 §9.6: after the last answer a client that is still sending must get to read it before the connection is reset. */
const LINGER_MS = 2000
const MAX_LINGER_BYTES = 1 << 20
/** A client that ended its side may only have ended its requests, or be gone; it cannot be told. So long it gets its answer. */
const HALF_CLOSED_MS = 2000
/** Longer text is put into a buffer by Node in any case. */
const MAX_TEXT_BYTES = 16 * 1024
/** More than this in the process, and the upstream is not read until the client has caught up. */
const MAX_QUEUED_BYTES = 64 * 1024
/** A connection that idles for so long gives up what it keeps to be fast. */
const FORGET_MS = 5000

export class ClientConnection implements RequestEvents, ExchangeOwner {
  readonly secure: boolean
  readonly #socket: Socket
  /** The short way for whole answers; undefined with TLS. */
  readonly #direct: DirectWriter | undefined
  readonly #host: ClientHost
  readonly #parser: RequestParser
  #remoteAddress: string | undefined
  /** The request that is being answered. */
  #exchange: StrictDownstream | undefined
  #answered = false
  #keepAlive = true
  /** The client waits for 100 before it sends its body. */
  #awaitsContinue = false
  /** What the last header section said of these two; most clients repeat it. */
  #section: HeaderSection | undefined
  #version = ''
  #clientKeepsAlive = true
  #clientWaits = false
  /** Came while another request was being answered. */
  #rest: Buffer | undefined
  /** Of an answer in pieces, until the first one is there or this turn is over. */
  #heldHead = ''
  #reading = false
  #bodyPaused = false
  #stopped = false
  #tunnel: SocketTunnel | undefined
  #closed = false
  #lingers = false
  /** Octets that are still thrown away, of a body or before the end. */
  #discardable = 0
  #answers = 0
  readonly #pace = new BodyPace()
  /** Ticks of what it waits for, see `sweep`. */
  #since: number
  #wroteAt = 0
  #queued = 0
  #endedAt = -1

  constructor(socket: Socket, host: ClientHost) {
    this.#socket = socket
    this.#host = host
    this.secure = host.secure
    if (!host.secure) this.#direct = new DirectWriter(socket, () => this.#exchange?.drained())
    this.#since = host.tickMs
    this.#parser = new RequestParser(this, host.limits.maxHeaderBytes)
    socket.on('drain', () => this.#exchange?.drained())
    socket.on('error', () => {})
    socket.on('end', () => this.#onEnd())
    socket.on('close', () => this.#onClose())
  }

  get remoteAddress(): string {
    this.#remoteAddress ??= (this.#socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
    return this.#remoteAddress
  }

  /** Between two requests: nothing is lost when it is closed. */
  get idle(): boolean {
    return this.#exchange === undefined && !this.#parser.inHead && this.#tunnel === undefined && !this.#lingers
  }

  // ── what comes in ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** `bytes[0, length)` was read; valid during the call only. */
  feed(bytes: Buffer, length: number): void {
    if (this.#closed) return
    if (this.#tunnel !== undefined) this.#tunnel.feed(bytes.subarray(0, length))
    else if (this.#lingers) this.#discard(length)
    else if (this.#rest !== undefined) this.#keep(bytes.subarray(0, length))
    else this.#read(bytes, length)
  }

  #read(bytes: Buffer, length: number): void {
    if (this.#exchange === undefined && !this.#parser.inHead) this.#since = this.#host.tickMs
    this.#reading = true
    let at = 0
    while (at < length && !this.#lingers && !this.#closed && this.#tunnel === undefined) {
      if (this.#parser.ended) {
        this.#keep(bytes.subarray(at, length))
        break
      }
      const after = this.#parser.read(bytes, at, length)
      if (typeof after !== 'number') {
        this.#reading = false
        this.#refuse(after)
        return
      }
      at = after
    }
    this.#reading = false
    if (this.#tunnel !== undefined && at < length) this.#tunnel.feed(bytes.subarray(at, length))
  }

  /** A request that has to wait for the answer to the one before it; the client is not read meanwhile. */
  #keep(bytes: Buffer): void {
    this.#rest = this.#rest === undefined ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    this.#flow()
  }

  onHead(head: RequestHead): number {
    const exchange = new StrictDownstream(this, head)
    this.#exchange = exchange
    this.#answered = false
    if (head.section !== this.#section || head.version !== this.#version) {
      const { fields } = head.section
      this.#section = head.section
      this.#version = head.version
      this.#clientKeepsAlive = keepsAlive(head.version, fields)
      this.#clientWaits = head.version === '1.1' && waitsForContinue(fields)
    }
    this.#keepAlive = this.#clientKeepsAlive
    this.#awaitsContinue = this.#clientWaits
    this.#discardable = MAX_DISCARDED_BYTES
    this.#host.handler.onRequest(exchange)
    if (exchange.bodyLength !== 0) this.#pace.begin(this.#host.tickMs)
    return exchange.bodyLength
  }

  onData(chunk: Buffer): void {
    this.#pace.came(chunk.length, this.#host.tickMs)
    this.#awaitsContinue = false
    if (!this.#answered) this.#exchange?.body(chunk)
    else {
      this.#discardable -= chunk.length
      if (this.#discardable < 0) this.#linger()
    }
  }

  onEnd(trailers: readonly string[] | undefined): void {
    this.#exchange?.bodyEnd(trailers)
    if (this.#answered && !this.#lingers) this.#next()
  }

  /** Request and answer are both over. */
  #next(): void {
    this.#exchange = undefined
    this.#since = this.#host.tickMs
    this.#parser.next()
    if (this.#reading) return
    const rest = this.#rest
    if (rest !== undefined) {
      this.#rest = undefined
      this.#read(rest, rest.length)
    }
    this.#flow()
    if (this.#endedAt >= 0 && this.#exchange === undefined) this.#linger()
  }

  #flow(): void {
    const stop = this.#rest !== undefined || this.#bodyPaused
    if (stop === this.#stopped || this.#closed) return
    this.#stopped = stop
    if (stop) this.#socket.pause()
    else this.#socket.resume()
  }

  /** The client says nothing more. */
  #onEnd(): void {
    this.#endedAt = this.#host.tickMs
    if (this.#tunnel !== undefined) {
      this.#tunnel.feedEnd()
      return
    }
    if (this.#lingers) return
    // A request that is cut short must not look complete to anybody; one that is whole gets its answer.
    if (this.#exchange !== undefined && this.#parser.ended) return
    if (this.#parser.inHead || (this.#exchange !== undefined && !this.#answered))
      this.#refuse({ code: 'CHAOS_ERR_REQUEST_MALFORMED', detail: 'the request ended in the middle' })
    else this.#linger()
  }

  #onClose(): void {
    if (this.#closed) return
    this.#closed = true
    this.#exchange?.gone()
    this.#exchange = undefined
    this.#rest = undefined
    this.#host.onClosed(this)
  }

  // ── what goes out ──────────────────────────────────────────────────────────────────────────────────────────────────

  proceed(): void {
    if (!this.#awaitsContinue || this.#closed) return
    this.#awaitsContinue = false
    this.#interim(100, 'Continue', [])
  }

  pauseBody(): void {
    this.#bodyPaused = true
    this.#flow()
  }

  resumeBody(): void {
    if (!this.#bodyPaused) return
    this.#bodyPaused = false
    // The time in which we did not read is none of the client's.
    this.#pace.begin(this.#host.tickMs)
    this.#flow()
  }

  inform(status: number, reason: string, headers: readonly string[]): void {
    if (this.#closed) return
    this.#interim(status, reason, headers)
  }

  /** RFC 9110 §15.2: no framing, no `Date`, and the answer is still to come. */
  #interim(status: number, reason: string, headers: readonly string[]): void {
    this.#socket.write(`HTTP/1.1 ${status} ${reason}\r\n${new FieldLines(headers).text}\r\n`, 'latin1')
  }

  writeAnswer(
    status: number,
    reason: string,
    headers: FieldLines,
    framing: ResponseFraming,
    body: Uint8Array | undefined,
    close: boolean,
  ): void {
    if (this.#closed) return
    if (close || !this.#mayGoOn()) this.#keepAlive = false
    const head = this.#head(status, reason, headers, framing)
    const socket = this.#socket
    if (body === undefined || body.length <= MAX_BORROWED_BYTES) {
      if (body === undefined || body.length === 0) this.#write(head)
      // As text it is copied once, into what Node keeps on its stack up to this size; a buffer of its own costs more.
      else if (head.length + body.length <= MAX_TEXT_BYTES) this.#write(head + textOf(body))
      else if (this.#direct !== undefined) this.#direct.writeAround(head, body, '')
      else socket.write(frame(head, body, ''))
    } else {
      socket.cork()
      socket.write(head, 'latin1')
      socket.write(body)
      socket.uncork()
    }
    this.#done()
  }

  #write(whole: string | Buffer): void {
    if (this.#direct === undefined) this.#socket.write(whole as string, 'latin1')
    else this.#direct.write(whole)
  }

  writeHead(status: number, reason: string, headers: FieldLines, framing: ResponseFraming): void {
    if (this.#closed) return
    if (framing === 'close' || !this.#mayGoOn()) this.#keepAlive = false
    // Leaves together with what of the body is here, and at once all the same.
    this.#heldHead = this.#head(status, reason, headers, framing)
    process.nextTick(() => this.#sendHead())
    this.#wroteAt = this.#host.tickMs
  }

  #sendHead(): void {
    const head = this.#heldHead
    if (head === '' || this.#closed) return
    this.#heldHead = ''
    this.#write(head)
  }

  writeBody(before: string, chunk: Buffer, after: string): boolean {
    if (this.#closed) return true
    this.#wroteAt = this.#host.tickMs
    const start = this.#heldHead + before
    this.#heldHead = ''
    if (this.#direct !== undefined) return this.#direct.writeAround(start, chunk, after)
    this.#socket.write(frame(start, chunk, after))
    // Not what `write` returns: it says no to every piece above 16 KiB, also where the kernel has taken it already.
    return this.#socket.writableLength < MAX_QUEUED_BYTES
  }

  endBody(last: string): void {
    if (this.#closed) return
    const end = this.#heldHead + last
    this.#heldHead = ''
    if (end !== '') this.#write(end)
    this.#done()
  }

  cut(byReset: boolean): void {
    if (this.#closed) return
    this.#sendHead()
    this.#keepAlive = false
    if (byReset && !this.secure) {
      this.#exchange = undefined
      this.#lingers = true
      this.#socket.resetAndDestroy()
    } else this.#linger()
  }

  switchProtocols(headers: readonly string[]): Tunnel {
    this.#interim(101, 'Switching Protocols', headers)
    this.#exchange = undefined
    const rest = this.#rest
    this.#rest = undefined
    this.#bodyPaused = false
    this.#tunnel = new SocketTunnel(this.#socket, rest)
    this.#flow()
    return this.#tunnel
  }

  #head(status: number, reason: string, headers: FieldLines, framing: ResponseFraming): string {
    const old = this.#exchange?.request.version === '1.0'
    const connection = this.#keepAlive ? (old ? 'keep-alive' : undefined) : 'close'
    return composeResponseHead(status, reason, headers, framing, connection, this.#host.date.at(this.#host.now()))
  }

  /** Another request may follow: what is left of this one is here, or will come and is short. */
  #mayGoOn(): boolean {
    if (this.#host.draining) return false
    const exchange = this.#exchange
    if (exchange === undefined || exchange.bodyLength === 0 || this.#parser.ended) return true
    // Whoever waits for 100 may send the body after all, or not: the next request cannot be found.
    return !this.#awaitsContinue && exchange.bodyLength <= MAX_DISCARDED_BYTES
  }

  #done(): void {
    this.#answered = true
    this.#answers += 1
    this.#wroteAt = this.#host.tickMs
    if (this.#bodyPaused) this.resumeBody()
    if (!this.#keepAlive) this.#linger()
    else if (this.#parser.ended) this.#next()
  }

  #refuse({ code, detail }: RequestRefusal): void {
    const exchange = this.#exchange
    if (exchange !== undefined && this.#answered) {
      this.#linger()
      return
    }
    const answer = this.#host.handler.refuse(code, detail)
    // In the middle of an answer there is no place for another one.
    if (exchange?.started) {
      exchange.abandon()
      return
    }
    exchange?.gone()
    this.#keepAlive = false
    this.writeAnswer(answer.status, answer.reason, answer.headers, answer.body.length, answer.body, true)
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Refuses a connection before anything was read of it. */
  turnAway(code: RequestRefusal['code'], detail: string): void {
    this.#refuse({ code, detail })
  }

  /** For an edge that takes no more: ends it where nothing is under way. */
  endIfIdle(): void {
    if (this.idle) this.#linger()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** No more is answered. What the client still sends is thrown away for a while. */
  #linger(): void {
    if (this.#lingers || this.#closed) return
    this.#lingers = true
    this.#exchange = undefined
    this.#rest = undefined
    this.#bodyPaused = false
    this.#since = this.#host.tickMs
    this.#discardable = MAX_LINGER_BYTES
    this.#flow()
    this.#socket.end()
  }

  #discard(length: number): void {
    this.#discardable -= length
    if (this.#discardable < 0) this.#socket.destroy()
  }

  #abort(): void {
    this.#exchange?.gone()
    this.#exchange = undefined
    this.#socket.destroy()
  }

  /** Ends what has lasted too long. */
  sweep(now: number): void {
    const { limits } = this.#host
    if (this.#closed || this.#tunnel !== undefined) return
    const queued = queuedBytes(this.#socket)
    if (queued !== this.#queued) {
      this.#queued = queued
      this.#wroteAt = now
    }
    if (queued > 0) {
      if (now - this.#wroteAt >= limits.idleTimeoutMs) this.#abort()
      return
    }
    if (this.#lingers) {
      if (now - this.#since >= LINGER_MS) this.#socket.destroy()
      return
    }
    if (this.#exchange !== undefined) {
      if (!this.#parser.ended) this.#sweepBody(now)
      else if (this.#endedAt >= 0 && now - Math.max(this.#endedAt, this.#wroteAt) >= HALF_CLOSED_MS) this.#abort()
      return
    }
    const waitedMs = now - this.#since
    if (this.#parser.inHead) {
      if (waitedMs >= limits.headerTimeoutMs)
        this.#refuse({ code: 'CHAOS_ERR_REQUEST_TIMEOUT', detail: 'the header section did not arrive in time' })
      return
    }
    if (waitedMs >= FORGET_MS) {
      this.#parser.forget()
      this.#section = undefined
    }
    if (waitedMs >= (this.#answers === 0 ? limits.headerTimeoutMs : limits.keepAliveMs)) this.#linger()
  }

  #sweepBody(now: number): void {
    if (this.#bodyPaused || !this.#pace.isTooSlow(now, this.#host.limits.idleTimeoutMs)) return
    this.#refuse({ code: 'CHAOS_ERR_REQUEST_TIMEOUT', detail: 'the body did not arrive in time' })
  }
}

function textOf(body: Uint8Array): string {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return bytes.toString('latin1')
}
