// thread: any
// An answer that is kept, as the exchange that it came from: so that another instance learns it as if it had seen it.
import type { Exchange } from './exchange.js'
import { parseJson } from './json.js'
import type { Exemplar, Tombstone } from './memory.js'
import { baseKeyOf } from './request-key.js'

const nothing = new Uint8Array(0)

export function exchangeOfExemplar(exemplar: Exemplar): Exchange {
  const { lastSeenAt, method, path, query, scope, shared, baseKey, key, requestBody, status, headers, body } = exemplar
  const { selected = [], negotiated = [], redactions } = exemplar
  return {
    // When it was asked is not known: not before the answer that it shows was there.
    startedAt: lastSeenAt,
    completedAt: lastSeenAt,
    ...{ method, path, query, scope, shared, baseKey, key, requestBody, status, headers, body, redactions },
    vary: selected.filter((_, i) => i % 2 === 0),
    ...(selected.length === 0 ? {} : { selected }),
    requestHeaders: [
      ...negotiated.filter((_, i) => negotiated[i - (i % 2) + 1] !== ''),
      ...(requestBody.length === 0 ? [] : ['content-type', typeOfQuestion(requestBody)]),
    ],
    repeats: 0,
    firstByteMs: 0,
  }
}

/** The write that is remembered there. Undefined: it does not say which it was. */
export function exchangeOfTombstone({ at, because }: Tombstone): Exchange | undefined {
  const [, method, path] = /^([A-Z]+) (\/.*)$/.exec(because) ?? []
  if (method === undefined || path === undefined) return undefined
  const key = baseKeyOf({ method, path, query: '', scope: '' })
  return {
    ...{ startedAt: at, completedAt: at, method, path, query: '', scope: '', shared: false, baseKey: key, key },
    ...{ vary: [], requestHeaders: [], requestBody: nothing, status: 204, headers: [], body: nothing },
    ...{ redactions: 0, repeats: 0, firstByteMs: 0 },
  }
}

/** What the body of a stored question is; what is kept of requests does not say. */
export function typeOfQuestion(body: Uint8Array): string {
  const first = String.fromCharCode(body[0] ?? 0)
  if (first === '{' || first === '[')
    return parseJson(Buffer.from(body).toString()) === undefined ? 'application/graphql' : 'application/json'
  return /^[^\s{]+=/.test(Buffer.from(body.subarray(0, 64)).toString('latin1'))
    ? 'application/x-www-form-urlencoded'
    : 'application/graphql'
}
