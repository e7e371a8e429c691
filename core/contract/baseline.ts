// thread: any
// What good answers of a route look like, and whether an answer with status 200 is one of them. Asked by the edges, which may
// then let a ghost answer, and by the learner, which does not learn what is wrong.
import type { JsonNode } from './json.js'

/** What a body begins with. `nothing`: there is none, or only white space. */
export type BodyTop = 'object' | 'array' | 'markup' | 'other' | 'nothing'

/** In which way an answer is not what its route always answered. */
export const softSigns = ['empty-body', 'foreign-type', 'error', 'empty', 'shape'] as const
export type SoftSign = (typeof softSigns)[number]

/** Only what holds for every good answer of the route; see brain/learn/baseline.ts for the evidence behind it. */
export interface RouteBaseline {
  /** Media types without parameters, lower case; '' for none. */
  readonly types: readonly string[]
  /** What all bodies began with; undefined: not all the same. */
  readonly top?: BodyTop
  /** Names that every object had, at its top. */
  readonly members: readonly string[]
  /** Name that stood first in every object. */
  readonly first?: string
  /** Members that may be missing before an object has lost its shape. */
  readonly mayLack: number
  /** Seen so often that another kind of value than a list, or an object, is wrong by itself. */
  readonly steady: boolean
  /** No list or object was ever empty, and that is no chance. */
  readonly neverEmpty: boolean
  /** No answer was without a body. */
  readonly alwaysBody: boolean
  /** No answer ever said of itself that it failed. */
  readonly neverError: boolean
  /** Shortest bodies as they were sent, uncoded and coded; 0: none was seen. */
  readonly minBytes: number
  readonly minCodedBytes: number
  /** Too few requests were seen to say anything of others than the one without a query. */
  readonly onlyBare?: boolean
}

/** What no good answer confirmed for so long is not held against anything, so that nothing is locked for ever. */
export const BELIEVED_MS = 86_400_000

/** An answer as far as it is known. */
export interface AnswerForm {
  readonly type: string
  /** undefined: the body is not here, or coded in a way that cannot be read. */
  readonly top: BodyTop | undefined
  /** A list or an object without anything in it. */
  readonly empty: boolean
  /** undefined: not read. */
  readonly json: JsonNode | undefined
}

/** `refusal`: it says that the mistake is the client's, as a 4xx would. Neither wrong nor how good answers look. */
export type FormVerdict = SoftSign | 'refusal' | undefined

/** The media type without its parameters (RFC 9110 §8.3.1), '' for none. */
export function essenceOf(contentType: string | undefined): string {
  if (contentType === undefined) return ''
  const end = contentType.indexOf(';')
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}

/** No farther than this is looked for the first octet that is not blank. */
const MAX_BLANK = 64

export function topOf(body: Uint8Array): BodyTop {
  switch (body[firstAt(body, 0)]) {
    case undefined:
      return 'nothing'
    case 0x7b:
      return 'object'
    case 0x5b:
      return 'array'
    case 0x3c:
      return 'markup'
    default:
      return 'other'
  }
}

/** `{}` or `[]`, with any white space. */
export function isEmptyContainer(body: Uint8Array): boolean {
  const at = firstAt(body, 0)
  const open = body[at]
  if (open !== 0x7b && open !== 0x5b) return false
  return body[firstAt(body, at + 1)] === open + 2
}

/** RFC 8259 §8.1: a byte order mark may be ignored. */
function firstAt(body: Uint8Array, from: number): number {
  let at = from === 0 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : from
  const end = Math.min(body.length, at + MAX_BLANK)
  while (at < end && (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09)) at++
  return at
}

/** `accept`: of the request. What the client asked for by name is not wrong for being new. */
export function judgeForm(baseline: RouteBaseline, form: AnswerForm, accept: string | undefined): FormVerdict {
  const { type, top, json } = form
  if (top === 'nothing') return baseline.alwaysBody ? 'empty-body' : undefined
  const known = baseline.types.includes(type)
  if (!known && type !== '' && accept?.toLowerCase().includes(type) === true) return undefined
  if (isForeign(baseline, form, known)) return 'foreign-type'
  // Another representation (CSV, PDF, …) has another form by right.
  if (!known && !isJsonType(type) && !isVague(type)) return undefined
  if (form.empty && top === baseline.top) return baseline.neverEmpty ? 'empty' : undefined
  if (baseline.top !== 'object' && baseline.top !== 'array') return undefined
  if (json?.kind === 'object') return judgeObject(baseline, json)
  return top !== undefined && top !== baseline.top && baseline.steady ? 'shape' : undefined
}

