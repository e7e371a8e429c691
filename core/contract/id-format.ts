// thread: any
// The forms of ids that are made anew for each answer: recognised by those who learn, kept by those who make new ones.

/** Each holds the characters of those that are named in front of it in {@link wider}. */
export const alphabets = {
  digits: '0123456789',
  hex: '0123456789abcdef',
  HEX: '0123456789ABCDEF',
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  BASE36: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  base62: '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  base64url: '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_',
} as const
export type Alphabet = keyof typeof alphabets

/** Narrowest first. */
const wider: readonly Alphabet[] = ['digits', 'hex', 'HEX', 'base36', 'BASE36', 'base62', 'base64url']

export type IdFormat =
  /** RFC 9562: 4 is random, 7 begins with the time. */
  | { readonly style: 'uuid'; readonly version: 4 | 7; readonly upper: boolean }
  /** 48 bits of time and 80 by chance in Crockford's base 32. */
  | { readonly style: 'ulid'; readonly upper: boolean }
  | { readonly style: 'text'; readonly alphabet: Alphabet; readonly length: number }

export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The narrowest alphabet with all of these characters. */
export function alphabetOf(text: string): Alphabet | undefined {
  return wider.find(name => consistsOf(text, alphabets[name]))
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i

/** Is `core` an id of this format? What stands around it is for the caller. */
export function isId(format: IdFormat, core: string): boolean {
  switch (format.style) {
    case 'uuid':
      return uuid.test(core) && core[14] === String(format.version) && hasCase(core, format.upper)
    case 'ulid':
      return ulid.test(core) && hasCase(core, format.upper)
    case 'text':
      return core.length === format.length && consistsOf(core, alphabets[format.alphabet])
  }
}

/** Epoch ms that an id begins with; NaN for one by chance alone. */
export function timeInId(format: IdFormat, core: string): number {
  if (format.style === 'uuid' && format.version === 7) return Number.parseInt(core.slice(0, 8) + core.slice(9, 13), 16)
  if (format.style !== 'ulid') return Number.NaN
  let time = 0
  for (const character of core.slice(0, 10).toUpperCase()) time = time * 32 + CROCKFORD.indexOf(character)
  return time
}

/** How many ids of this form there are, as a power of two. */
export function bitsOf(format: IdFormat): number {
  if (format.style !== 'text') return 128
  return Math.log2(alphabets[format.alphabet].length) * format.length
}

function consistsOf(text: string, characters: string): boolean {
  for (const character of text) if (!characters.includes(character)) return false
  return true
}

function hasCase(text: string, upper: boolean): boolean {
  return text === (upper ? text.toUpperCase() : text.toLowerCase())
}
