// thread: history
// DuckDB, in the process: the store where nobody named another one. An optional package: where it is not installed there is no
// embedded history, and that is said.
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'
import { type Dialect, type Engine, type RowSink, type SqlValue, StoreError, type Transaction } from './engine.js'
import { exchangeColumns, migrations } from './migrations.js'

type DuckDb = typeof import('@duckdb/node-api')

const MEMORY = '192MB'
const THREADS = '2'

const dialect: Dialect = {
  time: 'TIMESTAMP',
  real: 'FLOAT',
  bytes: 'BLOB',
  ms: column => `epoch_ms(${column})`,
}

/** Rejects with a StoreError. */
export async function openDuckDb(file: string): Promise<Engine> {
  let duckdb: DuckDb
  try {
    // Not `import`, which reads each file of a CommonJS package once more for its names: 200 ms of every start.
    duckdb = createRequire(import.meta.url)('@duckdb/node-api') as DuckDb
  } catch (error) {
    throw new StoreError(
      `DuckDB cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
      'install its package with `npm install @duckdb/node-api`, or name a PostgreSQL in CHAOS_POSTGRES_URL',
      false,
    )
  }
  let instance: DuckDBInstance | undefined
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    instance = await duckdb.DuckDBInstance.create(file, { memory_limit: MEMORY, threads: THREADS })
    const engine = new DuckDbEngine(file, duckdb, instance, await instance.connect(), await instance.connect())
    await engine.migrate()
    return engine
  } catch (error) {
    instance?.closeSync()
    if (error instanceof StoreError) throw error
    throw storeErrorOf(file, error as Error)
  }
}

/**
 * Writes the file anew, without what was deleted: blocks that are free are never emptied. Nobody may have it open. What it was is
 * removed when the new one is complete.
 */
export async function rewriteDuckDb(file: string): Promise<void> {
  if (!existsSync(file)) return
  const fresh = `${file}.new`
  await rm(fresh, { force: true })
  const duckdb = createRequire(import.meta.url)('@duckdb/node-api') as DuckDb
  const instance = await duckdb.DuckDBInstance.create(':memory:', { memory_limit: MEMORY, threads: THREADS })
  try {
    const connection = await instance.connect()
    const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`
    await connection.run(`ATTACH ${quoted(file)} AS old`)
    await connection.run(`ATTACH ${quoted(fresh)} AS fresh`)
    await connection.run('COPY FROM DATABASE old TO fresh')
    await connection.run('DETACH fresh')
    await connection.run('DETACH old')
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
  await rm(`${file}.wal`, { force: true })
  await rename(fresh, file)
}

function storeErrorOf(file: string, error: Error): StoreError {
  const said = error.message.split('\n')[0]!
  if (/lock/i.test(said))
    return new StoreError(
      `the history ${file} is in use by another process: ${said}`,
      'give each proxy a CHAOS_DATA_DIR of its own',
    )
  return new StoreError(
    `the history ${file} cannot be opened: ${said}`,
    'see that there is room on the disk and that this user may write there; a damaged file can be moved away, a new one is made',
  )
}

class DuckDbEngine implements Engine {
  readonly kind = 'duckdb'
  readonly dialect = dialect
  readonly hint = ''
  readonly #file: string
  readonly #duckdb: DuckDb
  readonly #instance: DuckDBInstance
  readonly #writer: DuckDBConnection
  readonly #reader: DuckDBConnection
  /** One statement at a time on each connection. */
  #reading: Promise<unknown> = Promise.resolve()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(
    file: string,
    duckdb: DuckDb,
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    reader: DuckDBConnection,
  ) {
    this.#file = file
    this.#duckdb = duckdb
    this.#instance = instance
    this.#writer = writer
    this.#reader = reader
  }

  get detail(): string {
    return `DuckDB ${this.#duckdb.version()}`
  }

  async migrate(): Promise<void> {
    const connection = this.#writer
    await connection.run('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL, name text NOT NULL)')
    const [found] = await this.#run<{ version: number | null }>(
      connection,
      'SELECT max(version) AS version FROM schema_version',
    )
    const version = found?.version ?? 0
    const newest = migrations.at(-1)!.version
    if (version > newest)
      throw new StoreError(
        `the history was written by a newer Chaos-Proxy (version ${version} of its tables, this one knows ${newest})`,
        'run the newer one, or move the folder `history` in CHAOS_DATA_DIR away',
        false,
      )
    for (const migration of migrations) {
      if (migration.version <= version) continue
      await connection.run('BEGIN')
      if (migration.version === 1) await connection.run(`CREATE TABLE exchanges (${exchangeColumns(dialect)})`)
      for (const statement of migration.statements(dialect)) await connection.run(statement)
      await connection.run('INSERT INTO schema_version VALUES ($1, $2)', [migration.version, migration.name])
      await connection.run('COMMIT')
    }
  }

  errorOf(error: Error): Error {
    return error instanceof StoreError ? error : storeErrorOf(this.#file, error)
  }

  /** As its exceptions are called. */
  refusesRows(error: unknown): boolean {
    return /^(Conversion|Constraint|Out of Range|Invalid Input) Error/.test((error as Error).message)
  }

  async makeRoomFor(): Promise<void> {}

  /** Only a file that is written anew is without them; see {@link rewriteDuckDb}. */
  async compact(): Promise<void> {}

  async dropExchangesBefore(epochMs: number): Promise<void> {
    await this.transaction(({ rows }) => rows('DELETE FROM exchanges WHERE started_at < $1', [new Date(epochMs)]))
  }

  rows<Row extends object>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const result = this.#reading.then(() => this.#run<Row>(this.#reader, sql, values))
    this.#reading = result.catch(() => {})
    return result
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = this.#writing.then(async () => {
      const connection = this.#writer
      await connection.run('BEGIN')
      try {
        const value = await work({
          rows: (sql, values = []) => this.#run(connection, sql, values),
          append: async (table, columns, count, fill) => {
            const appender = await connection.createAppender(table)
            const sink = new AppenderSink(this.#duckdb, appender)
            for (let i = 0; i < count; i++) {
              fill(i, sink)
              sink.endRow(columns.length)
            }
            appender.closeSync()
          },
        })
        await connection.run('COMMIT')
        return value
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => {})
        throw error
      }
    })
    this.#writing = result.catch(() => {})
    return result
  }

  async close(): Promise<void> {
    await Promise.all([this.#reading, this.#writing])
    this.#reader.closeSync()
    this.#writer.closeSync()
    this.#instance.closeSync()
  }

  async #run<Row extends object>(
    connection: DuckDBConnection,
    sql: string,
    values: readonly SqlValue[] = [],
  ): Promise<Row[]> {
    const bound = values.map(value => this.#bound(value))
    const reader = await connection.runAndReadAll(sql, bound)
    return reader.getRowObjectsJS().map(row => {
      for (const name in row) if (typeof row[name] === 'bigint') row[name] = Number(row[name])
      return row as unknown as Row
    })
  }

  #bound(value: SqlValue): DuckDBValue {
    if (value instanceof Date) return new this.#duckdb.DuckDBTimestampValue(micros(value.getTime()))
    if (value instanceof Uint8Array) return new this.#duckdb.DuckDBBlobValue(value)
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
    return value
  }
}

