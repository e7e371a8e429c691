// thread: edge
// Where the frames of a WebSocket begin and end (RFC 6455 §5.2), and nothing else of them: enough to put a frame of our own
// between two that pass.
const FIN_AND_CLOSE = 0x88
const OPCODE = 0x0f
const CLOSE = 0x8
const MASKED = 0x80
const LENGTH = 0x7f

export class FrameBoundary {
  /** Octets of the present frame that are still to come, behind its header. */
  #left = 0
  /** Octets of the present header that have come, and how long it is as far as is known. */
  #at = 0
  #headerBytes = 2
  #length = 0
  #closes = false

  /** No frame is under way. */
  get between(): boolean {
    return this.#at === 0 && this.#left === 0
  }

  /** A Close frame has begun: after it nothing may be said (§5.5.1). */
  get closes(): boolean {
    return this.#closes
  }

  /** Goes over `chunk`; with `oneFrame` no further than the end of the present frame. Returns how far. */
  pass(chunk: Uint8Array, oneFrame = false): number {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at)
        this.#left -= step
        at += step
      } else this.#readHeader(chunk[at++]!)
      if (oneFrame && this.between) break
    }
    return at
  }

  #readHeader(octet: number): void {
    this.#at += 1
    if (this.#at === 1) {
      this.#closes ||= (octet & OPCODE) === CLOSE
      return
    }
    if (this.#at === 2) {
      const length = octet & LENGTH
      this.#length = length < 126 ? length : 0
      this.#headerBytes = length < 126 ? 2 : length === 126 ? 4 : 10
      // No server masks; but whoever did would be followed all the same.
      if ((octet & MASKED) !== 0) this.#length += 4
    } else this.#length += octet * 256 ** (this.#headerBytes - this.#at)
    if (this.#at < this.#headerBytes) return
    this.#left = this.#length
    this.#at = 0
  }
}

/** A Close frame as a server sends it. `reason`: short, ASCII. */
export function closeFrame(code: number, reason: string): Buffer {
  const frame = Buffer.allocUnsafe(4 + reason.length)
  frame[0] = FIN_AND_CLOSE
  frame[1] = 2 + reason.length
  frame.writeUInt16BE(code, 2)
  frame.write(reason, 4, 'latin1')
  return frame
}
