// thread: any
// Fields that speak of one body, octet for octet: where an answer is put on another body they must not come along.

/** They name a representation (RFC 9110 §8.8, RFC 9530, RFC 9110 §8.7). */
export const validators: ReadonlySet<string> = new Set([
  'etag',
  'last-modified',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'content-location',
])

/** They say how it is coded and how long it is. */
const codings: ReadonlySet<string> = new Set(['content-length', 'content-encoding'])
/** They say something of one moment, or lead from one answer to others. */
const ofOneAnswer: ReadonlySet<string> = new Set(['age', 'expires', 'location', 'link'])

/** `headers`: flat, lower-case names; see Exchange.headers. */
function without(headers: readonly string[], isLeft: (name: string) => boolean): string[] {
  return headers.filter((_, i) => !isLeft(headers[i - (i % 2)]!))
}

/** For another body in the same coding. */
export function withoutValidators(headers: readonly string[]): string[] {
  return without(headers, name => validators.has(name))
}

/** For a body that was changed, and stands decoded. */
export function withoutBodyFields(headers: readonly string[]): string[] {
  return without(headers, name => validators.has(name) || codings.has(name))
}

/** Stands such a field on every answer of a kind, or on one only? */
export function isOfOneAnswer(name: string): boolean {
  return validators.has(name) || codings.has(name) || ofOneAnswer.has(name)
}

/** For an answer of the same kind that was put together. */
export function withoutFieldsOfOneAnswer(headers: readonly string[]): string[] {
  return without(headers, isOfOneAnswer)
}
