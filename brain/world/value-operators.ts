// thread: learner
// Parameters whose value says how to compare: `price=gte.5`, `price=gte:5`, `price=>=5`, `genre=in.(fiction,poetry)`,
// `rating=not.is.null`.
import { SEPARATOR } from './inputs.js'

export interface Operation {
  readonly test: 'eq' | 'gte' | 'gt' | 'lte' | 'lt' | 'like' | 'in'
  readonly value: string
  /** All that has a value, and not this one: SQL says so of what is not known. */
  readonly isNegated: boolean
}

const words: Readonly<Record<string, { readonly test: Operation['test']; readonly isNegated: boolean }>> = {
  eq: { test: 'eq', isNegated: false },
  is: { test: 'eq', isNegated: false },
  neq: { test: 'eq', isNegated: true },
  ne: { test: 'eq', isNegated: true },
  gte: { test: 'gte', isNegated: false },
  ge: { test: 'gte', isNegated: false },
  gt: { test: 'gt', isNegated: false },
  lte: { test: 'lte', isNegated: false },
  le: { test: 'lte', isNegated: false },
  lt: { test: 'lt', isNegated: false },
  like: { test: 'like', isNegated: false },
  ilike: { test: 'like', isNegated: false },
  in: { test: 'in', isNegated: false },
}

const signs: readonly (readonly [string, keyof typeof words])[] = [
  ['>=', 'gte'],
  ['<=', 'lte'],
  ['!=', 'neq'],
  ['>', 'gt'],
  ['<', 'lt'],
]

const worded = /^(not[.:])?([a-z]{2,5})[.:](.*)$/s

/** What the value asks for; all of it must hold. Undefined: it says nothing of how to compare. */
export function operationsOf(value: string): readonly Operation[] | undefined {
  const operations: Operation[] = []
  for (const part of value.split(SEPARATOR)) {
    const operation = operationOf(part)
    if (operation === undefined) return undefined
    operations.push(operation)
  }
  return operations
}

function operationOf(part: string): Operation | undefined {
  for (const [sign, word] of signs)
    if (part.startsWith(sign)) return { ...words[word]!, value: part.slice(sign.length) }
  const [, not, word, value] = worded.exec(part) ?? []
  if (word === undefined || value === undefined || !Object.hasOwn(words, word)) return undefined
  const { test, isNegated } = words[word]!
  const list = test === 'in' ? /^\((.*)\)$/s.exec(value)?.[1] : undefined
  return { test, value: list ?? value, isNegated: (not !== undefined) !== isNegated }
}
