// thread: main
// Records of the journal as they stand on the disk where a key is set.
//
//   payload   u8 kind | u8 0x80 + version of the kind | u48 number of the entry | sealed: u48 stamp | what else there is
//
// The first eight octets are what the rest is bound to: a record cannot be made one of another entry. Stamps count up, so that an
// older record that was put behind a newer one is known for what it is.
import { Buffer } from 'node:buffer'
import { keyName, type SealingKeys } from '../contract/sealing.js'
import { keyIdOf, SEALED_BYTES, SealedError, SealingBox } from '../sealing/box.js'
import { isSealedRecord, OPEN_BYTES, SEALED_VERSION } from './record.js'

const STAMP_BYTES = 6

export interface OpenedRecord {
  /** As it was before it was sealed; as it stands there where it cannot be opened, which {@link isSealedRecord} tells. */
  readonly payload: Buffer
  /** Undefined: it is not sealed, or cannot be opened. */
  readonly stamp: number | undefined
  /** It is to be written anew: plain, or sealed with another key than the one that seals now. */
  readonly isOld: boolean
}

/** Records are sealed with a key that is not given. The message says with which. */
export class JournalKeyError extends Error {
  override readonly name = 'JournalKeyError'
}

export class RecordSealer {
  /** Undefined: nothing is sealed, and what is cannot be opened. */
  readonly #box: SealingBox | undefined
  #stamp = 0

  constructor(keys: SealingKeys | undefined) {
    this.#box = keys && new SealingBox(keys)
  }

  /** By so much a record becomes longer. */
  get moreBytes(): number {
    return this.#box === undefined ? 0 : SEALED_BYTES + STAMP_BYTES
  }

  /** One that could not be opened stays as it is. */
  seal(payload: Buffer): Buffer {
    if (this.#box === undefined || isSealedRecord(payload)) return payload
    this.#stamp += 1
    const head = Buffer.from(payload.subarray(0, OPEN_BYTES))
    head[1] = head[1]! | SEALED_VERSION
    const hidden = Buffer.allocUnsafe(STAMP_BYTES + payload.length - OPEN_BYTES)
    hidden.writeUIntBE(this.#stamp, 0, STAMP_BYTES)
    payload.copy(hidden, STAMP_BYTES, OPEN_BYTES)
    return Buffer.concat([head, this.#box.seal(hidden, head)])
  }

  /** Throws a {@link JournalKeyError}; a record that is not what was written is handed back as it is. */
  open(payload: Buffer): OpenedRecord {
    if (!isSealedRecord(payload)) return { payload, stamp: undefined, isOld: this.#box !== undefined }
    const head = payload.subarray(0, OPEN_BYTES)
    const sealed = payload.subarray(OPEN_BYTES)
    const unopened = { payload, stamp: undefined, isOld: false }
    if (sealed.length < SEALED_BYTES) return unopened
    if (this.#box === undefined)
      throw new JournalKeyError(
        `it is encrypted with the key ${keyName(keyIdOf(sealed))}, and CHAOS_ENCRYPTION_KEY is not set: set it`,
      )
    try {
      const hidden = this.#box.open(sealed, head)
      const stamp = hidden.readUIntBE(0, STAMP_BYTES)
      this.#stamp = Math.max(this.#stamp, stamp)
      const plainHead = Buffer.from(head)
      plainHead[1] = plainHead[1]! & ~SEALED_VERSION
      return {
        payload: Buffer.concat([plainHead, hidden.subarray(STAMP_BYTES)]),
        stamp,
        isOld: !this.#box.isCurrent(sealed),
      }
    } catch (error) {
      if (error instanceof SealedError && error.code === 'unknown-key')
        throw new JournalKeyError(
          `a record in it is encrypted with the key ${keyName(keyIdOf(sealed))}, which CHAOS_ENCRYPTION_KEY does not have: put that one behind the first, with a comma`,
        )
      return unopened
    }
  }
}

/** Tells records that were put behind newer ones of the same entry and kind. */
export class Stamps {
  readonly #last = new Map<string, number>()

  /** False: a newer one was there before. */
  isNext(payload: Buffer, stamp: number | undefined): boolean {
    if (stamp === undefined) return true
    const name = `${payload[0]} ${payload.readUIntBE(2, 6)}`
    const last = this.#last.get(name) ?? 0
    if (stamp <= last) return false
    this.#last.set(name, stamp)
    return true
  }
}
