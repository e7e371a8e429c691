// thread: any
// A request target in origin form (RFC 9112 §3.2.1) and its two parts, each octet for octet as it came. The front reads targets off the
// wire itself, see http1/request-target.ts.

export interface TargetParts {
  readonly path: string
  /** Without its question mark; undefined: there is none, which is another target than one with an empty query. */
  readonly query: string | undefined
}

/** At the first question mark: further ones belong to the query (RFC 3986 §3.4). */
export function splitTarget(target: string): TargetParts {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: undefined } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

export function pathOf(target: string): string {
  const mark = target.indexOf('?')
  return mark < 0 ? target : target.slice(0, mark)
}
