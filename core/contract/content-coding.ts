// thread: any
// RFC 9110 §8.4.1: how bodies are coded, read in one way by those who redact, learn and answer.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { fieldOf } from './fields.js'

/**
 * The coding that a body stands in, in lower case; '' for none. Several are joined by commas, in the order in which they were
 * applied. `headers`: flat, lower-case names.
 */
export function contentCoding(headers: readonly string[]): string {
  const said = fieldOf(headers, 'content-encoding')
  if (said === undefined) return ''
  let all = ''
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'content-encoding') all += `,${headers[i + 1]}`
  const codings = all
    .toLowerCase()
    .split(',')
    .map(one => one.trim())
  return codings.filter(one => one !== '' && one !== 'identity').join()
}

/** The body without its coding. undefined: broken, over `maxBytes` when decoded, or not a coding that we know. */
export function decodeContent(body: Uint8Array, coding: string, maxBytes: number): Buffer | undefined {
  const last = coding.lastIndexOf(',')
  if (last >= 0) {
    // More than two nobody applies who means well.
    const outer = coding.indexOf(',') < last ? undefined : decodeContent(body, coding.slice(last + 1), maxBytes)
    return outer === undefined ? undefined : decodeContent(outer, coding.slice(0, last), maxBytes)
  }
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