/** HTML where none was, or plain text where there was JSON. */
function isForeign({ types, top: usual }: RouteBaseline, { type, top }: AnswerForm, known: boolean): boolean {
  if (isHtml(type)) return !known && usual !== undefined
  if (usual !== 'object' && usual !== 'array') return false
  if (top === 'markup') return known || isJsonType(type) || isVague(type)
  return !known && top === 'other' && isVague(type) && types.every(isJsonType)
}

function isHtml(type: string): boolean {
  return type === 'text/html' || type === 'application/xhtml+xml'
}

function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

/** Says nothing of what the body is. */
function isVague(type: string): boolean {
  return type === '' || type === 'text/plain' || type === 'application/octet-stream'
}

type ObjectNode = JsonNode & { readonly kind: 'object' }
type Members = ReadonlyMap<string, JsonNode>

function judgeObject(baseline: RouteBaseline, json: ObjectNode): FormVerdict {
  const members: Members = new Map(json.entries)
  const saysError = saysFailure(members)
  const wrong = baseline.top === 'array' ? wrongForList(baseline, saysError) : wrongObject(baseline, members, saysError)
  return wrong !== undefined && saysError && saysClientFault(members) ? 'refusal' : wrong
}

function wrongForList({ steady }: RouteBaseline, saysError: boolean): SoftSign | undefined {
  if (saysError) return 'error'
  return steady ? 'shape' : undefined
}

function wrongObject(baseline: RouteBaseline, members: Members, saysError: boolean): SoftSign | undefined {
  if (saysError && baseline.neverError && isEnvelope(baseline.members, members)) return 'error'
  let gone = 0
  for (const name of baseline.members) if (!members.has(name)) gone += 1
  return gone > baseline.mayLack ? 'shape' : undefined
}

const errorMembers = ['error', 'errors', 'exception', 'fault'] as const
const successMembers = ['success', 'ok'] as const
const failedStatus = /^(?:error|fail|failed|failure)$/i
/** Members by which answers say how it went, in the usual ways to say so. */
export const outcomeMembers: ReadonlySet<string> = new Set([...errorMembers, ...successMembers, 'status'])

/** An object says of itself that it is a failure. In a record the same may be data: see isEnvelope. */
export function saysFailure(members: Members): boolean {
  for (const name of errorMembers) {
    const value = members.get(name)
    if (value !== undefined && !isBlank(value)) return true
  }
  for (const name of successMembers) {
    const value = members.get(name)
    if (value?.kind === 'literal' && value.raw === 'false') return true
  }
  const status = members.get('status')
  return status?.kind === 'string' && failedStatus.test(status.value)
}

/** Of what was always there, beside what says how it went, more than half is gone or blank. */
function isEnvelope(always: readonly string[], members: Members): boolean {
  let rest = 0
  let gone = 0
  for (const name of always) {
    if (outcomeMembers.has(name)) continue
    rest += 1
    const value = members.get(name)
    if (value === undefined || isBlank(value)) gone += 1
  }
  return rest === 0 ? always.length > 0 : gone * 2 > rest
}

function isBlank(value: JsonNode): boolean {
  switch (value.kind) {
    case 'literal':
      return value.raw !== 'true'
    case 'string':
      return value.value === ''
    case 'array':
      return value.items.length === 0
    case 'object':
      return value.entries.length === 0
    case 'number':
      return value.raw === '0'
  }
}

const statusMembers = ['status', 'statusCode', 'code'] as const

/** Like a 401, 403 or 404 it is an answer: a ghost must not give what was refused. */
function saysClientFault(members: Members): boolean {
  if (namesClientStatus(members)) return true
  for (const name of errorMembers) {
    const value = members.get(name)
    const inner = value?.kind === 'array' ? value.items[0] : value
    if (inner?.kind === 'object' && namesClientStatus(new Map(inner.entries))) return true
  }
  return false
}

function namesClientStatus(members: Members): boolean {
  for (const name of statusMembers) {
    const value = members.get(name)
    const text = value?.kind === 'number' ? value.raw : value?.kind === 'string' ? value.value : ''
    if (/^4\d\d$/.test(text)) return true
  }
  return false
}
