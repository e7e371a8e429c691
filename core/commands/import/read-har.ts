// thread: main of a process that is no proxy
// HAR 1.2, in which browsers and other tools write what they recorded, as exchanges to be learned. Pure.
import { fieldsWithout, type HarBody, harEntriesIn, readHarEntry } from '../../contract/har-reader.js'
import type { RecordedExchange } from '../../contract/recorded.js'
import type { Recording } from './recording.js'

/** Undefined: it is no HAR. `now`: epoch ms. */
export function readHar(document: unknown, now: number): Recording | undefined {
  const entries = harEntriesIn(document)
  if (entries === undefined) return undefined
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
  const read = readHarEntry(entry)
  if (read === undefined) return 'no HTTP request'
  const { startedAt, tookMs, method, target, requestHeaders, requestBody, status, headers, body } = read
  // 0 stands for none: it was blocked, or broke off. Browsers write 304 without a body.
  if (status < 100 || status > 599) return 'no answer'
  if (status === 304) return 'an answer without its body (304)'
  if (method !== 'HEAD' && body.isLeftOut) return 'an answer without its body'
  if (!(startedAt >= 0 && startedAt + tookMs <= now)) return 'no time that is over'
  return {
    ...{ startedAt, completedAt: startedAt + tookMs, method, target, status },
    requestHeaders: fieldsWithout(requestHeaders, name => name === 'content-length'),
    requestBody: requestBody.text,
    ...(isBase64(requestBody) ? { requestBodyEncoding: 'base64' as const } : {}),
    headers: fieldsWithout(headers, name => name === 'content-encoding' || name === 'content-length'),
    body: body.text,
    ...(isBase64(body) ? { bodyEncoding: 'base64' as const } : {}),
  }
}

function isBase64({ encoding }: HarBody): boolean {
  return encoding === 'base64'
}
