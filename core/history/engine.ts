// thread: history
// What the history needs of a database. Three stand behind it: DuckDB, PostgreSQL, and that with TimescaleDB. What is asked for
// is written once (history-store.ts), in the SQL that they share; what they say differently is in the dialect.
import type { StoreKind } from '../contract/history.js'

export type SqlValue = string | number | boolean | Date | Uint8Array | null

export interface Dialect {
  /** Names of types in a definition. */
  readonly time: string
  readonly real: string
  readonly bytes: string
  /** Epoch ms of a column of type `time`, as a number. */
  ms(column: string): string
}

/** Takes the values of a row, in the order of the columns. */
export interface RowSink {
  time(epochMs: number): void
  int(value: number): void
  big(value: number): void
  small(value: number): void
  real(value: number | null): void
  double(value: number): void
  text(value: string | null): void
  bytes(value: Uint8Array): void
}

export interface Sql {
  /** `$1`, `$2`, … stand for the values. Whole numbers come as numbers, bytes as Uint8Array. */
  rows<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>
}

export interface Transaction extends Sql {
  /** Many rows at once, as fast as the database takes them. `columns`: in the order in which `fill` gives them. */
  append(
    table: string,
    columns: readonly string[],
    count: number,
    fill: (index: number, row: RowSink) => void,
  ): Promise<void>
}

export interface Engine extends Sql {
  readonly kind: StoreKind
  /** Version and extensions. */
  readonly detail: string
  readonly dialect: Dialect
  /** Rows of exchanges from this span can be written: where they are cut into partitions, there is one. */
  makeRoomFor(fromMs: number, toMs: number): Promise<void>
  /** Exchanges that began before may be gone, whole partitions at once. */
  dropExchangesBefore(epochMs: number): Promise<void>
  /** All or nothing. One at a time. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Rows of these tables were removed: nothing of them stays in what the tables lie in, as far as it can be helped. */
  compact(tables: readonly string[]): Promise<void>
  /** What could be better, and how; '' for nothing. */
  readonly hint: string
  /** What it said, as a sentence with its remedy. */
  errorOf(error: Error): Error
  /** The rows themselves are at fault: they would be refused again. */
  refusesRows(error: unknown): boolean
  close(): Promise<void>
}

/** An engine that cannot be opened or used: what is wrong in one sentence, and what to do about it. */
export class StoreError extends Error {
  constructor(
    message: string,
    readonly remedy: string,
    /** False: it stays wrong until somebody changes the settings. */
    readonly mayPass: boolean = true,
  ) {
    super(message)
  }
}
