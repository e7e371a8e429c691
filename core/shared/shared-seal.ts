// thread: shared
// What several instances share, sealed where they have a key, which is the same for all of them: batches in the log, exchanges on
// the shelf and their names, what grading has shown. Where there is none all stands there as it is.
import type { SealingKeys } from '../contract/sealing.js'
import { SealedError, SealingBox } from '../sealing/box.js'
import type { StreamEntry } from './replies.js'

const CHECK = 'these are the instances of a chaos-proxy'
/** Nobody's to read. */
const nothing = Buffer.alloc(0)

export class SharedSeal {
  readonly #box: SealingBox | undefined

  constructor(keys: SealingKeys | undefined) {
    this.#box = keys && new SealingBox(keys)
  }

  get isSealed(): boolean {
    return this.#box !== undefined
  }

  /** `about`: where it stands. */
  seal(octets: Buffer, about: string): Buffer {
    return this.#box === undefined ? octets : this.#box.seal(octets, about)
  }

  /** Undefined: it was sealed with a key that this instance does not have, or changed. */
  open(octets: Buffer, about: string): Buffer | undefined {
    if (this.#box === undefined) return octets
    try {
      return this.#box.open(octets, about)
    } catch (error) {
      if (error instanceof SealedError) return undefined
      throw error
    }
  }

  /** What stands in the place of the name of a request. */
  nameOf(name: string): string {
    return this.#box === undefined ? name : this.#box.nameOf(name)
  }

  /** What cannot be opened comes without octets: that it was there is known all the same. */
  opened(entries: readonly StreamEntry[]): StreamEntry[] {
    return entries.map(entry => ({ ...entry, bytes: this.open(entry.bytes, 'exchanges') ?? nothing }))
  }

  /** For others to see whether they have the key as well. */
  check(): Buffer {
    return this.seal(Buffer.from(CHECK), 'check')
  }

  /** `current`: sealed with the key that seals here. */
  checked(check: Buffer): 'current' | 'older' | 'foreign' {
    if (this.open(check, 'check')?.toString() !== CHECK) return 'foreign'
    return this.#box === undefined || this.#box.isCurrent(check) ? 'current' : 'older'
  }
}
