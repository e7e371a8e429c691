// thread: any
// What kind of question is a request: may its answer be kept, and given again to who asks the same? Decided from the redacted
// request alone, so that the edge and the learner decide alike. When in doubt it is a write.
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { byName, canonicalJson } from './canonical-json.js'
import { contentCoding } from './content-coding.js'
import { fieldOf } from './fields.js'
import { canonicalGraph, type GraphRequest, parseGraphRequest } from './graphql-request.js'
import { type JsonNode, parseJson } from './json.js'
import { decodePart, queryParams } from './query-params.js'
import { saysDoing, saysReading, saysSearch } from './question-words.js'
import { segmentsOf } from './route-match.js'
import { segmentType } from './segment-type.js'

/** `text`: all that it asks beside its target, in one spelling. */
export type Question =
  /** GET and HEAD: the target says it all. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'graphql'; readonly request: GraphRequest; readonly text: string }
  | {
      readonly kind: 'json-rpc'
      readonly methodName: string
      readonly params: JsonNode | undefined
      readonly id: JsonNode
      readonly text: string
    }
  /** `body`: of a form an object of strings, or of lists of strings where a name comes more than once. */
  | { readonly kind: 'search'; readonly body: JsonNode; readonly text: string }
  /** `within`: an endpoint through which everything goes, so that its path says nothing of what was written. */
  | { readonly kind: 'write'; readonly within?: 'graphql' | 'json-rpc' }

export interface QuestionParts {
  readonly method: string
  readonly path: string
  readonly query: string | undefined
  readonly contentType: string | undefined
  /** Whole; undefined where there is none, or it was not kept. */
  readonly body: Uint8Array | undefined
}

/** Longer ones are documents, not questions. */
export const MAX_QUESTION_BYTES = 64 * 1024

const plain: Question = { kind: 'plain' }
const write: Question = { kind: 'write' }
const writeInGraph: Question = { kind: 'write', within: 'graphql' }
const writeInRpc: Question = { kind: 'write', within: 'json-rpc' }

/** Of a request body that is readable as it stands; undefined: there is none, or it is coded. `headers`: flat, lower-case names. */
export function readableBodyKind(headers: readonly string[]): BodyKind | undefined {
  return contentCoding(headers) === '' ? bodyKind(fieldOf(headers, 'content-type')) : undefined
}

export type BodyKind = 'json' | 'graphql' | 'form'

/** The media types of bodies that can be read; see RFC 9110 §8.3.1 for their form. */
export function bodyKind(contentType: string | undefined): BodyKind | undefined {
  if (contentType === undefined) return undefined
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/json' || /^[\w.-]+\/[\w.-]+\+json$/.test(type)) return 'json'
  if (type === 'application/graphql') return 'graphql'
  return type === 'application/x-www-form-urlencoded' ? 'form' : undefined
}

/** A body may make a question of it: worth waiting for when nobody else can answer. */
export function mayBeQuestion(method: string, path: string): boolean {
  return (method === 'POST' || method === 'QUERY') && !saysDoing(path)
}

export function questionOf(parts: QuestionParts): Question {
  const { method, path, query, contentType, body } = parts
  if (method === 'GET') return namesGraph(path) && query !== undefined ? graphByGet(query) : plain
  if (method === 'HEAD') return plain
  const unread = namesGraph(path) ? writeInGraph : write
  if (body === undefined || body.length === 0 || body.length > MAX_QUESTION_BYTES || !isUtf8(body)) return unread
  if (!mayBeQuestion(method, path)) return unread
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  const searches = method === 'QUERY' || saysSearch(lastConstant(path))
  switch (bodyKind(contentType)) {
    case 'graphql':
      return graphQuestion(text, undefined, undefined, [])
    case 'form':
      return searches ? searchQuestion('form', nodeOfForm(text)) : unread
    case 'json': {
      // Nearly all writes end here, unparsed.
      if (!searches && !text.includes('"query"') && !text.includes('"jsonrpc"')) return unread
      const root = parseJson(text)
      const found = root === undefined ? undefined : (graphByPost(root) ?? rpcQuestion(root))
      if (found !== undefined) return found
      if (!searches || root === undefined) return unread
      return root.kind === 'object' || root.kind === 'array' ? searchQuestion('json', root) : unread
    }
    default:
      return unread
  }
}

