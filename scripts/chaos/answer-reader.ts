// Reads answers off a connection: as much of HTTP/1.1 as a proxy may send to a GET or POST. Pure.

export interface ReceivedAnswer {
  readonly status: number
  /** Names in lower case; of several of one name the last. */
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
}

const HEAD_END = '\r\n\r\n'

export class AnswerReader {
  #text = ''

  /** The octets as latin1: bodies of the known API are ASCII. */
  add(text: string): void {
    this.#text = this.#text === '' ? text : this.#text + text
  }

  /** Undefined: not all of it is here. Throws where it is no HTTP/1.1. */
  next(): ReceivedAnswer | undefined {
    for (;;) {
      const headEnd = this.#text.indexOf(HEAD_END)
      if (headEnd === -1) return undefined
      const [line = '', ...lines] = this.#text.slice(0, headEnd).split('\r\n')
      const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(line)?.[1] ?? Number.NaN)
      if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(line.slice(0, 60))}`)
      const fields = new Map(lines.map(fieldOf))
      const start = headEnd + HEAD_END.length
      if (status < 200) {
        this.#text = this.#text.slice(start)
        continue
      }
      const body = fields.get('transfer-encoding') === 'chunked' ? this.#chunked(start) : this.#counted(start, fields)
      if (body === undefined) return undefined
      this.#text = this.#text.slice(body.end)
      return { status, fields, body: body.text }
    }
  }

  #counted(start: number, fields: ReadonlyMap<string, string>): { text: string; end: number } | undefined {
    const end = start + Number(fields.get('content-length') ?? 0)
    return this.#text.length < end ? undefined : { text: this.#text.slice(start, end), end }
  }

  #chunked(start: number): { text: string; end: number } | undefined {
    let text = ''
    let at = start
    for (;;) {
      const lineEnd = this.#text.indexOf('\r\n', at)
      if (lineEnd === -1) return undefined
      const size = Number.parseInt(this.#text.slice(at, lineEnd), 16)
      if (Number.isNaN(size)) throw new Error('no chunk size')
      const end = lineEnd + 2 + size + 2
      if (this.#text.length < end) return undefined
      text += this.#text.slice(lineEnd + 2, end - 2)
      if (size === 0) return { text, end }
      at = end
    }
  }
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
