// thread: main
// What a record says. Pure: octets in, meaning out.
//
//   payload   u8 kind | u8 version of the kind | u48 number of the entry | u32 length of the JSON | JSON | rest
//
// The first eight octets stay what they are in every version: whoever cannot read the rest still knows which entry it is
// about, and parks that entry instead of guessing what became of it.
import { Buffer } from 'node:buffer'
import { type JournalAnswer, type JournalState, journalledMethods, journalStates } from '../contract/journal.js'
import type { Makes } from '../contract/made-id.js'
import type { NamedId } from '../contract/temporary-id.js'

const ENTRY = 1
const STATE = 2
const DAMAGED = 3
const VERSION = 1
/** Of an entry that names a temporary id, or makes what is named by one: to be sent as it stands it must not be. */
const NAMING_VERSION = 2
const FIXED_BYTES = 12

/** The beginning of an entry; its body is the rest of the record. */
export interface EntryHead {
  readonly id: string
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly authority: string | null
  readonly secure: boolean
  readonly remoteAddress: string
  /** Flat; empty once the entry has ended and was written anew. */
  readonly headers: readonly string[]
  readonly hasLength: boolean
  /** Keyed hash of the client's credentials, '' for nobody's. */
  readonly scope: string
  /** Of client and Idempotency-Key together; '' where the client sent none. */
  readonly keyDigest: string
  /** Of method, target and body: tells whether the same key means the same write. */
  readonly fingerprint: string
  readonly maybeSeen: boolean
  /** Epoch ms. */
  readonly acceptedAt: number
  /** See JournalWrite. */
  readonly writer?: string
  readonly seenTag?: string
  readonly makes?: Makes & { readonly temporaryId: string }
  /** Temporary ids in its target and its body: it is not sent before they are real ones. */
  readonly names?: readonly string[]
}

/** All that is known of what became of an entry: the last such record alone counts. */
export interface EntryState {
  readonly state: JournalState
  /** Epoch ms. */
  readonly since: number
  readonly attempts: number
  /** Attempts that the upstream answered with a failure. */
  readonly failures: number
  readonly maybeSeen: boolean
  readonly because: string
  readonly answer: JournalAnswer | null
  /** How what it made is named. */
  readonly made?: NamedId
  /** A person wants it sent whatever stands there by now. */
  readonly unconditional?: boolean
}

export type JournalRecord =
  | { readonly kind: 'entry'; readonly seq: number; readonly head: EntryHead; readonly body: Buffer }
  | { readonly kind: 'state'; readonly seq: number; readonly state: EntryState }
  /** Octets that were no record any more. */
  | { readonly kind: 'damaged'; readonly seq: number; readonly bytes: Buffer }
  | { readonly kind: 'unreadable'; readonly seq: number; readonly because: string }

export function encodeEntry(seq: number, head: EntryHead, body: Uint8Array): Buffer {
  const isNaming = head.makes !== undefined || head.names !== undefined
  return encode(ENTRY, seq, head, body, isNaming ? NAMING_VERSION : VERSION)
}

export function encodeState(seq: number, state: EntryState): Buffer {
  return encode(STATE, seq, state, nothing)
}

export function encodeDamaged(seq: number, bytes: Uint8Array): Buffer {
  return encode(DAMAGED, seq, {}, bytes)
}

const nothing = new Uint8Array(0)

function encode(kind: number, seq: number, value: object, rest: Uint8Array, version = VERSION): Buffer {
  const json = Buffer.from(JSON.stringify(value))
  const payload = Buffer.allocUnsafe(FIXED_BYTES + json.length + rest.length)
  payload[0] = kind
  payload[1] = version
  payload.writeUIntBE(seq, 2, 6)
  payload.writeUInt32BE(json.length, 8)
  json.copy(payload, FIXED_BYTES)
  payload.set(rest, FIXED_BYTES + json.length)
  return payload
}

/** Set in the version of a record whose rest is sealed, see sealed-record.ts. */
export const SEALED_VERSION = 0x80
/** The octets of a record that are never sealed. */
export const OPEN_BYTES = 8

