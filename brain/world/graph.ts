// thread: learner
// GraphQL, seen as routes: each field at the root of a query is one, its arguments are the inputs, what it gave is the answer.
// Aliases and selections are undone when learning (a thing is known by the names of its fields) and done again when answering.
import { fieldKey, type GraphField, type SourceLocation } from '../../core/contract/graphql-request.js'
import type { JsonNode } from '../../core/contract/json.js'
import { memberOf, sameNode } from './tree.js'

/** The route of a root field of an endpoint. No path of a request has a `#` in it (RFC 9110 §7.1). */
export function fieldRoute(path: string, field: GraphField): string {
  return `${path}/#field.${field.name}`
}

/** The endpoint of a route of a root field; undefined: it is another route. */
export function endpointOf(routeId: string): string | undefined {
  const at = routeId.indexOf('/#field.')
  return at < 0 ? undefined : routeId.slice(0, at)
}

/** How the one field at the root of a query was asked for. */
export interface Named {
  readonly alias: string
  /** Where it stands in the document; undefined: not known. */
  readonly at: SourceLocation | undefined
}

/** Stand in an answer of errors for the name under which the field was asked for, and for its place in the document. */
const ALIAS = '\u0004'
const PLACE = '\u0005'

/** An answer of errors as an example for all ways to ask for the field. */
export function withoutName(answer: JsonNode, { alias, at }: Named): JsonNode {
  return renamed(answer, alias, ALIAS, locations =>
    at !== undefined && sameNode(locations, placesOf(at)) ? { kind: 'string', value: PLACE } : locations,
  )
}

export function withName(answer: JsonNode, { alias, at }: Named): JsonNode {
  return renamed(answer, ALIAS, alias, locations =>
    locations.kind !== 'string' || locations.value !== PLACE ? locations : at === undefined ? undefined : placesOf(at),
  )
}

function placesOf({ line, column }: SourceLocation): JsonNode {
  const entries = Object.entries({ line, column }).map(
    ([name, value]) => [name, { kind: 'number', raw: String(value) }] as const,
  )
  return { kind: 'array', items: [{ kind: 'object', entries }] }
}

function renamed(
  answer: JsonNode,
  from: string,
  to: string,
  placed: (locations: JsonNode) => JsonNode | undefined,
): JsonNode {
  if (answer.kind !== 'object') return answer
  return {
    kind: 'object',
    entries: answer.entries.map(([name, node]) => {
      if (name === 'data' && node.kind === 'object')
        return [
          name,
          { kind: 'object', entries: node.entries.map(([key, value]) => [key === from ? to : key, value] as const) },
        ] as const
      if (name !== 'errors' || node.kind !== 'array') return [name, node] as const
      return [name, { kind: 'array', items: node.items.map(error => inError(error, from, to, placed)) }] as const
    }),
  }
}

function inError(
  error: JsonNode,
  from: string,
  to: string,
  placed: (locations: JsonNode) => JsonNode | undefined,
): JsonNode {
  if (error.kind !== 'object') return error
  const entries = error.entries.flatMap(([name, node]): (readonly [string, JsonNode])[] => {
    if (name === 'locations') {
      const locations = placed(node)
      return locations === undefined ? [] : [[name, locations]]
    }
    if (name !== 'path' || node.kind !== 'array') return [[name, node]]
    const items = node.items.map(item =>
      item.kind === 'string' && item.value === from ? { ...item, value: to } : item,
    )
    return [[name, { kind: 'array', items }]]
  })
  return { kind: 'object', entries }
}

/** Undefined where it has none: no argument is no input. */
export function argumentsOf({ args }: GraphField): JsonNode | undefined {
  return args.length === 0 ? undefined : { kind: 'object', entries: args }
}

/**
 * What a field gave, under the names of the fields themselves. Relay's `edges { node }` become a list of nodes, so that both
 * ways to ask for a list are one (Relay, "GraphQL Cursor Connections Specification").
 */
