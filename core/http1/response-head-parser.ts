// thread: any
// RFC 9112 §4 and §6.3: a status line, its fields, and where the body of such an answer ends. Pure.
import { HeaderSection } from '../contract/header-section.js'
import { hasOnlyText, listHas, parseContentLength, parseFields } from './fields.js'

/** The head of an answer, as far as it follows from its octets alone. */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  readonly section: HeaderSection
  /** Minor version: HTTP/1.0 or HTTP/1.1. */
  readonly minor: number
  /** Length of the body, -1 chunked, -2 until the connection is closed. Whether there is one depends on the request as well. */
  readonly bodyLength: number
  /** The upstream keeps the connection. */
  readonly keepAlive: boolean
  /** How long it keeps it when idle, ms; -1: it did not say. */
  readonly keepAliveMs: number
}

export const CHUNKED = -1
export const UNTIL_CLOSE = -2

const VERSION = 'HTTP/1.'

/** `text[0, end)` is a head without its empty line. Undefined where it is none. */
export function readResponseHead(text: string, end: number): ResponseHead | undefined {
  // HTTP-version SP status-code SP [reason]. A missing last space is common and harmless.
  let lineEnd = text.indexOf('\r\n')
  if (lineEnd < 0 || lineEnd > end) lineEnd = end
  if (lineEnd < 12 || !text.startsWith(VERSION)) return undefined
  const minor = text.charCodeAt(7) - 0x30
  if ((minor !== 0 && minor !== 1) || text.charCodeAt(8) !== 0x20) return undefined
  const status = threeDigits(text, 9)
  if (status < 100 || (lineEnd > 12 && text.charCodeAt(12) !== 0x20)) return undefined
  if (!hasOnlyText(text, 12, lineEnd)) return undefined
  const fields = parseFields(text, lineEnd + 2, end)
  return fields === undefined ? undefined : framed(status, text.slice(13, lineEnd), fields, minor)
}

function framed(status: number, reason: string, fields: string[], minor: number): ResponseHead | undefined {
  let length = UNTIL_CLOSE
  let chunked = false
  let close = false
  let keepAlive = minor === 1
  let keepAliveMs = -1
  for (let i = 0; i < fields.length; i += 2) {
    const value = fields[i + 1]!
    switch (fields[i]) {
      case 'content-length': {
        const said = parseContentLength(value)
        if (said < 0 || (length >= 0 && said !== length)) return undefined
        length = said
        break
      }
      case 'transfer-encoding':
        // RFC 9112 §6.1: an HTTP/1.0 message must not have it; other codings are none of ours.
        if (chunked || minor === 0 || value.toLowerCase() !== 'chunked') return undefined
        chunked = true
        break
      case 'connection':
        if (value === 'keep-alive') keepAlive = true
        else if (listHas(value, 'close')) close = true
        else if (listHas(value, 'keep-alive')) keepAlive = true
        break
      case 'keep-alive':
        keepAliveMs = timeoutMs(value)
        break
    }
  }
  if (chunked && length >= 0) return undefined
  const section = new HeaderSection(fields)
  const bodyLength = chunked ? CHUNKED : length
  return { status, reason, section, minor, bodyLength, keepAlive: keepAlive && !close, keepAliveMs }
}

function threeDigits(text: string, at: number): number {
  const a = text.charCodeAt(at) - 0x30
  const b = text.charCodeAt(at + 1) - 0x30
  const c = text.charCodeAt(at + 2) - 0x30
  return a < 0 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9 ? -1 : a * 100 + b * 10 + c
}

/** `timeout=5, max=100` → 5000. */
function timeoutMs(value: string): number {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})(?=$|[,\s])/i.exec(value)
  return seconds === null ? -1 : Number(seconds[1]) * 1000
}
