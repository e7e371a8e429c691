// thread: any
// RFC 9110 §12: what a request asks for of the several forms that an answer may have.
import { essenceOf } from './baseline.js'
import { weightedList } from './weighted-list.js'

/** Fields by which servers choose, also where no `Vary` says so. Accept-Encoding is none: bodies are coded anew for who asks. */
export const negotiatingFields = ['accept', 'accept-language'] as const
export type NegotiatingField = (typeof negotiatingFields)[number]

export function isNegotiating(field: string): field is NegotiatingField {
  return field === 'accept' || field === 'accept-language'
}

/** The forms that answers of a route have been seen in. */
export interface OfferedForms {
  /** Media types without parameters, lower case. */
  readonly types: readonly string[]
  /** What those get who want none of them more than the others; undefined: nobody has asked so. */
  readonly byDefault?: string | undefined
}

/** A type that nobody names. */
const ANYTHING_ELSE = 'none/none'

interface Wanted {
  readonly range: string
  readonly q: number
}

/**
 * One spelling for values that ask for the same in the same order: what is wanted most comes first, weights are left out, and
 * what is not wanted at all is marked.
 */
export function normalisedPreference(value: string): string {
  const ranges = rangesOf(value)
  const wanted = ranges.filter(({ q }) => q > 0).sort((a, b) => b.q - a.q)
  const refused = ranges.filter(({ q }) => q === 0)
  return [...wanted.map(({ range }) => range), ...refused.map(({ range }) => `!${range}`).sort()].join()
}

/** Would this media type be chosen for such an Accept, of all that are offered? */
export function isWanted(accept: string | undefined, type: string, { types, byDefault }: OfferedForms): boolean {
  const ranges = rangesOf(accept ?? '')
  const own = weightOf(ranges, type)
  if (own === 0) return false
  let isTied = false
  for (const other of types) {
    if (other === type) continue
    const weight = weightOf(ranges, other)
    if (weight > own) return false
    isTied ||= weight === own
  }
  return !isTied || type === byDefault
}

/** Does it want none of these more than another, nor more than anything else? */
export function isUndecided(accept: string | undefined, types: readonly string[]): boolean {
  const ranges = rangesOf(accept ?? '')
  return new Set([...types, ANYTHING_ELSE].map(type => weightOf(ranges, type))).size === 1
}

/** §12.5.1: the most specific range that matches counts. Without the field, all are welcome. */
function weightOf(ranges: readonly Wanted[], type: string): number {
  if (ranges.length === 0) return 1
  const kind = `${type.split('/', 1)[0]}/*`
  for (const wanted of [type, kind, '*/*']) {
    const found = ranges.find(({ range }) => essenceOf(range) === wanted)
    if (found !== undefined) return found.q
  }
  return 0
}

function rangesOf(value: string): Wanted[] {
  return weightedList(value).map(({ name, parameters, q }) => ({
    range: [name, ...parameters].join(';'),
    q: Number.isNaN(q) ? 1 : q,
  }))
}
