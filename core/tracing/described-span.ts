// thread: main
// A span as OpenTelemetry wants it told: its name, its attributes by the semantic conventions for HTTP, and whether it failed. Pure.
import { type Answerer, ghostAnswerers } from '../contract/facts.js'
import { type Span, spanCircuits } from '../contract/spans.js'

export interface DescribedSpan {
  readonly name: string
  /** SpanKind of OTLP. */
  readonly kind: 2 | 3
  /** Flat: name, value, name, value, … */
  readonly attributes: readonly (string | number)[]
  readonly isError: boolean
  /** Of OTLP: whether it is sampled, and whether its parent is another process. */
  readonly flags: number
}

const SERVER = 2
const CLIENT = 3
/** W3C flag `sampled`; OTLP: it is known whether the parent is remote; it is. */
const SAMPLED = 0x1
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** RFC 9110 and RFC 5789; all others are told as one, for whoever asks could make up any number of them. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])
const ghosts = new Set<Answerer>(ghostAnswerers)

export function describeSpan(span: Span): DescribedSpan {
  const isClient = span.kind === 'client'
  const isKnown = methods.has(span.method)
  const { address, port } = placeOf(span.host, span.secure)
  const attributes: (string | number)[] = ['http.request.method', isKnown ? span.method : '_OTHER']
  if (!isKnown) attributes.push('http.request.method_original', span.method)
  if (address !== '') attributes.push('server.address', address, 'server.port', port)
  if (span.status > 0) attributes.push('http.response.status_code', span.status)
  attributes.push('network.protocol.name', 'http', 'network.protocol.version', span.version)
  const scheme = span.secure ? 'https' : 'http'
  if (isClient) {
    attributes.push('url.full', `${scheme}://${span.host}${span.path}`)
    if (span.route !== '') attributes.push('url.template', span.route)
    if (span.resends > 0) attributes.push('http.request.resend_count', span.resends)
  } else {
    attributes.push('url.scheme', scheme, 'url.path', span.path)
    if (span.route !== '') attributes.push('http.route', span.route)
  }
  const error = errorOf(span)
  if (error !== '') attributes.push('error.type', error)
  addOwn(attributes, span)
  const isRemote = !isClient && span.parentId !== ''
  const method = isKnown ? span.method : 'HTTP'
  return {
    name: span.route === '' ? method : `${method} ${span.route}`,
    kind: isClient ? CLIENT : SERVER,
    attributes,
    isError: error !== '',
    flags: SAMPLED | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0),
  }
}

/** Numbers of this attribute are fractions, whatever they are. */
export function isFraction(key: string): boolean {
  return key === 'chaos.ghost.confidence'
}

/** What no convention has a name for. */
function addOwn(attributes: (string | number)[], { by, confidence, circuit, fault, drill }: Span): void {
  if (by !== undefined) {
    const isGhost = ghosts.has(by)
    attributes.push('chaos.answered_by', isGhost ? 'ghost' : by)
    if (isGhost) attributes.push('chaos.ghost.tier', by)
    if (isGhost && confidence >= 0) attributes.push('chaos.ghost.confidence', Math.round(confidence * 1e4) / 1e4)
  }
  const state = spanCircuits[circuit]
  if (state !== undefined) attributes.push('chaos.circuit', state)
  // Whatever became of it: a ghost may have stood in.
  if (fault !== '') attributes.push('chaos.fault', fault)
  if (drill !== '') attributes.push('chaos.drill', drill)
}

/** '': it did not fail. Of a request a client error is none of the server's (§ Status of the conventions); of an attempt it is. */
function errorOf({ kind, status, fault, by }: Span): string {
  if (kind === 'client') return fault !== '' ? fault : status >= 400 ? String(status) : ''
  if (by === 'cut' || by === 'failed') return fault !== '' ? fault : by
  return status >= 500 ? String(status) : ''
}

interface Place {
  readonly address: string
  readonly port: number
}

/** Those that were asked for a moment ago; clients make up any number of them. */
const places = new Map<string, Place>()
const MAX_PLACES = 256

/** A name or address, and a port, of what stands in `Host`. */
function placeOf(host: string, secure: boolean): Place {
  const name = secure ? `s${host}` : host
  const known = places.get(name)
  if (known !== undefined) return known
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host)
  const [, address = host, port] = match ?? []
  const place = {
    address: address.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (secure ? 443 : 80) : Number(port),
  }
  if (places.size >= MAX_PLACES) places.clear()
  places.set(name, place)
  return place
}
