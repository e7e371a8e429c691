// thread: edge
// Whose request is it? A keyed hash of the credentials stands for the person, so that what one saw is never given to
// another, and no secret is ever written down.
import { createHmac } from 'node:crypto'

const REMEMBERED = 4096

export class Scopes {
  #key: Buffer
  readonly #fields: ReadonlySet<string>
  /** Hashes of the credentials seen lately: clients send the same ones with every request. */
  readonly #hashes = new Map<string, string>()
  #generation = 0

  /** `key`: kept in the data folder, so that scopes outlive a restart, and shared where instances learn from each other. */
  constructor(key: Buffer, identityHeaders: readonly string[]) {
    this.#key = key
    this.#fields = new Set(identityHeaders)
  }

  /** Counts keys: what was hashed under an earlier one has another name now. */
  get generation(): number {
    return this.#generation
  }

  /** Another key holds from now on: what was learned under the old one is not found any more. */
  rekey(key: Buffer): void {
    this.#key = key
    this.#generation += 1
    this.#hashes.clear()
  }

  /**
   * '' where the request carries no credentials. `querySecrets`: values of secret parameters in the query (`api_key=…`),
   * which identify as much as a header does.
   */
  of(headers: readonly string[], querySecrets: string): string {
    let credentials = querySecrets
    for (let i = 0; i < headers.length; i += 2) {
      if (this.#fields.has(headers[i]!)) credentials += `\n${headers[i]}:${headers[i + 1]}`
    }
    return credentials === '' ? '' : this.hash(credentials)
  }

  /** Keyed hash of a secret, 22 characters. */
  hash(secret: string): string {
    let hash = this.#hashes.get(secret)
    if (hash === undefined) {
      hash = this.hashOnce(secret)
      if (this.#hashes.size >= REMEMBERED) this.#hashes.delete(this.#hashes.keys().next().value!)
      this.#hashes.set(secret, hash)
    }
    return hash
  }

  /** The same, of what somebody else remembers. */
  hashOnce(secret: string): string {
    return createHmac('sha256', this.#key).update(secret).digest('base64url').slice(0, 22)
  }
}