export function canonical(selection: readonly GraphField[] | undefined, value: JsonNode): JsonNode {
  if (selection === undefined) return value
  if (value.kind === 'array') return { kind: 'array', items: value.items.map(item => canonical(selection, item)) }
  if (value.kind !== 'object') return value
  const entries = new Map<string, JsonNode>()
  for (const field of selection) {
    const given = memberOf(value, field.alias)
    // A field of another type's fragment is not there.
    if (given === undefined) continue
    const nodes = edgeNodes(field, given)
    if (nodes === undefined) entries.set(fieldKey(field), canonical(field.selection, given))
    else entries.set(NODES, nodes)
  }
  return { kind: 'object', entries: [...entries] }
}

const NODES = 'nodes'

/** The nodes of edges; undefined where it is something else, or says no more than cursors. */
function edgeNodes(field: GraphField, given: JsonNode): JsonNode | undefined {
  const node = nodeField(field)
  if (node === undefined || given.kind !== 'array') return undefined
  const items = given.items.map(edge => memberOf(edge, node.alias))
  if (items.some(item => item === undefined)) return undefined
  return { kind: 'array', items: items.map(item => canonical(node.selection, item!)) }
}

function nodeField(field: GraphField): GraphField | undefined {
  return field.name === 'edges' && field.args.length === 0
    ? field.selection?.find(({ name }) => name === 'node')
    : undefined
}

/** Counts leaves that could be given and that could not. */
export interface Projected {
  known: number
  missing: number
}

/** Things that point to each other are shown again at each depth: what all friends of all friends are grows with its power. */
export const MAX_PROJECTED = 100_000

/**
 * What a selection shows of a canonical value. `more`: the same thing with all that is known of it; `usual`: how many leaves a
 * field has in things of its kind, where it is not known in this one.
 */
export function project(
  selection: readonly GraphField[] | undefined,
  value: JsonNode,
  more: (thing: JsonNode) => JsonNode,
  counts: Projected,
  usual: (thing: JsonNode, field: GraphField) => number | undefined = () => undefined,
): JsonNode {
  if (selection === undefined || counts.known > MAX_PROJECTED) {
    counts.known += 1
    return value
  }
  if (value.kind === 'array')
    return { kind: 'array', items: value.items.map(item => project(selection, item, more, counts, usual)) }
  if (value.kind !== 'object') {
    counts.known += 1
    return value
  }
  const thing = more(value)
  const entries: (readonly [string, JsonNode])[] = []
  for (const field of selection) {
    const node = nodeField(field)
    const listed = node === undefined ? undefined : (memberOf(thing, NODES) ?? listOf(thing))
    if (node !== undefined && listed?.kind === 'array') {
      entries.push([field.alias, edgesOf(field, node, listed.items, more, counts, usual)])
      continue
    }
    const given = memberOf(thing, fieldKey(field)) ?? (field.name === NODES ? listOf(thing) : undefined)
    if (given !== undefined) entries.push([field.alias, project(field.selection, given, more, counts, usual)])
    // A field in a fragment may be one that this type does not have.
    else if (field.onType === undefined) counts.missing += usual(thing, field) ?? leavesOf(field)
  }
  return { kind: 'object', entries }
}

/** The one list of objects among the members: connections give their nodes a name of their own as well. */
function listOf(thing: JsonNode): JsonNode | undefined {
  if (thing.kind !== 'object') return undefined
  const lists = thing.entries.filter(
    ([, child]) => child.kind === 'array' && child.items.some(item => item.kind === 'object'),
  )
  return lists.length === 1 ? lists[0]![1] : undefined
}

function edgesOf(
  edges: GraphField,
  node: GraphField,
  items: readonly JsonNode[],
  more: (thing: JsonNode) => JsonNode,
  counts: Projected,
  usual: (thing: JsonNode, field: GraphField) => number | undefined,
): JsonNode {
  return {
    kind: 'array',
    items: items.map(item => ({
      kind: 'object',
      entries: edges.selection!.flatMap(field => {
        if (field === node) return [[field.alias, project(field.selection, item, more, counts, usual)] as const]
        // Cursors are the server's own business.
        counts.missing += leavesOf(field)
        return []
      }),
    })),
  }
}

function leavesOf(field: GraphField): number {
  return field.selection === undefined ? 1 : field.selection.reduce((sum, child) => sum + leavesOf(child), 0)
}
