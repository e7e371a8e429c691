// thread: learner
// What all rows of a table say in one member, laid out so that a hundred thousand of them are looked through in about a
// millisecond: numbers in an array of doubles, texts beside them. A value that takes more than a comparison of doubles or
// texts (a list, a number beyond 15 digits, a flag) is `other`, and looked at as a tree.
import type { JsonNode } from '../../core/contract/json.js'
import { scalarText } from './inputs.js'
import { isSafeNumber } from './number-order.js'
import { type Collation, collator, compareValues } from './ordering.js'
import { isNumberText, valuesAt } from './predicate.js'
import { isNull, type JsonObject } from './tree.js'

export const ABSENT = 0
export const NULL = 1
/** A number that a double holds exactly. */
export const NUMBER = 2
export const TEXT = 3
/** A text that looks like a number, and is compared as one where a number is asked for. */
export const NUMBER_TEXT = 4
export const OTHER = 5

const FIRST_CAPACITY = 256

export class Column {
  readonly #member: string
  #kinds = new Uint8Array(FIRST_CAPACITY)
  #numbers = new Float64Array(FIRST_CAPACITY)
  readonly #texts: string[] = []
  readonly #folded: string[] = []
  #length = 0
  /** Rows that say nothing here. */
  absent = 0
  /** All rows say a number which a double holds exactly. */
  isNumeric = true

  constructor(member: string) {
    this.#member = member
  }

  get kinds(): Uint8Array {
    return this.#kinds
  }

  get numbers(): Float64Array {
    return this.#numbers
  }

  /** Of scalars, as they would stand in a query; '' for all others. */
  get texts(): readonly string[] {
    return this.#texts
  }

  /** In lower case. */
  folded(i: number): string {
    let text = this.#folded[i]
    if (text === undefined) {
      text = this.#texts[i]!.toLowerCase()
      this.#folded[i] = text
    }
    return text
  }

  /** Takes the rows that it does not have yet. */
  extend(rows: readonly { readonly row: JsonObject }[]): void {
    if (rows.length > this.#kinds.length) this.#grow(rows.length)
    for (let i = this.#length; i < rows.length; i++) {
      const values = valuesAt(rows[i]!.row, this.#member)
      const kind = kindOf(values)
      this.#kinds[i] = kind
      if (kind === ABSENT) this.absent += 1
      const text = kind === ABSENT || kind === OTHER ? '' : scalarText(values[0]!)
      if (kind === NUMBER) this.#numbers[i] = Number(text)
      else this.isNumeric = false
      this.#texts.push(text)
    }
    this.#length = rows.length
  }

  #grow(length: number): void {
    const capacity = Math.max(length, this.#kinds.length * 2)
    const kinds = new Uint8Array(capacity)
    kinds.set(this.#kinds)
    this.#kinds = kinds
    const numbers = new Float64Array(capacity)
    numbers.set(this.#numbers)
    this.#numbers = numbers
  }

  /** Below 0: row `a` comes before row `b`; as {@link compareValues} says of what they say first. */
  compare(
    rows: readonly { readonly row: JsonObject }[],
    a: number,
    b: number,
    descending: boolean,
    collation: Collation,
  ): number {
    const kindA = this.#kinds[a]!
    const kindB = this.#kinds[b]!
    if (kindA === NUMBER && kindB === NUMBER) {
      const x = this.#numbers[a]!
      const y = this.#numbers[b]!
      const order = x < y ? -1 : x > y ? 1 : 0
      return descending ? -order : order
    }
    if (isText(kindA) && isText(kindB)) {
      const order = this.#compareTexts(a, b, collation)
      return descending ? -order : order
    }
    return compareValues(
      valuesAt(rows[a]!.row, this.#member)[0],
      valuesAt(rows[b]!.row, this.#member)[0],
      descending,
      collation,
    )
  }

  #compareTexts(a: number, b: number, { texts }: Collation): number {
    if (texts === 'locale') return collator.compare(this.#texts[a]!, this.#texts[b]!)
    const x = texts === 'fold' ? this.folded(a) : this.#texts[a]!
    const y = texts === 'fold' ? this.folded(b) : this.#texts[b]!
    return x < y ? -1 : x > y ? 1 : 0
  }
}

function isText(kind: number): boolean {
  return kind === TEXT || kind === NUMBER_TEXT
}

function kindOf(values: readonly JsonNode[]): number {
  if (values.length !== 1) return values.length === 0 ? ABSENT : OTHER
  const value = values[0]!
  if (value.kind === 'number') return isSafeNumber(value.raw) ? NUMBER : OTHER
  if (value.kind === 'string') return isNumberText(value.value) ? NUMBER_TEXT : TEXT
  return isNull(value) ? NULL : OTHER
}
