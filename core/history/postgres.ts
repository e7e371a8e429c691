// thread: history
// PostgreSQL: rows go in by COPY; exchanges are cut into spans of time, which TimescaleDB does where it is (as hypertable; its
// Apache edition is enough), and plain partitions where it is not.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { StoreKind } from '../contract/history.js'
import { CopySink } from './copy-sink.js'
import { type Dialect, type Engine, type SqlValue, StoreError, type Transaction } from './engine.js'
import { hostOf, refusesRows, storeErrorOf } from './postgres-errors.js'
import { type Ask, migratePostgres, type PostgresSchema, SCHEMA } from './postgres-schema.js'
import { postgresDialect, SPAN_MS } from './postgres-spans.js'

const CONNECT_MS = 3000
/** The history may wait; a query of a person not so long. */
const STATEMENT_MS = 15_000
/** A server that says nothing any more (stopped, or its machine is gone) is given up after so long. */
const WRITE_MS = 20_000
const CONNECTIONS = 3
const KEEP_ALIVE_MS = 5000
const INT8 = 20
const NUMERIC = 1700

/** Rejects with a StoreError. */
export async function openPostgres(url: string): Promise<Engine> {
  checkUrl(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'chaos-proxy',
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') => parserOf(oid, format),
    } as pg.CustomTypesConfig,
  })
  // A connection that breaks while nobody uses it: whoever writes next finds out.
  pool.on('error', () => {})
  // And while somebody does: what is asked of it is rejected besides.
  pool.on('connect', client => client.on('error', () => {}))
  try {
    const client = await pool.connect()
    try {
      return new PostgresEngine(pool, hostOf(url), await migratePostgres(client))
    } finally {
      client.release(true)
    }
  } catch (error) {
    void pool.end().catch(() => {})
    throw error instanceof StoreError ? error : storeErrorOf(error as Error, hostOf(url))
  }
}

/** One connection for one look; nothing is made there. Rejects with a StoreError. */
export async function lookInto<T>(url: string, look: (ask: Ask) => Promise<T>): Promise<T> {
  checkUrl(url)
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    application_name: 'chaos-proxy doctor',
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return await look(async (sql, values = []) => (await client.query(sql, values)).rows)
  } catch (error) {
    throw error instanceof StoreError ? error : storeErrorOf(error as Error, hostOf(url))
  } finally {
    void client.end().catch(() => {})
  }
}

function checkUrl(url: string): void {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return
  throw new StoreError(
    'CHAOS_POSTGRES_URL is no URL of a PostgreSQL',
    'write it like postgres://user:password@host:5432/database',
    false,
  )
}

/** Counts and sums are far below 2^53. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return Number
  return pg.types.getTypeParser(oid, format ?? 'text') as (value: string) => unknown
}

export class PostgresEngine implements Engine {
  readonly kind: StoreKind
  readonly detail: string
  readonly hint: string
  readonly dialect: Dialect = postgresDialect
  readonly #pool: pg.Pool
  readonly #spans = new Set<number>()
  #writing: Promise<unknown> = Promise.resolve()

  readonly #host: string

  constructor(pool: pg.Pool, host: string, { kind, detail, hint }: PostgresSchema) {
    this.#pool = pool
    this.#host = host
    this.kind = kind
    this.detail = detail
    this.hint = hint
  }

  errorOf(error: Error): Error {
    return error instanceof StoreError ? error : storeErrorOf(error, this.#host)
  }

  refusesRows(error: unknown): boolean {
    return refusesRows(error)
  }

  async rows<Row extends object>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const client = await this.#connect()
    try {
      const { rows } = await client.query<Row>(sql, [...values])
      client.release()
      return rows
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = this.#writing.then(() => this.#transaction(work))
    this.#writing = result.catch(() => {})
    return result
  }

  async makeRoomFor(fromMs: number, toMs: number): Promise<void> {
    if (this.kind === 'timescale') return
    for (let span = Math.floor(fromMs / SPAN_MS); span * SPAN_MS <= toMs; span++) {
      if (this.#spans.has(span)) continue
      const [begin, end] = [span, span + 1].map(one => new Date(one * SPAN_MS).toISOString())
      await this.rows(
        `CREATE TABLE IF NOT EXISTS ${SCHEMA}.exchanges_${span} PARTITION OF ${SCHEMA}.exchanges FOR VALUES FROM ('${begin}') TO ('${end}')`,
      ).catch(error => {
        // Another proxy was first.
        if (!/already exists|duplicate key/.test((error as Error).message)) throw error
      })
      this.#spans.add(span)
    }
  }

  async dropExchangesBefore(epochMs: number): Promise<void> {
    if (this.kind === 'timescale') {
      await this.rows(`SELECT drop_chunks('${SCHEMA}.exchanges', older_than => $1::timestamptz)`, [new Date(epochMs)])
      return
    }
    const parts = await this.rows<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '${SCHEMA}.exchanges'::regclass`,
    )
    for (const { name } of parts) {
      const span = Number(/^exchanges_(\d+)$/.exec(name)?.[1] ?? Number.NaN)
      if ((span + 1) * SPAN_MS > epochMs || Number.isNaN(span)) continue
      await this.rows(`DROP TABLE IF EXISTS ${SCHEMA}.${name}`)
      this.#spans.delete(span)
    }
  }

  /** VACUUM alone leaves the octets of a row in its page. Each table is locked meanwhile; who writes waits. */
  async compact(tables: readonly string[]): Promise<void> {
    for (const table of tables) await this.rows(`VACUUM (FULL) ${SCHEMA}.${table}`)
  }

  async close(): Promise<void> {
    if (this.#pool.ending) return
    await Promise.race([this.#writing, new Promise(resolve => setTimeout(resolve, CONNECT_MS).unref())])
    await Promise.race([this.#pool.end(), new Promise(resolve => setTimeout(resolve, CONNECT_MS).unref())])
  }

  async #connect(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect()
    if (!prepared.has(client)) {
      await client.query(`SET search_path TO ${SCHEMA}, public`)
      prepared.add(client)
    }
    return client
  }

  async #transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    // The library has no way to give up a COPY, nor one for all that a transaction asks together.
    const timer = setTimeout(() => streamOf(client).destroy(new Error('the server does not answer')), WRITE_MS)
    try {
      await client.query('BEGIN')
      const value = await work({
        rows: async (sql, values = []) => (await client.query(sql, [...values])).rows,
        append: async (table, columns, count, fill) => {
          const sink = new CopySink(columns.length)
          for (let i = 0; i < count; i++) {
            fill(i, sink)
            sink.endRow()
          }
          const copy = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN`))
          await pipeline(Readable.from(sink.chunks()), copy)
        },
      })
      await client.query('COMMIT')
      client.release()
      return value
    } catch (error) {
      // Whatever state it is in, nobody uses it again.
      client.release(true)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

const prepared = new WeakSet<object>()

function streamOf(client: pg.PoolClient): { destroy(error: Error): void } {
  return (client as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection.stream
}
