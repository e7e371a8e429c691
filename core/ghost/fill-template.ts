// thread: any
import { hasLook } from '../contract/look.js'
import { decodePart, queryParams } from '../contract/query-params.js'
import type { SlotSource, Template, TemplateNode } from '../contract/template.js'

/** The parts of a request that slots are filled from. */
export interface TemplateRequest {
  /** Values of the route's parameters, not decoded. */
  readonly params: readonly string[]
  readonly query: string
}

export interface FilledTemplate {
  readonly body: Buffer
  /** How many parts of the answer are unknown and left out. */
  readonly missing: number
}

/** The numbers that JSON writes in one way only (RFC 8259 §6): others would not come back as they went in. */
const canonicalNumber = /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/

/** The template's body for a request; undefined where the request has not what a slot needs, or names what looks like nothing seen. */
export function fillTemplate(template: Template, request: TemplateRequest): FilledTemplate | undefined {
  if (template.looks?.some((look, i) => look !== null && !hasLook(decodePart(request.params[i] ?? '', false), look)))
    return undefined
  const filler = new Filler(request)
  const text = filler.print(template.body)
  if (filler.failed || text === undefined) return undefined
  return { body: Buffer.from(text), missing: filler.missing }
}

class Filler {
  failed = false
  missing = 0
  readonly #params: readonly string[]
  readonly #query: Map<string, string>

  constructor(request: TemplateRequest) {
    this.#params = request.params
    this.#query = new Map()
    for (const [name, value] of queryParams(request.query)) if (!this.#query.has(name)) this.#query.set(name, value)
  }

  /** undefined: unknown, to be left out. */
  print(node: TemplateNode): string | undefined {
    switch (node.kind) {
      case 'constant':
        return node.raw
      case 'slot': {
        const value = this.#value(node.from)
        if (node.as === 'string') return JSON.stringify(value)
        if (!canonicalNumber.test(value)) this.failed = true
        return value
      }
      case 'text':
        return JSON.stringify(node.parts.map(part => (typeof part === 'string' ? part : this.#value(part))).join(''))
      case 'object': {
        const members: string[] = []
        for (const [name, child] of node.entries) {
          const text = this.print(child)
          if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`)
        }
        return `{${members.join(',')}}`
      }
      case 'array': {
        const items = node.items.map(item => this.print(item))
        // An item that is left out would move those behind it.
        if (items.some(item => item === undefined)) {
          this.missing += 1
          return undefined
        }
        return `[${items.join(',')}]`
      }
      case 'unknown':
        this.missing += 1
        return undefined
    }
  }

  #value(from: SlotSource): string {
    const value = from.in === 'path' ? this.#params[from.index] : this.#query.get(from.name)
    if (value === undefined) {
      this.failed = true
      return ''
    }
    return from.in === 'path' ? decodePart(value, false) : value
  }
}
