// thread: any
// Under which key memory keeps the answer to a request: for the edge, which names what it hands over and what it looks up, and
// for the learner, which names anew what it knows more of by then.
import { hash } from 'node:crypto'
import { isNegotiating, normalisedPreference } from './negotiation.js'

export interface KeyParts {
  readonly method: string
  readonly path: string
  /** Without the `?`; '' for none. */
  readonly query: string
  /** Whose the answer is; '' for everybody's. */
  readonly scope: string
  /** The name of what is asked beside or instead of the target, see question.ts. */
  readonly question?: string | undefined
}

/** Identity before `Vary`. */
export function baseKeyOf({ method, path, query, scope, question }: KeyParts): string {
  return digest(
    question === undefined ? `${method} ${path}?${canonicalQuery(query)} ${scope}` : `${scope}\n${question}`,
  )
}

/**
 * Identity with what the request has in the fields that select its answer. `selected`: flat, field and {@link selection}, by
 * name of field.
 */
export function variedKeyOf(baseKey: string, selected: readonly string[]): string {
  if (selected.length === 0) return baseKey
  let text = baseKey
  for (let i = 0; i < selected.length; i += 2) text += `\n${selected[i]}:${selected[i + 1]}`
  return digest(text)
}

/** What a request has in one field, as it takes part in keys: it may be a credential, so that its digest stands for it. */
export function selection(headers: readonly string[], field: string): string {
  let values = ''
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === field) values += `${values === '' ? '' : ', '}${headers[i + 1]!.trim()}`
  return digest(isNegotiating(field) ? normalisedPreference(values) : values)
}

/** The order of parameters does not matter, the order of values of one parameter does. Nothing is decoded. */
export function canonicalQuery(query: string | undefined): string {
  if (query === undefined || !query.includes('&')) return query ?? ''
  const pairs = query.split('&').map(pair => ({ pair, name: nameOf(pair) }))
  pairs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return pairs.map(({ pair }) => pair).join('&')
}

/** The query without all parameters of these names; names as they are written, not decoded. */
export function withoutParams(query: string, names: ReadonlySet<string>): string {
  if (query === '' || names.size === 0) return query
  const pairs = query.split('&')
  const kept = pairs.filter(pair => !isNamed(pair, names))
  return kept.length === pairs.length ? query : kept.join('&')
}

/** `['_', '17']` for each parameter of these names, as they are written. */
export function paramsNamed(query: string, names: ReadonlySet<string>): [name: string, value: string][] {
  if (query === '' || names.size === 0) return []
  return query
    .split('&')
    .filter(pair => isNamed(pair, names))
    .map(pair => [nameOf(pair), pair.slice(nameOf(pair).length + 1)])
}

/** A pair without `=` is a value rather than a name: nobody can say that it changes nothing. */
function isNamed(pair: string, names: ReadonlySet<string>): boolean {
  return pair.includes('=') && names.has(nameOf(pair))
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0]!
}

/** 128 bits of SHA-256 are enough: keys are compared, never searched. */
function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}
