// thread: edge
// RFC 9112 §7.1, read strictly: what another parser could read differently is an error, not a guess.

/** Longest chunk extension that is skipped, and longest trailer section that is dropped, octets. */
const MAX_EXTENSION_BYTES = 4096

enum At {
  Size,
  Extension,
  SizeLf,
  Data,
  DataCr,
  DataLf,
  TrailerStart,
  Trailer,
  TrailerLf,
  EndLf,
  Done,
}

export class ChunkDecoder {
  #at: At = At.Size
  #size = 0
  #digits = 0
  #skipped = 0
  readonly #maxTrailerBytes: number

  constructor(maxTrailerBytes: number) {
    this.#maxTrailerBytes = maxTrailerBytes
  }

  get done(): boolean {
    return this.#at === At.Done
  }

  /**
   * Reads from `from` to `end` at most and hands data on as views. Returns the position after what was read: `end`, or
   * less when the body ended there; -1 where the coding is broken. `onData` may return false to stop for now.
   */
  read(bytes: Buffer, from: number, end: number, onData: (chunk: Buffer) => void): number {
    let i = from
    while (i < end) {
      switch (this.#at) {
        case At.Size: {
          const byte = bytes[i]!
          const digit = hexDigit(byte)
          if (digit >= 0) {
            // 13 digits are 2^52: more cannot be counted exactly, and no body is that long.
            if (++this.#digits > 13) return -1
            this.#size = this.#size * 16 + digit
          } else {
            if (this.#digits === 0) return -1
            if (byte === 0x0d) this.#at = At.SizeLf
            else if (byte === 0x3b) {
              this.#at = At.Extension
              this.#skipped = 0
            } else return -1
          }
          i += 1
          break
        }
        case At.Extension: {
          const byte = bytes[i]!
          if (byte === 0x0d) this.#at = At.SizeLf
          else if (byte === 0x0a || byte === 0 || ++this.#skipped > MAX_EXTENSION_BYTES) return -1
          i += 1
          break
        }
        case At.SizeLf:
          if (bytes[i] !== 0x0a) return -1
          i += 1
          if (this.#size === 0) {
            this.#at = At.TrailerStart
            this.#skipped = 0
          } else this.#at = At.Data
          break
        case At.Data: {
          const take = Math.min(this.#size, end - i)
          this.#size -= take
          if (this.#size === 0) this.#at = At.DataCr
          onData(bytes.subarray(i, i + take))
          i += take
          break
        }
        case At.DataCr:
          if (bytes[i] !== 0x0d) return -1
          this.#at = At.DataLf
          i += 1
          break
        case At.DataLf:
          if (bytes[i] !== 0x0a) return -1
          this.#at = At.Size
          this.#digits = 0
          i += 1
          break
        case At.TrailerStart:
          // Trailers are dropped whole: merging them into the header section would let an origin forge fields.
          this.#at = bytes[i] === 0x0d ? At.EndLf : At.Trailer
          if (this.#at === At.EndLf) i += 1
          break
        case At.Trailer: {
          const byte = bytes[i]!
          if (byte === 0x0d) this.#at = At.TrailerLf
          else if (byte === 0x0a || byte === 0) return -1
          if (++this.#skipped > this.#maxTrailerBytes) return -1
          i += 1
          break
        }
        case At.TrailerLf:
          if (bytes[i] !== 0x0a) return -1
          this.#at = At.TrailerStart
          i += 1
          break
        case At.EndLf:
          if (bytes[i] !== 0x0a) return -1
          this.#at = At.Done
          return i + 1
        case At.Done:
          return i
      }
    }
    return i
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
