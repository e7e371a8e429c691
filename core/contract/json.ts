// thread: any
// JSON without loss: numbers keep their text (64-bit ids are common), members keep their order, `__proto__` is a name like
// any other. Bounded in depth and in nodes, so that hostile input costs an error, never a stack.

export type JsonNode =
  | { readonly kind: 'string'; readonly value: string }
  /** `raw`: exactly as it was written. */
  | { readonly kind: 'number'; readonly raw: string }
  | { readonly kind: 'literal'; readonly raw: 'true' | 'false' | 'null' }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, JsonNode])[] }

export interface JsonLimits {
  readonly maxDepth: number
  readonly maxNodes: number
}

export const jsonLimits: JsonLimits = { maxDepth: 64, maxNodes: 200_000 }

/** The tree, or undefined where the text is not JSON (RFC 8259), has a name twice in one object, or is over a limit. */
export function parseJson(text: string, limits: JsonLimits = jsonLimits): JsonNode | undefined {
  const parser = new Parser(text, limits)
  try {
    return parser.document()
  } catch (error) {
    if (error === notJson) return undefined
    throw error
  }
}

/** JSON text of a tree, without white space. */
export function printJson(node: JsonNode): string {
  switch (node.kind) {
    case 'string':
      return JSON.stringify(node.value)
    case 'number':
    case 'literal':
      return node.raw
    case 'array':
      return `[${node.items.map(printJson).join(',')}]`
    case 'object':
      return `{${node.entries.map(([name, value]) => `${JSON.stringify(name)}:${printJson(value)}`).join(',')}}`
  }
}

const notJson = Symbol('not JSON')

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

class Parser {
  readonly #text: string
  readonly #limits: JsonLimits
  #at = 0
  #nodes = 0

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
  }

  document(): JsonNode {
    this.#blank()
    const node = this.#value(0)
    this.#blank()
    if (this.#at !== this.#text.length) throw notJson
    return node
  }

  #value(depth: number): JsonNode {
    if (depth > this.#limits.maxDepth || ++this.#nodes > this.#limits.maxNodes) throw notJson
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object(depth)
      case 0x5b:
        return this.#array(depth)
      case 0x22:
        return { kind: 'string', value: this.#string() }
      case 0x74:
        return this.#literal('true')
      case 0x66:
        return this.#literal('false')
      case 0x6e:
        return this.#literal('null')
      default: {
        number.lastIndex = this.#at
        const match = number.exec(this.#text)
        if (match === null) throw notJson
        this.#at = number.lastIndex
        return { kind: 'number', raw: match[0] }
      }
    }
  }

  #object(depth: number): JsonNode {
    const entries: [string, JsonNode][] = []
    const names = new Set<string>()
    this.#at += 1
    this.#blank()
    if (this.#take(0x7d)) return { kind: 'object', entries }
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== 0x22) throw notJson
      const name = this.#string()
      // RFC 8259 §4: what a repeated name means differs from reader to reader.
      if (names.has(name)) throw notJson
      names.add(name)
      this.#blank()
      if (!this.#take(0x3a)) throw notJson
      this.#blank()
      entries.push([name, this.#value(depth + 1)])
      this.#blank()
      if (this.#take(0x7d)) return { kind: 'object', entries }
      if (!this.#take(0x2c)) throw notJson
      this.#blank()
    }
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = []
    this.#at += 1
    this.#blank()
    if (this.#take(0x5d)) return { kind: 'array', items }
    for (;;) {
      items.push(this.#value(depth + 1))
      this.#blank()
      if (this.#take(0x5d)) return { kind: 'array', items }
      if (!this.#take(0x2c)) throw notJson
      this.#blank()
    }
  }

  #string(): string {
    const start = this.#at
    let i = start + 1
    let plain = true
    for (;;) {
      const code = this.#text.charCodeAt(i)
      if (code === 0x22) break
      // NaN at the end of the text; control characters must be escaped.
      if (!(code >= 0x20)) throw notJson
      if (code === 0x5c) {
        plain = false
        i += 1
      }
      i += 1
    }
    this.#at = i + 1
    if (plain) return this.#text.slice(start + 1, i)
    try {
      return JSON.parse(this.#text.slice(start, i + 1)) as string
    } catch {
      throw notJson
    }
  }

  #literal(raw: 'true' | 'false' | 'null'): JsonNode {
    if (!this.#text.startsWith(raw, this.#at)) throw notJson
    this.#at += raw.length
    return { kind: 'literal', raw }
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
