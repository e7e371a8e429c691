// thread: learner
// Values that stand in some exemplars and in no others. Where one of them is found in what was learned, it was learned of those.
import { isUtf8 } from 'node:buffer'
import type { Exemplar } from '../../core/contract/memory.js'
import { decodedBody } from '../learn/readable-body.js'
import { textsIn } from './state-texts.js'

/** Shorter ones are words of the API more often than values. */
const MIN_CHARS = 6
const MAX_CHARS = 500
const MAX_VALUES = 100_000

/** Texts of at least six characters; the longest lists of them are cut. */
export class OwnValues {
  readonly #values = new Set<string>()

  /** Of one that goes. */
  add(exemplar: Exemplar): void {
    for (const value of valuesOf(exemplar)) {
      if (this.#values.size >= MAX_VALUES) return
      this.#values.add(value)
    }
  }

  /** Of one that stays: what it shows is not theirs alone. */
  keep(exemplar: Exemplar): void {
    if (this.#values.size === 0) return
    for (const value of valuesOf(exemplar)) this.#values.delete(value)
  }

  has(text: string): boolean {
    return this.#values.has(text)
  }
}

function* valuesOf(exemplar: Exemplar): Generator<string> {
  const { path, query, requestBody } = exemplar
  // As they stand, and as the model has them.
  for (const text of [...path.split('/'), ...query.split(/[&=]/)])
    for (const one of [text, decoded(text)]) if (isValue(one)) yield one
  for (const octets of [decodedBody(exemplar), requestBody]) {
    if (octets === undefined || octets.length === 0 || !isUtf8(octets)) continue
    const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString()
    for (const one of textsIn(text)) if (isValue(one)) yield one
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function isValue(text: string): boolean {
  return text.length >= MIN_CHARS && text.length <= MAX_CHARS
}
