// thread: any
// What is to be forgotten, and how it is found again wherever something is kept. It is said by salted digests: a memory, a Redis
// and a log may know of it for weeks without holding what was to be forgotten.
import { createHash, randomBytes } from 'node:crypto'
import { contentCoding, decodeContent } from './content-coding.js'
import type { Exchange } from './exchange.js'

/** A text, found in others without being known: its length, a rolling sum that is quick to compare, and a digest that decides. */
export interface TextMark {
  /** Octets of UTF-8. */
  readonly length: number
  /** Sum over the octets, u32. */
  readonly sum: number
  readonly digest: string
}

export type ForgetSubject =
  /** All of one credential: the keyed hash that edges give it. */
  | { readonly kind: 'scope'; readonly scope: TextMark }
  /** All that was said at these paths. `method` '': any. A segment is a digest; null: any one; the last one `**`: all below. */
  | { readonly kind: 'route'; readonly method: string; readonly segments: readonly (string | null)[] }
  /** Every exchange that holds the text. */
  | { readonly kind: 'match'; readonly text: TextMark }

/** What was to be forgotten once, and must not come back. */
export interface Forgetting {
  readonly id: string
  /** What is newer is kept, epoch ms. */
  readonly at: number
  /** Until then it is seen to that nothing comes back, epoch ms. */
  readonly until: number
  readonly salt: string
  readonly subject: ForgetSubject
}

/** How it stands with one place where something may be kept. */
export interface ForgottenIn {
  /** `memory`, `history (timescale)`, … */
  readonly store: string
  /** Before, of it gone, and found when all was searched once more. */
  readonly found: number
  readonly erased: number
  readonly remaining: number
  /** What these are: `2 answers, 1 record`; '' for nothing. */
  readonly what: string
  /** What is wrong and what to do; '' where all is well. */
  readonly problem: string
}

/** What one of several instances said of it. */
export interface ForgottenBy {
  readonly instance: string
  readonly state: 'done' | 'waiting' | 'failed'
}

export interface ForgetReport {
  readonly id: string
  readonly about: ForgetSubject['kind']
  /** Nothing was changed. */
  readonly dryRun: boolean
  readonly at: string
  readonly stores: readonly ForgottenIn[]
  /** Others that share a Redis with this one. */
  readonly instances: readonly ForgottenBy[]
  /** Nothing remains, and every place was searched. Of a dry run: every place was searched. */
  readonly complete: boolean
  readonly notes: readonly string[]
}

/** So long it is seen to that nothing comes back: an instance that was away for longer is to begin with an empty memory. */
export const FORGOTTEN_FOR_MS = 30 * 86_400_000
/** Name of the state of the memory that lists what was to be forgotten and may come again: JSON, an array of {@link Forgetting}. */
export const FORGOTTEN_STATE = 'forgotten'
const REST = '**'
/** Larger bodies are searched as they are coded. */
const MAX_DECODED_BYTES = 16 << 20
const BASE = 0x01000193
const PERCENT = 0x25
const BACKSLASH = 0x5c

const lower = Uint8Array.from({ length: 256 }, (_, octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet))

export type ForgetRequest =
  /** `scope`: the keyed hash, not the credential. */
  | { readonly kind: 'scope'; readonly scope: string }
  | { readonly kind: 'route'; readonly route: string }
  | { readonly kind: 'match'; readonly text: string }

/** `now`: epoch ms. */
export function forgettingOf(request: ForgetRequest, now: number): Forgetting {
  const salt = randomBytes(12).toString('base64url')
  return {
    id: randomBytes(6).toString('hex'),
    at: now,
    until: now + FORGOTTEN_FOR_MS,
    salt,
    subject: subjectOf(request, salt),
  }
}

function subjectOf(request: ForgetRequest, salt: string): ForgetSubject {
  switch (request.kind) {
    case 'scope':
      return { kind: 'scope', scope: markOf(request.scope, salt) }
    case 'match':
      return { kind: 'match', text: markOf(request.text, salt) }
    case 'route': {
      const [, method = '', path = ''] = /^(?:([A-Za-z]+) )?(\/.*)$/.exec(request.route) ?? []
      return {
        kind: 'route',
        method: method.toUpperCase(),
        segments: segmentsIn(path).map(text => segmentOf(text, salt)),
      }
    }
  }
}

