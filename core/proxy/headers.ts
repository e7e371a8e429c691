// thread: edge
// Which fields cross the proxy. RFC 9110 §7.6.1: fields of the connection end here; all others go on, in order, as they are.
import type { DownstreamRequest } from '../front/downstream.js'
import { isToken, listHas } from '../http1/fields.js'

/** Fields that belong to one hop, whether `Connection` names them or not. */
export const hopByHop: ReadonlySet<string> = new Set([
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
  'x-api-key',
])

export interface ForwardingRules {
  /** Authority of the upstream for `Host`, or undefined where the client's is kept. */
  readonly host: string | undefined
  /** Prefix of the upstream's path, '' or `/api`. */
  readonly pathPrefix: string
  readonly viaName: string
  /** Send Forwarded (RFC 7239) as well. */
  readonly forwarded: boolean
  /** The front can hand trailers to clients: only then may the upstream be told that they are welcome. */
  readonly passesTrailers: boolean
  /** Other fields by which clients show who they are; `Connection` may not take these away either. */
  readonly credentials: readonly string[]
  /** Is what this peer says of earlier hops to be believed. */
  readonly trusts: (address: string) => boolean
}

/** What its head is made of. */
export type ForwardedRequest = Pick<
  DownstreamRequest,
  'method' | 'version' | 'authority' | 'headers' | 'remoteAddress' | 'secure'
>

/**
 * The head of the request as it goes to the upstream behind its request line, latin1, with the empty line. `withheld`: fields
 * that are not passed on either, for others are put in their place.
 */
export function composeRequestTail(
  request: ForwardedRequest,
  bodyLength: number,
  hasLength: boolean,
  rules: ForwardingRules,
  upgrade = false,
  withheld: ReadonlySet<string> | undefined = undefined,
): string {
  const { headers } = request
  const named = namedByConnection(headers, rules.credentials)
  const trusted = rules.trusts(request.remoteAddress)
  let forwardedFor = ''
  let forwardedHost = ''
  let forwardedProto = ''
  let via = ''
  let forwarded = ''
  let host = request.authority
  let connection = ''
  let head = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const value = headers[i + 1]!
    switch (name) {
      case 'host':
        host ??= value
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
        if (trusted) forwarded += `${value}, `
        continue
      case 'te':
        // RFC 9110 §10.1.4: `trailers` alone goes on, as an option of our own connection.
        if (rules.passesTrailers && request.version === '1.1' && listHas(value, 'trailers') && connection === '') {
          head += 'te: trailers\r\n'
          connection = 'te'
        }
        continue
      case 'expect':
        // The client is told to go on by the front, as soon as the request is to be passed on.
        if (value.toLowerCase() !== '100-continue') head += `expect: ${value}\r\n`
        continue
      case 'max-forwards':
        head += `max-forwards: ${forwardsLeft(request.method, value)}\r\n`
        continue
      default:
        if (hopByHop.has(name) || named?.has(name) || withheld?.has(name)) continue
        head += `${name}: ${value}\r\n`
    }
  }
  if (bodyLength < 0) head += 'transfer-encoding: chunked\r\n'
  else if (hasLength) head += `content-length: ${bodyLength}\r\n`
  if (upgrade) {
    head += 'upgrade: websocket\r\n'
    connection = connection === '' ? 'upgrade' : `${connection}, upgrade`
  }
  if (connection !== '') head += `connection: ${connection}\r\n`
  const scheme = request.secure ? 'https' : 'http'
  if (rules.forwarded || forwarded !== '')
    head += `forwarded: ${forwarded}${forwardedElement(request.remoteAddress, host ?? '', scheme)}\r\n`
  return (
    `host: ${rules.host ?? host ?? ''}\r\n${head}` +
    `x-forwarded-for: ${forwardedFor}${request.remoteAddress}\r\nx-forwarded-proto: ${forwardedProto || scheme}\r\n` +
    `x-forwarded-host: ${forwardedHost || (host ?? '')}\r\nvia: ${via}${request.version} ${rules.viaName}\r\n\r\n`
  )
}

/** RFC 9110 §7.6.2: counted down for the methods that it is about, handed on as it is with all others. */
function forwardsLeft(method: string, value: string): string {
  return (method === 'OPTIONS' || method === 'TRACE') && /^\d{1,9}$/.test(value) ? String(Number(value) - 1) : value
}

/** RFC 7239 §4: this hop. An IPv6 address and a port need quotes (§6). */
function forwardedElement(address: string, host: string, scheme: string): string {
  const node = address === '' ? 'unknown' : address.includes(':') ? `"[${address}]"` : address
  const named = host === '' ? '' : `;host=${isToken(host) ? host : `"${host}"`}`
  return `for=${node}${named};proto=${scheme}`
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

/** What `Connection` takes away. */
export function namedByConnection(
  headers: readonly string[],
  credentials: readonly string[] = [],
): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'connection') continue
    const value = headers[i + 1]!
    if (value === 'keep-alive' || value === 'close' || value === '') continue
    named ??= new Set()
    for (const element of value.split(',')) {
      const name = element.trim().toLowerCase()
      if (name !== '' && !protectedFields.has(name) && !credentials.includes(name)) named.add(name)
    }
  }
  return named
}
