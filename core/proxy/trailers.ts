// thread: edge
// Which trailers cross the proxy, and who gets them (RFC 9110 §6.5).
import type { DownstreamRequest } from '../front/downstream.js'
import { listHas } from '../http1/fields.js'
import { hopByHop, namedByConnection } from './headers.js'

/**
 * RFC 9110 §6.5.1: what says how a message is framed, routed, modified, authenticated, or to be read is not for trailers. A
 * reader who merges them into the header section would be deceived by them.
 */
const noTrailers = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'forwarded',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'x-api-key',
])

/**
 * Those that go on; undefined where none does. `headers`: of the same message. `credentials`: other fields by which clients
 * show who they are.
 */
export function passTrailers(
  trailers: readonly string[],
  headers: readonly string[],
  credentials: readonly string[] = [],
): string[] | undefined {
  const named = namedByConnection(headers)
  const passed: string[] = []
  for (let i = 0; i < trailers.length; i += 2) {
    const name = trailers[i]!
    if (noTrailers.has(name) || hopByHop.has(name) || named?.has(name)) continue
    if (name.startsWith('x-forwarded-') || credentials.includes(name)) continue
    passed.push(name, trailers[i + 1]!)
  }
  return passed.length === 0 ? undefined : passed
}

/** RFC 9110 §6.5.1: trailers are for a client that has said that it takes them; HTTP/1.0 has no place for them. */
export function takesTrailers({ version, headers }: Pick<DownstreamRequest, 'version' | 'headers'>): boolean {
  if (version !== '1.1') return false
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'te' && listHas(headers[i + 1]!, 'trailers')) return true
  return false
}
