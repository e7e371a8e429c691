// thread: edge
import { Buffer } from 'node:buffer'
import type { Clock } from '../clock/clock.js'
import type { FaultCode } from '../contract/faults.js'
import type { ResponseSink, UpstreamCall } from '../upstream/client.js'

/** Of a request body, until the call begins. */
const MAX_WAITING_BYTES = 256 << 10

export interface Delay {
  readonly waitMs: number
  /** It takes longer than an answer may: the call never begins. */
  readonly isTooLong: boolean
}

/** Begins later. To those who look on it is an upstream that is slow to answer. */
export class DelayedCall implements UpstreamCall {
  readonly connectedAt: number
  readonly #begin: () => UpstreamCall
  readonly #sink: ResponseSink
  readonly #clock: Clock
  readonly #timer: NodeJS.Timeout
  readonly #onGone: (call: DelayedCall) => void
  #sentAt = 0
  #call: UpstreamCall | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  #owesDrain = false
  #isEnded = false
  #trailers: readonly string[] | undefined
  #isOver = false

  /** `begin`: sends the request. `onGone`: it waits no longer. */
  constructor(
    { waitMs, isTooLong }: Delay,
    hasBody: boolean,
    begin: () => UpstreamCall,
    sink: ResponseSink,
    clock: Clock,
    onGone: (call: DelayedCall) => void,
  ) {
    this.#begin = begin
    this.#sink = sink
    this.#clock = clock
    this.#onGone = onGone
    this.connectedAt = clock.now()
    if (!hasBody) this.#sentAt = this.connectedAt
    this.#timer = setTimeout(() => (isTooLong ? this.#expire() : this.release()), waitMs)
  }

  get sentAt(): number {
    return this.#sentAt
  }

  get headAt(): number {
    return this.#call?.headAt ?? 0
  }

  /** An upstream that is slow has the request all the while. */
  get wasBegun(): boolean {
    return this.#call?.wasBegun ?? true
  }

  /** The drill is over, or the time is: the upstream hears of it now. */
  release(): void {
    if (this.#isOver || this.#call !== undefined) return
    this.#leave()
    const call = this.#begin()
    this.#call = call
    let flows = true
    for (const chunk of this.#chunks) flows = call.write(chunk)
    this.#chunks = []
    if (this.#isEnded) call.end(this.#trailers)
    else if (this.#owesDrain && flows) this.#sink.onDrain()
  }

  #expire(): void {
    this.#leave()
    this.#isOver = true
    this.#chunks = []
    this.#sink.onFault('CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT', 0)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    this.#onGone(this)
  }

  write(chunk: Buffer): boolean {
    if (this.#isOver) return true
    if (this.#call !== undefined) return this.#call.write(chunk)
    this.#chunks.push(Buffer.from(chunk))
    this.#bytes += chunk.length
    this.#owesDrain = this.#bytes > MAX_WAITING_BYTES
    return !this.#owesDrain
  }

  end(trailers?: readonly string[]): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#trailers = trailers
    this.#sentAt ||= this.#clock.now()
    this.#call?.end(trailers)
  }

  pause(): void {
    this.#call?.pause()
  }

  resume(): void {
    this.#call?.resume()
  }

  abort(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#chunks = []
    if (this.#call === undefined) this.#leave()
    else this.#call.abort()
  }

  giveUp(code: FaultCode): void {
    if (this.#call === undefined) this.abort()
    else this.#call.giveUp(code)
  }
}
