// thread: any
// In which places two JSON documents say something else. For people: bounded, and in the words of the documents.
import { type JsonNode, printJson } from './json.js'
import { memberStep } from './volatile.js'

export interface JsonDifference {
  /** JSON pointer (RFC 6901). */
  readonly at: string
  /** JSON text, cut where it is long; null: it is not there. */
  readonly ghost: string | null
  readonly truth: string | null
}

const MAX_SHOWN = 120

/** The first ones, at most `limit`, in the order of the truth. Lists are compared place by place. */
export function jsonDifferences(ghost: JsonNode, truth: JsonNode, limit: number): JsonDifference[] {
  const found: JsonDifference[] = []
  compare('', ghost, truth, found, limit)
  return found
}

function compare(
  at: string,
  ghost: JsonNode | undefined,
  truth: JsonNode | undefined,
  found: JsonDifference[],
  limit: number,
): void {
  if (found.length >= limit) return
  if (ghost?.kind === 'object' && truth?.kind === 'object') {
    const said = new Map(ghost.entries)
    for (const [name, child] of truth.entries) {
      compare(`${at}${memberStep(name)}`, said.get(name), child, found, limit)
      said.delete(name)
    }
    for (const [name, child] of said) compare(`${at}${memberStep(name)}`, child, undefined, found, limit)
    return
  }
  if (ghost?.kind === 'array' && truth?.kind === 'array') {
    const longer = Math.max(ghost.items.length, truth.items.length)
    for (let i = 0; i < longer && found.length < limit; i++)
      compare(`${at}/${i}`, ghost.items[i], truth.items[i], found, limit)
    return
  }
  const [a, b] = [shown(ghost), shown(truth)]
  if (a.whole !== b.whole) found.push({ at, ghost: a.cut, truth: b.cut })
}

function shown(node: JsonNode | undefined): { readonly whole: string | null; readonly cut: string | null } {
  if (node === undefined) return { whole: null, cut: null }
  const whole = printJson(node)
  return { whole, cut: whole.length > MAX_SHOWN ? `${whole.slice(0, MAX_SHOWN)}…` : whole }
}
