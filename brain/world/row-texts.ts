// thread: learner
// All that rows say in words, for full-text search: one text a row, in lower case, and beside them which runs of two and three
// characters each has, so that most rows are passed over without being read (signature files, stored bit by bit: Faloutsos and
// Christodoulakis 1984, "Signature Files: An Access Method for Documents and Its Analytical Performance Evaluation").
import type { JsonNode } from '../../core/contract/json.js'
import { MAX_TEXT_DEPTH } from './predicate.js'
import type { RowBits } from './row-bits.js'
import type { JsonObject } from './tree.js'

/** Between two texts; what holds it itself is not looked for here. */
export const TEXT_SEPARATOR = '\u0000'

/** Bits of a signature. */
const SLICES = 512
/** Rows of a block, 32 a word. */
const BLOCK_ROWS = 4096
const BLOCK_WORDS = BLOCK_ROWS / 32

export class RowTexts {
  readonly #but: readonly string[]
  readonly #texts: string[] = []
  /** Of each block, one slice behind the other: which of its rows have that bit. */
  readonly #blocks: Uint32Array[] = []

  /** `but`: members that are not looked into. */
  constructor(but: readonly string[]) {
    this.#but = but
  }

  /** Takes the rows that it does not have yet. */
  extend(rows: readonly { readonly row: JsonObject }[]): void {
    for (let i = this.#texts.length; i < rows.length; i++) {
      const found: string[] = []
      for (const [name, value] of rows[i]!.row.entries) if (!this.#but.includes(name)) collect(value, found, 1)
      const text = found.join(TEXT_SEPARATOR)
      this.#texts.push(text)
      const block = this.#blockOf(i)
      const word = (i % BLOCK_ROWS) >>> 5
      const bit = 1 << (i & 31)
      sign(text, slice => {
        block[slice * BLOCK_WORDS + word]! |= bit
      })
    }
  }

  #blockOf(i: number): Uint32Array {
    const at = Math.floor(i / BLOCK_ROWS)
    this.#blocks[at] ??= new Uint32Array(SLICES * BLOCK_WORDS)
    return this.#blocks[at]
  }

  /** Leaves those of the rows whose texts hold this one, which is in lower case. */
  keepHolding(bits: RowBits, wanted: string): void {
    const slices = new Set<number>()
    sign(wanted, slice => slices.add(slice))
    for (let i = 0; i < this.#blocks.length; i++) {
      const block = this.#blocks[i]!
      // Slice by slice, each of which is read from end to end: row by row, every step would be a miss of the cache.
      for (const slice of slices)
        if (!bits.and(i * BLOCK_WORDS, block.subarray(slice * BLOCK_WORDS, (slice + 1) * BLOCK_WORDS))) break
    }
    const texts = this.#texts
    bits.keep(i => texts[i]!.includes(wanted))
  }
}

/** Tells the bits of a text: one for each run of two characters and each of three. */
function sign(text: string, tell: (slice: number) => void): void {
  let before = 0
  let last = text.charCodeAt(0)
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const pair = Math.imul(last, 0x9e3779b1) + Math.imul(code, 0x85ebca6b)
    tell((pair >>> 8) % SLICES)
    if (at > 1) tell(((pair + Math.imul(before, 0xc2b2ae35)) >>> 9) % SLICES)
    before = last
    last = code
  }
}

function collect(node: JsonNode, found: string[], depth: number): void {
  if (depth > MAX_TEXT_DEPTH) return
  if (node.kind === 'string') found.push(node.value.toLowerCase())
  else if (node.kind === 'number') found.push(node.raw)
  else if (node.kind === 'array') for (const item of node.items) collect(item, found, depth + 1)
  else if (node.kind === 'object') for (const [, value] of node.entries) collect(value, found, depth + 1)
}
