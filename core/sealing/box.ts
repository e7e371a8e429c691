// thread: any
// Seals octets: AES-256-GCM (NIST SP 800-38D), so that whoever reads the disk learns nothing and whoever changes it is found out.
//
//   sealed   u8 0xC5 | u32 name of the key | 8 octets salt | 12 octets nonce | octets | 16 octets tag
//
// Numbers are big-endian. The key of a record is made of the key of the purpose and the salt, and a box takes another salt long
// before nonces by chance could meet (§8.3: 2^32 of one key). Octets sealed by `sealSame` have a salt of zeros and a nonce made of
// what is sealed: the same octets are sealed to the same ones, which tells that they are the same, and nothing else.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { keyName, type SealingKeys } from '../contract/sealing.js'

const MARK = 0xc5
const SALT_AT = 5
const SALT_BYTES = 8
const NONCE_AT = SALT_AT + SALT_BYTES
const NONCE_BYTES = 12
const OCTETS_AT = NONCE_AT + NONCE_BYTES
const TAG_BYTES = 16
/** By so much what is sealed is longer. */
export const SEALED_BYTES = OCTETS_AT + TAG_BYTES
const SEALS_OF_ONE_SALT = 2 ** 28
/** Keys by salt that are kept at hand; there is one for each time that somebody began to write. */
const KEPT_KEYS = 1024
const NONCES_AT_ONCE = 256
const noSalt = Buffer.alloc(SALT_BYTES)
const algorithm = 'aes-256-gcm'

/** `unknown-key`: it was sealed with a key that is not given. `not-authentic`: it is not what was sealed, or not in its place. */
export class SealedError extends Error {
  constructor(
    readonly code: 'unknown-key' | 'not-authentic',
    message: string,
  ) {
    super(message)
    this.name = 'SealedError'
  }
}

/** Whether octets look as if they were sealed: what else begins with this one must be told apart by its place. */
export function isSealed(octets: Uint8Array): boolean {
  return octets.length >= SEALED_BYTES && octets[0] === MARK
}

/** With which key. */
export function keyIdOf(sealed: Uint8Array): number {
  return ((sealed[1]! << 24) | (sealed[2]! << 16) | (sealed[3]! << 8) | sealed[4]!) >>> 0
}

interface OfKey {
  readonly secret: Uint8Array
  readonly same: KeyObject
  readonly nonces: Uint8Array
  readonly names: Uint8Array
}

export class SealingBox {
  readonly #ids: readonly number[]
  readonly #keys = new Map<number, OfKey>()
  readonly #opened = new Map<string, KeyObject>()
  #salt = noSalt
  #sealing: KeyObject | undefined
  #left = 0
  #chance: Buffer = Buffer.alloc(0)
  #chanceAt = 0

