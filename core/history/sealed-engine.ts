// thread: history
// An engine to which what is said in exchanges goes sealed, and comes back opened. When something happened, on which route and how
// it ended stays plain, for that is what is searched by. Texts are sealed so that the same ones look the same: they are compared.
import type { SealingKeys } from '../contract/sealing.js'
import { keyName } from '../contract/sealing.js'
import { isSealed, keyIdOf, SealedError, SealingBox } from '../sealing/box.js'
import type { Dialect, Engine, RowSink, Sql, SqlValue, Transaction } from './engine.js'

/** Columns that hold what was said, by table. */
const sealedColumns: Readonly<Record<string, ReadonlySet<string>>> = {
  exchanges: new Set(['target']),
  captures: new Set(['target', 'request_headers', 'request_body', 'headers', 'body', 'learned']),
}
const texts = ['target', 'request_headers', 'headers', 'learned'] as const
const octets = ['request_body', 'body'] as const
/** A sealed text: the name of its key, and what was sealed in base64url. No target, and no JSON, begins like that. */
const form = /^~([0-9a-f]{8}):([\w-]+)(#.*)?$/s
/** What the database looks for in `learned` stays in sight. */
const SHARED = '"shared":true'

export class SealedEngine implements Engine {
  readonly #engine: Engine
  readonly #box: SealingBox | undefined
  readonly #onUnopened: (error: Error) => void

  /**
   * `keys` undefined: nothing is sealed, and what is sealed cannot be opened. `onUnopened`: something cannot be, and its target comes
   * as '', which no request has.
   */
  constructor(engine: Engine, keys: SealingKeys | undefined, onUnopened: (error: Error) => void) {
    this.#engine = engine
    this.#box = keys && new SealingBox(keys)
    this.#onUnopened = onUnopened
  }

  get kind(): Engine['kind'] {
    return this.#engine.kind
  }

  get detail(): string {
    return this.#engine.detail
  }

  get dialect(): Dialect {
    return this.#engine.dialect
  }

  get hint(): string {
    return this.#engine.hint
  }

  makeRoomFor(fromMs: number, toMs: number): Promise<void> {
    return this.#engine.makeRoomFor(fromMs, toMs)
  }

  dropExchangesBefore(epochMs: number): Promise<void> {
    return this.#engine.dropExchangesBefore(epochMs)
  }

  compact(tables: readonly string[]): Promise<void> {
    return this.#engine.compact(tables)
  }

  errorOf(error: Error): Error {
    return this.#engine.errorOf(error)
  }

  refusesRows(error: unknown): boolean {
    return this.#engine.refusesRows(error)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }

  /** A target as it may stand in a row, plain or sealed with any of the keys. */
  formsOf(target: string): readonly string[] {
    if (this.#box === undefined) return [target]
    const plain = Buffer.from(target)
    return [target, ...this.#box.sealSameWithEach(plain, 'target').map(sealedText)]
  }

  /** What a text of a column says; undefined: it cannot be opened. */
  textOf(stored: string, column: string): string | undefined {
    try {
      return this.#openText(stored, column)
    } catch (error) {
      if (error instanceof SealedError) return undefined
      throw error
    }
  }

  rows<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#opened(this.#engine.rows<Row>(sql, values))
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#engine.transaction(transaction =>
      work({
        rows: this.#rowsOf(transaction),
        append: (table, columns, count, fill) => {
          const sealed = this.#box && sealedColumns[table]
          if (sealed === undefined) return transaction.append(table, columns, count, fill)
          const box = this.#box!
          return transaction.append(table, columns, count, (index, row) =>
            fill(index, new SealingSink(box, columns, sealed, row)),
          )
        },
      }),
    )
  }

  #rowsOf(sql: Sql): Sql['rows'] {
    return <Row extends object>(text: string, values?: readonly SqlValue[]) => this.#opened(sql.rows<Row>(text, values))
  }

  async #opened<Row extends object>(asked: Promise<Row[]>): Promise<Row[]> {
    const rows = await asked
    for (const row of rows) this.#openRow(row as Record<string, unknown>)
    return rows
  }

  /** A row is sealed as a whole or not at all, which its target tells. */
  #openRow(row: Record<string, unknown>): void {
    if (typeof row.target !== 'string' || !form.test(row.target)) return
    try {
      for (const name of texts) if (typeof row[name] === 'string') row[name] = this.#openText(row[name], name)
      for (const name of octets) if (row[name] instanceof Uint8Array) row[name] = this.#openOctets(row[name], name)
    } catch (error) {
      if (!(error instanceof SealedError)) throw error
      this.#onUnopened(error)
      for (const name of texts) if (name in row) row[name] = name === 'target' ? '' : '[]'
      for (const name of octets) if (name in row) row[name] = new Uint8Array(0)
    }
  }

  #openText(value: string, name: string): string {
    const [, key = '', said] = form.exec(value) ?? []
    if (said === undefined) return value
    if (this.#box === undefined) throw noKey(key)
    return this.#box.open(Buffer.from(said, 'base64url'), name).toString()
  }

  #openOctets(value: Uint8Array, name: string): Uint8Array {
    if (value.length === 0) return value
    if (this.#box === undefined) throw noKey(isSealed(value) ? keyName(keyIdOf(value)) : '')
    return this.#box.open(value, name)
  }
}

function noKey(key: string): SealedError {
  return new SealedError('unknown-key', `it is encrypted with the key ${key}, and CHAOS_ENCRYPTION_KEY is not set`)
}

function sealedText(sealed: Buffer): string {
  return `~${keyName(keyIdOf(sealed))}:${sealed.toString('base64url')}`
}

/** Takes the values of a row and hands them on, sealed where their columns are. */
class SealingSink implements RowSink {
  readonly #box: SealingBox
  readonly #columns: readonly string[]
  readonly #sealed: ReadonlySet<string>
  readonly #to: RowSink
  #column = 0

  constructor(box: SealingBox, columns: readonly string[], sealed: ReadonlySet<string>, to: RowSink) {
    this.#box = box
    this.#columns = columns
    this.#sealed = sealed
    this.#to = to
  }

  time(epochMs: number): void {
    this.#column += 1
    this.#to.time(epochMs)
  }

  int(value: number): void {
    this.#column += 1
    this.#to.int(value)
  }

  big(value: number): void {
    this.#column += 1
    this.#to.big(value)
  }

  small(value: number): void {
    this.#column += 1
    this.#to.small(value)
  }

  real(value: number | null): void {
    this.#column += 1
    this.#to.real(value)
  }

  double(value: number): void {
    this.#column += 1
    this.#to.double(value)
  }

  text(value: string | null): void {
    const name = this.#columns[this.#column++]!
    this.#to.text(value === null || !this.#sealed.has(name) ? value : this.#sealedText(value, name))
  }

  #sealedText(value: string, name: string): string {
    const sealed = sealedText(this.#box.sealSame(Buffer.from(value), name))
    return name === 'learned' && value.includes(SHARED) ? `${sealed}#${SHARED}` : sealed
  }

  bytes(value: Uint8Array): void {
    const name = this.#columns[this.#column++]!
    // That there was none is told by the size of the row as well.
    this.#to.bytes(value.length > 0 && this.#sealed.has(name) ? this.#box.seal(value, name) : value)
  }
}