/** Undefined: it is a pattern. Else what is wrong with it. */
export function routeProblem(route: string): string | undefined {
  return /^(?:[A-Za-z]+ )?\/\S*$/.test(route)
    ? undefined
    : 'a route is a path such as /users/{id}, with or without its method: GET /users/{id}'
}

function segmentsIn(path: string): string[] {
  const text = path.replace(/[?#].*$/, '').replace(/^\//, '')
  return text === '' ? [] : text.split('/')
}

function segmentOf(text: string, salt: string): string | null {
  if (text === '*' || /^\{.*\}$/.test(text)) return null
  return text === REST ? REST : digestOf(Buffer.from(text), salt)
}

function markOf(text: string, salt: string): TextMark {
  const octets = lowered(Buffer.from(text))
  return { length: octets.length, sum: sumOf(octets), digest: digestOf(octets, salt) }
}

function lowered(octets: Buffer): Buffer {
  return Buffer.from(octets.map(octet => lower[octet]!))
}

function sumOf(octets: Uint8Array): number {
  let sum = 0
  for (const octet of octets) sum = (Math.imul(sum, BASE) + octet) | 0
  return sum >>> 0
}

function digestOf(octets: Uint8Array, salt: string): string {
  return createHash('sha256').update(salt).update(octets).digest('base64url').slice(0, 22)
}

/** As much of an exchange as whoever asks has of it. */
export interface Sought {
  readonly method: string
  /** With its query. */
  readonly target: string
  readonly scope: string
  readonly requestHeaders?: readonly string[]
  readonly requestBody?: Uint8Array
  readonly headers?: readonly string[]
  readonly body?: Uint8Array
}

/** What was captured and came to an end before it was to be forgotten. */
export function isForgotten(matchers: readonly ForgetMatcher[], exchange: Exchange): boolean {
  return matchers.some(matcher => matcher.covers(exchange.completedAt) && matcher.exchange(soughtOf(exchange)))
}

function soughtOf({ path, query, ...same }: Exchange): Sought {
  return { ...same, target: query === '' ? path : `${path}?${query}` }
}

/** Tells what is to be forgotten from what is not. Letters A–Z in any case; else octet for octet. */
export class ForgetMatcher {
  readonly forgetting: Forgetting
  /** Of a text that is sought: the weight of the octet that leaves the window. */
  readonly #leaving: number
  readonly #mark: TextMark | undefined

  constructor(forgetting: Forgetting) {
    const { subject } = forgetting
    this.forgetting = forgetting
    this.#mark = subject.kind === 'match' ? subject.text : subject.kind === 'scope' ? subject.scope : undefined
    let weight = 1
    for (let i = 0; i < (this.#mark?.length ?? 0); i++) weight = Math.imul(weight, BASE)
    this.#leaving = weight
  }

  /** What came to an end later is kept: it is not what was to be forgotten. */
  covers(completedAt: number): boolean {
    return completedAt <= this.forgetting.at
  }

  exchange({ method, target, scope, requestHeaders = [], requestBody, headers = [], body }: Sought): boolean {
    const { subject } = this.forgetting
    switch (subject.kind) {
      case 'scope':
        return this.scope(scope)
      case 'route':
        return this.path(method, target)
      case 'match':
        return (
          this.text(target) ||
          requestHeaders.some(text => this.text(text)) ||
          headers.some(text => this.text(text)) ||
          (requestBody !== undefined && this.body(requestBody, requestHeaders)) ||
          (body !== undefined && this.body(body, headers))
        )
    }
  }

  /** The keyed hash of a credential. */
  scope(scope: string): boolean {
    const { subject } = this.forgetting
    return subject.kind === 'scope' && scope.length === subject.scope.length && this.#holds(Buffer.from(scope))
  }

  /** `target`: a path, with or without a query, or the pattern of a route. */
  path(method: string, target: string): boolean {
    const { subject, salt } = this.forgetting
    if (subject.kind !== 'route' || (subject.method !== '' && subject.method !== method)) return false
    const parts = segmentsIn(target)
    const { segments } = subject
    const hasRest = segments.at(-1) === REST
    const count = hasRest ? segments.length - 1 : segments.length
    if (hasRest ? parts.length < count : parts.length !== count) return false
    return segments
      .slice(0, count)
      .every((segment, i) => segment === null || segment === digestOf(Buffer.from(parts[i]!), salt))
  }

  /** A text that stands anywhere: a target, a sentence, JSON. Also within its own escapes. */
  text(text: string): boolean {
    if (this.#mark === undefined) {
      const [, method, target] = /^(?:([A-Z]+) )?(\/\S*)$/.exec(text) ?? []
      const { subject } = this.forgetting
      return target !== undefined && this.path(method ?? (subject.kind === 'route' ? subject.method : ''), target)
    }
    return this.octets(Buffer.from(text))
  }

  /** Decoded first, where it is coded. `headers`: those that came with it. */
  body(body: Uint8Array, headers: readonly string[]): boolean {
    if (body.length === 0) return false
    const coding = contentCoding(headers)
    const plain = coding === '' ? undefined : decodeContent(body, coding, MAX_DECODED_BYTES)
    return (plain !== undefined && this.octets(plain)) || this.octets(body)
  }

  /** As it stands, without `%40`, and without `\u0040`. Nothing for a route. */
  octets(octets: Uint8Array): boolean {
    if (this.#holds(octets)) return true
    if (this.#mark === undefined || octets.length <= this.#mark.length) return false
    const hasPercent = octets.includes(PERCENT)
    const hasBackslash = octets.includes(BACKSLASH)
    if (!hasPercent && !hasBackslash) return false
    const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString()
    return (
      // A plus is itself in a path, and a space in a form.
      (hasPercent && [text, text.replaceAll('+', ' ')].some(one => this.#holds(Buffer.from(withoutPercents(one))))) ||
      (hasBackslash && this.#holds(Buffer.from(withoutEscapes(text))))
    )
  }

  #holds(octets: Uint8Array): boolean {
    const mark = this.#mark
    if (mark === undefined || octets.length < mark.length) return false
    const { length, sum } = mark
    const leaving = this.#leaving
    const wanted = sum | 0
    let rolling = 0
    for (let i = 0; i < octets.length; i++) {
      rolling = (Math.imul(rolling, BASE) + lower[octets[i]!]!) | 0
      if (i >= length) rolling = (rolling - Math.imul(leaving, lower[octets[i - length]!]!)) | 0
      if (rolling === wanted && i >= length - 1 && this.#isIt(octets.subarray(i - length + 1, i + 1))) return true
    }
    return false
  }

  #isIt(octets: Uint8Array): boolean {
    return digestOf(lowered(Buffer.from(octets)), this.forgetting.salt) === this.#mark!.digest
  }
}

/** What is no escape stays as it is. */
function withoutPercents(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, escapes => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())
}

const plainEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** Of JSON (RFC 8259 §7), also where JSON stands in a string of JSON. */
function withoutEscapes(text: string): string {
  let plain = text
  for (let depth = 0; depth < 3 && plain.includes('\\'); depth++)
    plain = plain.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, letter: string) =>
      code === undefined ? (plainEscapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
    )
  return plain
}

/** Of a list as {@link FORGOTTEN_STATE} holds it: those whose time is not over. `now`: epoch ms. */
export function forgettingsOf(json: string | undefined, now: number): Forgetting[] {
  return json === undefined ? [] : (JSON.parse(json) as Forgetting[]).filter(({ until }) => until > now)
}

/** Whether a text anywhere in it is to be forgotten; names of members among them. `value`: as JSON has it. */
export function holdsForgotten(value: unknown, matcher: ForgetMatcher): boolean {
  if (typeof value === 'string') return matcher.text(value)
  if (typeof value === 'number') return matcher.text(String(value))
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([name, one]) => (!Array.isArray(value) && matcher.text(name)) || holdsForgotten(one, matcher),
  )
}

/** Of things that are kept as they are: those that stay, and how many did not. */
export function withoutForgotten<T>(
  all: readonly T[],
  matcher: ForgetMatcher,
): { readonly kept: T[]; readonly gone: number } {
  const kept = all.filter(one => !holdsForgotten(one, matcher))
  return { kept, gone: all.length - kept.length }
}
