// thread: learner
// What went through in a write whose path says little of what it touched: fields of a GraphQL mutation, calls of JSON-RPC,
// a POST to a place that nobody reads. Each is told as what it named and what its answer shows. Pure.
import { type GraphRequest, parseGraphRequest } from '../../core/contract/graphql-request.js'
import type { JsonNode } from '../../core/contract/json.js'
import { saysReading } from '../../core/contract/question-words.js'
import { segmentsOf } from '../../core/contract/route-match.js'
import { segmentType } from '../../core/contract/segment-type.js'
import { argumentsOf, canonical } from '../world/graph.js'
import { isNull, memberOf } from '../world/tree.js'

export interface DoneCall {
  /** Names what was done, so that all its calls are evidence of one; '': not known. */
  readonly doer: string
  /** Its arguments; undefined: not known. */
  readonly named: JsonNode | undefined
  /** What its answer shows, GraphQL under the names of the fields themselves; undefined: nothing that can be read. */
  readonly shown: JsonNode | undefined
}

export interface WriteParts {
  readonly method: string
  readonly path: string
  /** Body of the request where it is JSON, or its text where it is a GraphQL document alone. */
  readonly asked: JsonNode | string | undefined
  readonly answered: JsonNode | undefined
}

/** Calls of one request; more are not looked at one by one. */
const MAX_CALLS = 64
/** Of which nothing is known but that it went through. */
export const unknownCall: DoneCall = { doer: '', named: undefined, shown: undefined }

/** Undefined `within`: neither GraphQL nor JSON-RPC. None: nothing was done, as far as the answer tells. */
export function doneCalls(within: 'graphql' | 'json-rpc' | undefined, parts: WriteParts): readonly DoneCall[] {
  const { asked, answered } = parts
  if (within === undefined) {
    const named = typeof asked === 'string' ? undefined : asked
    return [{ doer: `${parts.method} ${shapeOf(parts.path)}`, named, shown: answered }]
  }
  if (asked === undefined) return [unknownCall]
  if (typeof asked === 'string') return graphCalls(asked, undefined, answered)
  const requests = asked.kind === 'array' ? asked.items : [asked]
  if (requests.length > MAX_CALLS) return [unknownCall]
  return requests.flatMap((request, i) =>
    within === 'graphql'
      ? graphCalls(memberOf(request, 'query'), request, answered?.kind === 'array' ? answered.items[i] : answered)
      : rpcCalls(request, answered),
  )
}

// ── GraphQL ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function graphCalls(
  text: JsonNode | string | undefined,
  request: JsonNode | undefined,
  answered: JsonNode | undefined,
): readonly DoneCall[] {
  const name = textOf(memberOf(request, 'operationName'))
  const document = typeof text === 'string' ? text : textOf(text)
  // A persisted document: what it does only the server knows.
  if (document === undefined) return [{ ...unknownCall, doer: name === undefined ? '' : `operation ${name}` }]
  const read = parseGraphRequest(document, memberOf(request, 'variables'), name)
  // Of what cannot be read, what has not the word writes nothing (GraphQL §2.3).
  if (read === undefined)
    return /\bmutation\b/.test(document)
      ? [{ ...unknownCall, doer: name === undefined ? '' : `operation ${name}` }]
      : []
  return read.operation === 'mutation' ? mutationCalls(read, answered) : []
}

function mutationCalls({ fields }: GraphRequest, answered: JsonNode | undefined): readonly DoneCall[] {
  const data = memberOf(answered, 'data')
  const errors = memberOf(answered, 'errors')
  const failed = errors?.kind === 'array' ? errors.items : []
  return fields.flatMap(field => {
    const value = memberOf(data, field.alias)
    // GraphQL §7.1.2: an error with the path of the field, or one before anything was run, which then has no data at all.
    const isRefused =
      isNull(value) &&
      failed.length > 0 &&
      (isNull(data) || failed.some(error => startsAt(memberOf(error, 'path'), field.alias)))
    if (isRefused) return []
    const shown = value === undefined || isNull(value) ? undefined : canonical(field.selection, value)
    return [{ doer: `field ${field.name}`, named: argumentsOf(field), shown }]
  })
}

function startsAt(path: JsonNode | undefined, alias: string): boolean {
  return path?.kind === 'array' && textOf(path.items[0]) === alias
}

// ── JSON-RPC ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function rpcCalls(request: JsonNode, answered: JsonNode | undefined): readonly DoneCall[] {
  const method = textOf(memberOf(request, 'method'))
  if (method === undefined) return [unknownCall]
  // In a batch, or as a notification: it is no question that is learned, and writes nothing all the same.
  if (saysReading(method)) return []
  const answer = answerTo(memberOf(request, 'id'), answered)
  // JSON-RPC 2.0 §5: either a result or an error.
  if (!isNull(memberOf(answer, 'error'))) return []
  return [{ doer: `call ${method}`, named: memberOf(request, 'params'), shown: memberOf(answer, 'result') }]
}

/** JSON-RPC 2.0 §6: answers of a batch come in any order. */
function answerTo(id: JsonNode | undefined, answered: JsonNode | undefined): JsonNode | undefined {
  if (answered?.kind !== 'array') return answered
  const wanted = id?.kind === 'number' ? id.raw : textOf(id)
  return wanted === undefined
    ? undefined
    : answered.items.find(answer => {
        const own = memberOf(answer, 'id')
        return (own?.kind === 'number' ? own.raw : textOf(own)) === wanted
      })
}

/** The path with what looks like a value left out: `/jobs/7/run` and `/jobs/8/run` do the same. */
function shapeOf(path: string): string {
  return segmentsOf(path)
    .map(segment => (segmentType(segment) === undefined ? segment : '*'))
    .join('/')
}

function textOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}
