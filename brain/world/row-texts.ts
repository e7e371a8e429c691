// thread: learner
// All that rows say in words, for full-text search: one text a row, in lower case, and beside it which pairs of characters it
// has, so that most rows are passed over without being read (signature files: Faloutsos and Christodoulakis 1984, "Signature
// Files: An Access Method for Documents and Its Analytical Performance Evaluation").
import type { JsonNode } from '../../core/contract/json.js'
import type { Matches } from './condition.js'
import { MAX_TEXT_DEPTH } from './predicate.js'
import type { JsonObject } from './tree.js'

/** Between two texts; what holds it itself is not looked for here. */
export const TEXT_SEPARATOR = '\u0000'

/** Words of 32 bits. */
const SIGNATURE_WORDS = 8
const SAMPLE = 64
const SIGNATURE_BITS = SIGNATURE_WORDS * 32

export class RowTexts {
  readonly #but: readonly string[]
  readonly #texts: string[] = []
  #signatures = new Uint32Array(256 * SIGNATURE_WORDS)

  /** `but`: members that are not looked into. */
  constructor(but: readonly string[]) {
    this.#but = but
  }

  /** Takes the rows that it does not have yet. */
  extend(rows: readonly { readonly row: JsonObject }[]): void {
    if (rows.length * SIGNATURE_WORDS > this.#signatures.length) {
      const signatures = new Uint32Array(Math.max(rows.length * SIGNATURE_WORDS, this.#signatures.length * 2))
      signatures.set(this.#signatures)
      this.#signatures = signatures
    }
    for (let i = this.#texts.length; i < rows.length; i++) {
      const found: string[] = []
      for (const [name, value] of rows[i]!.row.entries) if (!this.#but.includes(name)) collect(value, found, 1)
      const text = found.join(TEXT_SEPARATOR)
      this.#texts.push(text)
      sign(text, this.#signatures, i * SIGNATURE_WORDS)
    }
  }

  /** Words of a signature; those first that pass over most rows, as far as some of them show. */
  #tellingFirst(of: Uint32Array): number[] {
    const step = Math.max(1, Math.floor(this.#texts.length / SAMPLE))
    const passing = new Uint32Array(SIGNATURE_WORDS)
    for (let i = 0; i < this.#texts.length; i += step)
      for (let word = 0; word < SIGNATURE_WORDS; word++)
        if ((this.#signatures[i * SIGNATURE_WORDS + word]! & of[word]!) >>> 0 === of[word]) passing[word]! += 1
    return [...of.keys()].filter(word => of[word] !== 0).sort((a, b) => passing[a]! - passing[b]!)
  }

  /** Rows whose texts hold this one, which is in lower case. */
  holding(wanted: string): Matches {
    const texts = this.#texts
    const signatures = this.#signatures
    const of = new Uint32Array(SIGNATURE_WORDS)
    sign(wanted, of, 0)
    const words = this.#tellingFirst(of)
    return i => {
      for (const word of words)
        if ((signatures[i * SIGNATURE_WORDS + word]! & of[word]!) >>> 0 !== of[word]) return false
      return texts[i]!.includes(wanted)
    }
  }
}

/** Notes which pairs of neighbouring characters a text has. */
function sign(text: string, signatures: Uint32Array, from: number): void {
  for (let at = 1; at < text.length; at++) {
    const bit = (Math.imul(text.charCodeAt(at - 1), 0x9e3779b1) + Math.imul(text.charCodeAt(at), 0x85ebca6b)) >>> 8
    const place = bit % SIGNATURE_BITS
    signatures[from + (place >>> 5)]! |= 1 << (place & 31)
  }
}

function collect(node: JsonNode, found: string[], depth: number): void {
  if (depth > MAX_TEXT_DEPTH) return
  if (node.kind === 'string') found.push(node.value.toLowerCase())
  else if (node.kind === 'number') found.push(node.raw)
  else if (node.kind === 'array') for (const item of node.items) collect(item, found, depth + 1)
  else if (node.kind === 'object') for (const [, value] of node.entries) collect(value, found, depth + 1)
}