export function isSealedRecord(payload: Uint8Array): boolean {
  return payload.length >= OPEN_BYTES && (payload[1]! & SEALED_VERSION) !== 0
}

/** Undefined: not even the number of the entry is there. */
export function decodeRecord(payload: Buffer): JournalRecord | undefined {
  if (payload.length < OPEN_BYTES) return undefined
  const [kind, version] = payload
  const seq = payload.readUIntBE(2, 6)
  const unreadable = (because: string): JournalRecord => ({ kind: 'unreadable', seq, because })
  if (isSealedRecord(payload))
    return unreadable('it is encrypted and cannot be opened: it was changed, moved or damaged since it was written')
  const isKnown = version === VERSION || (kind === ENTRY && version === NAMING_VERSION)
  if (!isKnown || (kind !== ENTRY && kind !== STATE && kind !== DAMAGED))
    return unreadable(`kind ${kind}, version ${version}: written by another version of the program`)
  if (payload.length < FIXED_BYTES) return unreadable('it is too short')
  const end = FIXED_BYTES + payload.readUInt32BE(8)
  if (end > payload.length) return unreadable('its JSON is longer than it')
  let value: unknown
  try {
    value = JSON.parse(payload.toString('utf8', FIXED_BYTES, end))
  } catch {
    return unreadable('its JSON is none')
  }
  const rest = payload.subarray(end)
  switch (kind) {
    case ENTRY:
      return isHead(value) ? { kind: 'entry', seq, head: value, body: rest } : unreadable('members are missing')
    case STATE:
      return isState(value) ? { kind: 'state', seq, state: value } : unreadable('members are missing')
    default:
      return { kind: 'damaged', seq, bytes: rest }
  }
}

type Members = Readonly<Record<string, unknown>>
const texts = (of: Members, ...names: string[]): boolean => names.every(name => typeof of[name] === 'string')
const counts = (of: Members, ...names: string[]): boolean => names.every(name => Number.isSafeInteger(of[name]))
const flags = (of: Members, ...names: string[]): boolean => names.every(name => typeof of[name] === 'boolean')

function isHead(value: unknown): value is EntryHead {
  if (typeof value !== 'object' || value === null) return false
  const of = value as Members
  const { headers } = of
  return (
    texts(of, 'id', 'method', 'target', 'remoteAddress', 'scope', 'keyDigest', 'fingerprint') &&
    journalledMethods.has(of.method as string) &&
    (of.version === '1.0' || of.version === '1.1') &&
    (of.authority === null || texts(of, 'authority')) &&
    flags(of, 'secure', 'hasLength', 'maybeSeen') &&
    counts(of, 'acceptedAt') &&
    Array.isArray(headers) &&
    headers.length % 2 === 0 &&
    headers.every(text => typeof text === 'string') &&
    (of.writer === undefined || texts(of, 'writer')) &&
    (of.seenTag === undefined || texts(of, 'seenTag')) &&
    (of.names === undefined || isTexts(of.names)) &&
    (of.makes === undefined || isMaking(of.makes))
  )
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(text => typeof text === 'string')
}

function isMaking(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const of = value as Members
  return texts(of, 'temporaryId') && typeof of.ids === 'object' && of.ids !== null
}

function isNamedId(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return texts(value as Members, 'id') && flags(value as Members, 'isNumber')
}

function isState(value: unknown): value is EntryState {
  if (typeof value !== 'object' || value === null) return false
  const of = value as Members
  return (
    journalStates.some(state => state === of.state) &&
    counts(of, 'since', 'attempts', 'failures') &&
    flags(of, 'maybeSeen') &&
    texts(of, 'because') &&
    (of.answer === null || isAnswer(of.answer)) &&
    (of.made === undefined || isNamedId(of.made)) &&
    (of.unconditional === undefined || flags(of, 'unconditional'))
  )
}

function isAnswer(value: unknown): value is JournalAnswer {
  if (typeof value !== 'object' || value === null) return false
  const of = value as Members
  return counts(of, 'status') && texts(of, 'contentType', 'location', 'body')
}
