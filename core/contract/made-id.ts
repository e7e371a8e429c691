// thread: any
// Which id the upstream gave to what was made: where its answers always have it, else by the member that names such things,
// else by the place that it names.
import type { LocationForm } from './creation-form.js'
import { type JsonNode, parseJson } from './json.js'
import { nameAtPath } from './places.js'
import type { IdLook, NamedId } from './temporary-id.js'

/** What a write makes, and how it will be known what became of it. */
export interface Makes {
  readonly ids: IdLook
  /** Members that lead to the id in the answer. */
  readonly idAt?: readonly string[]
  /** The member by which such things are identified where they are shown. */
  readonly idMember?: string
  readonly location?: LocationForm
}

const MAX_DEPTH = 3

/** Undefined: the answer names none, or two that differ: a wrong one would send what is built on it to another thing. */
export function madeIdIn(
  body: string,
  location: string,
  { ids, idAt, idMember, location: form }: Makes,
): NamedId | undefined {
  const root = body === '' ? undefined : parseJson(body)
  const learned = named(idAt?.reduce<JsonNode | undefined>(member, root))
  const inBody = learned ?? (idMember === undefined ? undefined : onlyOne(root, idMember))
  // Where it is not known what such a Location says it may lead anywhere.
  const inLocation = learned !== undefined && form === undefined ? undefined : fromLocation(location, form)
  if (inBody !== undefined) return inLocation === undefined || inBody.id === inLocation ? inBody : undefined
  if (inLocation === undefined) return undefined
  // A path does not tell a number from a text.
  return { id: inLocation, isNumber: ids.isNumber && /^\d{1,15}$/.test(inLocation) }
}

/** The outermost member of this name; undefined where there are several. */
function onlyOne(root: JsonNode | undefined, name: string): NamedId | undefined {
  let level = root === undefined ? [] : [root]
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const found = level.flatMap(node => named(member(node, name)) ?? [])
    if (found.length > 0) return found.length === 1 ? found[0] : undefined
    level = level.flatMap(node => (node.kind === 'object' ? node.entries.map(([, child]) => child) : []))
  }
  return undefined
}

function fromLocation(location: string, form: LocationForm | undefined): string | undefined {
  if (location === '' || !URL.canParse(location, 'http://any')) return undefined
  const { pathname, search } = new URL(location, 'http://any')
  const after = form?.after ?? ''
  const path = after !== '' && pathname.endsWith(after) ? pathname.slice(0, -after.length) : pathname
  const id = form === undefined && search !== '' ? '' : nameAtPath(path)
  return id === '' ? undefined : id
}

function named(node: JsonNode | undefined): NamedId | undefined {
  if (node?.kind === 'number') return { id: node.raw, isNumber: true }
  return node?.kind === 'string' && node.value !== '' ? { id: node.value, isNumber: false } : undefined
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.entries.find(([own]) => own === name)?.[1] : undefined
}
