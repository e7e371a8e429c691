// thread: any
// Which leaves of a route's answers are made anew for each answer, and how. Everything that is not named here is data.
import { type IdFormat, isId } from './id-format.js'
import { readTimeAs, type TimeFormat } from './time-format.js'

export type VolatileClass =
  /** The moment of the answer, or one that far from it. */
  | { readonly kind: 'time'; readonly format: TimeFormat; readonly offsetMs: number }
  /** An id that was never there before, with what always stands around it. */
  | { readonly kind: 'id'; readonly format: IdFormat; readonly prefix: string; readonly suffix: string }
  /** A text with the id of another leaf in it: a link, a Location. */
  | { readonly kind: 'link' }
  /** A whole number that grows by as much with each answer to the same request. */
  | { readonly kind: 'counter'; readonly step: number }

export interface VolatileLeaf {
  /**
   * Where: a JSON pointer (RFC 6901) in which `~` alone, which is none of its tokens, stands for any position of a list
   * (`/items/~/fetchedAt`); or `:name` for a response field.
   */
  readonly at: string
  readonly class: VolatileClass
}

export interface VolatileMap {
  readonly leaves: readonly VolatileLeaf[]
}

/**
 * The moment of what was put together out of many answers, until it is made anew: far from all that is data. Whole in every
 * unit, and late enough for the time that a process is up, which is counted from a start of its own.
 */
export const STANDS_AT = Date.UTC(2096, 0, 1)

export const ITEM_STEP = '/~'

export function memberStep(name: string): string {
  return `/${name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name}`
}

export function fieldPlace(name: string): string {
  return `:${name}`
}

/** The leaves by the steps that lead to them, for walking a body beside it. */
export interface LeafTree {
  readonly members: Map<string, LeafTree>
  item: LeafTree | undefined
  leaf: VolatileLeaf | undefined
}

const trees = new WeakMap<VolatileMap, LeafTree>()

/** Only leaves of the body. */
export function leafTreeOf(map: VolatileMap): LeafTree {
  let tree = trees.get(map)
  if (tree === undefined) {
    tree = emptyTree()
    for (const leaf of map.leaves) if (!leaf.at.startsWith(':')) nodeAt(tree, leaf.at).leaf = leaf
    trees.set(map, tree)
  }
  return tree
}

/** Is this text (of a string, a number or a field) one of its class? Null, or another kind of value, is data. */
export function fitsClass(volatile: VolatileClass, text: string): boolean {
  switch (volatile.kind) {
    case 'time':
      return readTimeAs(volatile.format, text) !== undefined
    case 'id':
      return idIn(volatile, text) !== undefined
    case 'counter':
      return /^\d{1,15}$/.test(text)
    case 'link':
      return true
  }
}

/** The id itself, without what stands around it. */
export function idIn(
  { format, prefix, suffix }: Extract<VolatileClass, { kind: 'id' }>,
  text: string,
): string | undefined {
  if (!text.startsWith(prefix) || !text.endsWith(suffix) || text.length < prefix.length + suffix.length)
    return undefined
  const core = text.slice(prefix.length, text.length - suffix.length)
  return isId(format, core) ? core : undefined
}

function nodeAt(root: LeafTree, pointer: string): LeafTree {
  let node = root
  if (pointer === '') return node
  for (const token of pointer.slice(1).split('/')) {
    let next = token === '~' ? node.item : node.members.get(nameOf(token))
    if (next === undefined) {
      next = emptyTree()
      if (token === '~') node.item = next
      else node.members.set(nameOf(token), next)
    }
    node = next
  }
  return node
}

function nameOf(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

function emptyTree(): LeafTree {
  return { members: new Map(), item: undefined, leaf: undefined }
}
