// thread: history
// Rows in the text format of COPY (PostgreSQL, «COPY», File Formats): columns apart by tabs, `\N` for NULL.
import type { RowSink } from './engine.js'

const CHUNK_LENGTH = 1 << 16
const special = /[\\\t\n\r\0]/
const escaped: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

export class CopySink implements RowSink {
  readonly #columns: number
  readonly #chunks: string[] = []
  #text = ''
  #inRow = 0

  constructor(columns: number) {
    this.#columns = columns
  }

  endRow(): void {
    if (this.#inRow !== this.#columns) throw new Error(`a row has ${this.#inRow} values for ${this.#columns} columns`)
    this.#inRow = 0
    this.#text += '\n'
    if (this.#text.length < CHUNK_LENGTH) return
    this.#chunks.push(this.#text)
    this.#text = ''
  }

  /** All rows; nothing may be added afterwards. */
  chunks(): Buffer[] {
    if (this.#text !== '') this.#chunks.push(this.#text)
    return this.#chunks.map(text => Buffer.from(text))
  }

  time(epochMs: number): void {
    this.#put(new Date(epochMs).toISOString())
  }

  int(value: number): void {
    this.#put(String(value))
  }

  big(value: number): void {
    this.#put(String(value))
  }

  small(value: number): void {
    this.#put(String(value))
  }

  real(value: number | null): void {
    this.#put(value === null ? '\\N' : String(value))
  }

  double(value: number): void {
    this.#put(String(value))
  }

  text(value: string | null): void {
    this.#put(value === null ? '\\N' : special.test(value) ? withEscapes(value) : value)
  }

  bytes(value: Uint8Array): void {
    this.#put(`\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`)
  }

  #put(text: string): void {
    this.#text += this.#inRow === 0 ? text : `\t${text}`
    this.#inRow += 1
  }
}

/** A NUL has no place in a text of PostgreSQL; it is left out. */
function withEscapes(value: string): string {
  return value.replace(/[\\\t\n\r\0]/g, character => escaped[character] ?? '')
}