/**
 * What the answer says: who is told that something was made (RFC 9110 §15.3.2) or is to be looked for elsewhere did not only
 * ask. GraphQL says by itself what it does.
 */
export function settledQuestion(question: Question, status: number, headers: readonly string[]): Question {
  if (question.kind !== 'search' && question.kind !== 'json-rpc') return question
  if ((status > 200 && status < 400) || fieldOf(headers, 'location') !== undefined)
    return question.kind === 'search' ? write : writeInRpc
  return question
}

// ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The name of a question beside its credentials; undefined where method and target are all of it. */
export function questionName(question: Question, method: string, path: string, query: string | undefined) {
  switch (question.kind) {
    case 'graphql':
      // By GET, by POST, as JSON or not: it is the same question.
      return `graphql ${path}?${otherParams(query)}\n${question.text}`
    case 'json-rpc':
    case 'search':
      return `${question.kind} ${method} ${path}?${otherParams(query, false)}\n${question.text}`
    default:
      return undefined
  }
}

/** The method under which its route is learned. */
export function routeMethod(question: Question, method: string): string {
  return question.kind === 'graphql' ? 'POST' : method === 'HEAD' ? 'GET' : method
}

/**
 * The path under which its route is learned: with a last segment that tells one question to this place from another. A `#`
 * never stands in the path of a request (RFC 9110 §7.1).
 */
export function routePath(question: Question, path: string): string {
  switch (question.kind) {
    case 'graphql': {
      const roots = question.request.fields.map(({ name }) => name)
      return `${path}/#${bounded(`query.${[...new Set(roots)].sort().join()}`)}`
    }
    case 'json-rpc':
      return `${path}/#${bounded(`rpc.${question.methodName}`)}`
    case 'search': {
      const { body } = question
      return `${path}/#${bounded(body.kind === 'object' ? `search.${namesOf(body).sort().join()}` : 'search[]')}`
    }
    default:
      return path
  }
}

const MAX_NAME_CHARS = 160

