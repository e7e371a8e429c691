// thread: any
// What a GraphQL document asks for: one operation with its variables put in and its fragments merged in. The only file that
// knows the package. Whatever could mean something else to the server than to us is no request that we read: unused
// fragments, fields that conflict, directives that we do not know. Of the package only the language is loaded: every thread
// reads these files at its start, and the whole of it takes four times as long.
import { Buffer } from 'node:buffer'
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getLocation,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql/language/index.js'
import { byName, canonicalJson } from './canonical-json.js'
import { endOfGraphString } from './graphql-string.js'
import type { JsonNode } from './json.js'

/** One field of a selection set with variables put in, fragments merged in, directives @skip/@include applied. */
export interface GraphField {
  readonly alias: string
  readonly name: string
  /** Arguments by name, variables replaced; sorted by name. */
  readonly args: readonly (readonly [name: string, value: JsonNode])[]
  /** undefined: a leaf. */
  readonly selection: readonly GraphField[] | undefined
  /**
   * Type condition of the inline fragment or spread that it stands in; undefined: none. Where it stands in one within
   * another, both must hold: `A&B`.
   */
  readonly onType: string | undefined
}

export interface GraphRequest {
  readonly operation: 'query' | 'mutation' | 'subscription'
  readonly operationName: string
  readonly fields: readonly GraphField[]
  /** The document, as it was sent. */
  readonly text: string
}

/** Both from 1 on (GraphQL §7.1.2). */
export interface SourceLocation {
  readonly line: number
  readonly column: number
}

const MAX_TEXT_CHARS = 64 * 1024
const MAX_TOKENS = 10_000
/** Of brackets within brackets, and of selections and fragments within each other. */
const MAX_DEPTH = 48
/** Selections that are looked at, after fragments are put in: they can double what they hold with each line. */
const MAX_SELECTIONS = 5000
const MAX_VALUES = 5000
/** Documents that clients send again and again with other variables are read once. */
const REMEMBERED_DOCUMENTS = 256
const REMEMBERED_CHARS = 1 << 20

/** undefined: no GraphQL request, or over a limit, or a broken document. */
export function parseGraphRequest(
  text: string,
  variables: JsonNode | undefined,
  operationName: string | undefined,
): GraphRequest | undefined {
  const document = documents.of(text)
  if (document === undefined) return undefined
  const operation = operationOf(document, operationName)
  if (operation === undefined) return undefined
  try {
    const reader = new Reader(document, operation, variables)
    return { operation: operation.operation, operationName: operation.name?.value ?? '', fields: reader.fields(), text }
  } catch (error) {
    if (error === notReadable) return undefined
    throw error
  }
}

/** Where the field of this name at the root stands in the document, as errors tell it; undefined: within a fragment. */
export function locationOf({ text, operationName }: GraphRequest, alias: string): SourceLocation | undefined {
  const document = parsed(text, false)
  const operation = document === undefined ? undefined : operationOf(document, operationName)
  for (const node of operation?.selectionSet.selections ?? [])
    if (node.kind === Kind.FIELD && (node.alias ?? node.name).value === alias && node.loc !== undefined)
      return getLocation(node.loc.source, node.loc.start)
  return undefined
}

/** The member name under which a field is kept: `name`, or `name({"first":3})` where it has arguments. */
export function fieldKey({ name, args }: GraphField): string {
  return args.length === 0 ? name : `${name}(${canonicalJson({ kind: 'object', entries: args })})`
}

/** The whole request in one spelling: white space, comments, its name and how variables and fragments are used do not show. */
export function canonicalGraph({ operation, fields }: GraphRequest): string {
  return operation + selectionText(fields)
}

function selectionText(fields: readonly GraphField[]): string {
  const texts = fields.map(field => {
    const own = `${field.alias === field.name ? '' : `${field.alias}:`}${fieldKey(field)}`
    const whole = field.selection === undefined ? own : own + selectionText(field.selection)
    return field.onType === undefined ? whole : `...on ${field.onType}{${whole}}`
  })
  return `{${texts.join(' ')}}`
}

const notReadable = Symbol('no GraphQL that is read')

/** A field while the selections of its name are put together. */
interface Building {
  readonly alias: string
  readonly name: string
  readonly args: readonly (readonly [string, JsonNode])[]
  readonly argsText: string
  readonly selection: Selection | undefined
  readonly onType: string | undefined
}

/** By type condition and alias, in the order in which they came. */
type Selection = Map<string, Building>

