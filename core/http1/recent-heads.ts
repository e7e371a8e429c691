// thread: any
// The few heads that came just now, as octets: one that comes again is known where it lies in the read buffer, before anything
// is made of it. A text of it alone would cost more than all the comparing here.
import { Buffer } from 'node:buffer'

const PLACES = 8
/** Longer ones are not kept. */
const MAX_OCTETS = 1024
/** Read as a number: the end of every head. */
const EMPTY_LINE = new DataView(Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a).buffer).getInt32(0, true)

interface Place<Head> {
  readonly octets: Buffer
  readonly words: DataView
  /** With the empty line. */
  length: number
  head: Head
}

export class RecentHeads<Head> {
  readonly #places: Place<Head>[] = []
  /** The next one to be overwritten. */
  #next = 0
  #buffer: Buffer | undefined
  #words: DataView = new DataView(new ArrayBuffer(0))

  /** The head that begins at `from` and is whole before `end`, and how long it is with its empty line; undefined: it is none of these. */
  find(bytes: Buffer, from: number, end: number): { readonly length: number; readonly head: Head } | undefined {
    const words = bytes === this.#buffer ? this.#words : this.#lookAt(bytes)
    for (const place of this.#places) {
      const { length } = place
      // Answers of one second differ by their last lines more often than by their first.
      if (
        from + length <= end &&
        words.getInt32(from + length - 4, true) === EMPTY_LINE &&
        isSame(words, from, place.words, length - 4)
      )
        return place
    }
    return undefined
  }

  /** `bytes[from, from + length)` is a head with its empty line. */
  keep(bytes: Buffer, from: number, length: number, head: Head): void {
    if (length > MAX_OCTETS) return
    let place = this.#places[this.#next]
    if (place === undefined) {
      const octets = Buffer.allocUnsafeSlow(MAX_OCTETS)
      place = { octets, words: new DataView(octets.buffer), length, head }
      this.#places.push(place)
    }
    bytes.copy(place.octets, 0, from, from + length)
    place.length = length
    place.head = head
    this.#next = (this.#next + 1) % PLACES
  }

  /** Connections of a thread read into one buffer. */
  #lookAt(bytes: Buffer): DataView {
    this.#buffer = bytes
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return this.#words
  }
}

/** `length` octets, from the last on. */
function isSame(words: DataView, from: number, known: DataView, length: number): boolean {
  let at = length
  for (; at >= 4; at -= 4) if (words.getInt32(from + at - 4, true) !== known.getInt32(at - 4, true)) return false
  for (; at > 0; at--) if (words.getUint8(from + at - 1) !== known.getUint8(at - 1)) return false
  return true
}
