// thread: learner
// Is a leaf an id that is made anew for each answer? Then no two are alike, all have one form, and what stands around them
// is always the same.
import { type Alphabet, alphabetOf, bitsOf, type IdFormat, isId, timeInId } from '../../core/contract/id-format.js'
import { idIn } from '../../core/contract/volatile.js'

export interface IdEvidence {
  readonly format: IdFormat
  readonly prefix: string
  readonly suffix: string
  /** Repeats that fitted. */
  readonly fitted: number
}

/** Fewer could be met again by chance; more are no ids but what is computed from the answer: digests, signatures, tokens. */
const MIN_BITS = 32
const MAX_BITS = 144
const MAX_LENGTH = 512
/** An id that begins with a time begins with that of its answer. */
const MAX_AGE_MS = 86_400_000

const structured = [
  /[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/i,
  /(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])/i,
]

/** What two different values have in common as ids; undefined: nothing. */
export function beginId(old: string, now: string, at: number): IdEvidence | undefined {
  if (old.length !== now.length || old.length > MAX_LENGTH) return undefined
  for (const form of structured) {
    const match = form.exec(old)
    if (match === null) continue
    const prefix = old.slice(0, match.index)
    const suffix = old.slice(match.index + match[0].length)
    const format = structuredFormat(match[0], at)
    if (format !== undefined && fits({ format, prefix, suffix }, now, at)) return { format, prefix, suffix, fitted: 0 }
  }
  const prefix = commonPrefix(old, now)
  const suffix = commonSuffix(old.slice(prefix.length), now.slice(prefix.length))
  return widened(prefix, suffix, [old, now], undefined, 0)
}

/** The evidence with one value more; undefined: it does not fit. */
export function addId(known: IdEvidence, value: string, at: number): IdEvidence | undefined {
  if (known.format.style !== 'text') return fits(known, value, at) ? known : undefined
  const { format, fitted } = known
  if (value.length !== known.prefix.length + format.length + known.suffix.length) return undefined
  const prefix = commonPrefix(known.prefix, value)
  const suffix = commonSuffix(known.suffix, value)
  // What turns out to be part of the id widens its alphabet.
  const more = known.prefix.slice(prefix.length) + known.suffix.slice(0, known.suffix.length - suffix.length)
  return widened(prefix, suffix, [value], { alphabet: format.alphabet, more }, fitted)
}

/** Enough by chance to be an id, and not so much that it is something else. */
export function isFreshId({ format }: IdEvidence): boolean {
  const bits = bitsOf(format)
  return bits >= MIN_BITS && bits <= MAX_BITS
}

/** The id within a value. */
export function coreOf(evidence: IdEvidence, value: string): string | undefined {
  return idIn({ kind: 'id', ...evidence }, value)
}

function widened(
  prefix: string,
  suffix: string,
  values: readonly string[],
  known: { alphabet: Alphabet; more: string } | undefined,
  fitted: number,
): IdEvidence | undefined {
  const cores = values.map(value => value.slice(prefix.length, value.length - suffix.length))
  const all = cores.join('') + (known?.more ?? '')
  const alphabet = known === undefined ? alphabetOf(all) : alphabetOf(all + widest(known.alphabet))
  // Words have no digits in them.
  if (alphabet === undefined || (known === undefined && !/\d/.test(all))) return undefined
  return { format: { style: 'text', alphabet, length: cores[0]!.length }, prefix, suffix, fitted }
}

/** One character of each kind that an alphabet has beyond the next narrower one. */
function widest(alphabet: Alphabet): string {
  return { digits: '0', hex: 'a', HEX: 'A', base36: 'z', BASE36: 'Z', base62: 'zZ', base64url: '_' }[alphabet]
}

function structuredFormat(core: string, at: number): IdFormat | undefined {
  const upper = core === core.toUpperCase()
  const format: IdFormat =
    core.length === 36 ? { style: 'uuid', version: core[14] === '4' ? 4 : 7, upper } : { style: 'ulid', upper }
  return isId(format, core) && isOfNow(format, core, at) ? format : undefined
}

function fits(known: Pick<IdEvidence, 'format' | 'prefix' | 'suffix'>, value: string, at: number): boolean {
  const core = idIn({ kind: 'id', ...known }, value)
  return core !== undefined && isOfNow(known.format, core, at)
}

function isOfNow(format: IdFormat, core: string, at: number): boolean {
  const time = timeInId(format, core)
  return Number.isNaN(time) || Math.abs(time - at) <= MAX_AGE_MS
}

function commonPrefix(a: string, b: string): string {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return a.slice(0, length)
}

function commonSuffix(a: string, b: string): string {
  let length = 0
  while (length < a.length && length < b.length && a[a.length - 1 - length] === b[b.length - 1 - length]) length += 1
  return a.slice(a.length - length)
}
