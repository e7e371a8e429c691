// thread: learner
// Filters that stand in one parameter as an expression: OData (`$filter=price ge 5 and genre eq 'poetry'`, OData 4.01 URL
// Conventions §5.1.1), SCIM (RFC 7644 §3.4.2.2), RSQL and FIQL (`filter=price=ge=5;genre==poetry`), and comparisons by signs
// (`filter=price >= 5 AND genre = "poetry"`, AIP-160). Only what must all hold is read: `or` and `not` are other questions, and
// are left to be not understood. Pure.
import { SEPARATOR } from './inputs.js'
import type { Test } from './predicate.js'

export interface Term {
  readonly member: string
  readonly test: Test
  readonly value: string
}

const MAX_TERMS = 32
const MAX_DEPTH = 8
/** The same few are held against many rows. */
const MAX_KEPT = 256

const byWord: Readonly<Record<string, Test>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'gt',
  ge: 'gte',
  gte: 'gte',
  lt: 'lt',
  le: 'lte',
  lte: 'lte',
  co: 'contains',
  sw: 'starts',
  ew: 'ends',
  in: 'in',
}

const bySign: Readonly<Record<string, Test>> = {
  '==': 'eq',
  '=': 'eq',
  '!=': 'ne',
  '>=': 'gte',
  '<=': 'lte',
  '>': 'gt',
  '<': 'lt',
}

const byFunction: Readonly<Record<string, Test>> = { contains: 'contains', startswith: 'starts', endswith: 'ends' }

const kept = new Map<string, readonly Term[] | undefined>()

/** What must all hold; undefined: it is no such expression, or says more than that. */
export function expressionOf(text: string): readonly Term[] | undefined {
  if (kept.has(text)) return kept.get(text)
  const terms = new Expression(text).terms()
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(text, terms)
  return terms
}

class Expression {
  readonly #text: string
  readonly #terms: Term[] = []
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  terms(): readonly Term[] | undefined {
    return this.#all(0) && this.#at === this.#text.length ? this.#terms : undefined
  }

  #all(depth: number): boolean {
    do if (!this.#one(depth)) return false
    while (this.#take(/\s+and\s+|\s*(?:;|&&)\s*/iy) !== undefined)
    return true
  }

  #one(depth: number): boolean {
    if (this.#terms.length >= MAX_TERMS || depth > MAX_DEPTH) return false
    if (this.#take(/\s*\(\s*/y) !== undefined) return this.#all(depth + 1) && this.#take(/\s*\)/y) !== undefined
    return this.#call() ?? this.#comparison()
  }

  /** `startswith(title,'The')`; undefined: none stands here. */
  #call(): boolean | undefined {
    const word = this.#take(/(?:contains|startswith|endswith)\s*\(\s*/iy)
    if (word === undefined) return undefined
    const member = this.#member()
    if (member === undefined || this.#take(/\s*,\s*/y) === undefined) return false
    const value = this.#value()
    if (value === undefined || this.#take(/\s*\)/y) === undefined) return false
    this.#terms.push({ member, test: byFunction[word.replace(/\W/g, '').toLowerCase()]!, value })
    return true
  }

  #comparison(): boolean {
    const member = this.#member()
    const test = member === undefined ? undefined : this.#test()
    if (member === undefined || test === undefined) return false
    const value = test === 'in' ? this.#list() : this.#value()
    if (value === undefined) return false
    // One that has a comma in it would pass for several.
    const isOne = test === 'in' && !value.includes(SEPARATOR)
    this.#terms.push({ member, test: isOne ? 'eq' : test, value })
    return true
  }

  #member(): string | undefined {
    return this.#take(/[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)*/y)?.replaceAll('/', '.')
  }

  #test(): Test | undefined {
    const word =
      this.#take(/\s*=(?:eq|ne|gt|ge|lt|le|in)=\s*/iy) ?? this.#take(/\s+(?:eq|ne|gte?|ge|lte?|le|co|sw|ew|in)\s+/iy)
    if (word !== undefined) return byWord[word.replace(/\W/g, '').toLowerCase()]
    const sign = this.#take(/\s*(?:==|!=|>=|<=|=|>|<)\s*/y)
    return sign === undefined ? undefined : bySign[sign.trim()]
  }

  #list(): string | undefined {
    if (this.#take(/\s*\(\s*/y) === undefined) return undefined
    const values: string[] = []
    do {
      const value = this.#value()
      if (value === undefined || values.length >= MAX_TERMS) return undefined
      values.push(value)
    } while (this.#take(/\s*,\s*/y) !== undefined)
    return this.#take(/\s*\)/y) === undefined ? undefined : values.join(SEPARATOR)
  }

  #value(): string | undefined {
    const quoted = this.#take(/'(?:[^']|'')*'/y)
    // OData doubles a quote, RSQL has a backslash before it.
    if (quoted !== undefined) return quoted.includes('\\') ? undefined : quoted.slice(1, -1).replaceAll("''", "'")
    const text = this.#take(/"(?:[^"\\]|\\.)*"/y)
    if (text !== undefined) return text.slice(1, -1).replace(/\\(.)/g, '$1')
    // `*` stands for anything, in ways that differ.
    return this.#take(/[^\s'"();,*<>=!]+/y)
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at
    const found = token.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}
