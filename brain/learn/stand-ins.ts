// thread: learner
// What is new in each answer put out of the way, so that the rest can be told from other answers: around the records a value
// that always stands in its place, of the same kind and with the same relations; out of the records it is taken, for it is no
// data of theirs. What is composed with such values is made anew before anybody sees it. Pure.
import { createHash } from 'node:crypto'
import { alphabets, CROCKFORD, type IdFormat } from '../../core/contract/id-format.js'
import type { JsonNode } from '../../core/contract/json.js'
import { precisionMs, printTime, readTimeAs } from '../../core/contract/time-format.js'
import {
  fieldPlace,
  fitsClass,
  idIn,
  type LeafTree,
  leafTreeOf,
  STANDS_AT,
  type VolatileClass,
  type VolatileMap,
} from '../../core/contract/volatile.js'
import type { Site } from '../world/sites.js'

/** What a route's answers have anew each time. The same object until something changes. */
export interface NewEachTime {
  /** Without counters: where they stand after all the answers that nobody saw is not known. */
  readonly map: VolatileMap | undefined
  /** Places of what changes with each answer and cannot be made (signatures, digests). */
  readonly derived: readonly string[]
}

/** A leaf of a record that is none of its data. */
export interface RowLeaf {
  /** Members that lead there from the record. */
  readonly path: readonly string[]
  /** Undefined: nobody can say what it would be. */
  readonly node: JsonNode | undefined
}

export interface Stood {
  readonly headers: readonly string[]
  readonly body: JsonNode
  /** What was taken out of records. */
  readonly leaves: readonly RowLeaf[]
}

/** Besides the precision of a format: the time that an answer may have been under way. */
const UNDER_WAY_MS = 10_000
const derivedClass: VolatileClass = { kind: 'link' }
const trees = new WeakMap<NewEachTime, LeafTree>()

/** `at`: when the answer was seen. `site`: where its records stand; `idMember`: what identifies them, which stays. */
export function withStandIns(
  { headers, body, at }: { readonly headers: readonly string[]; readonly body: JsonNode; readonly at: number },
  fresh: NewEachTime,
  site: Site | undefined,
  idMember: string | undefined,
): Stood {
  if (fresh.map === undefined && fresh.derived.length === 0) return { headers, body, leaves: [] }
  const standing = new Standing(fresh, at, site, idMember)
  standing.collect(headers, body)
  return { headers: standing.fields(headers), body: standing.walk(body), leaves: standing.leaves() }
}

function treeOf(fresh: NewEachTime): LeafTree {
  let tree = trees.get(fresh)
  if (tree === undefined) {
    const derived = fresh.derived.map(at => ({ at, class: derivedClass }))
    tree = leafTreeOf({ leaves: [...(fresh.map?.leaves ?? []), ...derived] })
    trees.set(fresh, tree)
  }
  return tree
}

class Standing {
  readonly #fresh: NewEachTime
  readonly #at: number
  readonly #site: Site | undefined
  readonly #idMember: string | undefined
  /** The id that stands for one of the answer, wherever that is. */
  readonly #cores = new Map<string, string>()
  readonly #leaves = new Map<string, RowLeaf>()

  constructor(fresh: NewEachTime, at: number, site: Site | undefined, idMember: string | undefined) {
    this.#fresh = fresh
    this.#at = at
    this.#site = site
    this.#idMember = idMember
  }

