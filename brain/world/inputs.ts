// thread: learner
// What a question says, as named values: parameters of the path (`/0`, `/1`), of the query (by name), leaves of a JSON body
// (`.filter.genre`). Rules speak of inputs, wherever they stand in a request.
import { type JsonNode, printJson, textOfScalar } from '../../core/contract/json.js'
import { decodePart, queryParams } from '../../core/contract/query-params.js'
import { isUnmarked } from './learnable-body.js'

/** Decoded values by name, in the order of the request. A name that is repeated has its values joined by {@link SEPARATOR}. */
export type Inputs = ReadonlyMap<string, string>

export const SEPARATOR = '\u0001'
const MAX_INPUTS = 64
/** Pairs of a query: a parameter that is repeated is one input. */
const MAX_PAIRS = 256
const MAX_DEPTH = 8
/** Characters of one value; what is longer is a document, not something that rules speak of. */
const MAX_VALUE_CHARS = 4096
/** `42.json` names 42, and how it is to be shown. */
const extension = /^(.+)\.(json|jsonld|geojson|xml|csv|html?|txt|ya?ml|rss|atom)$/i

/**
 * `params`: values of the route's parameters, not decoded. Undefined where a request says more than is looked at, or what
 * could be taken for another question: names like those of path and body, our own separators, escapes that are broken.
 */
export function inputsOf(params: readonly string[], query: string, body?: JsonNode): Inputs | undefined {
  const inputs = new Map<string, string>()
  if (params.some(isBroken) || isBroken(query)) return undefined
  let isClean = true
  params.forEach((value, i) => {
    const text = decodePart(value, false)
    isClean &&= isUnmarked(text)
    const split = extension.exec(text)
    inputs.set(`/${i}`, split === null ? text : split[1]!)
    if (split !== null) inputs.set(`/${i}.`, split[2]!)
  })
  if (!isClean) return undefined
  const pairs = queryParams(query)
  if (pairs.length > MAX_PAIRS) return undefined
  for (const [name, value] of pairs) {
    if (name.startsWith('/') || name.startsWith('.') || !isUnmarked(name) || !isUnmarked(value)) return undefined
    const known = inputs.get(name)
    inputs.set(name, known === undefined ? value : `${known}${SEPARATOR}${value}`)
  }
  if (body !== undefined && !addLeaves(body, '', inputs, 0)) return undefined
  if (inputs.size > MAX_INPUTS) return undefined
  for (const [name, value] of inputs) if (value.length > MAX_VALUE_CHARS || !isUnmarked(name)) return undefined
  return inputs
}

/** False: the body says something that no input can say. */
function addLeaves(node: JsonNode, path: string, inputs: Map<string, string>, depth: number): boolean {
  if (inputs.size > MAX_INPUTS || depth > MAX_DEPTH) return false
  if (node.kind === 'object' && node.entries.length > 0)
    return node.entries.every(([name, child]) => addLeaves(child, `${path}.${stepOf(name)}`, inputs, depth + 1))
  if (node.kind === 'object') inputs.set(path, '{}')
  else if (node.kind === 'array') {
    if (node.items.length > MAX_PAIRS) return false
    // Of lists of scalars rules may speak; all others are only the same or not.
    const isPlain = node.items.every(item => item.kind !== 'array' && item.kind !== 'object')
    if (isPlain && !node.items.every(item => isUnmarked(scalarText(item)))) return false
    inputs.set(path, isPlain ? node.items.map(scalarText).join(SEPARATOR) : printJson(node))
  } else {
    if (!isUnmarked(scalarText(node))) return false
    inputs.set(path, scalarText(node))
  }
  return true
}

/** `{"a.b": 1}` is not `{"a": {"b": 1}}`. */
function stepOf(name: string): string {
  return name.replace(/[\\.]/g, '\\$&')
}

/** An escape that is none, or octets that are no UTF-8: as text it would look like another. */
function isBroken(text: string): boolean {
  return text.includes('%') && decodePart(text, false) === text
}

/** Text of a scalar as it would stand in a query: no quotes. '' for arrays and objects. */
export function scalarText(node: JsonNode): string {
  return textOfScalar(node) ?? ''
}

/** Same values, without these names; a text that names a question apart from them. */
export function inputsKey(inputs: Inputs, without: ReadonlySet<string>): string {
  let key = ''
  for (const name of [...inputs.keys()].sort()) if (!without.has(name)) key += `${name}\u0003${inputs.get(name)}\u0002`
  return key
}

/** Names a question, so that what it showed can be told from what others did. */
export function sourceOf(path: string, query: string, asked: JsonNode | undefined): string {
  return `${path}?${query}${asked === undefined ? '' : `\u0002${printJson(asked)}`}`
}
