// thread: any
// A small file that is sealed as a whole where there is a key. One that is plain is read as it is.
import { keyName, type SealingKeys } from '../contract/sealing.js'
import { isSealed, keyIdOf, SealedError, SealingBox } from './box.js'

/** It is encrypted with a key that is not given: it is neither damaged nor to be overwritten. */
export class LockedFileError extends Error {
  override readonly name = 'LockedFileError'
}

export class FileSeal {
  readonly #box: SealingBox | undefined
  readonly #name: string

  /** `name`: of the file, without its folder: one cannot be put in the place of another. */
  constructor(keys: SealingKeys | undefined, name: string) {
    this.#box = keys && new SealingBox(keys)
    this.#name = name
  }

  seal(text: string): string | Buffer {
    return this.#box === undefined ? text : this.#box.seal(Buffer.from(text), this.#name)
  }

  /** It is to be written anew: it is plain though there is a key, or sealed with an older one. */
  isOld(octets: Buffer): boolean {
    return this.#box !== undefined && !this.#box.isCurrent(octets)
  }

  /** Throws a {@link LockedFileError}, or what is wrong with it. */
  open(octets: Buffer): string {
    // No JSON begins with that octet.
    if (!isSealed(octets)) return octets.toString()
    const key = keyName(keyIdOf(octets))
    if (this.#box === undefined)
      throw new LockedFileError(
        `${this.#name} is encrypted with the key ${key}, and CHAOS_ENCRYPTION_KEY is not set: set it`,
      )
    try {
      return this.#box.open(octets, this.#name).toString()
    } catch (error) {
      if (error instanceof SealedError && error.code === 'unknown-key')
        throw new LockedFileError(
          `${this.#name} is encrypted with the key ${key}, which CHAOS_ENCRYPTION_KEY does not have: put that one behind the first, with a comma`,
        )
      throw error
    }
  }
}
