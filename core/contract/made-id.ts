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

/** Undefined: the answer names none. */
export function madeIdIn(
  body: string,
  location: string,
  { idAt, idMember, location: form }: Makes,
): NamedId | undefined {
  const root = body === '' ? undefined : parseJson(body)
  const at = idAt?.reduce<JsonNode | undefined>((node, name) => member(node, name), root)
  return named(at) ?? (idMember === undefined ? undefined : within(root, idMember, 0)) ?? fromLocation(location, form)
}

function within(node: JsonNode | undefined, idMember: string, depth: number): NamedId | undefined {
  if (node?.kind !== 'object' || depth > MAX_DEPTH) return undefined
  const own = named(member(node, idMember))
  if (own !== undefined) return own
  for (const [, child] of node.entries) {
    const inner = within(child, idMember, depth + 1)
    if (inner !== undefined) return inner
  }
  return undefined
}

function fromLocation(location: string, form: LocationForm | undefined): NamedId | undefined {
  if (location === '' || !URL.canParse(location, 'http://any')) return undefined
  const { pathname, search } = new URL(location, 'http://any')
  const after = form?.after ?? ''
  const path = after !== '' && pathname.endsWith(after) ? pathname.slice(0, -after.length) : pathname
  const id = form === undefined && search !== '' ? '' : nameAtPath(path)
  return id === '' ? undefined : { id, isNumber: false }
}

function named(node: JsonNode | undefined): NamedId | undefined {
  if (node?.kind === 'number') return { id: node.raw, isNumber: true }
  return node?.kind === 'string' && node.value !== '' ? { id: node.value, isNumber: false } : undefined
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.entries.find(([own]) => own === name)?.[1] : undefined
}
