// Finds the end of one answer after the other on a connection that waits for each: enough for a bench, and not the
// parser that is being measured. Pure.
export class AnswerReader {
  #head = ''
  #status = 0
  /** Octets of the body that are still to come; undefined while the head is read. */
  #left: number | undefined

  /** The status of the answer that these octets complete, 0 where it is not complete yet. Throws where it cannot say. */
  read(octets: Buffer): number {
    let bodyAt = 0
    if (this.#left === undefined) {
      const before = this.#head.length
      this.#head += octets.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n', Math.max(0, before - 3))
      if (end === -1) return 0
      bodyAt = end + 4 - before
      this.#readHead(this.#head.slice(0, end + 2))
      this.#head = ''
    }
    this.#left! -= octets.length - bodyAt
    if (this.#left! > 0) return 0
    if (this.#left! < 0) throw new Error(`${-this.#left!} octets after the end of an answer`)
    this.#left = undefined
    return this.#status
  }

  #readHead(head: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]
    const length = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n/i.exec(head)?.[1]
    if (status === undefined || length === undefined)
      throw new Error(`an answer without status or Content-Length: ${JSON.stringify(head.slice(0, 200))}`)
    this.#status = Number(status)
    this.#left = Number(length)
  }
}
