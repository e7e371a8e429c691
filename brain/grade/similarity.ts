// thread: learner
// How near an answer is to the truth, 0…1: F1 over the leaves `path=value`, the status being one of them.
import { type JsonNode, parseJson } from '../../core/contract/json.js'

export interface Graded {
  readonly status: number
  /** Decoded body. */
  readonly body: Uint8Array
}

const MAX_LEAVES = 50_000

/** Another status is another answer: 0. What is not JSON is the same or it is not. `truthNode`: parsed already. */
export function similarity(answer: Graded, truth: Graded, truthNode?: JsonNode): number {
  if (answer.status !== truth.status) return 0
  if (sameBytes(answer.body, truth.body)) return 1
  const a = parseJson(textOf(answer.body))
  const b = truthNode ?? parseJson(textOf(truth.body))
  if (a === undefined || b === undefined) return 0
  const given = leavesOf(a)
  const wanted = leavesOf(b)
  let common = 1
  for (const [leaf, count] of given.counts) common += Math.min(count, wanted.counts.get(leaf) ?? 0)
  return (2 * common) / (given.total + 1 + wanted.total + 1)
}

function leavesOf(root: JsonNode): { counts: Map<string, number>; total: number } {
  const counts = new Map<string, number>()
  let total = 0
  const walk = (node: JsonNode, path: string): void => {
    if (total >= MAX_LEAVES) return
    if (node.kind === 'object' && node.entries.length > 0) {
      for (const [name, child] of node.entries) walk(child, `${path}.${name}`)
    } else if (node.kind === 'array' && node.items.length > 0) {
      node.items.forEach((item, i) => {
        walk(item, `${path}[${i}]`)
      })
    } else {
      const leaf = `${path}=${node.kind === 'string' ? `"${node.value}` : node.kind === 'number' || node.kind === 'literal' ? node.raw : node.kind}`
      counts.set(leaf, (counts.get(leaf) ?? 0) + 1)
      total += 1
    }
  }
  walk(root, '')
  return { counts, total }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b)
}
