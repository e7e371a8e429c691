// thread: any
// RFC 9112 §7.1, read strictly: what another parser could read differently is an error, not a guess.
import { isTokenOctet, parseFields } from './fields.js'

/** Chunk extensions are skipped. All of a body's together may be this long and its data besides, octets. */
const FREE_EXTENSION_BYTES = 4096
/** A size below this may get one more hex digit and stays below 2^52: exact, and longer than any body. */
const MAX_SIZE_BEFORE_DIGIT = 2 ** 48
/** Zeros in front are digits like others (RFC 9112 §7.1), within reason. */
const MAX_SIZE_DIGITS = 64

const CR = 0x0d
const LF = 0x0a
const TAB = 0x09
const SPACE = 0x20
const SEMICOLON = 0x3b
const COLON = 0x3a
const QUOTE = 0x22
const BACKSLASH = 0x5c

enum At {
  Size,
  Extension,
  SizeLf,
  Data,
  DataCr,
  DataLf,
  TrailerStart,
  TrailerName,
  TrailerValue,
  TrailerLf,
  EndLf,
  Done,
}

export interface ChunkSink {
  /** A view: valid during the call only. */
  onData(chunk: Buffer, last: boolean): void
}

/** Reads the chunked coding out of whatever pieces arrive. One decoder serves one message at a time, see `reset`. */
export class ChunkDecoder {
  #at: At = At.Size
  #size = 0
  #digits = 0
  #dataBytes = 0
  #extensionBytes = 0
  /** Inside of an extension: its name is to come, it is plain, it is quoted, the next octet is quoted by itself. */
  #extension: 'name' | 'plain' | 'quoted' | 'escaped' = 'plain'
  /** Trailer lines so far, latin1. */
  #trailers = ''
  readonly #maxTrailerBytes: number

  constructor(maxTrailerBytes: number) {
    this.#maxTrailerBytes = maxTrailerBytes
  }

  /** The next byte is the first one of a body. */
  reset(): void {
    this.#at = At.Size
    this.#size = 0
    this.#digits = 0
    this.#dataBytes = 0
    this.#extensionBytes = 0
    if (this.#trailers !== '') this.#trailers = ''
  }

  get done(): boolean {
    return this.#at === At.Done
  }

  /** Flat, names in lower case; undefined where there are none. Asked for when `done`. */
  get trailers(): string[] | undefined {
    return this.#trailers === '' ? undefined : parseFields(this.#trailers, 0, this.#trailers.length - 2)
  }

  /** Reads `bytes[from, end)`. Returns the position after what belongs to the body, or -1 where the coding is broken. */
  read(bytes: Buffer, from: number, end: number, sink: ChunkSink): number {
    let i = from
    while (i < end) {
      const byte = bytes[i]!
      switch (this.#at) {
        case At.Size: {
          const digit = hexDigit(byte)
          if (digit >= 0) {
            if (++this.#digits > MAX_SIZE_DIGITS || this.#size >= MAX_SIZE_BEFORE_DIGIT) return -1
            this.#size = this.#size * 16 + digit
          } else if (this.#digits === 0) return -1
          else if (byte === CR) this.#at = At.SizeLf
          else if (byte === SEMICOLON) {
            this.#at = At.Extension
            this.#extension = 'name'
          } else return -1
          i += 1
          break
        }
        case At.Extension:
          if (byte === CR && this.#extension === 'plain') this.#at = At.SizeLf
          else if (!isText(byte) || ++this.#extensionBytes > FREE_EXTENSION_BYTES + this.#dataBytes) return -1
          else this.#readExtension(byte)
          i += 1
          break
        case At.SizeLf:
          if (byte !== LF) return -1
          this.#at = this.#size === 0 ? At.TrailerStart : At.Data
          i += 1
          break
        case At.Data: {
          const stop = Math.min(i + this.#size, end)
          this.#size -= stop - i
          this.#dataBytes += stop - i
          if (this.#size === 0) this.#at = At.DataCr
          sink.onData(bytes.subarray(i, stop), false)
          i = stop
          break
        }
        case At.DataCr:
          if (byte !== CR) return -1
          this.#at = At.DataLf
          i += 1
          break
        case At.DataLf:
          if (byte !== LF) return -1
          this.#at = At.Size
          this.#digits = 0
          i += 1
          break
        // Trailers are kept apart: merged into the header section they would let an origin forge fields (RFC 9110 §6.5.1).
        case At.TrailerStart:
          if (byte === CR) this.#at = At.EndLf
          else if (!isTokenOctet(byte) || !this.#keep(byte)) return -1
          else this.#at = At.TrailerName
          i += 1
          break
        case At.TrailerName:
          if (byte === COLON) this.#at = At.TrailerValue
          else if (!isTokenOctet(byte)) return -1
          if (!this.#keep(byte)) return -1
          i += 1
          break
        case At.TrailerValue:
          if (byte === CR) this.#at = At.TrailerLf
          else if (!isText(byte)) return -1
          if (!this.#keep(byte)) return -1
          i += 1
          break
        case At.TrailerLf:
          if (byte !== LF || !this.#keep(byte)) return -1
          this.#at = At.TrailerStart
          i += 1
          break
        case At.EndLf:
          if (byte !== LF) return -1
          this.#at = At.Done
          return i + 1
        case At.Done:
          return i
      }
    }
    return i
  }

  /** A reader who minds quotes must see the end of the line where we see it. */
  #readExtension(byte: number): void {
    switch (this.#extension) {
      case 'name':
        if (byte !== SPACE && byte !== TAB && byte !== SEMICOLON) this.#extension = byte === QUOTE ? 'quoted' : 'plain'
        break
      case 'plain':
        if (byte === QUOTE) this.#extension = 'quoted'
        else if (byte === SEMICOLON) this.#extension = 'name'
        break
      case 'quoted':
        if (byte === QUOTE) this.#extension = 'plain'
        else if (byte === BACKSLASH) this.#extension = 'escaped'
        break
      case 'escaped':
        this.#extension = 'quoted'
        break
    }
  }

  #keep(byte: number): boolean {
    this.#trailers += String.fromCharCode(byte)
    return this.#trailers.length <= this.#maxTrailerBytes
  }
}

/** May stand in a value: no control character but tab. */
function isText(byte: number): boolean {
  return byte >= SPACE ? byte !== 0x7f : byte === TAB
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
