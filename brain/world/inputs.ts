// thread: learner
// What a question says, as named values: parameters of the path (`/0`, `/1`), of the query (by name), leaves of a JSON body
// (`.filter.genre`). Rules speak of inputs, wherever they stand in a request.
import { type JsonNode, printJson } from '../../core/contract/json.js'
import { decodePart, queryParams } from '../../core/contract/query-params.js'

/** Decoded values by name, in the order of the request. A name that is repeated has its values joined by {@link SEPARATOR}. */
export type Inputs = ReadonlyMap<string, string>

export const SEPARATOR = '\u0001'
const MAX_INPUTS = 64
const MAX_DEPTH = 8
/** `42.json` names 42, and how it is to be shown. */
const extension = /^(.+)\.(json|jsonld|geojson|xml|csv|html?|txt|ya?ml|rss|atom)$/i

/** `params`: values of the route's parameters, not decoded. Undefined where a request says more than is looked at. */
export function inputsOf(params: readonly string[], query: string, body?: JsonNode): Inputs | undefined {
  const inputs = new Map<string, string>()
  params.forEach((value, i) => {
    const text = decodePart(value, false)
    const split = extension.exec(text)
    inputs.set(`/${i}`, split === null ? text : split[1]!)
    if (split !== null) inputs.set(`/${i}.`, split[2]!)
  })
  for (const [name, value] of queryParams(query)) {
    const known = inputs.get(name)
    inputs.set(name, known === undefined ? value : `${known}${SEPARATOR}${value}`)
  }
  if (body !== undefined) addLeaves(body, '', inputs, 0)
  return inputs.size > MAX_INPUTS ? undefined : inputs
}

function addLeaves(node: JsonNode, path: string, inputs: Map<string, string>, depth: number): void {
  if (inputs.size > MAX_INPUTS || depth > MAX_DEPTH) return
  if (node.kind === 'object')
    for (const [name, child] of node.entries) addLeaves(child, `${path}.${name}`, inputs, depth + 1)
  else if (node.kind === 'array')
    inputs.set(
      path,
      node.items.map(item => (item.kind === 'array' || item.kind === 'object' ? '' : scalarText(item))).join(SEPARATOR),
    )
  else inputs.set(path, scalarText(node))
}

/** Text of a scalar as it would stand in a query: no quotes. '' for arrays and objects. */
export function scalarText(node: JsonNode): string {
  switch (node.kind) {
    case 'string':
      return node.value
    case 'number':
    case 'literal':
      return node.raw
    default:
      return ''
  }
}

/** Same values, without these names; a text that names a question apart from them. */
export function inputsKey(inputs: Inputs, without: ReadonlySet<string>): string {
  let key = ''
  for (const name of [...inputs.keys()].sort()) if (!without.has(name)) key += `${name}=${inputs.get(name)}\u0002`
  return key
}

/** Names a question, so that what it showed can be told from what others did. */
export function sourceOf(path: string, query: string, asked: JsonNode | undefined): string {
  return `${path}?${query}${asked === undefined ? '' : `\u0002${printJson(asked)}`}`
}
