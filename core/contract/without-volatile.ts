// thread: any
import type { JsonNode } from './json.js'
import { fitsClass, type LeafTree, leafTreeOf, type VolatileLeaf, type VolatileMap } from './volatile.js'

/** The document without what is made anew with each answer; a value that is none of the class it should be stays. */
export function withoutVolatile(root: JsonNode, volatile: VolatileMap | undefined): JsonNode {
  return volatile === undefined ? root : (without(root, leafTreeOf(volatile)) ?? nothing)
}

/** Stands for an item of a list that is left out: others keep their places. */
const nothing: JsonNode = { kind: 'literal', raw: 'null' }

function without(node: JsonNode, tree: LeafTree): JsonNode | undefined {
  switch (node.kind) {
    case 'object': {
      if (tree.members.size === 0) return node
      const entries: [string, JsonNode][] = []
      for (const [name, child] of node.entries) {
        const below = tree.members.get(name)
        const kept = below === undefined ? child : without(child, below)
        if (kept !== undefined) entries.push([name, kept])
      }
      return { kind: 'object', entries }
    }
    case 'array': {
      const { item } = tree
      return item === undefined
        ? node
        : { kind: 'array', items: node.items.map(child => without(child, item) ?? nothing) }
    }
    case 'string':
      return isAsGood(tree.leaf, node.value) ? undefined : node
    case 'number':
      return isAsGood(tree.leaf, node.raw) ? undefined : node
    case 'literal':
      return node
  }
}

/** A new id is as good as another; where a counter stands by then nobody knows, so that it counts against the answer. */
function isAsGood(leaf: VolatileLeaf | undefined, text: string): boolean {
  return leaf !== undefined && leaf.class.kind !== 'counter' && fitsClass(leaf.class, text)
}
