// thread: any
// The keys as they are given in CHAOS_ENCRYPTION_KEY, and what is made of them: one key for each purpose. Nothing that is said of
// them holds a part of them.
import { hkdfSync, randomBytes } from 'node:crypto'
import type { SealingKeys, SealingPurpose } from '../contract/sealing.js'
import { keyName } from '../contract/sealing.js'

const KEY_BYTES = 32
/** More keys than that are no rotation any more: each that is too old costs a start nothing, but somebody must know what it is for. */
const MAX_KEYS = 16
/** 32 octets by chance have about 30 different ones. */
const MIN_DIFFERENT = 12
const remedy = 'make one with `openssl rand -base64 32`'

export interface GivenKeys {
  /** The first one is what is sealed with. */
  readonly ids: readonly number[]
  of(purpose: SealingPurpose): SealingKeys
}

/** `problem`: completes the sentence «CHAOS_ENCRYPTION_KEY … », and tells nothing of the text. */
export function readGivenKeys(text: string): { readonly keys: GivenKeys } | { readonly problem: string } {
  const words = text.split(',').map(word => word.trim())
  if (words.length > MAX_KEYS) return { problem: `has more than ${MAX_KEYS} keys` }
  const masters: { readonly id: number; readonly octets: Uint8Array }[] = []
  for (const [i, word] of words.entries()) {
    const which = words.length === 1 ? '' : `(key ${i + 1} of ${words.length}) `
    const octets = octetsOf(word)
    if (octets === undefined)
      return { problem: `${which}is not 32 octets in base64 or as 64 hexadecimal digits: ${remedy}` }
    if (new Set(octets).size < MIN_DIFFERENT) return { problem: `${which}was not made by chance: ${remedy}` }
    const id = Buffer.from(derived(octets, 'name')).readUInt32BE(0)
    if (masters.some(other => other.id === id))
      return { problem: `${which}is the same as one before it (${keyName(id)}): leave one out` }
    masters.push({ id, octets })
  }
  return {
    keys: {
      ids: masters.map(({ id }) => id),
      of: purpose => masters.map(({ id, octets }) => ({ id, secret: derived(octets, purpose) })),
    },
  }
}

/** Undefined: there are none. `text`: of settings, which were read before. */
export function givenKeysIn(text: string): GivenKeys | undefined {
  if (text === '') return undefined
  const read = readGivenKeys(text)
  if ('problem' in read) throw new Error(`CHAOS_ENCRYPTION_KEY ${read.problem}`)
  return read.keys
}

/** For what is of no use after the end of whoever wrote it: nobody else ever has it. */
export function passingKeys(): SealingKeys {
  return [{ id: 0, secret: randomBytes(KEY_BYTES) }]
}

function octetsOf(word: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(word)) return Buffer.from(word, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(word)) return undefined
  const octets = Buffer.from(word, 'base64')
  return octets.length === KEY_BYTES ? octets : undefined
}

/** RFC 5869. */
function derived(octets: Uint8Array, what: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', octets, '', `chaos-proxy ${what}`, KEY_BYTES))
}