function micros(epochMs: number): bigint {
  return BigInt(epochMs) * 1000n
}

class AppenderSink implements RowSink {
  readonly #duckdb: DuckDb
  readonly #appender: DuckDBAppender
  #columns = 0

  constructor(duckdb: DuckDb, appender: DuckDBAppender) {
    this.#duckdb = duckdb
    this.#appender = appender
  }

  /** The appender knows columns by their places in the table alone. */
  endRow(columns: number): void {
    if (this.#columns !== columns || columns !== this.#appender.columnCount)
      throw new Error(`a row has ${this.#columns} values for ${this.#appender.columnCount} columns`)
    this.#columns = 0
    this.#appender.endRow()
  }

  time(epochMs: number): void {
    this.#columns += 1
    this.#appender.appendTimestamp(new this.#duckdb.DuckDBTimestampValue(micros(epochMs)))
  }

  int(value: number): void {
    this.#columns += 1
    this.#appender.appendInteger(value)
  }

  big(value: number): void {
    this.#columns += 1
    this.#appender.appendBigInt(BigInt(value))
  }

  small(value: number): void {
    this.#columns += 1
    this.#appender.appendSmallInt(value)
  }

  real(value: number | null): void {
    this.#columns += 1
    if (value === null) this.#appender.appendNull()
    else this.#appender.appendFloat(value)
  }

  double(value: number): void {
    this.#columns += 1
    this.#appender.appendDouble(value)
  }

  text(value: string | null): void {
    this.#columns += 1
    if (value === null) this.#appender.appendNull()
    else this.#appender.appendVarchar(value)
  }

  bytes(value: Uint8Array): void {
    this.#columns += 1
    this.#appender.appendBlob(value)
  }
}
