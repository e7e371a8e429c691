// thread: edge
// Which fields cross the proxy. RFC 9110 §7.6.1: fields of the connection end here; all others go on, in order, as they are.
import type { DownstreamRequest } from '../front/downstream.js'

/** Fields that belong to one hop, whether `Connection` names them or not. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** RFC 9110 §7.6.1 lets `Connection` name fields; these it may not take away, or a client could hide who it is. */
const protectedFields = new Set([
  'host',
  'content-length',
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'authorization',
  'cookie',
])

export interface ForwardingRules {
  /** Authority of the upstream for `Host`, or undefined where the client's is kept. */
  readonly host: string | undefined
  /** Prefix of the upstream's path, '' or `/api`. */
  readonly pathPrefix: string
  readonly viaName: string
  /** Is what this peer says of earlier hops to be believed. */
  readonly trusts: (address: string) => boolean
}

/** The whole head of the request as it goes to the upstream, latin1, with the empty line. */
export function composeRequestHead(
  request: DownstreamRequest,
  bodyLength: number,
  hasLength: boolean,
  rules: ForwardingRules,
): string {
  const { headers } = request
  const named = namedByConnection(headers)
  const trusted = rules.trusts(request.remoteAddress)
  let forwardedFor = ''
  let forwardedHost = ''
  let forwardedProto = ''
  let via = ''
  let host = ''
  let head = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const value = headers[i + 1]!
    switch (name) {
      case 'host':
        host = value
        continue
      case 'content-length':
      case 'transfer-encoding':
      case 'connection':
        continue
      case 'via':
        via += `${value}, `
        continue
      case 'x-forwarded-for':
        if (trusted) forwardedFor += `${value}, `
        continue
      case 'x-forwarded-host':
        if (trusted) forwardedHost = value
        continue
      case 'x-forwarded-proto':
        if (trusted) forwardedProto = value
        continue
      case 'forwarded':
        // RFC 7239 §8.1: what an unknown client claims is not handed on.
        if (trusted) head += `forwarded: ${value}\r\n`
        continue
      case 'te':
        // RFC 9110 §10.1.4: `trailers` alone may go on, and only as an option of our own connection. We drop trailers.
        continue
      default:
        if (hopByHop.has(name) || named?.has(name)) continue
        head += `${name}: ${value}\r\n`
    }
  }
  if (bodyLength < 0) head += 'transfer-encoding: chunked\r\n'
  else if (hasLength) head += `content-length: ${bodyLength}\r\n`
  return (
    `${request.method} ${rules.pathPrefix}${request.target} HTTP/1.1\r\nhost: ${rules.host ?? host}\r\n${head}` +
    `x-forwarded-for: ${forwardedFor}${request.remoteAddress}\r\nx-forwarded-proto: ${forwardedProto || (request.secure ? 'https' : 'http')}\r\n` +
    `x-forwarded-host: ${forwardedHost || host}\r\nvia: ${via}1.1 ${rules.viaName}\r\n\r\n`
  )
}

/** The fields of an answer that go to the client. Framing and `Date` are the front's. */
export function passResponseHeaders(headers: readonly string[]): string[] {
  const named = namedByConnection(headers)
  const passed: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    if (name === 'content-length' || name === 'date' || hopByHop.has(name) || named?.has(name)) continue
    passed.push(name, headers[i + 1]!)
  }
  return passed
}

function namedByConnection(headers: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'connection') continue
    const value = headers[i + 1]!
    if (value === 'keep-alive' || value === 'close' || value === '') continue
    named ??= new Set()
    for (const element of value.split(',')) {
      const name = element.trim().toLowerCase()
      if (name !== '' && !protectedFields.has(name)) named.add(name)
    }
  }
  return named
}
