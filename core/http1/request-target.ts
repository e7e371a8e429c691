// thread: any
// RFC 9112 §3.2: what may stand as the target of a request, and what it names.

/** A target, taken apart and otherwise untouched: no octet is decoded or normalised. */
export interface RequestTarget {
  /** What goes on the next request line: path and query, or `*`. */
  readonly target: string
  /** The part of `target` before the first `?`. */
  readonly path: string
  /** The part after the first `?`; undefined where there is none ('' for a bare `?`). */
  readonly query: string | undefined
  /** Of an absolute-form target: it replaces `Host` (RFC 9112 §3.2.2). */
  readonly authority: string | undefined
}

const SLASH = 0x2f
const HASH = 0x23
const QUESTION = 0x3f

/** Undefined where `text` is no target that a reverse proxy takes: fragment, blank, control or non-ASCII octet, other forms. */
export function readTarget(text: string, method: string): RequestTarget | undefined {
  if (text.charCodeAt(0) === SLASH) return fromPath(text, undefined)
  // RFC 9112 §3.2.4: for OPTIONS alone.
  if (text === '*')
    return method === 'OPTIONS' ? { target: '*', path: '*', query: undefined, authority: undefined } : undefined
  const scheme = /^https?:\/\//i.exec(text)
  if (scheme === null) return undefined
  const from = scheme[0].length
  let end = from
  while (end < text.length && text[end] !== '/' && text[end] !== '?' && text[end] !== '#') end++
  const authority = text.slice(from, end)
  if (authority === '' || !isHost(authority)) return undefined
  // RFC 9112 §3.2.4: OPTIONS for a whole server, by way of a proxy, names no path.
  if (end === text.length && method === 'OPTIONS') return { target: '*', path: '*', query: undefined, authority }
  const rest = text.slice(end)
  return fromPath(rest.startsWith('/') ? rest : `/${rest}`, authority)
}

function fromPath(target: string, authority: string | undefined): RequestTarget | undefined {
  const mark = queryMark(target)
  if (mark === NO_TARGET) return undefined
  return mark < 0
    ? { target, path: target, query: undefined, authority }
    : { target, path: target.slice(0, mark), query: target.slice(mark + 1), authority }
}

export const NO_TARGET = -2

/** Where the first `?` of a path stands, -1 where there is none; `NO_TARGET` where an octet does not belong there. */
export function queryMark(target: string): number {
  let mark = -1
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code <= 0x20 || code >= 0x7f || code === HASH) return NO_TARGET
    if (code === QUESTION && mark < 0) mark = i
  }
  return mark
}

/**
 * A value of `Host` (RFC 9110 §7.2): name, IPv4 or [IPv6], and perhaps a port; '' is one too. No user, no path, no list: two
 * readers could take such a value for different hosts.
 */
export function isHost(value: string): boolean {
  const bytes = value.length
  if (bytes === 0) return true
  let i = 0
  if (value.charCodeAt(0) === 0x5b) {
    i = value.indexOf(']')
    if (i < 2) return false
    for (let k = 1; k < i; k++) if (!isIpv6Octet(value.charCodeAt(k))) return false
    i += 1
  } else {
    while (i < bytes && isNameOctet(value.charCodeAt(i))) i++
    if (i === 0) return false
  }
  if (i === bytes) return true
  if (value.charCodeAt(i) !== 0x3a) return false
  for (let k = i + 1; k < bytes; k++) {
    const code = value.charCodeAt(k)
    if (code < 0x30 || code > 0x39) return false
  }
  return bytes - i <= 6
}

/** RFC 3986 §3.2.2 reg-name: unreserved, sub-delims and `%`, but for the comma, which makes a list of it. */
function isNameOctet(code: number): boolean {
  return nameOctets[code] === 1
}

function isIpv6Octet(code: number): boolean {
  const lower = code | 0x20
  return (code >= 0x30 && code <= 0x3a) || (lower >= 0x61 && lower <= 0x66) || code === 0x2e
}

const nameOctets = new Uint8Array(256)
for (const char of "!$%&'()*+-.;=_~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  nameOctets[char.charCodeAt(0)] = 1
