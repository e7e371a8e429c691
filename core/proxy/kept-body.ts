// thread: edge
import { Buffer } from 'node:buffer'

/** What passes of a request body, kept beside passing it on, up to a size: more than that is not kept at all. */
export class KeptBody {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  #ended = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Keeps a copy. */
  add(chunk: Buffer, last: boolean): void {
    this.#bytes += chunk.length
    this.#ended ||= last
    if (this.#bytes > this.#maxBytes) this.#chunks = []
    else if (chunk.length > 0) this.#chunks.push(Buffer.from(chunk))
  }

  /** More may come, and the whole may still be no more than this. */
  mayEndWithin(bytes: number): boolean {
    return !this.#ended && this.#bytes <= Math.min(bytes, this.#maxBytes)
  }

  /** The whole body; undefined where it is not all there, or too long. */
  whole(): Buffer | undefined {
    if (!this.#ended || this.#bytes > this.#maxBytes) return undefined
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]
  }
}
