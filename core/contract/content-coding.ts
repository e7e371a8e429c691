// thread: any
// RFC 9110 §8.4.1: how bodies are coded, read in one way by those who redact, learn and answer.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { fieldOf } from './fields.js'

/** The coding that a body stands in, in lower case; '' for none. `headers`: flat, lower-case names. */
export function contentCoding(headers: readonly string[]): string {
  const coding = (fieldOf(headers, 'content-encoding') ?? '').trim().toLowerCase()
  return coding === 'identity' ? '' : coding
}

/** The body without its coding. undefined: broken, over `maxBytes` when decoded, or not a coding that we know. */
export function decodeContent(body: Uint8Array, coding: string, maxBytes: number): Buffer | undefined {
  const limit = { maxOutputLength: maxBytes }
  try {
    switch (coding) {
      case '':
        return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, limit)
      case 'deflate':
        return inflateSync(body, limit)
      case 'br':
        return brotliDecompressSync(body, limit)
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}
