// thread: edge
// RFC 9110 §5: what a field may look like. Shared by everything that reads a header section.

/** 1 for octets of a token (RFC 9110 §5.6.2). */
const isTokenOctet = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  isTokenOctet[char.charCodeAt(0)] = 1

export function isToken(text: string): boolean {
  if (text.length === 0) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255 || isTokenOctet[code] === 0) return false
  }
  return true
}

/** No control characters but tab (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false
  }
  return true
}

/**
 * Field lines between `from` and `end` (without the empty line) as a flat list, names in lower case; undefined where a line
 * is not a field line. No folding: RFC 9112 §5.2 lets a proxy refuse it, and only refusing is safe.
 */
export function parseFields(text: string, from: number, end: number): string[] | undefined {
  const fields: string[] = []
  let at = from
  while (at < end) {
    let lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0 || lineEnd > end) lineEnd = end
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon >= lineEnd) return undefined
    const name = text.slice(at, colon)
    if (!isToken(name)) return undefined
    let first = colon + 1
    let last = lineEnd
    while (first < last && isBlank(text.charCodeAt(first))) first++
    while (last > first && isBlank(text.charCodeAt(last - 1))) last--
    const value = text.slice(first, last)
    if (!isFieldValue(value)) return undefined
    fields.push(name.toLowerCase(), value)
    at = lineEnd + 2
  }
  return fields
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
