// thread: any
// What was redacted when it was recorded, put back for sending: fields by the scope of the credentials, texts by their hash. Pure.
import { fieldOf } from '../contract/fields.js'
import { isFieldName } from '../contract/recorded.js'
import type { ReplaySecrets } from '../contract/replays.js'

/** As core/record/redact.ts writes the keyed hash of a secret. */
const hashes = /~([\w-]{22})(?![\w-])/g

/** How the text is spelled where it is put: in a target, or in a body whose octets stand as characters (latin1). */
export type Spelling = 'url' | 'json' | 'plain'

export class Secrets {
  readonly #fields = new Map<string, readonly string[]>()
  readonly #anybody: readonly string[] | undefined
  readonly #values: ReadonlyMap<string, string>

  constructor({ scopes, values }: ReplaySecrets) {
    for (const [scope, fields] of Object.entries(scopes)) this.#fields.set(scope, flat(fields))
    this.#anybody = this.#fields.get('*')
    this.#values = new Map(Object.entries(values))
  }

  /** Request fields of who asks; undefined: the request had credentials, and nobody said which. */
  fieldsOf(scope: string, recorded: readonly string[]): readonly string[] | undefined {
    if (scope === '') return []
    const given = this.#fields.get(scope) ?? this.#anybody
    if (given !== undefined) return given
    // In a query or a body they are texts; from a HAR file they come as they were.
    return hasCredentials(recorded) ? [] : undefined
  }

  /** Undefined: something in it was redacted, and nobody said what it is. */
  filled(text: string, spelling: Spelling): string | undefined {
    if (!text.includes('~')) return text
    let unknown = false
    const full = text.replace(hashes, (all, hash: string) => {
      const secret = this.#values.get(hash)
      if (secret === undefined) {
        unknown = true
        return all
      }
      return spelled(secret, spelling)
    })
    return unknown ? undefined : full
  }
}

function hasCredentials(fields: readonly string[]): boolean {
  return ['authorization', 'cookie'].some(name => fieldOf(fields, name) !== undefined)
}

function spelled(secret: string, spelling: Spelling): string {
  switch (spelling) {
    case 'url':
      return encodeURIComponent(secret)
    case 'json':
      return octets(JSON.stringify(secret).slice(1, -1))
    case 'plain':
      return octets(secret)
  }
}

function octets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function flat(fields: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) => [name.toLowerCase(), value])
}

/** Visible, blank, tab and octets beyond ASCII: nothing that ends a line (RFC 9110 §5.5). */
const sendableValue = /^[\t\x20-\x7e\x80-\xff]*$/
/** Framing and what is of one hop are for whoever sends. */
const ours = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'te',
  'trailer',
  'expect',
])

export function isSendableValue(value: string): boolean {
  return sendableValue.test(value)
}

export function isOurs(name: string): boolean {
  return ours.has(name.toLowerCase())
}

/** Secrets as they stand in a request, or what is wrong with them; never with a value in the sentence. */
export function readSecrets(given: unknown): ReplaySecrets | { readonly problem: string } {
  if (given === undefined) return { scopes: {}, values: {} }
  if (!isObject(given)) return { problem: 'must be an object with the members scopes and values' }
  for (const name of Object.keys(given))
    if (name !== 'scopes' && name !== 'values')
      return { problem: `has a member «${name.slice(0, 40)}»; there are scopes and values` }
  const { scopes = {}, values = {} } = given
  if (!isObject(scopes) || !Object.values(scopes).every(isObject))
    return {
      problem: 'scopes must be like {"*": {"authorization": "Bearer …"}}, with the scope of an exchange or * as names',
    }
  for (const [scope, fields] of Object.entries(scopes as Record<string, Record<string, unknown>>))
    for (const [name, value] of Object.entries(fields)) {
      if (!isFieldName(name) || isOurs(name))
        return {
          problem: `scopes has «${name.slice(0, 40)}» for «${scope.slice(0, 40)}», which is no field that may be set`,
        }
      if (typeof value !== 'string' || !isSendableValue(value))
        return { problem: `scopes has a value for ${name} of «${scope.slice(0, 40)}» that cannot stand in a field` }
    }
  if (!isObject(values) || !Object.values(values).every(value => typeof value === 'string'))
    return { problem: 'values must be like {"<the hash behind the ~>": "the secret"}' }
  return { scopes, values } as unknown as ReplaySecrets
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