class Reader {
  readonly #operation: OperationDefinitionNode
  readonly #fragments = new Map<string, FragmentDefinitionNode>()
  /** Those that are declared; undefined: not given. */
  readonly #variables = new Map<string, JsonNode | undefined>()
  /** Fragments and `$variables` that were not met yet. */
  readonly #unused = new Set<string>()
  /** With several operations in the document a fragment may be there for another one. */
  readonly #alone: boolean
  readonly #within = new Set<string>()
  #selections = 0
  #values = 0

  constructor(document: DocumentNode, operation: OperationDefinitionNode, variables: JsonNode | undefined) {
    this.#operation = operation
    this.#alone = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue
      const name = definition.name.value
      if (this.#fragments.has(name) || (definition.directives ?? []).length > 0) throw notReadable
      this.#fragments.set(name, definition)
      this.#unused.add(name)
    }
    if ((operation.directives ?? []).length > 0) throw notReadable
    this.#setVariables(variables)
  }

  fields(): readonly GraphField[] {
    const selection: Selection = new Map()
    this.#select(this.#operation.selectionSet, selection, undefined, 0)
    // GraphQL §5.5.1.4 and §5.8.4: a server refuses what has a fragment or a variable that nobody uses.
    if (this.#unused.size > 0 && this.#alone) throw notReadable
    return built(selection)
  }

  // ── variables ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #setVariables(given: JsonNode | undefined): void {
    if (given !== undefined && given.kind !== 'object' && !isNull(given)) throw notReadable
    const values = new Map(given?.kind === 'object' ? given.entries : [])
    for (const { variable, defaultValue, type } of this.#operation.variableDefinitions ?? []) {
      const name = variable.name.value
      if (this.#variables.has(name)) throw notReadable
      const value = values.get(name) ?? (defaultValue === undefined ? undefined : this.#value(defaultValue))
      if (type.kind === Kind.NON_NULL_TYPE && (value === undefined || isNull(value))) throw notReadable
      this.#variables.set(name, value)
      this.#unused.add(`$${name}`)
    }
  }

  /** undefined: a variable that was not given. */
  #value(node: ValueNode): JsonNode | undefined {
    if (++this.#values > MAX_VALUES) throw notReadable
    switch (node.kind) {
      case Kind.VARIABLE:
        return this.#variable(node.name.value)
      case Kind.INT:
      case Kind.FLOAT:
        return { kind: 'number', raw: node.value }
      case Kind.STRING:
      case Kind.ENUM:
        return { kind: 'string', value: node.value }
      case Kind.BOOLEAN:
        return { kind: 'literal', raw: node.value ? 'true' : 'false' }
      case Kind.NULL:
        return { kind: 'literal', raw: 'null' }
      case Kind.LIST:
        // GraphQL §3.11: in a list what was not given is null.
        return { kind: 'array', items: node.values.map(item => this.#value(item) ?? { kind: 'literal', raw: 'null' }) }
      case Kind.OBJECT:
        return { kind: 'object', entries: this.#named(node.fields) }
    }
  }

  #variable(name: string): JsonNode | undefined {
    if (!this.#variables.has(name)) throw notReadable
    this.#unused.delete(`$${name}`)
    return this.#variables.get(name)
  }

  #named(
    nodes: readonly { readonly name: { readonly value: string }; readonly value: ValueNode }[],
  ): (readonly [string, JsonNode])[] {
    const named = new Map<string, JsonNode>()
    const names = new Set<string>()
    for (const { name, value } of nodes) {
      if (names.has(name.value)) throw notReadable
      names.add(name.value)
      const given = this.#value(value)
      if (given !== undefined) named.set(name.value, given)
    }
    return [...named]
  }

  // ── selections ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #select(set: SelectionSetNode, into: Selection, onType: string | undefined, depth: number): void {
    if (depth > MAX_DEPTH) throw notReadable
    for (const node of set.selections) {
      if (++this.#selections > MAX_SELECTIONS) throw notReadable
      const wanted = this.#isWanted(node)
      switch (node.kind) {
        case Kind.FIELD:
          // What is skipped is looked at all the same: it must be sound, and what it uses is used.
          this.#field(node, wanted ? into : new Map(), onType, depth)
          break
        case Kind.INLINE_FRAGMENT: {
          const type = both(onType, node.typeCondition?.name.value)
          this.#select(node.selectionSet, wanted ? into : new Map(), type, depth + 1)
          break
        }
        case Kind.FRAGMENT_SPREAD: {
          const name = node.name.value
          const fragment = this.#fragments.get(name)
          if (fragment === undefined || this.#within.has(name)) throw notReadable
          this.#unused.delete(name)
          this.#within.add(name)
          const type = both(onType, fragment.typeCondition.name.value)
          this.#select(fragment.selectionSet, wanted ? into : new Map(), type, depth + 1)
          this.#within.delete(name)
          break
        }
      }
    }
  }

  /** GraphQL §5.3.2: the same field twice is one field with both selections; another field under its name is an error. */
  #field(node: FieldNode, into: Selection, onType: string | undefined, depth: number): void {
    const name = node.name.value
    const alias = node.alias?.value ?? name
    const args = this.#named(node.arguments ?? []).sort(byName)
    const argsText = canonicalJson({ kind: 'object', entries: args })
    const key = `${onType ?? ''} ${alias}`
    let field = into.get(key)
    if (field === undefined) {
      const selection: Selection | undefined = node.selectionSet === undefined ? undefined : new Map()
      field = { alias, name, args, argsText, selection, onType }
      into.set(key, field)
    }
    if (field.name !== name || field.argsText !== argsText) throw notReadable
    if ((field.selection === undefined) !== (node.selectionSet === undefined)) throw notReadable
    if (node.selectionSet !== undefined && field.selection !== undefined)
      this.#select(node.selectionSet, field.selection, undefined, depth + 1)
  }

  /** Other directives than these two may change the answer in ways that only the server knows. */
  #isWanted({ directives = [] }: SelectionNode): boolean {
    let wanted = true
    for (const { name, arguments: args = [] } of directives) {
      if (name.value !== 'skip' && name.value !== 'include') throw notReadable
      const [only] = args
      const value = args.length === 1 && only?.name.value === 'if' ? this.#value(only.value) : undefined
      if (value?.kind !== 'literal' || value.raw === 'null') throw notReadable
      if ((value.raw === 'true') === (name.value === 'skip')) wanted = false
    }
    return wanted
  }
}

/** Recursion is bounded: selections are at most MAX_DEPTH deep. */
function built(selection: Selection): GraphField[] {
  return [...selection.values()].map(({ alias, name, args, selection: below, onType }) => ({
    alias,
    name,
    args,
    selection: below === undefined ? undefined : built(below),
    onType,
  }))
}

function both(outer: string | undefined, inner: string | undefined): string | undefined {
  if (inner === undefined || inner === outer) return outer
  return outer === undefined ? inner : `${outer}&${inner}`
}

function isNull(node: JsonNode): boolean {
  return node.kind === 'literal' && node.raw === 'null'
}

/** The operation of that name, or the only one; undefined where that is none, or where there is more than requests. */
function operationOf(document: DocumentNode, operationName: string | undefined): OperationDefinitionNode | undefined {
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
    else if (definition.kind !== Kind.FRAGMENT_DEFINITION) return undefined
  }
  if (operationName === undefined || operationName === '') return operations.length === 1 ? operations[0] : undefined
  const named = operations.filter(({ name }) => name?.value === operationName)
  return named.length === 1 ? named[0] : undefined
}

/** What remembers where everything stood would hold all of its tokens. */
function parsed(text: string, noLocation = true): DocumentNode | undefined {
  if (text.length > MAX_TEXT_CHARS || isTooDeep(text)) return undefined
  try {
    return parse(text, { noLocation, maxTokens: MAX_TOKENS })
  } catch {
    return undefined
  }
}

/** The parser of the package calls itself for each bracket: what is nested too deeply must not get to it. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let at = 0
  while (at < text.length) {
    switch (text[at]) {
      case '{':
      case '[':
      case '(':
        depth += 1
        // Fields stand in a selection within the brackets of the operation, arguments within those.
        if (depth > MAX_DEPTH) return true
        break
      case '}':
      case ']':
      case ')':
        depth -= 1
        break
      case '#':
        while (at + 1 < text.length && text[at + 1] !== '\n' && text[at + 1] !== '\r') at += 1
        break
      case '"':
        at = endOfGraphString(text, at)
        break
    }
    at += 1
  }
  return false
}

class Documents {
  readonly #known = new Map<string, DocumentNode | undefined>()
  #chars = 0

  of(text: string): DocumentNode | undefined {
    if (this.#known.has(text)) return this.#known.get(text)
    const document = parsed(text)
    if (text.length > REMEMBERED_CHARS / 8) return document
    while (this.#known.size >= REMEMBERED_DOCUMENTS || this.#chars + text.length > REMEMBERED_CHARS) {
      const oldest = this.#known.keys().next().value
      if (oldest === undefined) break
      this.#known.delete(oldest)
      this.#chars -= oldest.length
    }
    // A copy: the text may be a view on the whole body of its request, which would live as long as it.
    this.#known.set(Buffer.from(text).toString(), document)
    this.#chars += text.length
    return document
  }
}

const documents = new Documents()
