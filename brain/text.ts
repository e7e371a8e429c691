// thread: any
// What of a request may be compared by meaning, and what must be the same. Everything that names, counts, limits or
// negates goes into the partition; only words that a person typed into a search are left to the embedding.
import { createHash } from 'node:crypto'
import { fillers, infinitives, markers, operators, searchNames } from './hard-words.js'
import { type QueryValue, readQuery } from './query-values.js'

export interface RequestParts {
  readonly method: string
  /** `/users/{id}` */
  readonly pattern: string
  /** Octet for octet as the client sent it; it holds the values of the pattern's parameters. */
  readonly path: string
  /** Without the `?`, redacted. */
  readonly query: string
  readonly scope: string
  /** Not needed, for `path` holds them; a route match may be passed as it is. */
  readonly params?: readonly string[]
}

export interface RequestText {
  /**
   * What is embedded: the free text alone, at most {@link MAX_TEXT_CHARS} UTF-16 code units. What is the same throughout a
   * partition (the words of the route, the names of parameters) is left out: it makes all texts alike. Measured with
   * all-MiniLM-L6-v2: `red shoes` and `weather in paris` have a cosine of 0.0, behind the words `api search query` 0.5.
   */
  readonly text: string
  /** Hash of all that must agree. Requests in different partitions never answer each other. */
  readonly partition: string
  /** False: nothing in the request may be compared by meaning, only the very same request could match. */
  readonly freeText: boolean
}

export const MAX_TEXT_CHARS = 512
/** A longer query is a document, not a search: all of it must agree. */
const MAX_QUERY_CHARS = 8192
/** Part of every partition: vectors stored under older rules are never compared with new ones. */
const RULES = 'rules-1'

/** Pure, and total: it never throws, whatever the client sent. */
export function describeRequest(request: RequestParts): RequestText {
  const { method, pattern, path, query, scope } = request
  const hard: unknown[] = [RULES, method, pattern, path, scope]
  if (query.length > MAX_QUERY_CHARS) return { text: '', partition: digest([...hard, query]), freeText: false }
  const entries = readQuery(query).map(entry => ({ ...entry, said: freeTextOf(entry) }))
  // With two searches in one request a word could wander from one to the other: then each must agree as a whole.
  const several = entries.filter(({ said }) => said?.search === true).length > 1
  for (const { name, value, raw, said } of entries) {
    if (said === undefined) hard.push([name, value ?? null, raw ?? ''])
    else hard.push([name, 'free', several ? [said.text] : said.hard])
  }
  const whole = entries.flatMap(({ said }) => said?.text ?? []).join(' ')
  const text = cut(whole, MAX_TEXT_CHARS)
  // What is cut off is not embedded and so must agree.
  hard.push(whole.slice(text.length))
  return { text, partition: digest(hard), freeText: text !== '' }
}

interface FreeText {
  readonly text: string
  /** A search, of which words may be compared by meaning; else a filter of several words. */
  readonly search: boolean
  /** What of it must agree, sorted. */
  readonly hard: readonly string[]
}

/** The value as free text, or undefined where it must agree as a whole. */
function freeTextOf({ name, value, raw }: QueryValue): FreeText | undefined {
  // A lone surrogate is no character: folding would make all of them the same.
  if (value === undefined || raw !== undefined || /\p{Cs}/u.test(value)) return undefined
  const text = fold(value)
  if (!/\p{L}/u.test(text) || isStructured(text)) return undefined
  const words = text.split(' ')
  if (words.length === 1 && isIdentifier(text)) return undefined
  if (isSearchName(name)) return { text, search: true, hard: hardWords(words) }
  // `city=New York` is a filter: case and space may differ, words and their order may not.
  return words.length > 1 && !text.includes(',') ? { text, search: false, hard: [text] } : undefined
}

function isSearchName(name: string): boolean {
  return searchNames.has(name.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase())
}

/** JSON, GraphQL, SQL, filters, quoted phrases: in what is written for machines every character counts. */
function isStructured(text: string): boolean {
  return /[{}[\]<>=;|\\"\u201c-\u201f\u00ab\u00bb]/.test(text) || /^select .* from /.test(text)
}

const identifiers = [
  /^[0-9a-f]{8,}$/, // hash or hex id
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, // uuid
  /^(true|false|null|undefined|yes|no|on|off)$/,
  /[@/_:]/, // address, path, machine name, key:value
  /^(?=.*\d)/, // anything with a digit in it
]

function isIdentifier(text: string): boolean {
  return identifiers.some(pattern => pattern.test(text))
}

/** What must agree of a search, sorted: word order is free, numbers, negations, limits and opposites are not. */
function hardWords(words: readonly string[]): string[] {
  const plain = words.flatMap(plainWords)
  const hard: string[] = []
  plain.forEach((word, i) => {
    if (word === 'to' && infinitives.has(plain[i - 1] ?? '')) return
    if (operators.has(word)) hard.push(`${word} ${operandAfter(plain, i)}`)
    else if (markers.has(word) || !isOrdinary(word)) hard.push(word)
  })
  return hard.sort()
}

/** `non-stick,` → `non` `stick`; `isn't` → `not`; `men's` → `men`. Anything with other marks in it stays as it is. */
function plainWords(token: string): string[] {
  let end = token.length
  while (end > 0 && '.,!?'.includes(token[end - 1]!)) end--
  const word = token.slice(0, end)
  if (!/^[\p{L}\p{M}\p{N}]+(?:['.-][\p{L}\p{M}\p{N}]+)*$/u.test(word)) return token === '-' ? [] : [token]
  return word.split('-').flatMap(part => {
    if (
      /^(do|does|did|is|are|was|were|ca|can|could|wo|would|should|must|has|have|had|need|ai)n'?t$|^cannot$/.test(part)
    )
      return ['not']
    return [part.replace(/'s$/, '').replaceAll("'", '')]
  })
}

/**
 * Only words in plain Latin letters are left to the embedding. The model was taught English without case and accents:
 * to it `año` is `ano`, and letters it does not know are all the same.
 */
function isOrdinary(word: string): boolean {
  return /^[a-z]{2,}$|^[ai]$/.test(word) && !/^[0-9a-f]{8,}$/.test(word)
}

function operandAfter(words: readonly string[], i: number): string {
  for (let j = i + 1; j < words.length; j++) if (!fillers.has(words[j]!)) return words[j]!
  return ''
}

/** One spelling for what reads the same: Unicode's compatible forms, case, quotes, space. Always well formed. */
function fold(text: string): string {
  return text
    .replace(/\p{Cs}/gu, '\ufffd')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('\u2019', "'")
    .replace(/[\p{Zs}\s]+/gu, ' ')
    .trim()
}

function cut(text: string, maxChars: number): string {
  // A half surrogate pair at the cut is no character.
  const end = text.charCodeAt(maxChars - 1) >>> 10 === 0x36 ? maxChars - 1 : maxChars
  return text.slice(0, end)
}

function digest(parts: readonly unknown[]): string {
  // JSON tells apart where one part ends and the next begins, and writes lone surrogates as escapes.
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
