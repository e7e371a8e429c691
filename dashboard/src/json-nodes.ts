// thread: any
// A JSON document as a tree in which nothing is lost: numbers as they are written, members in their order, and those that come
// twice. JSON.parse would round large identifiers.

export type JsonNode =
  /** `text`: as it is written. */
  | { readonly kind: 'number' | 'literal'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, node: JsonNode])[] }

/** Deeper ones are shown as text. */
const MAX_DEPTH = 200
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
/** What may not stand in a string RFC 8259 §7 says; JSON.parse looks at the rest. */
const string = /"(?:[^"\\]|\\.)*"/sy
const blank = /[ \t\r\n]*/y

class NotJson extends Error {}

function unquoted(literal: string): string {
  try {
    return JSON.parse(literal) as string
  } catch {
    throw new NotJson()
  }
}

/** Undefined: it is no JSON, or too deep. */
export function readJsonNodes(text: string): JsonNode | undefined {
  let at = 0
  const matched = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined) throw new NotJson()
    at += found.length
    return found
  }
  const takes = (mark: string): boolean => {
    matched(blank)
    if (text[at] !== mark) return false
    at += 1
    return true
  }
  const list = (end: string, item: () => void): void => {
    if (takes(end)) return
    do item()
    while (takes(','))
    if (!takes(end)) throw new NotJson()
  }
  const value = (depth: number): JsonNode => {
    if (depth > MAX_DEPTH) throw new NotJson()
    if (takes('[')) {
      const items: JsonNode[] = []
      list(']', () => items.push(value(depth + 1)))
      return { kind: 'array', items }
    }
    if (takes('{')) {
      const members: [string, JsonNode][] = []
      list('}', () => {
        matched(blank)
        const name = unquoted(matched(string))
        if (!takes(':')) throw new NotJson()
        members.push([name, value(depth + 1)])
      })
      return { kind: 'object', members }
    }
    if (text[at] === '"') return { kind: 'string', text: unquoted(matched(string)) }
    const word = matched(scalar)
    return { kind: /[a-z]$/.test(word) ? 'literal' : 'number', text: word }
  }
  try {
    const root = value(0)
    matched(blank)
    return at === text.length ? root : undefined
  } catch (error) {
    if (error instanceof NotJson) return undefined
    throw error
  }
}
