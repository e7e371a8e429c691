// thread: any
// The body of one request on its way out: how it is framed, what of it waits for a connection, and what is kept for a second
// try.
import { Buffer } from 'node:buffer'
import { chunkEnd, chunkStart, frame, lastChunk, lastChunkWith } from '../http1/framing.js'

/** A body up to this size is kept until the answer begins, so that a stale connection does not cost the call. */
const MAX_KEPT_BYTES = 64 * 1024

export class RequestBody {
  readonly #chunked: boolean
  readonly #repeatable: boolean
  #left: number
  /** Came before there was a connection. */
  #early: Buffer[] = []
  /** Was sent and may have to be sent again; undefined: it may not, or is too much to keep. */
  #kept: Buffer[] | undefined = []
  #keptBytes = 0
  #last: string

  /** `length` > 0, or -1: chunked. `repeatable`: it may be sent again. */
  constructor(length: number, repeatable: boolean) {
    this.#chunked = length < 0
    this.#repeatable = repeatable
    this.#left = this.#chunked ? Number.POSITIVE_INFINITY : length
    this.#last = this.#chunked ? lastChunk : ''
  }

  /** So many octets more have come. Throws where that is more than was announced. */
  count(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw new Error('more request body than was announced')
  }

  /** Nothing more comes. RFC 9112 §8: throws where some is missing, for what is cut short must never look complete. */
  end(trailers: readonly string[] | undefined): void {
    if (!this.#chunked && this.#left > 0) throw new Error('less request body than was announced')
    if (this.#chunked && trailers !== undefined) this.#last = lastChunkWith(trailers)
  }

  /** What ends it on the wire, or ''. */
  get last(): string {
    return this.#last
  }

  /** Keeps a copy until there is a connection. */
  await(chunk: Buffer): void {
    this.#early.push(Buffer.from(chunk))
  }

  get awaits(): boolean {
    return this.#early.length > 0
  }

  takeAwaiting(): readonly Buffer[] {
    const early = this.#early
    if (early.length > 0) this.#early = []
    return early
  }

  /** A copy of `chunk`, framed, behind `head`: the caller may reuse `chunk`. */
  frame(head: string, chunk: Buffer): Buffer {
    const before = this.#chunked ? head + chunkStart(chunk.length) : head
    const bytes = frame(before, chunk, this.#chunked ? chunkEnd : '')
    this.#keep(bytes.subarray(before.length, before.length + chunk.length))
    return bytes
  }

  #keep(chunk: Buffer): void {
    if (this.#kept === undefined) return
    this.#keptBytes += chunk.length
    if (!this.#repeatable || this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined
    else this.#kept.push(chunk)
  }

  /** All that was sent is still here. */
  get isKept(): boolean {
    return this.#kept !== undefined
  }

  /** What was sent waits for another connection. */
  sendAgain(): void {
    if (this.#kept !== undefined && this.#kept.length > 0) this.#early = this.#kept
    this.#kept = []
    this.#keptBytes = 0
  }

  /** It will not be sent again. */
  forgetSent(): void {
    this.#kept = undefined
  }

  /** It will not be sent at all. */
  forgetAwaiting(): void {
    this.#early = []
  }
}
