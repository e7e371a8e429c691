// thread: edge
// Which requests are the same request. The key of an exemplar is computed here and nowhere else, for learning and for
// answering alike.
import { hash } from 'node:crypto'

/** Names a request and everything that may select its answer, without ever holding a secret. */
export interface Identity {
  readonly path: string
  /** Redacted, in the client's order; undefined where the target has no `?`. */
  readonly query: string | undefined
  /** Credential scope: '' for nobody's. */
  readonly scope: string
  /** Identity before `Vary`, for a method and a scope other than the request's own where those are asked for. */
  baseKey(method: string, scope: string): string
  /** Identity with the request's values of these fields (RFC 9110 §12.5.5). */
  variedKey(baseKey: string, fields: readonly string[]): string
}

/** `question`: the name of what is asked beside or instead of the target, see contract/question.ts. */
export function identityOf(
  path: string,
  query: string | undefined,
  scope: string,
  headers: readonly string[],
  question?: string,
): Identity {
  const canonical = canonicalQuery(query)
  return {
    path,
    query,
    scope,
    baseKey: (method, ofScope) =>
      digest(question === undefined ? `${method} ${path}?${canonical} ${ofScope}` : `${ofScope}\n${question}`),
    variedKey: (baseKey, fields) => {
      if (fields.length === 0) return baseKey
      let text = baseKey
      for (const field of fields) text += `\n${field}:${valuesOf(headers, field)}`
      return digest(text)
    },
  }
}

/** The order of parameters does not matter, the order of values of one parameter does. Nothing is decoded. */
export function canonicalQuery(query: string | undefined): string {
  if (query === undefined || !query.includes('&')) return query ?? ''
  const pairs = query.split('&').map(pair => ({ pair, name: pair.split('=', 1)[0]! }))
  pairs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return pairs.map(({ pair }) => pair).join('&')
}

/**
 * The fields of a `Vary` that take part in the identity, in lower case and sorted; undefined for `Vary: *`, which no
 * request ever matches. Accept-Encoding is left out: an exemplar is re-coded for the client that asks.
 */
export function varyFields(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return []
  const fields = new Set<string>()
  for (const element of value.split(',')) {
    const field = element.trim().toLowerCase()
    if (field === '*') return undefined
    if (field !== '' && field !== 'accept-encoding') fields.add(field)
  }
  return [...fields].sort()
}

function valuesOf(headers: readonly string[], field: string): string {
  let values = ''
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === field) values += `${values === '' ? '' : ', '}${headers[i + 1]!.trim()}`
  return values
}

/** 128 bits of SHA-256 are enough: keys are compared, never searched. */
function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}