/** One segment, whatever is in it. */
function bounded(name: string): string {
  const safe = name.replace(/[/?#\s]/g, mark => encodeURIComponent(mark))
  if (safe.length <= MAX_NAME_CHARS) return safe
  return `${safe.slice(0, MAX_NAME_CHARS)}~${createHash('sha256').update(safe).digest('base64url').slice(0, 8)}`
}

function namesOf(body: JsonNode & { kind: 'object' }): string[] {
  return body.entries.map(([name]) => name)
}

// ── GraphQL ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a GET has in its query is in the body of a POST. */
const graphParams = new Set(['query', 'variables', 'operationName', 'extensions'])

export function namesGraph(path: string): boolean {
  return /(^|[^a-z0-9])(graphql|gql)([^a-z0-9]|$)/i.test(path)
}

const notVariables: JsonNode = { kind: 'array', items: [] }

function graphByGet(query: string): Question {
  const params = new Map<string, string>()
  for (const [name, value] of queryParams(query)) {
    if (!graphParams.has(name)) continue
    if (params.has(name)) return write
    params.set(name, value)
  }
  const text = params.get('query')
  if (text === undefined) return plain
  const given = params.get('variables')
  // What is no JSON is no list of variables either.
  const variables = given === undefined || given === '' ? undefined : (parseJson(given) ?? notVariables)
  const read = graphQuestion(text, variables, params.get('operationName'), [])
  // One that we cannot read is what any GET is, by its very target; unless it might write.
  return read.kind === 'write' && !/\b(mutation|subscription)\b/.test(text) ? plain : read
}

function graphByPost(root: JsonNode): Question | undefined {
  // Several at once.
  if (root.kind === 'array') return memberOf(root.items[0], 'jsonrpc') === undefined ? undefined : writeInRpc
  const text = memberOf(root, 'query')
  if (root.kind !== 'object' || text?.kind !== 'string' || !text.value.includes('{')) return undefined
  const name = memberOf(root, 'operationName')
  if (name !== undefined && name.kind !== 'string' && name.kind !== 'literal') return undefined
  const others = root.entries.filter(([member]) => !graphParams.has(member))
  const operationName = name?.kind === 'string' ? name.value : undefined
  const read = graphQuestion(text.value, memberOf(root, 'variables'), operationName, others)
  if (read.kind !== 'write') return read
  // A search may have braces in it; a document that was read is no search.
  return parseGraphRequest(text.value, memberOf(root, 'variables'), operationName) === undefined ? undefined : read
}

function graphQuestion(
  text: string,
  variables: JsonNode | undefined,
  operationName: string | undefined,
  others: readonly (readonly [string, JsonNode])[],
): Question {
  const request = parseGraphRequest(text, variables, operationName)
  if (request === undefined || request.operation !== 'query') return writeInGraph
  const canonical = canonicalGraph(request)
  const beside = others.length === 0 ? '' : `\n${canonicalJson({ kind: 'object', entries: others })}`
  return { kind: 'graphql', request, text: canonical + beside }
}

function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined
  return node.entries.find(([member]) => member === name)?.[1]
}

// ── JSON-RPC ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const rpcMembers = new Set(['jsonrpc', 'method', 'params', 'id'])

function rpcQuestion(root: JsonNode): Question | undefined {
  const version = memberOf(root, 'jsonrpc')
  if (root.kind !== 'object' || version?.kind !== 'string' || version.value !== '2.0') return undefined
  const name = memberOf(root, 'method')
  const id = memberOf(root, 'id')
  // JSON-RPC 2.0 §4.1: without an id nobody waits for an answer.
  if (name?.kind !== 'string' || id === undefined || id.kind === 'array' || id.kind === 'object') return writeInRpc
  if (root.entries.some(([member]) => !rpcMembers.has(member)) || !saysReading(name.value)) return writeInRpc
  const params = memberOf(root, 'params')
  return {
    kind: 'json-rpc',
    methodName: name.value,
    params,
    id,
    text: canonicalJson({
      kind: 'object',
      entries: [['method', name], ...(params === undefined ? [] : [['params', params] as const])],
    }),
  }
}

// ── searches ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function searchQuestion(as: 'json' | 'form', body: JsonNode): Question {
  return { kind: 'search', body, text: `${as} ${canonicalJson(body)}` }
}

function nodeOfForm(text: string): JsonNode {
  const values = new Map<string, JsonNode[]>()
  for (const [name, value] of queryParams(text)) {
    const node: JsonNode = { kind: 'string', value }
    const before = values.get(name)
    if (before === undefined) values.set(name, [node])
    else before.push(node)
  }
  const entries = [...values].map(
    ([name, items]) => [name, items.length === 1 ? items[0]! : ({ kind: 'array', items } as const)] as const,
  )
  return { kind: 'object', entries: entries.sort(byName) }
}

/** The last segment that is no value. */
function lastConstant(path: string): string {
  const texts = segmentsOf(path).filter(text => text !== '' && segmentType(text) === undefined)
  return decodePart(texts.at(-1) ?? '', false)
}

/** What is left of the query of a target; parameters sorted by name, as in record/identity.ts. */
function otherParams(query: string | undefined, graph = true): string {
  if (query === undefined || query === '') return ''
  const pairs = query.split('&').map(pair => [pair.split('=', 1)[0]!, pair] as const)
  const left = graph ? pairs.filter(([name]) => !graphParams.has(name)) : pairs
  return left
    .sort(byName)
    .map(([, pair]) => pair)
    .join('&')
}
