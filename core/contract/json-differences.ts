// thread: any
// In which leaves two JSON documents differ. Pure. How much they differ is told by similarity.ts.
import { type JsonNode, printJson } from './json.js'
import { ITEM_STEP, memberStep } from './volatile.js'

/** Null: it is not there. */
export interface Difference {
  /** JSON pointer in which `~` stands for any place of a list; '' is the document itself. */
  readonly at: string
  readonly given: string | null
  readonly truth: string | null
}

/** Texts of values are no longer than this. */
const MAX_TEXT_LENGTH = 120
/** Leaves that are told, of one answer; one example of each place. */
const MAX_DIFFERENCES = 100

export function differencesOf(given: JsonNode, truth: JsonNode): Difference[] {
  const found = new Map<string, Difference>()
  compare('', given, truth, found)
  return [...found.values()]
}

/** A value as people may see it. */
export function shortened(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text
  // Not between the two halves of a character.
  const end = /[\ud800-\udbff]/.test(text[MAX_TEXT_LENGTH - 1]!) ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH
  return `${text.slice(0, end)}…`
}

function compare(at: string, given: JsonNode, truth: JsonNode, found: Map<string, Difference>): void {
  if (found.size >= MAX_DIFFERENCES) return
  if (given.kind === 'object' && truth.kind === 'object') {
    const members = new Map(truth.entries)
    for (const [name, child] of given.entries) {
      const other = members.get(name)
      members.delete(name)
      if (other === undefined) note(at + memberStep(name), child, undefined, found)
      else compare(at + memberStep(name), child, other, found)
    }
    for (const [name, child] of members) note(at + memberStep(name), undefined, child, found)
  } else if (given.kind === 'array' && truth.kind === 'array') compareLists(at, given.items, truth.items, found)
  else if (given.kind !== truth.kind || printJson(given) !== printJson(truth)) note(at, given, truth, found)
}

/** What is equal at both ends stands aside, so that a row that came or went does not move all others. */
function compareLists(
  at: string,
  given: readonly JsonNode[],
  truth: readonly JsonNode[],
  found: Map<string, Difference>,
): void {
  const a = given.map(printJson)
  const b = truth.map(printJson)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const places = Math.max(a.length, b.length) - end
  for (let i = start; i < places; i++) {
    const one = i < a.length - end ? given[i] : undefined
    const other = i < b.length - end ? truth[i] : undefined
    if (one !== undefined && other !== undefined) compare(at + ITEM_STEP, one, other, found)
    else note(at + ITEM_STEP, one, other, found)
  }
}

function note(
  at: string,
  given: JsonNode | undefined,
  truth: JsonNode | undefined,
  found: Map<string, Difference>,
): void {
  if (found.has(at) || found.size >= MAX_DIFFERENCES) return
  found.set(at, { at, given: textOf(given), truth: textOf(truth) })
}

function textOf(node: JsonNode | undefined): string | null {
  return node === undefined ? null : shortened(printJson(node))
}
