// thread: any

/** Takes octets from a stream by number. Rejects where it ends too early. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#pieces = stream[Symbol.asyncIterator]()
  }

  /** A copy. */
  async take(count: number): Promise<Buffer> {
    const taken: Buffer[] = []
    let missing = count
    while (this.#rest.length < missing) {
      taken.push(this.#rest)
      missing -= this.#rest.length
      this.#rest = await this.#next()
    }
    taken.push(this.#rest.subarray(0, missing))
    this.#rest = this.#rest.subarray(missing)
    return Buffer.concat(taken, count)
  }

  /** With its end; at most `limit` octets. */
  async line(limit: number): Promise<Buffer> {
    for (;;) {
      const end = this.#rest.indexOf(0x0a)
      if (end >= 0) return this.take(end + 1)
      if (this.#rest.length > limit) throw new Error(`its first line is longer than ${limit} octets`)
      this.#rest = Buffer.concat([this.#rest, await this.#next()])
    }
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next()
      if (done === true) return true
      this.#rest = value
    }
    return false
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#pieces.next()
    if (done === true) throw new Error('it ends too early')
    return value
  }
}
