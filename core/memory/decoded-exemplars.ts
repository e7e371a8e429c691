// thread: any
import type { Exemplar, Tombstone } from '../contract/memory.js'
import { decodeExemplar } from './exemplar-codec.js'

interface Decoded {
  readonly bytes: Buffer
  readonly exemplar: Exemplar | Tombstone
}

/** Keys that were asked for once and not again yet. */
const REMEMBERED_KEYS = 16_384

/**
 * Exemplars that were decoded lately. In an outage the same few are asked for again and again: comparing the stored octets
 * with those of last time costs a tenth of decoding them, and cannot miss a change.
 */
export class DecodedExemplars {
  readonly #maxBytes: number
  readonly #opened: (stored: Buffer, key: string) => Buffer | undefined
  readonly #decoded = new Map<string, Decoded>()
  readonly #askedOnce = new Set<string>()
  #bytes = 0

  /** `opened`: what is stored where it is sealed; undefined: it cannot be opened. */
  constructor(maxBytes: number, opened: (stored: Buffer, key: string) => Buffer | undefined = stored => stored) {
    this.#maxBytes = maxBytes
    this.#opened = opened
  }

  /**
   * `stored[0, length)`: what lies in memory under the key; may be a view that the next read overwrites. Undefined: it cannot be
   * opened.
   */
  of(key: string, stored: Buffer, length: number): Exemplar | Tombstone | undefined {
    const known = this.#decoded.get(key)
    if (known !== undefined) {
      if (known.bytes.length === length && stored.compare(known.bytes, 0, length, 0, length) === 0)
        return known.exemplar
      this.#decoded.delete(key)
      this.#bytes -= known.bytes.length
    }
    const bytes = Buffer.from(stored.subarray(0, length))
    const opened = this.#opened(bytes, key)
    if (opened === undefined) return undefined
    const exemplar = decodeExemplar(opened)
    if (length <= this.#maxBytes / 8 && this.#isAskedAgain(key)) {
      this.#decoded.set(key, { bytes, exemplar })
      this.#bytes += length
      for (const [oldest, { bytes: old }] of this.#decoded) {
        if (this.#bytes <= this.#maxBytes) break
        this.#decoded.delete(oldest)
        this.#bytes -= old.length
      }
    }
    return exemplar
  }

  /** One that is asked for once in a while would only push out others that are asked for often. */
  #isAskedAgain(key: string): boolean {
    if (this.#askedOnce.delete(key)) return true
    if (this.#askedOnce.size >= REMEMBERED_KEYS) this.#askedOnce.clear()
    this.#askedOnce.add(key)
    return false
  }
}
