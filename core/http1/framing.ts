// thread: any
import { Buffer } from 'node:buffer'
import { FieldLines } from '../contract/header-section.js'

/** End of a body in chunked coding, without trailers (RFC 9112 §7.1). */
export const lastChunk = '0\r\n\r\n'

/** The same with trailers, flat, which must be in order already (§7.1.2). */
export function lastChunkWith(trailers: readonly string[]): string {
  return `0\r\n${new FieldLines(trailers).text}\r\n`
}

/**
 * `body` in one new buffer between two pieces of latin1 text: a head before it, the framing of a chunk around it. One copy,
 * one write, and the caller may reuse `body` at once.
 */
export function frame(before: string, body: Uint8Array, after: string): Buffer {
  const bytes = Buffer.allocUnsafe(before.length + body.length + after.length)
  bytes.write(before, 0, 'latin1')
  bytes.set(body, before.length)
  bytes.write(after, before.length + body.length, 'latin1')
  return bytes
}

/** What stands before and after the data of a chunk. `length` > 0: a chunk of 0 would end the body. */
export function chunkStart(length: number): string {
  return `${length.toString(16)}\r\n`
}
export const chunkEnd = '\r\n'
