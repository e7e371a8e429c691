// thread: any
// Ids for things that are not made yet. Clients check what an id looks like, so a temporary one looks like those of its kind;
// what tells it from a real one is that the journal remembers it, see journal/book.ts.
import { Buffer } from 'node:buffer'
import { alphabetOf, type IdFormat, isId } from './id-format.js'
import { mintId, type RandomBytes } from './mint-id.js'

/** How the ids of one kind of thing look. */
export interface IdLook {
  /** It stands in JSON as a number. */
  readonly isNumber: boolean
  /** What all of them begin with: `usr_`. */
  readonly prefix: string
  readonly format: IdFormat | { readonly style: 'count'; readonly max: number }
}

/** Twelve digits more are no number that every client can hold (RFC 7493 §2.2). */
const SAFE = Number.MAX_SAFE_INTEGER
const INT32 = 2 ** 31 - 1
/** Numbers beyond this are not given out one by one by anybody who still has a 32-bit id. */
const FAR_IN_INT32 = 2_000_000_000
const FAR = 2 ** 52
const forms: readonly IdFormat[] = ([4, 7] as const).flatMap(version =>
  [false, true].map(upper => ({ style: 'uuid', version, upper }) as const),
)
/** A text by chance must not be a real one. */
const MIN_LENGTH = 12
const MAX_LENGTH = 64

/** `texts`: some ids of one kind. Undefined: they have no look that could be imitated. */
export function idLookOf(texts: readonly string[], isNumber: boolean): IdLook | undefined {
  const [first] = texts
  if (first === undefined) return undefined
  if (texts.every(text => /^(?:0|[1-9]\d{0,15})$/.test(text))) {
    // In steps, for what is taught should not be another with each thing that is made.
    const max = 2 ** Math.ceil(Math.log2(Math.max(...texts.map(Number)) + 1))
    return max >= FAR ? undefined : { isNumber, prefix: '', format: { style: 'count', max } }
  }
  if (isNumber) return undefined
  const format = forms.find(form => texts.every(text => isId(form, text)))
  if (format !== undefined) return { isNumber, prefix: '', format }
  for (const upper of [true, false])
    if (texts.every(text => isId({ style: 'ulid', upper }, text) && /[a-z]/i.test(text)))
      return { isNumber, prefix: '', format: { style: 'ulid', upper } }
  const prefix = sharedPrefix(texts)
  const alphabet = alphabetOf(texts.map(text => text.slice(prefix.length)).join(''))
  const length = Math.max(MIN_LENGTH, ...texts.map(text => text.length - prefix.length))
  return alphabet === undefined || length > MAX_LENGTH
    ? undefined
    : { isNumber, prefix, format: { style: 'text', alphabet, length } }
}

/** Up to a mark that divides: what else two ids have in common at their beginning they may have by chance. */
function sharedPrefix(texts: readonly string[]): string {
  const prefix = /^[A-Za-z]{1,16}[_-]/.exec(texts[0]!)?.[0] ?? ''
  return texts.every(text => text.startsWith(prefix)) ? prefix : ''
}

/** An id of this look that is far from those that are given out. */
export function mintTemporaryId({ prefix, format }: IdLook, now: number, random: RandomBytes): string {
  if (format.style !== 'count') return prefix + mintId(format, now, random)
  const [low, high] = format.max < FAR_IN_INT32 / 2 ? [FAR_IN_INT32, INT32] : [FAR, SAFE]
  const bytes = random(6)
  let drawn = 0
  for (const byte of bytes) drawn = drawn * 256 + byte
  return String(low + (drawn % (high - low)))
}

// ── where one is named ───────────────────────────────────────────────────────────────────────────────────────────────

/** What an id became: its text, and whether it stands in JSON as a number. */
export interface NamedId {
  readonly id: string
  readonly isNumber: boolean
}

/** An id stands by itself: as a part of a longer word it is another one. None of ours has other characters. */
const words = /[\w-]+/g

/** Those of `ids` that stand in the text. */
export function idsIn(text: string, ids: { has(id: string): boolean }): string[] {
  const found = new Set<string>()
  for (const [word] of text.matchAll(words)) if (ids.has(word)) found.add(word)
  return [...found]
}

/** The text with each of these ids replaced by what it became. */
export function withRealIds(text: string, real: ReadonlyMap<string, NamedId>): string {
  return replaced(text, real, id => id)
}

/** The same in a target or a form, where an id from a body must not say more than an id (RFC 3986 §2.1). */
export function withRealIdsInUrl(text: string, real: ReadonlyMap<string, NamedId>): string {
  // By way of octets, for halves of a character have no spelling.
  return replaced(text, real, id => encodeURIComponent(Buffer.from(id).toString()))
}

function replaced(text: string, real: ReadonlyMap<string, NamedId>, spelled: (id: string) => string): string {
  if (real.size === 0) return text
  return text.replace(words, word => {
    const became = real.get(word)
    return became === undefined ? word : spelled(became.id)
  })
}

const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/** The same in JSON text, where a number may become a string; everything else stays as it is written. */
export function withRealIdsInJson(text: string, real: ReadonlyMap<string, NamedId>): string {
  return text.replace(tokens, token => {
    if (token.startsWith('"'))
      return token.replace(words, word => {
        const became = real.get(word)
        return became === undefined ? word : JSON.stringify(became.id).slice(1, -1)
      })
    const became = real.get(token)
    if (became === undefined) return token
    return became.isNumber ? became.id : JSON.stringify(became.id)
  })
}
