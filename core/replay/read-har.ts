// thread: any
// HAR files, of browsers and of our own, as recordings. What is no request that could be sent again is left out and counted. Pure.
import { fieldsWithout, type HarBody, harEntriesIn, readHarEntry } from '../contract/har-reader.js'
import type { CapturedExchange } from '../contract/history.js'
import { member, numberIn, readJsonText, textIn } from '../contract/json-members.js'
import type { Recording } from '../contract/replays.js'
import { isOurs, isSendableValue } from './secrets.js'

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
    document = readJsonText(text)
  } catch (error) {
    return { problem: `it is no JSON: ${(error as Error).message.slice(0, 120)}` }
  }
  const entries = harEntriesIn(document)
  if (entries === undefined) return { problem: 'it is no HAR: there is no list log.entries in it' }
  if (entries.length > MAX_ENTRIES) return { problem: `it has more than ${MAX_ENTRIES} entries` }
  const recordings = entries.flatMap((entry, i) => recordingOf(entry, first + i) ?? [])
  return { recordings, leftOut: entries.length - recordings.length }
}

function recordingOf(entry: unknown, number: number): Recording | undefined {
  const read = readHarEntry(entry)
  if (read === undefined || Number.isNaN(read.startedAt)) return undefined
  const { startedAt: at, tookMs, method, target, status } = read
  const scope = textIn(member(entry, '_scope'))
  const requestBody = octetsOf(read.requestBody)
  const bodySize = numberIn(member(member(entry, 'request'), 'bodySize'))
  const isCaptured = member(entry, '_notCaptured') !== true
  const captured: CapturedExchange = {
    ...{ method, target, scope, status },
    requestHeaders: fieldsWithout(
      read.requestHeaders,
      (name, value) => isOurs(name) || notSentAgain.has(name) || !isSendableValue(value),
    ),
    requestBody,
    headers: fieldsWithout(
      read.headers,
      (name, value) => name === 'content-encoding' || name === 'content-length' || !isSendableValue(value),
    ),
    body: octetsOf(read.body),
  }
  return {
    id: textIn(member(entry, '_exchange')) || `har-${number + 1}`,
    ...{ at, endedAt: at + tookMs },
    ...{ route: textIn(member(entry, '_route')), method, target, scope, status },
    bytesIn: requestBody.length > 0 ? requestBody.length : Math.max(0, bodySize),
    // A file is what one browser did, unless it says otherwise.
    client: member(entry, '_scope') === undefined ? 'har' : scope,
    captured: isCaptured ? captured : null,
  }
}

function octetsOf({ text, encoding }: HarBody): Buffer {
  return Buffer.from(text, encoding)
}
