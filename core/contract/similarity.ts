// thread: any
// How near an answer is to the truth, 0…1: F1 over the leaves of both documents, the status being one of them. Lists are
// aligned, so that one row that is missing does not spoil all that follow.
import { type JsonNode, parseJson } from './json.js'
import type { VolatileMap } from './volatile.js'
import { withoutVolatile } from './without-volatile.js'

export interface Graded {
  readonly status: number
  /** Decoded body. */
  readonly body: Uint8Array
}

/** Cells of the table by which two lists are aligned; longer ones are compared place by place. */
const MAX_CELLS = 40_000

/**
 * Another status is another answer: 0. What is not JSON is the same or it is not. `truthNode`: parsed already. `volatile`:
 * leaves that a ghost makes anew, as the upstream does, and that are not compared.
 */
export function similarity(answer: Graded, truth: Graded, truthNode?: JsonNode, volatile?: VolatileMap): number {
  if (answer.status !== truth.status) return 0
  if (sameBytes(answer.body, truth.body)) return 1
  const a = parseJson(textOf(answer.body))
  const b = truthNode ?? parseJson(textOf(truth.body))
  if (a === undefined || b === undefined) return 0
  return nodeSimilarity(withoutVolatile(a, volatile), withoutVolatile(b, volatile))
}

/** The same for trees, of answers with the same status. */
export function nodeSimilarity(answer: JsonNode, truth: JsonNode): number {
  const given = new Weighed()
  const common = given.common(truth, answer) + 1
  return (2 * common) / (given.leaves(truth) + 1 + given.leaves(answer) + 1)
}

/** Compares trees, and remembers what was worked out of their parts. */
class Weighed {
  /** Lists in lists multiply their cells: what is aligned in all is bounded as well. */
  #cells = MAX_CELLS * 4
  readonly #leaves = new Map<JsonNode, number>()
  readonly #texts = new Map<JsonNode, string>()

  leaves(node: JsonNode): number {
    if (node.kind !== 'array' && node.kind !== 'object') return 1
    let count = this.#leaves.get(node)
    if (count === undefined) {
      count = 0
      if (node.kind === 'array') for (const item of node.items) count += this.leaves(item)
      else for (const [, child] of node.entries) count += this.leaves(child)
      count = Math.max(1, count)
      this.#leaves.set(node, count)
    }
    return count
  }

  /** How many leaves are in both. */
  common(a: JsonNode, b: JsonNode): number {
    if (a.kind !== b.kind) return 0
    if (a.kind === 'object' && b.kind === 'object') {
      if (a.entries.length === 0 && b.entries.length === 0) return 1
      let common = 0
      const members = new Map(b.entries)
      for (const [name, child] of a.entries) {
        const other = members.get(name)
        if (other !== undefined) common += this.common(child, other)
      }
      return common
    }
    if (a.kind === 'array' && b.kind === 'array') {
      if (a.items.length === 0 && b.items.length === 0) return 1
      return this.#aligned(a.items, b.items)
    }
    return sameScalar(a, b) ? 1 : 0
  }

  #aligned(a: readonly JsonNode[], b: readonly JsonNode[]): number {
    let start = 0
    let common = 0
    while (start < a.length && start < b.length && this.#text(a[start]!) === this.#text(b[start]!)) {
      common += this.leaves(a[start]!)
      start += 1
    }
    let endA = a.length
    let endB = b.length
    while (endA > start && endB > start && this.#text(a[endA - 1]!) === this.#text(b[endB - 1]!)) {
      endA -= 1
      endB -= 1
      common += this.leaves(a[endA]!)
    }
    if (endA === start || endB === start) return common
    const cells = (endA - start) * (endB - start)
    this.#cells -= cells
    if (cells > MAX_CELLS || this.#cells < 0) {
      for (let i = start; i < Math.min(endA, endB); i++) common += this.common(a[i]!, b[i]!)
      return common
    }
    let row = new Float64Array(endB - start + 1)
    for (let i = start; i < endA; i++) {
      const next = new Float64Array(row.length)
      const text = this.#text(a[i]!)
      for (let j = start; j < endB; j++) {
        const both = text === this.#text(b[j]!) ? this.leaves(a[i]!) : this.common(a[i]!, b[j]!)
        next[j - start + 1] = Math.max(row[j - start + 1]!, next[j - start]!, row[j - start]! + both)
      }
      row = next
    }
    return common + row[row.length - 1]!
  }

  #text(node: JsonNode): string {
    if (node.kind === 'number' || node.kind === 'literal') return node.raw
    if (node.kind === 'string') return `"${node.value}`
    let text = this.#texts.get(node)
    if (text === undefined) {
      text =
        node.kind === 'array'
          ? `[${node.items.map(item => this.#text(item)).join()}]`
          : `{${node.entries
              .map(([name, child]) => `${name}:${this.#text(child)}`)
              .sort()
              .join()}}`
      this.#texts.set(node, text)
    }
    return text
  }
}

function sameScalar(a: JsonNode, b: JsonNode): boolean {
  if (a.kind === 'string') return b.kind === 'string' && a.value === b.value
  if (a.kind === 'literal') return b.kind === 'literal' && a.raw === b.raw
  return a.kind === 'number' && b.kind === 'number' && a.raw === b.raw
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b)
}
