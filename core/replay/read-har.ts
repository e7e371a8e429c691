// thread: any
// HAR files, of browsers and of our own, as recordings. What is no request that could be sent again is left out and counted. Pure.
import type { CapturedExchange } from '../contract/history.js'
import type { Recording } from '../contract/replays.js'
import { isFieldName, isFieldValue, isOurs } from './secrets.js'

export interface ReadHar {
  readonly recordings: readonly Recording[]
  /** Entries that are no HTTP request: data and blob URLs, WebSockets, broken ones. */
  readonly leftOut: number
}

const MAX_ENTRIES = 1_000_000
/** Of one hop, of caching in that browser, or of the compression that we do not ask for. */
const notSentAgain = new Set([
  ...[
    'accept-encoding',
    'keep-alive',
    'proxy-connection',
    'proxy-authorization',
    'via',
    'forwarded',
    'x-forwarded-for',
  ],
  ...['x-forwarded-host', 'x-forwarded-proto', 'if-none-match', 'if-modified-since', 'range', 'if-range'],
])

/** `first`: the number of its first entry among all that are added. */
export function readHar(text: string, first = 0): ReadHar | { readonly problem: string } {
  let document: unknown
  try {
    // A byte order mark may be ignored (RFC 8259 §8.1); some browsers write one.
    document = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    return { problem: `it is no JSON: ${(error as Error).message.slice(0, 120)}` }
  }
  const entries = member(member(document, 'log'), 'entries')
  if (!Array.isArray(entries)) return { problem: 'it is no HAR: there is no list log.entries in it' }
  if (entries.length > MAX_ENTRIES) return { problem: `it has more than ${MAX_ENTRIES} entries` }
  const recordings = entries.flatMap((entry, i) => recordingOf(entry, first + i) ?? [])
  return { recordings, leftOut: entries.length - recordings.length }
}

function recordingOf(entry: unknown, number: number): Recording | undefined {
  const request = member(entry, 'request')
  const response = member(entry, 'response')
  const method = text(member(request, 'method'))
  const url = text(member(request, 'url'))
  const at = Date.parse(text(member(entry, 'startedDateTime')))
  if (!isFieldName(method) || Number.isNaN(at) || !URL.canParse(url)) return undefined
  const { protocol, pathname, search } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  const target = pathname + search
  const status = numberIn(member(response, 'status'))
  const scope = text(member(entry, '_scope'))
  const requestBody = bodyOf(member(request, 'postData'))
  const bytesIn = requestBody.length > 0 ? requestBody.length : Math.max(0, numberIn(member(request, 'bodySize')))
  const isCaptured = member(entry, '_notCaptured') !== true
  const captured: CapturedExchange = {
    ...{ method, target, scope, status },
    requestHeaders: fieldsIn(member(request, 'headers'), name => isOurs(name) || notSentAgain.has(name)),
    requestBody,
    // The text of the content is without its coding.
    headers: fieldsIn(member(response, 'headers'), name => name === 'content-encoding' || name === 'content-length'),
    body: bodyOf(member(response, 'content')),
  }
  return {
    id: text(member(entry, '_exchange')) || `har-${number + 1}`,
    ...{ at, endedAt: at + Math.max(0, numberIn(member(entry, 'time'))) },
    ...{ route: text(member(entry, '_route')), method, target, scope, status, bytesIn },
    // A file is what one browser did, unless it says otherwise.
    client: member(entry, '_scope') === undefined ? 'har' : scope,
    captured: isCaptured ? captured : null,
  }
}

/** Flat, names in lower case; without pseudo fields of HTTP/2 and what cannot stand in a field. */
function fieldsIn(list: unknown, isLeftOut: (name: string) => boolean): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(pair => {
    const name = text(member(pair, 'name')).toLowerCase()
    const value = text(member(pair, 'value'))
    return isFieldName(name) && isFieldValue(value) && !isLeftOut(name) ? [name, value] : []
  })
}

/** Of a request (`postData`) or an answer (`content`). */
function bodyOf(content: unknown): Buffer {
  const body = member(content, 'text')
  if (typeof body === 'string') return Buffer.from(body, member(content, 'encoding') === 'base64' ? 'base64' : 'utf8')
  // HAR 1.2: text and params exclude each other.
  const params = member(content, 'params')
  if (!Array.isArray(params)) return Buffer.alloc(0)
  const pairs = params.map((pair): [string, string] => [text(member(pair, 'name')), text(member(pair, 'value'))])
  return Buffer.from(new URLSearchParams(pairs).toString())
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberIn(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
