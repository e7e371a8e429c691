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

/** As it would stand in a query, without quotes; undefined: an array or an object. */
export function textOfScalar(node: JsonNode): string | undefined {
  switch (node.kind) {
    case 'string':
      return node.value
    case 'number':
    case 'literal':
      return node.raw
    default:
      return undefined
  }
}

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

const literals = {
  true: { kind: 'literal', raw: 'true' },
  false: { kind: 'literal', raw: 'false' },
  null: { kind: 'literal', raw: 'null' },
} as const

/** So many names are held against each other one by one. */
const FEW_NAMES = 8

type Entries = [string, JsonNode][]

class Parser {
  readonly #text: string
  readonly #limits: JsonLimits
  #at = 0
  #nodes = 0
  /** By depth, the object that was read last: the next in a list most often has the same names. */
  readonly #last: (Entries | undefined)[] = []
  /** The string that was read last had no escapes. */
  #isPlain = true

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
      default:
        return { kind: 'number', raw: this.#number() }
    }
  }

  /** RFC 8259 §6. */
  #number(): string {
    const from = this.#at
    const text = this.#text
    let at = from
    if (text.charCodeAt(at) === 0x2d) at += 1
    if (text.charCodeAt(at) === 0x30) at += 1
    else {
      const digits = digitsFrom(text, at)
      if (digits === at) throw notJson
      at = digits
    }
    if (text.charCodeAt(at) === 0x2e) {
      const digits = digitsFrom(text, at + 1)
      if (digits === at + 1) throw notJson
      at = digits
    }
    const exponent = text.charCodeAt(at)
    if (exponent === 0x65 || exponent === 0x45) {
      const sign = text.charCodeAt(at + 1)
      const first = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
      const digits = digitsFrom(text, first)
      if (digits === first) throw notJson
      at = digits
    }
    this.#at = at
    return text.slice(from, at)
  }

  #object(depth: number): JsonNode {
    const entries: Entries = []
    const last = this.#last[depth]
    /** Names of the last one so far, which are all different. */
    let isLikeLast = last !== undefined
    let names: Set<string> | undefined
    this.#at += 1
    this.#blank()
    if (this.#take(0x7d)) return { kind: 'object', entries }
    this.#last[depth] = entries
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== 0x22) throw notJson
      const expected: string | undefined = isLikeLast ? last![entries.length]?.[0] : undefined
      let name: string
      if (expected !== undefined && this.#isNamed(expected)) name = expected
      else {
        isLikeLast = false
        name = this.#string()
        // One that can be written in several ways is not looked for.
        if (!this.#isPlain) this.#last[depth] = undefined
        // RFC 8259 §4: what a repeated name means differs from reader to reader.
        if (names === undefined && entries.length >= FEW_NAMES) names = new Set(entries.map(([known]) => known))
        if (names === undefined ? isAmong(name, entries) : names.has(name)) throw notJson
        names?.add(name)
      }
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

  /** Does this name stand here, which has nothing to be escaped? Then it is passed over. */
  #isNamed(name: string): boolean {
    const from = this.#at + 1
    const to = from + name.length
    if (this.#text.charCodeAt(to) !== 0x22 || !this.#text.startsWith(name, from)) return false
    this.#at = to + 1
    return true
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
    this.#isPlain = plain
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
    return literals[raw]
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at += 1
    return true
  }

  #blank(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code > 0x20) return
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }
}

/** Where the digits end. */
function digitsFrom(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at += 1
  return at
}

function isAmong(name: string, entries: Entries): boolean {
  for (const [known] of entries) if (known === name) return true
  return false
}
