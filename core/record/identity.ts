// thread: edge
// Which requests are the same request, for learning and for answering alike; see contract/request-key.ts.
import type { IgnoredParam } from '../contract/lesson.js'
import { baseKeyOf, selection, variedKeyOf, withoutParams } from '../contract/request-key.js'

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
  /** The same request without parameters that are known to change nothing. */
  without(params: readonly IgnoredParam[] | undefined): Identity
}

/** `question`: the name of what is asked beside or instead of the target, see contract/question.ts. */
export function identityOf(
  path: string,
  query: string | undefined,
  scope: string,
  headers: readonly string[],
  question?: string,
): Identity {
  /** Of the method and the scope that were asked for last: a digest costs a microsecond. */
  let last: { readonly method: string; readonly scope: string; readonly key: string } | undefined
  const identity: Identity = {
    path,
    query,
    scope,
    baseKey: (method, ofScope) => {
      if (last?.method !== method || last.scope !== ofScope)
        last = {
          ...{ method, scope: ofScope },
          key: baseKeyOf({ method, path, query: query ?? '', scope: ofScope, question }),
        }
      return last.key
    },
    variedKey: (baseKey, fields) => variedKeyOf(baseKey, selected(headers, fields)),
    without: params => {
      // What is asked in a body is named as a whole.
      if (params === undefined || query === undefined || question !== undefined) return identity
      const rest = withoutParams(query, new Set(params.map(({ name }) => name)))
      return rest === query ? identity : identityOf(path, rest, scope, headers)
    },
  }
  return identity
}

/** What the request has in fields that select its answer; see {@link variedKeyOf}. */
export function selected(headers: readonly string[], fields: readonly string[]): string[] {
  return fields.flatMap(field => [field, selection(headers, field)])
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
