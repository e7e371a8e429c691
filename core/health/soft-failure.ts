// thread: edge
// Is a 200 what its route always answered? Cheap signs first: media type, length, first octet, first name. Only where these
// leave a doubt, and the body is small, is it read.
import { isUtf8 } from 'node:buffer'
import {
  type AnswerForm,
  isEmptyContainer,
  judgeForm,
  outcomeMembers,
  type RouteBaseline,
  type SoftSign,
  topOf,
} from '../contract/baseline.js'
import { decodeContent } from '../contract/content-coding.js'
import type { Tier } from '../contract/ghost.js'
import { parseJson } from '../contract/json.js'

/**
 * Nothing, or another shape, is right for some requests: for one that was never asked nobody can tell. An error, HTML and no
 * body at all are failures whatever was asked.
 */
export function isDoubtful(sign: SoftSign): boolean {
  return sign === 'empty' || sign === 'shape'
}

/**
 * May a ghost of this tier stand in for an answer with this sign? An error may be how the API says that there is no such
 * thing: who does not know the thing cannot contradict.
 */
export function mayOverrule(tier: Tier, sign: SoftSign): boolean {
  if (isDoubtful(sign)) return tier === 'exact'
  return sign !== 'error' || (tier !== 'template' && tier !== 'semantic')
}

export interface JudgedAnswer {
  /** See essenceOf. */
  readonly type: string
  /** Lower case, '' for none. */
  readonly coding: string
  /** Whole, as it was sent; undefined where it streams: then the head alone counts. */
  readonly body: Buffer | undefined
}

/** Longer ones are not read. */
const MAX_READ_BYTES = 16 * 1024
/** An envelope says at its beginning that it is one. */
const ENVELOPE_BYTES = 512
const mayFail = /"(?:success|ok)"\s*:\s*false|"(?:errors?|exception|fault)"\s*:|"status"\s*:\s*"(?:error|fail)/i

/** `bare`: the request has no query. `accept` is asked for only where there is a doubt. undefined: nothing is wrong. */
export function softFailureOf(
  baseline: RouteBaseline,
  answer: JudgedAnswer,
  bare: boolean,
  accept: () => string | undefined,
): SoftSign | undefined {
  if (baseline.onlyBare === true && !bare) return undefined
  const form = doubtfulForm(baseline, answer)
  if (form === undefined) return undefined
  const verdict = judgeForm(baseline, form, accept())
  return verdict === 'refusal' ? undefined : verdict
}

/** What is to be judged; undefined: there is no doubt. */
function doubtfulForm(baseline: RouteBaseline, { type, coding, body }: JudgedAnswer): AnswerForm | undefined {
  const known = baseline.types.includes(type)
  if (body === undefined) return known ? undefined : formOf(type, undefined)
  if (body.length === 0) return { type, top: 'nothing', empty: false, json: undefined }
  if (coding === '') return known && isUsual(baseline, body) ? undefined : formOf(type, body)
  const isSmall = body.length <= MAX_READ_BYTES
  if (known && (!isSmall || body.length >= baseline.minCodedBytes)) return undefined
  return formOf(type, isSmall ? decodeContent(body, coding, MAX_READ_BYTES) : undefined)
}

function isUsual(baseline: RouteBaseline, body: Buffer): boolean {
  const { top } = baseline
  if (top !== 'object' && top !== 'array') return body[0] !== 0x3c || top === 'markup'
  if (topOf(body) !== top) return false
  // Where no length was seen, what is empty has to be looked for.
  const { minBytes } = baseline
  if ((minBytes === 0 || body.length < minBytes) && isEmptyContainer(body)) return false
  if (top === 'array') return true
  if (body.length < minBytes) return false
  const { firstName, witness, isEnveloped } = expectedOf(baseline)
  if (firstName !== undefined) {
    if (!beginsWith(body, firstName)) return false
  } else if (witness !== undefined && !body.includes(witness)) return false
  return !isEnveloped || !mayFail.test(body.toString('latin1', 0, ENVELOPE_BYTES))
}

/** Its first string is this one. Octet by octet: for so few of them a call out of JavaScript costs more than the look. */
function beginsWith(body: Buffer, name: Buffer): boolean {
  let at = 0
  while (at < body.length && body[at] !== 0x22) at++
  if (at + name.length > body.length) return false
  for (let i = 0; i < name.length; i++) if (body[at + i] !== name[i]) return false
  return true
}

function formOf(type: string, plain: Buffer | undefined): AnswerForm {
  if (plain === undefined) return { type, top: undefined, empty: false, json: undefined }
  const top = topOf(plain)
  const isRead = (top === 'object' || top === 'array') && plain.length <= MAX_READ_BYTES && isUtf8(plain)
  return {
    type,
    top,
    empty: isEmptyContainer(plain),
    json: isRead ? parseJson(plain.toString().replace(/^\uFEFF/, '')) : undefined,
  }
}

/** Octets to look for, worked out once a lesson. */
interface Expected {
  readonly firstName: Buffer | undefined
  readonly witness: Buffer | undefined
  /** A usual answer says that it is none of a failure: an unusual one may differ in that alone. */
  readonly isEnveloped: boolean
}

const expected = new WeakMap<RouteBaseline, Expected>()

function expectedOf(baseline: RouteBaseline): Expected {
  let found = expected.get(baseline)
  if (found === undefined) {
    const { first, members } = baseline
    found = {
      firstName: quoted(first),
      witness: quoted(members.find(name => !outcomeMembers.has(name))),
      isEnveloped: members.some(name => outcomeMembers.has(name)),
    }
    expected.set(baseline, found)
  }
  return found
}

function quoted(name: string | undefined): Buffer | undefined {
  return name === undefined ? undefined : Buffer.from(JSON.stringify(name))
}
