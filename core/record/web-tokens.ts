// thread: any
// JSON Web Tokens (RFC 7519) in any text: three base64url parts of which the first is a JSON object. A walk and no regular
// expression: one that may begin at every «eyJ» of a long run takes a step for each pair of octets.

const BEGIN = 'eyJ'
const MIN_FIRST = BEGIN.length + 8
const MIN_OTHERS = 4

/** Each token in `text` becomes what `put` makes of it. Every octet is looked at a few times at most, whatever is in it. */
export function replaceWebTokens(text: string, put: (token: string) => string): string {
  let clean = ''
  let done = 0
  let at = text.indexOf(BEGIN)
  while (at >= 0) {
    const first = endOfPart(text, at)
    const end = first - at < MIN_FIRST ? undefined : endOfToken(text, first)
    if (end !== undefined) {
      clean += text.slice(done, at) + put(text.slice(at, end))
      done = end
    }
    // A later beginning in the same run would end where this one does, and is shorter.
    at = text.indexOf(BEGIN, end ?? first)
  }
  return done === 0 ? text : clean + text.slice(done)
}

/** `first`: behind the first part. Undefined: no two parts follow. */
function endOfToken(text: string, first: number): number | undefined {
  if (text[first] !== '.') return undefined
  const second = endOfPart(text, first + 1)
  if (second - first - 1 < MIN_OTHERS || text[second] !== '.') return undefined
  const third = endOfPart(text, second + 1)
  return third - second - 1 < MIN_OTHERS ? undefined : third
}

function endOfPart(text: string, start: number): number {
  let end = start
  while (end < text.length && isPartCode(text.charCodeAt(end))) end += 1
  return end
}

/** Letters, digits, `-` and `_` (RFC 4648 §5). */
function isPartCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  )
}
