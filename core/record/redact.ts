// thread: edge
// What is secret never leaves the edge thread in the clear. Names are compared without case, `-` and `_`.

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

/** Three base64url parts of which the first is a JSON object: a JSON Web Token (RFC 7519), wherever it stands. */
const jwt = /eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]{4,}/g

export interface RedactedQuery {
  readonly query: string | undefined
  /** The secret values, joined; '' where there were none. They count as credentials. */
  readonly secrets: string
}

export interface RedactedBody {
  readonly body: Buffer
  readonly redactions: number
}

export class Redactor {
  readonly #names: ReadonlySet<string>
  readonly #member: RegExp | undefined
  readonly #hash: (secret: string) => string

  /** `extraNames` join the list above; undefined switches redaction by name and pattern off. */
  constructor(extraNames: readonly string[] | undefined, hash: (secret: string) => string) {
    const names = extraNames === undefined ? [] : [...secretNames, ...extraNames.map(fold).filter(name => name !== '')]
    this.#names = new Set(names)
    this.#hash = hash
    // Between any two letters of a name one `-` or `_` may stand: access_token, accessToken, access-token.
    const spelled = [...this.#names].map(name => [...name].map(escapeRegExp).join('[-_]?')).join('|')
    this.#member =
      names.length === 0
        ? undefined
        : new RegExp(`("(?:${spelled})"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|-?\\d[\\d.eE+-]*)`, 'gi')
  }

  /** Secret parameters become a keyed hash: two secrets stay two, and neither can be read. */
  query(query: string | undefined): RedactedQuery {
    if (query === undefined || query === '' || this.#member === undefined) return { query, secrets: '' }
    let secrets = ''
    let changed = false
    const pairs = query.split('&').map(pair => {
      const mark = pair.indexOf('=')
      if (mark < 0 || mark === pair.length - 1 || !this.#names.has(fold(pair.slice(0, mark)))) return pair
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
    return text.replace(jwt, token => `~${this.#hash(token)}`)
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
    const redacted = text
      .replace(this.#member, (_all: string, name: string) => {
        redactions += 1
        return `${name}"[redacted]"`
      })
      .replace(jwt, () => {
        redactions += 1
        return '[redacted]'
      })
    return redactions === 0 ? { body, redactions } : { body: Buffer.from(redacted, 'latin1'), redactions }
  }
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