  leaves(): RowLeaf[] {
    return [...this.#leaves.values()]
  }

  /** All ids first: links may stand before them. */
  collect(headers: readonly string[], body: JsonNode): void {
    for (const { at, class: volatile } of this.#fresh.map?.leaves ?? [])
      if (at.startsWith(':'))
        for (let i = 0; i < headers.length; i += 2)
          if (fieldPlace(headers[i]!) === at) this.#noteId(volatile, headers[i + 1]!, at)
    const walk = (node: JsonNode, tree: LeafTree): void => {
      if (node.kind === 'object') {
        if (tree.members.size > 0)
          for (const [name, child] of node.entries) {
            const below = tree.members.get(name)
            if (below !== undefined) walk(child, below)
          }
      } else if (node.kind === 'array') {
        if (tree.item !== undefined) for (const item of node.items) walk(item, tree.item)
      } else if (tree.leaf !== undefined) this.#noteId(tree.leaf.class, textOf(node), tree.leaf.at)
    }
    walk(body, treeOf(this.#fresh))
  }

  fields(headers: readonly string[]): readonly string[] {
    const leaves = new Map(this.#fresh.map?.leaves.map(leaf => [leaf.at, leaf.class]))
    return headers.map((text, i) => {
      const volatile = i % 2 === 0 ? undefined : leaves.get(fieldPlace(headers[i - 1]!))
      return volatile === undefined ? text : (this.#standIn(volatile, text) ?? text)
    })
  }

  walk(body: JsonNode): JsonNode {
    return this.#walk(body, treeOf(this.#fresh), []) ?? body
  }

  /** Undefined: it was taken out. */
  #walk(node: JsonNode, tree: LeafTree, path: readonly string[]): JsonNode | undefined {
    switch (node.kind) {
      case 'object': {
        if (tree.members.size === 0) return node
        const entries: (readonly [string, JsonNode])[] = []
        for (const [name, child] of node.entries) {
          const below = tree.members.get(name)
          const kept = below === undefined ? child : this.#walk(child, below, [...path, name])
          if (kept !== undefined) entries.push([name, kept])
        }
        return { kind: 'object', entries }
      }
      case 'array': {
        const { item } = tree
        // Columns of a table have no places of their own.
        if (item === undefined || this.#isTable(path)) return node
        return { kind: 'array', items: node.items.map(child => this.#walk(child, item, [...path, ITEM]) ?? child) }
      }
      case 'literal':
        return node
      default:
        return tree.leaf === undefined ? node : this.#leaf(node, tree.leaf.class, path)
    }
  }

  #leaf(node: JsonNode, volatile: VolatileClass, path: readonly string[]): JsonNode | undefined {
    const inRow = this.#inRow(path)
    const text = volatile === derivedClass ? undefined : this.#standIn(volatile, textOf(node))
    if (inRow === undefined) return text === undefined ? node : withText(node, text)
    if ((text === undefined && volatile.kind !== 'link') || (inRow.length === 1 && inRow[0] === this.#idMember))
      return node
    // What a link says beside the id is of its own record.
    const isKnown = text !== undefined && volatile.kind !== 'link'
    const key = inRow.join('\u0000')
    if (!this.#leaves.has(key)) this.#leaves.set(key, { path: inRow, node: isKnown ? withText(node, text) : undefined })
    return undefined
  }

  /** The members that lead to a leaf from its record; undefined: it is in none, or in a list within one. */
  #inRow(path: readonly string[]): readonly string[] | undefined {
    const site = this.#site
    if (site === undefined || site.kind === 'table' || !isBelow(path, site.path)) return undefined
    const rest = path.slice(site.path.length)
    if (site.kind === 'many' && rest.shift() !== ITEM) return undefined
    return rest.length === 0 || rest.includes(ITEM) ? undefined : rest
  }

  #isTable(path: readonly string[]): boolean {
    return this.#site?.kind === 'table' && isBelow(path, this.#site.path)
  }

  #noteId(volatile: VolatileClass, text: string, place: string): void {
    if (volatile.kind !== 'id') return
    const core = idIn(volatile, text)
    if (core !== undefined && !this.#cores.has(core))
      this.#cores.set(core, idFor(volatile.format, `${place} ${this.#cores.size}`))
  }

  /** Undefined: this one is data. */
  #standIn(volatile: VolatileClass, text: string): string | undefined {
    switch (volatile.kind) {
      case 'time': {
        const read = readTimeAs(volatile.format, text)
        if (read === undefined) return undefined
        const off = Math.abs(read.at - this.#at - volatile.offsetMs)
        if (off > precisionMs(volatile.format) + UNDER_WAY_MS) return undefined
        return printTime(volatile.format, STANDS_AT + volatile.offsetMs, '000000')
      }
      case 'id': {
        const core = fitsClass(volatile, text) ? idIn(volatile, text) : undefined
        return core === undefined ? undefined : `${volatile.prefix}${this.#cores.get(core) ?? core}${volatile.suffix}`
      }
      case 'link': {
        let link = text
        for (const [old, standing] of this.#cores) link = link.replaceAll(old, () => standing)
        return link
      }
      case 'counter':
        return undefined
    }
  }
}

/** Stands for any position of a list; no member has this name, for a NUL is in none that is learned. */
const ITEM = '\u0000'

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return above.every((name, i) => path[i] === name)
}

function textOf(node: JsonNode): string {
  return node.kind === 'string' ? node.value : node.kind === 'number' ? node.raw : ''
}

function withText(node: JsonNode, text: string): JsonNode {
  return node.kind === 'number' ? { kind: 'number', raw: text } : { kind: 'string', value: text }
}

/** Of this format, and always the same for one place. */
function idFor(format: IdFormat, place: string): string {
  const bytes = createHash('sha256').update(place).digest()
  if (format.style === 'uuid') {
    const hex = bytes.toString('hex')
    const text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${format.version}${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    return format.upper ? text.toUpperCase() : text
  }
  const characters = format.style === 'ulid' ? CROCKFORD : alphabets[format.alphabet]
  const length = format.style === 'ulid' ? 26 : format.length
  // Neither a number nor a ULID, whose first character holds three bits, may begin with just any.
  let text = '1'
  for (let i = 1; i < length; i++) text += characters[bytes[i % bytes.length]! % characters.length]
  return format.style === 'ulid' && !format.upper ? text.toLowerCase() : text
}
