// thread: edge
// What is secret never leaves the edge thread in the clear. Names are compared without case, `-` and `_`.
import { endOfGraphString } from '../contract/graphql-string.js'
import { decodePart } from '../contract/query-params.js'
import { replaceWebTokens } from './web-tokens.js'

/** Names of fields, parameters and JSON members whose values are secrets. */
export const secretNames = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'clientsecret',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'authtoken',
  'sessiontoken',
  'csrftoken',
  'xsrftoken',
  'securitytoken',
  'apikey',
  'apisecret',
  'apitoken',
  'privatekey',
  'secretkey',
  'accesskey',
  'authorization',
  'auth',
  'signature',
  'sig',
  'jwt',
  'otp',
  'pin',
  'ssn',
  'creditcard',
  'cardnumber',
  'cvv',
  'cvc',
  'sessionid',
  'sid',
] as const

/** The member of a JSON body that holds a GraphQL document. */
const documentMember = /("query"\s*:\s*)("(?:[^"\\]|\\.)*")/g
/** GraphQL by GET. */
const graphParams: ReadonlyMap<string, 'graphql' | 'json'> = new Map([
  ['query', 'graphql'],
  ['variables', 'json'],
])

export interface RedactedQuery {
  readonly query: string | undefined
  /** The secret values, joined; '' where there were none. They count as credentials. */
  readonly secrets: string
}

export interface RedactedText {
  readonly text: string
  /** As in {@link RedactedQuery}. */
  readonly secrets: string
}

export interface RedactedBody {
  readonly body: Buffer
  readonly redactions: number
}

export class Redactor {
  readonly #names: ReadonlySet<string>
  readonly #member: RegExp | undefined
  /** An argument in a GraphQL document. */
  readonly #argument: RegExp | undefined
  readonly #hash: (secret: string) => string

