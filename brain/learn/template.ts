// thread: learner
// What the answers of one route have in common: what is the same in all of them, what repeats a part of the request, and
// what is neither and stays unknown.
import { withoutFieldsOfOneAnswer } from '../../core/contract/body-fields.js'
import { type JsonNode, printJson } from '../../core/contract/json.js'
import { sharedLook } from '../../core/contract/look.js'
import { decodePart, queryParams } from '../../core/contract/query-params.js'
import type { SlotSource, Template, TemplateNode } from '../../core/contract/template.js'
import { sharedFields } from './shared-fields.js'
import { type NewEachTime, withStandIns } from './stand-ins.js'

/** One answer to learn from. */
export interface TemplateExample {
  readonly key: string
  readonly params: readonly string[]
  readonly query: string
  readonly status: number
  readonly headers: readonly string[]
  readonly body: JsonNode
  readonly capturedAt: number
}

const nothingNew: NewEachTime = { map: undefined, derived: [] }
/** Every leaf is held against each of them. */
const MAX_QUERY_SOURCES = 64

/** undefined where there are not two different requests, or their answers have nothing in common. */
export function learnTemplate(
  routeId: string,
  version: number,
  seen: readonly TemplateExample[],
  fresh: NewEachTime = nothingNew,
): Template | undefined {
  const examples = seen.map(example => {
    const { headers, body } = withStandIns({ ...example, at: example.capturedAt }, fresh, undefined, undefined)
    return { ...example, headers, body }
  })
  const first = examples[0]
  if (first === undefined || new Set(examples.map(({ key }) => key)).size < 2) return undefined
  if (examples.some(({ status }) => status !== first.status)) return undefined
  const sources = sourcesOf(examples)
  const body = learnNode(
    examples.map(example => example.body),
    sources,
  )
  if (body.kind === 'unknown') return undefined
  return {
    routeId,
    version,
    status: first.status,
    headers: withoutFieldsOfOneAnswer(sharedFields(examples.map(({ headers }) => headers))),
    body,
    looks: looksOf(examples),
    ...(fresh.map === undefined ? {} : { volatile: fresh.map }),
    learnedFrom: examples.length,
    capturedAt: Math.max(...examples.map(({ capturedAt }) => capturedAt)),
  }
}

/** Fewer different values may look alike by chance. */
const MIN_ALIKE = 5

/** An identifier of a look that none had is most likely none at all. */
function looksOf(examples: readonly TemplateExample[]): (string | null)[] {
  return examples[0]!.params.map((_, index) => {
    const values = [...new Set(examples.map(({ params }) => decodePart(params[index] ?? '', false)))]
    return values.length < MIN_ALIKE ? null : (sharedLook(values) ?? null)
  })
}

interface Source {
  readonly from: SlotSource
  /** Its value in each example. */
  readonly values: readonly string[]
}

/** Parts of the request that every example has and that are not the same everywhere. */
function sourcesOf(examples: readonly TemplateExample[]): Source[] {
  const sources: Source[] = []
  const add = (from: SlotSource, values: (string | undefined)[]): void => {
    if (values.every(value => value !== undefined && value !== '') && new Set(values).size > 1)
      sources.push({ from, values: values as string[] })
  }
  const { params } = examples[0]!
  for (let index = 0; index < params.length; index++) {
    add(
      { in: 'path', index },
      examples.map(example =>
        example.params[index] === undefined ? undefined : decodePart(example.params[index]!, false),
      ),
    )
  }
  const queries = examples.map(({ query }) => new Map(queryParams(query)))
  for (const name of [...queries[0]!.keys()].slice(0, MAX_QUERY_SOURCES)) {
    add(
      { in: 'query', name },
      queries.map(query => query.get(name)),
    )
  }
  return sources
}

function learnNode(nodes: readonly JsonNode[], sources: readonly Source[]): TemplateNode {
  const first = nodes[0]!
  if (nodes.every(node => node.kind === 'object')) return learnObject(nodes, sources)
  if (nodes.some(node => node.kind !== first.kind)) return { kind: 'unknown' }
  const texts = nodes.map(printJson)
  if (texts.every(text => text === texts[0])) return { kind: 'constant', raw: texts[0]! }
  if (first.kind === 'number') {
    const source = sources.find(({ values }) => texts.every((text, i) => text === values[i]!))
    return source === undefined ? { kind: 'unknown' } : { kind: 'slot', from: source.from, as: 'number' }
  }
  if (first.kind === 'string')
    return learnString(
      nodes.map(node => (node as { value: string }).value),
      sources,
    )
  if (first.kind === 'array') return learnArray(nodes as readonly (JsonNode & { kind: 'array' })[], sources)
  return { kind: 'unknown' }
}

function learnString(values: readonly string[], sources: readonly Source[]): TemplateNode {
  for (const { from, values: given } of sources) {
    if (values.every((value, i) => value === given[i])) return { kind: 'slot', from, as: 'string' }
  }
  for (const { from, values: given } of sources) {
    const around = values.map((value, i) => value.split(given[i]!))
    const pattern = around[0]!
    if (
      pattern.length < 2 ||
      around.some(parts => parts.length !== pattern.length || parts.some((part, i) => part !== pattern[i]))
    )
      continue
    return { kind: 'text', parts: pattern.flatMap((part, i) => (i === 0 ? [part] : [from, part])) }
  }
  return { kind: 'unknown' }
}

/** Lists of one length are compared item by item; anything else has no common form. */
function learnArray(nodes: readonly (JsonNode & { kind: 'array' })[], sources: readonly Source[]): TemplateNode {
  const { length } = nodes[0]!.items
  if (nodes.some(({ items }) => items.length !== length)) return { kind: 'unknown' }
  const items = Array.from({ length }, (_, i) =>
    learnNode(
      nodes.map(node => node.items[i]!),
      sources,
    ),
  )
  return items.every(({ kind }) => kind === 'unknown') ? { kind: 'unknown' } : { kind: 'array', items }
}

function learnObject(nodes: readonly (JsonNode & { kind: 'object' })[], sources: readonly Source[]): TemplateNode {
  const members = nodes.map(({ entries }) => new Map(entries))
  const entries: [string, TemplateNode][] = []
  for (const name of new Set(members.flatMap(member => [...member.keys()]))) {
    const values = members.map(member => member.get(name))
    // A member that only some answers have: whether this one would is not known.
    const learned = values.some(value => value === undefined)
      ? ({ kind: 'unknown' } as const)
      : learnNode(values as JsonNode[], sources)
    entries.push([name, learned])
  }
  // An object of which nothing is known is not an empty one.
  const nothing = entries.length > 0 && entries.every(([, { kind }]) => kind === 'unknown')
  return nothing ? { kind: 'unknown' } : { kind: 'object', entries }
}
