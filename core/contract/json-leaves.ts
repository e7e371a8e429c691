// thread: any
// Where in a JSON text the leaves of a tree stand, so that they can be exchanged without printing anything else anew.
import { jsonLimits } from './json.js'
import type { LeafTree, VolatileLeaf } from './volatile.js'

export interface LeafSpan {
  readonly leaf: VolatileLeaf
  /** From the first character of the value (the quote of a string) to behind the last. */
  readonly start: number
  readonly end: number
}

/** undefined where the text is not JSON as far as it was read; what the tree does not lead to is passed over unread. */
export function leafSpans(text: string, tree: LeafTree): LeafSpan[] | undefined {
  const walker = new Walker(text)
  try {
    walker.document(tree)
    return walker.spans
  } catch (error) {
    if (error === notJson) return undefined
    throw error
  }
}

const notJson = Symbol('not JSON')
const bare = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

class Walker {
  readonly spans: LeafSpan[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(tree: LeafTree): void {
    this.#blank()
    this.#value(tree, 0)
    this.#blank()
    if (this.#at !== this.#text.length) throw notJson
  }

  #value(tree: LeafTree | undefined, depth: number): void {
    if (depth > jsonLimits.maxDepth) throw notJson
    const start = this.#at
    switch (this.#text.charCodeAt(start)) {
      case 0x7b:
        if (tree !== undefined && tree.members.size > 0) this.#object(tree, depth)
        else this.#passOver()
        return
      case 0x5b:
        if (tree?.item !== undefined) this.#array(tree.item, depth)
        else this.#passOver()
        return
      case 0x22:
        this.#string()
        break
      default:
        bare.lastIndex = start
        if (!bare.test(this.#text)) throw notJson
        this.#at = bare.lastIndex
    }
    if (tree?.leaf !== undefined) this.spans.push({ leaf: tree.leaf, start, end: this.#at })
  }

  #object(tree: LeafTree, depth: number): void {
    this.#at += 1
    this.#blank()
    if (this.#take(0x7d)) return
    for (;;) {
      const name = this.#name()
      this.#blank()
      if (!this.#take(0x3a)) throw notJson
      this.#blank()
      this.#value(tree.members.get(name), depth + 1)
      this.#blank()
      if (this.#take(0x7d)) return
      if (!this.#take(0x2c)) throw notJson
      this.#blank()
    }
  }

  #array(item: LeafTree, depth: number): void {
    this.#at += 1
    this.#blank()
    if (this.#take(0x5d)) return
    for (;;) {
      this.#value(item, depth + 1)
      this.#blank()
      if (this.#take(0x5d)) return
      if (!this.#take(0x2c)) throw notJson
      this.#blank()
    }
  }

  /** A whole object or array, however deep: only where it ends matters. */
  #passOver(): void {
    let open = 0
    do {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) {
        this.#string()
        continue
      }
      if (code === 0x7b || code === 0x5b) open += 1
      else if (code === 0x7d || code === 0x5d) open -= 1
      // NaN: the end of the text.
      else if (!(code >= 0)) throw notJson
      this.#at += 1
    } while (open > 0)
  }

  #name(): string {
    const start = this.#at
    if (this.#text.charCodeAt(start) !== 0x22) throw notJson
    this.#string()
    const name = this.#text.slice(start + 1, this.#at - 1)
    if (!name.includes('\\')) return name
    try {
      return JSON.parse(`"${name}"`) as string
    } catch {
      throw notJson
    }
  }

  #string(): void {
    let at = this.#at + 1
    for (;;) {
      const code = this.#text.charCodeAt(at)
      if (code === 0x22) break
      if (!(code >= 0x20)) throw notJson
      at += code === 0x5c ? 2 : 1
    }
    this.#at = at + 1
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at += 1
    return true
  }

  #blank(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }
}
