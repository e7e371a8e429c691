// thread: learner
// Where in a body records stand: lists of objects, tables (rows beside a list of column names), single objects.
import type { JsonNode } from '../../core/contract/json.js'
import { idText, isScalar, type JsonArray, type JsonObject, leafCount, memberOf } from './tree.js'

export interface Site {
  readonly kind: 'many' | 'table' | 'one'
  /** Members that lead there from the root. */
  readonly path: readonly string[]
  /** Of a table: the member beside it that holds the names of its columns. */
  readonly columns?: string
}

/** Envelopes are shallow. */
const MAX_DEPTH = 4
/** Members beside a table, its columns among them; each is looked at for each table. */
const MAX_ENVELOPE = 64
/** Members that may be the identifier, as their names say. */
const MAX_CANDIDATES = 16
const strongNames = ['id', '_id', 'uuid', 'guid']
const keyNames = ['key', 'slug', 'code', 'sku', 'handle']

/** A name that people give to identifiers: the lower, the better; undefined for every other. */
export function idRank(name: string): number | undefined {
  const plain = name.toLowerCase()
  const strong = strongNames.indexOf(plain)
  if (strong >= 0) return strong
  const key = keyNames.indexOf(plain)
  if (key >= 0) return 10 + key
  return /(?:[a-z0-9]I[dD]|_id|uuid|guid)$/.test(name) ? 5 : undefined
}

/** Lists and tables of a body, with how many leaves they hold. */
export function listSites(body: JsonNode): { site: Site; rows: JsonNode[]; leaves: number }[] {
  const found: { site: Site; rows: JsonNode[]; leaves: number }[] = []
  const walk = (node: JsonNode, path: readonly string[]): void => {
    if (node.kind === 'array') {
      if (isRowList(node)) found.push({ site: { kind: 'many', path }, rows: [...node.items], leaves: leafCount(node) })
      return
    }
    if (node.kind !== 'object' || path.length >= MAX_DEPTH) return
    for (const [name, child] of node.entries) {
      const columns = child.kind === 'array' ? columnsBeside(node, name, child) : undefined
      if (columns !== undefined) {
        const site: Site = { kind: 'table', path: [...path, name], columns }
        found.push({ site, rows: tableRows(node, site)!, leaves: leafCount(child) })
      } else walk(child, [...path, name])
    }
  }
  walk(body, [])
  return found
}

function isRowList(node: JsonArray): boolean {
  return node.items.length > 0 && node.items.every(item => item.kind === 'object' && item.entries.length > 0)
}

/** Rows of equal length beside a list of as many distinct strings are a table. */
function columnsBeside(object: JsonObject, rowsName: string, rows: JsonArray): string | undefined {
  const first = rows.items[0]
  if (first?.kind !== 'array' || first.items.length === 0) return undefined
  const width = first.items.length
  if (object.entries.length > MAX_ENVELOPE) return undefined
  if (rows.items.some(row => row.kind !== 'array' || row.items.length !== width)) return undefined
  for (const [name, child] of object.entries) {
    if (name === rowsName || child.kind !== 'array' || child.items.length !== width) continue
    const names = new Set(child.items.map(item => (item.kind === 'string' ? item.value : '')))
    if (names.size === width && !names.has('')) return name
  }
  return undefined
}

function tableRows(parent: JsonObject, { path, columns }: Site): JsonNode[] | undefined {
  const rows = memberOf(parent, path.at(-1)!)
  const names = memberOf(parent, columns!)
  if (rows?.kind !== 'array' || names?.kind !== 'array') return undefined
  const out: JsonNode[] = []
  for (const row of rows.items) {
    if (row.kind !== 'array' || row.items.length !== names.items.length) return undefined
    out.push({
      kind: 'object',
      entries: row.items.map((value, i) => [(names.items[i] as { value: string }).value ?? '', value] as const),
    })
  }
  return out
}

/** The records at a site that is known of a route; undefined where this body has no such place. An empty list has none. */
export function rowsAt(body: JsonNode, site: Site): JsonNode[] | undefined {
  let node: JsonNode | undefined = body
  let parent: JsonNode = body
  for (const name of site.path) {
    parent = node!
    node = memberOf(node, name)
    if (node === undefined) return undefined
  }
  if (site.kind === 'one') return node?.kind === 'object' ? [node] : undefined
  if (node?.kind !== 'array') return undefined
  if (node.items.length === 0) return []
  if (site.kind === 'table') return parent.kind === 'object' ? tableRows(parent, site) : undefined
  return node.items.every(item => item.kind === 'object') ? [...node.items] : undefined
}

/** Single objects of a body that may be a record, the outermost first. */
export function objectSites(body: JsonNode): { site: Site; object: JsonObject }[] {
  const found: { site: Site; object: JsonObject }[] = []
  const walk = (node: JsonNode, path: readonly string[]): void => {
    if (node.kind !== 'object' || path.length > 2) return
    found.push({ site: { kind: 'one', path }, object: node })
    for (const [name, child] of node.entries) walk(child, [...path, name])
  }
  walk(body, [])
  return found.sort((a, b) => a.site.path.length - b.site.path.length)
}

/**
 * The member that tells rows apart: there in all of them, different in all, by its name if one says so, else the first of
 * all members. Undefined where none does, or where one row alone cannot tell.
 */
export function identifierOf(rows: readonly JsonNode[], preferred?: string): string | undefined {
  const objects = rows.filter(row => row.kind === 'object')
  const first = objects[0]
  if (first === undefined) return undefined
  const fits = (name: string): boolean => {
    const seen = new Set<string>()
    for (const row of objects) {
      const id = idText(memberOf(row, name))
      if (id === undefined || seen.has(id)) return false
      seen.add(id)
    }
    return true
  }
  if (preferred !== undefined && fits(preferred)) return preferred
  const names = first.entries
    .filter(([, value]) => isScalar(value) && idText(value) !== undefined)
    .map(([name]) => name)
  const ranked = names.filter(name => idRank(name) !== undefined).sort((a, b) => idRank(a)! - idRank(b)!)
  for (const name of ranked.slice(0, MAX_CANDIDATES)) if (fits(name)) return name
  const leading = first.entries[0]?.[0]
  return leading !== undefined && rows.length > 1 && fits(leading) ? leading : undefined
}
