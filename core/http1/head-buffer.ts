// thread: any

const CRLF2 = Buffer.from('\r\n\r\n')
const FIRST_BYTES = 1024

/** Collects a header section that does not arrive in one piece. Memory and work stay bounded however small the pieces. */
export class HeadBuffer {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  /** Frees what was collected in: most connections never need it again. */
  release(): void {
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
  }

  /** Takes `bytes[from, end)`. Returns where the section's empty line begins (CRLF CRLF), or -1 where it is not there yet. */
  add(bytes: Buffer, from: number, end: number): number {
    const before = this.#length
    const length = before + end - from
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length * 2))
      this.#bytes.copy(larger, 0, 0, before)
      this.#bytes = larger
    }
    bytes.copy(this.#bytes, before, from, end)
    this.#length = length
    // The end may lie across two pieces. What stands behind `length` is left over from earlier.
    const at = this.#bytes.indexOf(CRLF2, Math.max(0, before - 3))
    return at >= 0 && at + 4 <= length ? at : -1
  }

  /** The first `length` octets, one character each. */
  text(length: number): string {
    return this.#bytes.toString('latin1', 0, Math.min(length, this.#length))
  }
}
