// thread: any
// HAR 1.2, the format in which browsers and other tools exchange recorded traffic: what we write and read of it, and the writer.
// Members of our own begin with `_`, as the format asks for. Pure.
import { isUtf8 } from 'node:buffer'
import { contentCoding, decodeContent } from './content-coding.js'
import { fieldOf } from './fields.js'
import { decodePart } from './query-params.js'
import type { Recording } from './replays.js'
import { splitTarget } from './target.js'

export interface HarPair {
  readonly name: string
  readonly value: string
}

export interface HarEntry {
  readonly startedDateTime: string
  /** ms. */
  readonly time: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly httpVersion: string
    readonly cookies: readonly object[]
    readonly headers: readonly HarPair[]
    readonly queryString: readonly HarPair[]
    readonly postData?: { readonly mimeType: string; readonly text: string; readonly encoding?: 'base64' }
    readonly headersSize: number
    readonly bodySize: number
  }
  readonly response: {
    readonly status: number
    readonly statusText: string
    readonly httpVersion: string
    readonly cookies: readonly object[]
    readonly headers: readonly HarPair[]
    readonly content: {
      readonly size: number
      readonly mimeType: string
      readonly text?: string
      readonly encoding?: 'base64'
    }
    readonly redirectURL: string
    readonly headersSize: number
    readonly bodySize: number
  }
  readonly cache: object
  readonly timings: { readonly send: number; readonly wait: number; readonly receive: number }
  /** Its name in the history. */
  readonly _exchange?: string
  readonly _route?: string
  /** Keyed hash of the credentials, which are not in it; '' for none. */
  readonly _scope?: string
  /** Why its bodies are not in it. */
  readonly _notCaptured?: true
}

export interface Har {
  readonly log: {
    readonly version: '1.2'
    readonly creator: { readonly name: string; readonly version: string }
    readonly comment?: string
    readonly entries: readonly HarEntry[]
  }
}

const MAX_DECODED_BYTES = 8 << 20

/** `origin`: to which the recorded requests went, without a slash at its end. Null: of that one not even the target was kept. */
export function harEntryOf(recording: Recording, origin: string): HarEntry | null {
  const { at, endedAt, method, status, scope, route, id, captured, bytesIn } = recording
  const target = recording.target ?? captured?.target
  if (target === undefined) return null
  const requestHeaders = captured?.requestHeaders ?? []
  const headers = captured?.headers ?? []
  const took = Math.max(0, endedAt - at)
  const { query } = splitTarget(target)
  return {
    startedDateTime: new Date(at).toISOString(),
    time: took,
    request: {
      method,
      url: origin + target,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairsOf(requestHeaders),
      queryString: query === undefined ? [] : queryPairs(query),
      ...postDataOf(captured?.requestBody, fieldOf(requestHeaders, 'content-type') ?? ''),
      headersSize: -1,
      bodySize: captured === null ? bytesIn : captured.requestBody.length,
    },
    response: {
      status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairsOf(headers),
      content: contentOf(captured?.body, headers),
      redirectURL: fieldOf(headers, 'location') ?? '',
      headersSize: -1,
      bodySize: captured === null ? -1 : captured.body.length,
    },
    cache: {},
    timings: { send: 0, wait: took, receive: 0 },
    _exchange: id,
    _route: route,
    _scope: scope,
    ...(captured === null ? { _notCaptured: true as const } : {}),
  }
}

/** `version`: of the program. */
export function harOf(entries: readonly HarEntry[], version: string, comment: string): Har {
  const creator = { name: 'Chaos-Proxy', version }
  return { log: { version: '1.2', creator, ...(comment === '' ? {} : { comment }), entries } }
}

function pairsOf(headers: readonly string[]): HarPair[] {
  const pairs: HarPair[] = []
  for (let i = 0; i < headers.length; i += 2) pairs.push({ name: headers[i]!, value: headers[i + 1]! })
  return pairs
}

function queryPairs(query: string): HarPair[] {
  return query.split('&').map(pair => {
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    return { name: decodePart(name, true), value: decodePart(value, true) }
  })
}

function postDataOf(body: Uint8Array | undefined, mimeType: string): Pick<HarEntry['request'], 'postData'> {
  if (body === undefined || body.length === 0) return {}
  return { postData: { mimeType, ...textOf(bufferOf(body)) } }
}

/** The body without its coding, as the format asks for; as it is where it cannot be read. */
function contentOf(body: Uint8Array | undefined, headers: readonly string[]): HarEntry['response']['content'] {
  const mimeType = fieldOf(headers, 'content-type') ?? ''
  if (body === undefined) return { size: 0, mimeType }
  const plain = decodeContent(body, contentCoding(headers), MAX_DECODED_BYTES) ?? bufferOf(body)
  return { size: plain.length, mimeType, ...textOf(plain) }
}

function textOf(bytes: Buffer): { text: string; encoding?: 'base64' } {
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { text: bytes.toString('base64'), encoding: 'base64' }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
