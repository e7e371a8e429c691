// thread: main of a process that is no proxy
// HAR 1.2, in which browsers and other tools write what they recorded, as exchanges to be learned. Pure.
import { isFieldName, isFieldValue, type RecordedExchange } from '../../contract/recorded.js'
import { member, type Recording, textIn } from './recording.js'

/** Undefined: it is no HAR. `now`: epoch ms. */
export function readHar(document: unknown, now: number): Recording | undefined {
  const entries = member(member(document, 'log'), 'entries')
  if (!Array.isArray(entries)) return undefined
  const leftOut: Record<string, number> = {}
  const exchanges: RecordedExchange[] = []
  for (const entry of entries) {
    const read = exchangeOf(entry, now)
    if (typeof read === 'string') leftOut[read] = (leftOut[read] ?? 0) + 1
    else exchanges.push(read)
  }
  // A browser writes them as they began; what was learned last is true.
  return { exchanges: exchanges.sort((a, b) => a.completedAt - b.completedAt), leftOut }
}

/** Whether any of it was asked with credentials. */
export function hasCredentials({ exchanges }: Recording, identityHeaders: readonly string[]): boolean {
  return exchanges.some(({ requestHeaders }) =>
    requestHeaders.some((name, i) => i % 2 === 0 && identityHeaders.includes(name)),
  )
}

function exchangeOf(entry: unknown, now: number): RecordedExchange | string {
  const [request, response] = [member(entry, 'request'), member(entry, 'response')]
  const [method, url] = [textIn(member(request, 'method')), textIn(member(request, 'url'))]
  if (!isFieldName(method) || !/^https?:\/\//.test(url) || !URL.canParse(url)) return 'no HTTP request'
  const status = member(response, 'status')
  // 0 stands for none: it was blocked, or broke off. Browsers write 304 without a body.
  if (typeof status !== 'number' || status < 100 || status > 599) return 'no answer'
  if (status === 304) return 'an answer without its body (304)'
  const content = member(response, 'content')
  const isCut = method !== 'HEAD' && member(content, 'text') === undefined && Number(member(content, 'size')) > 0
  if (isCut) return 'an answer without its body'
  const startedAt = Date.parse(textIn(member(entry, 'startedDateTime')))
  const tookMs = Math.max(0, Number(member(entry, 'time')) || 0)
  if (!(startedAt >= 0 && startedAt + tookMs <= now)) return 'no time that is over'
  const { pathname, search } = new URL(url)
  const postData = member(request, 'postData')
  return {
    ...{ startedAt, completedAt: startedAt + tookMs, method, target: pathname + search, status },
    requestHeaders: fieldsIn(member(request, 'headers'), name => name === 'content-length'),
    ...asRequest(bodyIn(postData)),
    // The text stands without the coding of the body.
    headers: fieldsIn(member(response, 'headers'), name => name === 'content-encoding' || name === 'content-length'),
    ...bodyIn(content),
  }
}

function asRequest({ body, bodyEncoding }: Pick<RecordedExchange, 'body' | 'bodyEncoding'>) {
  return { requestBody: body, ...(bodyEncoding === undefined ? {} : { requestBodyEncoding: bodyEncoding }) }
}

/** Flat; without the pseudo fields of HTTP/2 and what cannot stand in a field. */
function fieldsIn(list: unknown, isLeftOut: (name: string) => boolean): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(pair => {
    const name = textIn(member(pair, 'name')).toLowerCase()
    const value = textIn(member(pair, 'value'))
    return isFieldName(name) && isFieldValue(value) && !isLeftOut(name) ? [name, value] : []
  })
}

/** Of `content`, or of `postData`, in which text and params exclude each other. */
function bodyIn(content: unknown): Pick<RecordedExchange, 'body' | 'bodyEncoding'> {
  const text = member(content, 'text')
  if (typeof text === 'string')
    return member(content, 'encoding') === 'base64' ? { body: text, bodyEncoding: 'base64' } : { body: text }
  const params = member(content, 'params')
  if (!Array.isArray(params)) return { body: '' }
  const pairs = params.map((pair): [string, string] => [textIn(member(pair, 'name')), textIn(member(pair, 'value'))])
  return { body: new URLSearchParams(pairs).toString() }
}
