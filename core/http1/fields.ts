// thread: any
// RFC 9110 §5: what a field may look like. Shared by everything that reads a header section.

/** 1 for octets of a token (RFC 9110 §5.6.2). */
const tokenOctets = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenOctets[char.charCodeAt(0)] = 1
}

const TAB = 0x09
const SPACE = 0x20
const DELETE = 0x7f
const COLON = 0x3a

/** `text` is a token: a method, a field name. */
export function isToken(text: string): boolean {
  if (text.length === 0) return false
  for (let i = 0; i < text.length; i++) if (!isTokenOctet(text.charCodeAt(i))) return false
  return true
}

export function isTokenOctet(code: number): boolean {
  return code < 256 && tokenOctets[code] === 1
}

/** No control characters but tab, so no CR, LF or NUL (RFC 9110 §5.5). Octets of 0x80 and more are fine. */
export function isFieldValue(text: string): boolean {
  return hasOnlyText(text, 0, text.length)
}

/** The same for `text[from, end)`, without cutting it out. Also what a reason phrase may hold (RFC 9112 §4). */
export function hasOnlyText(text: string, from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i)
    if ((code < SPACE && code !== TAB) || code === DELETE) return false
  }
  return true
}

/**
 * Field lines in `text[from, end)` (without the empty line; each but the last ends in CRLF) as a flat list, names in lower
 * case. Undefined where a line is not a field line. No folding: RFC 9112 §5.2 lets a proxy refuse it, and only refusing is
 * safe; a blank before the colon must be refused (§5.1).
 */
export function parseFields(text: string, from: number, end: number): string[] | undefined {
  const fields: string[] = []
  let at = from
  while (at < end) {
    let colon = at
    while (colon < end && isTokenOctet(text.charCodeAt(colon))) colon++
    if (colon === at || colon === end || text.charCodeAt(colon) !== COLON) return undefined
    let lineEnd = text.indexOf('\r\n', colon)
    if (lineEnd < 0 || lineEnd > end) lineEnd = end
    let first = colon + 1
    let last = lineEnd
    while (first < last && isBlank(text.charCodeAt(first))) first++
    while (last > first && isBlank(text.charCodeAt(last - 1))) last--
    if (!hasOnlyText(text, first, last)) return undefined
    const name = text.slice(at, colon).toLowerCase()
    // A tab is a blank like any other (RFC 9110 §5.6.3), but some readers know only the space: for those the coding is unknown.
    if (name === 'transfer-encoding' && text.slice(colon, lineEnd).includes('\t')) return undefined
    fields.push(name, text.slice(first, last))
    at = lineEnd + 2
  }
  return fields
}

/** `name` stands in a comma-separated list of tokens, in any case (RFC 9110 §5.6.1). */
export function listHas(list: string, name: string): boolean {
  for (const element of list.toLowerCase().split(',')) if (element.trim() === name) return true
  return false
}

/**
 * Length of a body (RFC 9110 §8.6): digits, below 10^15. A list of equal numbers counts as one number. -1 where the value is
 * anything else: sign, blank, hex and an empty value are how requests are smuggled.
 */
export function parseContentLength(value: string): number {
  const length = decimal(value)
  if (length >= 0 || !value.includes(',')) return length
  const parts = value.split(',')
  const first = decimal(parts[0]!.trim())
  return parts.every(part => decimal(part.trim()) === first) ? first : -1
}

/** Digits only, at most 15 of them: every such number is exact. */
function decimal(text: string): number {
  if (text.length === 0 || text.length > 15) return -1
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}