  constructor(keys: SealingKeys) {
    this.#ids = keys.map(({ id }) => id)
    for (const { id, secret } of keys)
      this.#keys.set(id, {
        secret,
        same: keyOfSalt(secret, noSalt),
        nonces: made(secret, 'nonces'),
        names: made(secret, 'names'),
      })
  }

  /** Of the key that seals. */
  get keyId(): number {
    return this.#ids[0]!
  }

  has(keyId: number): boolean {
    return this.#keys.has(keyId)
  }

  /** Sealed, and with the key that seals now. */
  isCurrent(octets: Uint8Array): boolean {
    return isSealed(octets) && keyIdOf(octets) === this.keyId
  }

  /** `about`: where it stands; whoever opens it must say the same. */
  seal(octets: Uint8Array, about: string | Uint8Array): Buffer {
    if (this.#left === 0 || this.#sealing === undefined) {
      this.#salt = randomBytes(SALT_BYTES)
      this.#sealing = keyOfSalt(this.#keys.get(this.keyId)!.secret, this.#salt)
      this.#left = SEALS_OF_ONE_SALT
    }
    this.#left -= 1
    if (this.#chanceAt === this.#chance.length) {
      this.#chance = randomBytes(NONCE_BYTES * NONCES_AT_ONCE)
      this.#chanceAt = 0
    }
    const nonce = this.#chance.subarray(this.#chanceAt, this.#chanceAt + NONCE_BYTES)
    this.#chanceAt += NONCE_BYTES
    return sealed(this.keyId, this.#sealing, this.#salt, nonce, octets, about)
  }

  /** The same octets are sealed to the same ones: for what is looked for by being equal. */
  sealSame(octets: Uint8Array, about: string, keyId: number = this.keyId): Buffer {
    const { same, nonces } = this.#keys.get(keyId)!
    const nonce = createHmac('sha256', nonces).update(`${about}\n`).update(octets).digest().subarray(0, NONCE_BYTES)
    return sealed(keyId, same, noSalt, nonce, octets, about)
  }

  /** As {@link sealSame}, with each of the keys: what may have been sealed before another key took over is found as well. */
  sealSameWithEach(octets: Uint8Array, about: string): Buffer[] {
    return this.#ids.map(id => this.sealSame(octets, about, id))
  }

  /** Throws a {@link SealedError}. */
  open(sealedOctets: Uint8Array, about: string | Uint8Array): Buffer {
    if (!isSealed(sealedOctets)) throw new SealedError('not-authentic', 'it is not encrypted as it should be')
    const octets = Buffer.from(sealedOctets.buffer, sealedOctets.byteOffset, sealedOctets.byteLength)
    const key = this.#keyFor(octets)
    const end = octets.length - TAG_BYTES
    const decipher = createDecipheriv(algorithm, key, octets.subarray(NONCE_AT, OCTETS_AT), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(typeof about === 'string' ? Buffer.from(about) : about)
    decipher.setAuthTag(octets.subarray(end))
    const opened = decipher.update(octets.subarray(OCTETS_AT, end))
    try {
      decipher.final()
    } catch {
      throw new SealedError('not-authentic', 'it is not what was encrypted there: it was changed, moved or damaged')
    }
    return opened
  }

  /** What stands in the place of a name: one that knows the key alone can tell which. 128 bits of HMAC-SHA-256, base64url. */
  nameOf(text: string): string {
    return createHmac('sha256', this.#keys.get(this.keyId)!.names).update(text).digest('base64url').slice(0, 22)
  }

  #keyFor(octets: Buffer): KeyObject {
    const name = octets.toString('latin1', 1, NONCE_AT)
    const known = this.#opened.get(name)
    if (known !== undefined) return known
    const id = keyIdOf(octets)
    const of = this.#keys.get(id)
    if (of === undefined)
      throw new SealedError('unknown-key', `it is encrypted with the key ${keyName(id)}, which is not given`)
    const key = keyOfSalt(of.secret, octets.subarray(SALT_AT, NONCE_AT))
    if (this.#opened.size >= KEPT_KEYS) this.#opened.clear()
    this.#opened.set(name, key)
    return key
  }
}

function sealed(
  keyId: number,
  key: KeyObject,
  salt: Uint8Array,
  nonce: Uint8Array,
  octets: Uint8Array,
  about: string | Uint8Array,
): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(typeof about === 'string' ? Buffer.from(about) : about)
  const hidden = cipher.update(octets)
  cipher.final()
  const all = Buffer.allocUnsafe(SEALED_BYTES + octets.length)
  all[0] = MARK
  all.writeUInt32BE(keyId, 1)
  all.set(salt, SALT_AT)
  all.set(nonce, NONCE_AT)
  hidden.copy(all, OCTETS_AT)
  cipher.getAuthTag().copy(all, OCTETS_AT + octets.length)
  return all
}

function keyOfSalt(secret: Uint8Array, salt: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, salt, 'chaos-proxy record', 32)))
}

function made(secret: Uint8Array, what: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `chaos-proxy ${what}`, 32))
}
