// thread: edge
// Is this a request that we may pass on: framed in one way only, within the limits, and not our own come back? That its
// octets are in order the front has seen to.
import type { FaultCode } from '../contract/faults.js'
import type { DownstreamRequest } from '../front/downstream.js'
import { isHost } from '../http1/request-target.js'

/** How the body of the request is framed: 0 none, > 0 its length, -1 chunked. `endsHere`: Max-Forwards has run out. */
export type Acceptance =
  | { readonly ok: true; readonly bodyLength: number; readonly hasLength: boolean; readonly endsHere: boolean }
  | { readonly ok: false; readonly code: FaultCode; readonly detail: string }

const withoutBody: Acceptance = { ok: true, bodyLength: 0, hasLength: false, endsHere: false }
const withoutBodyHere: Acceptance = { ok: true, bodyLength: 0, hasLength: false, endsHere: true }

/** Name of this proxy in `Via` (RFC 9110 §7.6.3), with an id so that another Chaos-Proxy in the chain is no loop. */
export interface AcceptLimits {
  readonly viaName: string
  /** 0: unlimited. */
  readonly maxBodyBytes: number
}

export function accept(request: DownstreamRequest, limits: AcceptLimits): Acceptance {
  const { headers } = request
  // RFC 9110 §9.3.6: a tunnel would make this an open proxy.
  if (request.method === 'CONNECT') return refuse('CHAOS_ERR_REQUEST_METHOD', 'CONNECT is not passed')
  let length: string | undefined
  let chunked = false
  let endsHere = false
  let hosts = 0
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!
    switch (headers[i]) {
      case 'content-length':
        // RFC 9112 §6.3: what can be read as two lengths is refused, never repaired.
        // A list of equal numbers as well: others would take one of them, or none.
        if (length !== undefined) return refuse('CHAOS_ERR_REQUEST_AMBIGUOUS', 'more than one Content-Length')
        if (!/^\d{1,15}$/.test(value)) return refuse('CHAOS_ERR_REQUEST_AMBIGUOUS', 'Content-Length is not a number')
        length = value
        break
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked')
          return refuse('CHAOS_ERR_REQUEST_AMBIGUOUS', 'Transfer-Encoding is not exactly chunked')
        // RFC 9112 §6.1: HTTP/1.0 does not know it.
        if (request.version === '1.0')
          return refuse('CHAOS_ERR_REQUEST_AMBIGUOUS', 'Transfer-Encoding in an HTTP/1.0 request')
        chunked = true
        break
      case 'host':
        hosts += 1
        if (hosts > 1 || !isHost(value)) return refuse('CHAOS_ERR_REQUEST_MALFORMED', 'Host is not one host')
        break
      case 'via':
        if (value.includes(limits.viaName)) return refuse('CHAOS_ERR_REQUEST_LOOP', 'Via names this proxy')
        break
      case 'max-forwards':
        // RFC 9110 §7.6.2: for these two methods, and whatever is no number counts for nothing.
        if ((request.method === 'OPTIONS' || request.method === 'TRACE') && /^0+$/.test(value)) endsHere = true
        break
    }
  }
  // RFC 9112 §3.2: none or several is 400, but for HTTP/1.0, which did not know it.
  if (hosts !== 1 && request.version === '1.1') return refuse('CHAOS_ERR_REQUEST_MALFORMED', 'Host is missing')
  if (chunked && length !== undefined)
    return refuse('CHAOS_ERR_REQUEST_AMBIGUOUS', 'Content-Length beside Transfer-Encoding')
  if (chunked) return { ok: true, bodyLength: -1, hasLength: false, endsHere }
  if (length === undefined) return endsHere ? withoutBodyHere : withoutBody
  const bodyLength = Number(length)
  if (limits.maxBodyBytes > 0 && bodyLength > limits.maxBodyBytes) {
    return refuse(
      'CHAOS_ERR_REQUEST_TOO_LARGE',
      `Content-Length is ${bodyLength}, at most ${limits.maxBodyBytes} are allowed`,
    )
  }
  return { ok: true, bodyLength, hasLength: true, endsHere }
}

function refuse(code: FaultCode, detail: string): Acceptance {
  return { ok: false, code, detail }
}
