// thread: any
// From a recorded exchange to a request that can be sent: chosen, whole, with its secrets, and safe to write to a socket. Pure.
import { fieldOf } from '../contract/fields.js'
import { placeOf } from '../contract/places.js'
import { bodyKind } from '../contract/question.js'
import { isFieldName } from '../contract/recorded.js'
import type { Recording, ReplayPlan, ReplaySkip } from '../contract/replays.js'
import { pathOf } from '../contract/target.js'
import type { MadeIds } from './made-ids.js'
import type { Ordered } from './order.js'
import { isSafe } from './read-plan.js'
import { isOurs, isSendableValue, type Secrets } from './secrets.js'

/** One that is to be sent. */
export interface Step extends Ordered {
  readonly recording: Recording
  readonly method: string
  /** As recorded: it may be told. */
  readonly target: string
  readonly path: string
  readonly isWrite: boolean
}

export interface SentRequest {
  readonly head: string
  readonly body: Buffer | undefined
}

export interface HeadRules {
  /** Of the target, for Host. */
  readonly authority: string
  /** In front of every path; without a slash at its end. */
  readonly pathPrefix: string
  /** By which this proxy knows what has passed it already. */
  readonly viaName: string
  readonly userAgent: string
}

/** What an HTTP/1.1 request line may hold in origin form (RFC 9112 §3.2.1). */
const originForm = /^\/[\x21\x22\x24-\x7e\x80-\xff]*$/
/** Of what a proxy or a browser adds for one connection or one cache. */
const notSent = new Set(['accept-encoding', 'via', 'user-agent'])

/** Is it in the sample? The same ones with the same seed. */
export function isSampled(id: string, { sample, seed }: Pick<ReplayPlan, 'sample' | 'seed'>): boolean {
  if (sample >= 1) return true
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  // The last characters of ids count up: the finaliser of MurmurHash3 moves all bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < sample
}

/** A step, or why the exchange is not sent. */
export function stepOf(recording: Recording, plan: ReplayPlan, secrets: Secrets): Step | ReplaySkip {
  const { method, captured, bytesIn, scope, client, at, endedAt } = recording
  if (!isSampled(recording.id, plan)) return 'not-sampled'
  const isWrite = !isSafe(method)
  if (isWrite && !plan.writes) return 'write'
  const target = recording.target ?? captured?.target
  if (target === undefined) return 'no-target'
  if (!isFieldName(method) || method === 'other' || method === 'CONNECT' || !originForm.test(target))
    return 'not-a-request'
  if (bytesIn > 0 && (captured === null || captured.requestBody.length === 0)) return 'no-body'
  if (secrets.fieldsOf(scope, captured?.requestHeaders ?? []) === undefined) return 'no-credentials'
  const isUnknown = (text: string): boolean => secrets.filled(text, 'plain') === undefined
  if (
    isUnknown(target) ||
    (captured !== null && captured.requestBody.length > 0 && isUnknown(latin1(captured.requestBody)))
  )
    return 'redacted'
  const path = pathOf(target)
  return { recording, method, target, path, isWrite, client, at, endedAt, place: placeOf(path) }
}

/** With what the ids in it became, and with its secrets: not to be told to anybody. */
export function requestOf(step: Step, ids: MadeIds, secrets: Secrets, rules: HeadRules): SentRequest {
  const { recording, method, target, path } = step
  const fields = recording.captured?.requestHeaders ?? []
  const rewritten = ids.target(target)
  let isOther = rewritten !== target
  let body: Buffer | undefined
  const recorded = recording.captured?.requestBody
  if (recorded !== undefined && recorded.length > 0) {
    const kind = spelledAs(fieldOf(fields, 'content-type'))
    // Octet for octet, whatever it is: latin1 maps each to one character and back.
    const text = latin1(recorded)
    const exchanged = kind === undefined ? text : ids.body(text, kind, path)
    isOther ||= exchanged !== text
    const spelling = kind === 'json' ? 'json' : kind === 'form' ? 'url' : 'plain'
    const full = secrets.filled(exchanged, spelling) ?? exchanged
    body = full === text ? bufferOf(recorded) : Buffer.from(full, 'latin1')
  }
  if (isOther) ids.count()
  const full = secrets.filled(rewritten, 'url') ?? rewritten
  let head = `${method} ${rules.pathPrefix}${full} HTTP/1.1\r\nhost: ${rules.authority}\r\nvia: 1.1 ${rules.viaName}\r\nuser-agent: ${rules.userAgent}\r\n`
  const own = secrets.fieldsOf(recording.scope, fields) ?? []
  const set = new Set<string>()
  for (let i = 0; i < own.length; i += 2) {
    set.add(own[i]!)
    head += `${own[i]}: ${own[i + 1]}\r\n`
  }
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i]!, fields[i + 1]!]
    if (set.has(name) || notSent.has(name) || isOurs(name) || !isFieldName(name) || !isSendableValue(value)) continue
    head += `${name}: ${value}\r\n`
  }
  if (body !== undefined) head += `content-length: ${body.length}\r\n`
  // RFC 9110 §8.6: a method that has a meaning for a body says so where there is none.
  else if (step.isWrite && method !== 'DELETE') head += 'content-length: 0\r\n'
  return { head: `${head}\r\n`, body }
}

function spelledAs(contentType: string | undefined): 'json' | 'form' | 'text' | undefined {
  const kind = bodyKind(contentType)
  if (kind === 'json' || kind === 'form') return kind
  return kind === 'graphql' || contentType?.startsWith('text/') === true ? 'text' : undefined
}

function latin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1')
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