  /** `extraNames` join the list above; undefined switches redaction by name and pattern off. */
  constructor(extraNames: readonly string[] | undefined, hash: (secret: string) => string) {
    const names = extraNames === undefined ? [] : [...secretNames, ...extraNames.map(fold).filter(name => name !== '')]
    this.#names = new Set(names)
    this.#hash = hash
    // Between any two letters of a name one `-` or `_` may stand: access_token, accessToken, access-token.
    const spelled = [...this.#names].map(name => [...name].map(escapeRegExp).join('[-_]?')).join('|')
    this.#argument = names.length === 0 ? undefined : new RegExp(`\\b(?:${spelled})\\s*:\\s*(?=["\\d-])`, 'gi')
    this.#member =
      names.length === 0
        ? undefined
        : new RegExp(`("(?:${spelled})"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|-?\\d[\\d.eE+-]*)`, 'gi')
  }

  /**
   * The body of a request: something is asked by it, so each secret becomes a keyed hash as in a query. GraphQL documents
   * are looked into, those in a JSON body as well.
   */
  requestText(text: string, kind: 'json' | 'graphql' | 'form'): RedactedText {
    if (this.#member === undefined || this.#argument === undefined) return { text, secrets: '' }
    if (kind === 'form') {
      const { query, secrets } = this.query(text)
      return { text: query ?? '', secrets }
    }
    let secrets = ''
    const put = (name: string, secret: string): string => {
      secrets += `\n{${name}=${secret}`
      return `~${this.#hash(secret)}`
    }
    const argument = this.#argument
    const inDocument = (document: string): string => withoutArguments(document, argument, put)
    let redacted = text
    if (kind === 'graphql') redacted = inDocument(text)
    else {
      redacted = redacted.replace(documentMember, (all: string, name: string, literal: string) => {
        const document = stringOf(literal)
        const clean = document === undefined ? undefined : inDocument(document)
        return clean === document ? all : `${name}${JSON.stringify(clean)}`
      })
      redacted = redacted.replace(this.#member, (_all, name: string, value: string) => {
        return `${name}"${put(nameOf(name), stringOf(value) ?? value)}"`
      })
    }
    return { text: replaceWebTokens(redacted, token => put('', token)), secrets }
  }

  /** Secret parameters become a keyed hash: two secrets stay two, and neither can be read. */
  query(query: string | undefined): RedactedQuery {
    if (query === undefined || query === '' || this.#member === undefined) return { query, secrets: '' }
    let secrets = ''
    let changed = false
    const pairs = query.split('&').map(pair => {
      const mark = pair.indexOf('=')
      if (mark < 0 || mark === pair.length - 1) return pair
      if (!this.#names.has(fold(pair.slice(0, mark)))) {
        const kind = graphParams.get(pair.slice(0, mark))
        if (kind === undefined || !/[{]|%7b/i.test(pair)) return pair
        // GraphQL by GET: as it would be in the body of a POST.
        const text = decodePart(pair.slice(mark + 1), true)
        const inner = this.requestText(text, kind)
        if (inner.text === text) return pair
        secrets += inner.secrets
        changed = true
        return `${pair.slice(0, mark)}=${encodeURIComponent(inner.text)}`
      }
      const secret = pair.slice(mark + 1)
      secrets += `\n?${pair.slice(0, mark)}=${secret}`
      changed = true
      return `${pair.slice(0, mark)}=~${this.#hash(secret)}`
    })
    return changed ? { query: pairs.join('&'), secrets } : { query, secrets: '' }
  }

  /** For paths and field values: tokens that can be told by their form. */
  text(text: string): string {
    if (this.#member === undefined || !text.includes('eyJ')) return text
    return replaceWebTokens(text, token => `~${this.#hash(token)}`)
  }

  /** Is this a field whose value must not be stored. */
  isSecretField(name: string): boolean {
    return this.#names.has(fold(name)) || this.#names.has(fold(name.replace(/^x-/, '')))
  }

  /** Secret members of JSON text, and tokens in any text; every other octet stays as it was. */
  body(body: Buffer): RedactedBody {
    if (this.#member === undefined || body.length === 0) return { body, redactions: 0 }
    let redactions = 0
    // latin1 maps each octet to one character and back: UTF-8 and binary survive untouched.
    const text = body.toString('latin1')
    const members = text.replace(this.#member, (_all: string, name: string) => {
      redactions += 1
      return `${name}"[redacted]"`
    })
    const redacted = replaceWebTokens(members, () => {
      redactions += 1
      return '[redacted]'
    })
    return redactions === 0 ? { body, redactions } : { body: Buffer.from(redacted, 'latin1'), redactions }
  }
}

/** A step for each octet, whatever is in it: what is not ended reaches to the end. */
function withoutArguments(document: string, argument: RegExp, put: (name: string, secret: string) => string): string {
  let clean = ''
  let done = 0
  argument.lastIndex = 0
  for (let match = argument.exec(document); match !== null; match = argument.exec(document)) {
    const start = argument.lastIndex
    const end = document[start] === '"' ? endOfGraphString(document, start) + 1 : endOfNumber(document, start)
    const value = document.slice(start, end).replace(/^"{1,3}|"{1,3}$/g, '')
    clean += `${document.slice(done, start)}"${put(nameOf(match[0]), value)}"`
    done = end
    argument.lastIndex = end
  }
  return clean + document.slice(done)
}

function endOfNumber(text: string, start: number): number {
  let end = start
  while (end < text.length && '0123456789.eE+-'.includes(text[end]!)) end += 1
  return end
}

/** `"access_token" : ` → access_token */
function nameOf(text: string): string {
  return text.replace(/[":\s]/g, '')
}

/** The text of a JSON string; undefined where it is none. */
function stringOf(literal: string): string | undefined {
  if (!literal.startsWith('"')) return undefined
  try {
    return JSON.parse(literal) as string
  } catch {
    return undefined
  }
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
