// thread: edge
import { Buffer } from 'node:buffer'

import { HeaderSection } from '../contract/header-section.js'
import type { ResponseHead } from '../http1/response-head-parser.js'

const noBody = Buffer.alloc(0)
const noHead: ResponseHead = {
  status: 0,
  reason: '',
  section: new HeaderSection([]),
  minor: 1,
  bodyLength: 0,
  keepAlive: false,
  keepAliveMs: -1,
}

/** The answer of the upstream, as far as it is here: held for the client, then kept for capture while that is allowed. */
export class UpstreamAnswer {
  /** When its head came, epoch ms. */
  firstByteAt = 0
  /** 0: there is none, or what came of it broke off. */
  status = 0
  head: ResponseHead = noHead
  /** As the upstream said it, or -1. */
  length = -1
  complete = false
  #chunks: Buffer[] = []
  #bytes = 0

  begin(head: ResponseHead, bodyLength: number): void {
    this.head = head
    this.status = head.status
    this.length = bodyLength
  }

  /** Bytes of the body that came; Infinity where they are not kept any more. */
  get bytes(): number {
    return this.#bytes
  }

  /** What is kept, in the pieces in which it came. */
  get chunks(): readonly Buffer[] {
    return this.#chunks
  }

  /** Nothing may be sent after the head of these (RFC 9110 §6.4.1). */
  isBodiless(method: string): boolean {
    return method === 'HEAD' || this.status === 204 || this.status === 304
  }

  /** Keeps a copy: the chunk is a view on the buffer that the next read overwrites. */
  keep(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#chunks.push(Buffer.from(chunk))
  }

  /** The whole body, which is only there during the present call. */
  borrow(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
  }

  /** It has to wait: what was borrowed is copied. */
  own(): void {
    this.#chunks = this.#chunks.map(chunk => Buffer.from(chunk))
  }

  /** Keeps nothing of the body from here on. */
  forget(): void {
    this.#chunks = []
    this.#bytes = Number.POSITIVE_INFINITY
  }

  /** The whole body, where `complete` and not forgotten. */
  body(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] ?? noBody
  }
}
