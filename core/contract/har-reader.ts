// thread: any
// HAR 1.2 as it is read, whoever wrote it: browsers, other tools, or we (har.ts). What follows from an entry is up to whoever
// asks. Pure.
import { member, numberIn, textIn } from './json-members.js'
import { isFieldName, isFieldValue } from './recorded.js'

/** What an entry says of a request and its answer. */
export interface ReadHarEntry {
  /** Epoch ms; NaN where the entry does not say. */
  readonly startedAt: number
  /** ms; 0 where the entry does not say. */
  readonly tookMs: number
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Flat, names in lower case; without pseudo fields of HTTP/2 and what cannot stand in a field. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: HarBody
  /** 0: there was no answer. */
  readonly status: number
  /** As those of the request. What they say of a coding is not true of the body. */
  readonly headers: readonly string[]
  /** Without its coding. */
  readonly body: HarBody
}

export interface HarBody {
  /** As its encoding says; '' for none. */
  readonly text: string
  readonly encoding: 'utf8' | 'base64'
  /** There was one, and it was not written into the file. */
  readonly isLeftOut: boolean
}

/** Of a whole file, parsed. Undefined: it is no HAR. */
export function harEntriesIn(document: unknown): readonly unknown[] | undefined {
  const entries = member(member(document, 'log'), 'entries')
  return Array.isArray(entries) ? entries : undefined
}

/** Undefined: it is no HTTP request but a data or blob URL, a WebSocket, or broken. */
export function readHarEntry(entry: unknown): ReadHarEntry | undefined {
  const [request, response] = [member(entry, 'request'), member(entry, 'response')]
  const [method, url] = [textIn(member(request, 'method')), textIn(member(request, 'url'))]
  if (!isFieldName(method) || !URL.canParse(url)) return undefined
  const { protocol, pathname, search } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  return {
    startedAt: Date.parse(textIn(member(entry, 'startedDateTime'))),
    tookMs: Math.max(0, numberIn(member(entry, 'time'))),
    method,
    target: pathname + search,
    requestHeaders: fieldsIn(member(request, 'headers')),
    requestBody: bodyIn(member(request, 'postData')),
    status: numberIn(member(response, 'status')),
    headers: fieldsIn(member(response, 'headers')),
    body: bodyIn(member(response, 'content')),
  }
}

/** Flat fields without some of them. */
export function fieldsWithout(
  fields: readonly string[],
  isLeftOut: (name: string, value: string) => boolean,
): string[] {
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2)
    if (!isLeftOut(fields[i]!, fields[i + 1]!)) kept.push(fields[i]!, fields[i + 1]!)
  return kept
}

function fieldsIn(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(pair => {
    const name = textIn(member(pair, 'name')).toLowerCase()
    const value = textIn(member(pair, 'value'))
    return isFieldName(name) && isFieldValue(value) ? [name, value] : []
  })
}

/** Of `content`, or of `postData`, in which text and params exclude each other. */
function bodyIn(content: unknown): HarBody {
  const text = member(content, 'text')
  if (typeof text === 'string')
    return { text, encoding: member(content, 'encoding') === 'base64' ? 'base64' : 'utf8', isLeftOut: false }
  const params = member(content, 'params')
  if (!Array.isArray(params)) {
    const isLeftOut = text === undefined && numberIn(member(content, 'size')) > 0
    return { text: '', encoding: 'utf8', isLeftOut }
  }
  const pairs = params.map((pair): [string, string] => [textIn(member(pair, 'name')), textIn(member(pair, 'value'))])
  return { text: new URLSearchParams(pairs).toString(), encoding: 'utf8', isLeftOut: false }
}
