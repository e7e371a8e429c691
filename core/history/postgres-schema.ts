// thread: history
// Makes and upgrades the tables in a PostgreSQL: forward only, by one proxy at a time.
import type { ClientBase } from 'pg'
import { StoreError } from './engine.js'
import { exchangeColumns, migrations } from './migrations.js'
import { postgresDialect, SPAN_INTERVAL } from './postgres-spans.js'

export const SCHEMA = 'chaos_proxy'
/** Names our lock among the advisory ones of the database: «chaos» in octets. */
const LOCK = 0x63_68_61_6f_73
export const OLDEST_SERVER = 130_000
/** Compressed from this age on, where the edition of TimescaleDB can. */
const COMPRESS_AFTER = `INTERVAL '24 hours'`

export interface PostgresSchema {
  readonly kind: 'postgres' | 'timescale'
  readonly detail: string
  /** What could be better, and how; '' for nothing. */
  readonly hint: string
}

interface Extension {
  /** Version; '' where the database has none. */
  readonly version: string
  readonly hint: string
}

/** Rejects with a StoreError, or with what the server said. */
export async function migratePostgres(client: ClientBase): Promise<PostgresSchema> {
  const ask = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(sql, values)).rows
  const [server] = await ask<{ number: number; version: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
  )
  if (server!.number < OLDEST_SERVER)
    throw new StoreError(`PostgreSQL ${server!.version} is too old`, 'use version 13 or newer', false)
  await ask(`SELECT pg_advisory_lock(${LOCK})`)
  try {
    const extension = await findTimescale(ask)
    // Asked for first: CREATE SCHEMA needs the right to make one even where it is there.
    const [schema] = await ask(`SELECT 1 FROM pg_namespace WHERE nspname = '${SCHEMA}'`)
    if (schema === undefined) await ask(`CREATE SCHEMA ${SCHEMA}`)
    await ask(`SET search_path TO ${SCHEMA}, public`)
    await migrate(ask, extension)
    const [table] = await ask<{ kind: string }>(
      `SELECT relkind AS kind FROM pg_class WHERE oid = '${SCHEMA}.exchanges'::regclass`,
    )
    const kind = table!.kind === 'p' ? 'postgres' : 'timescale'
    const version = `PostgreSQL ${server!.version.split(' ')[0]}`
    if (kind === 'postgres') return { kind, detail: `${version}, plain partitions`, hint: extension.hint }
    const [{ license } = { license: '' }] = await ask<{ license: string }>(
      `SELECT current_setting('timescaledb.license', true) AS license`,
    )
    return { kind, detail: `${version} with TimescaleDB ${extension.version} (${license} edition)`, hint: '' }
  } finally {
    await ask(`SELECT pg_advisory_unlock(${LOCK})`).catch(() => {})
  }
}

export type Ask = <Row extends object>(sql: string, values?: unknown[]) => Promise<Row[]>

async function findTimescale(ask: Ask): Promise<Extension> {
  const [{ installed, available } = { installed: null, available: null }] = await ask<{
    installed: string | null
    available: string | null
  }>(
    `SELECT installed_version AS installed, default_version AS available FROM pg_available_extensions WHERE name = 'timescaledb'`,
  )
  if (installed !== null) return { version: installed, hint: '' }
  if (available === null) return { version: '', hint: '' }
  // Without its library in the server CREATE EXTENSION ends the connection.
  const [loaded] = await ask(`SELECT 1 FROM pg_settings WHERE name LIKE 'timescaledb%'`)
  if (loaded === undefined) {
    const hint = `TimescaleDB is installed on the server but not loaded: add it to shared_preload_libraries and restart the server, before the first start of a proxy`
    return { version: '', hint }
  }
  try {
    await ask('CREATE EXTENSION IF NOT EXISTS timescaledb')
    return { version: available, hint: '' }
  } catch (error) {
    const hint = `TimescaleDB is there, but this user may not create it (${(error as Error).message}): let an administrator run CREATE EXTENSION timescaledb in this database, before the first start of a proxy`
    return { version: '', hint }
  }
}

async function migrate(ask: Ask, extension: Extension): Promise<void> {
  const [there] = await ask(`SELECT 1 FROM pg_class WHERE oid = to_regclass('${SCHEMA}.schema_version')`)
  if (there === undefined) {
    const [foreign] = await ask(`SELECT 1 FROM pg_class WHERE oid = to_regclass('${SCHEMA}.exchanges')`)
    if (foreign !== undefined)
      throw new StoreError(
        `the schema ${SCHEMA} has a table exchanges that no Chaos-Proxy made`,
        `rename that schema, or name another database in CHAOS_POSTGRES_URL`,
        false,
      )
    await ask(
      `CREATE TABLE schema_version (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
  }
  const [{ version } = { version: 0 }] = await ask<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM schema_version',
  )
  const newest = migrations.at(-1)!.version
  if (version > newest)
    throw new StoreError(
      `the tables in ${SCHEMA} are of a newer Chaos-Proxy (version ${version}, this one knows ${newest})`,
      'run the newer one, or name another database in CHAOS_POSTGRES_URL',
      false,
    )
  for (const migration of migrations) {
    if (migration.version <= version) continue
    await ask('BEGIN')
    try {
      if (migration.version === 1) await makeExchanges(ask, extension)
      for (const statement of migration.statements(postgresDialect)) await ask(statement)
      for (const statement of indices[migration.version] ?? []) await ask(statement)
      await ask('INSERT INTO schema_version (version, name) VALUES ($1, $2)', [migration.version, migration.name])
      await ask('COMMIT')
    } catch (error) {
      await ask('ROLLBACK').catch(() => {})
      throw error
    }
  }
}

async function makeExchanges(ask: Ask, { version }: Extension): Promise<void> {
  const columns = exchangeColumns(postgresDialect)
  if (version === '') await ask(`CREATE TABLE exchanges (${columns}) PARTITION BY RANGE (started_at)`)
  else {
    await ask(`CREATE TABLE exchanges (${columns})`)
    await ask(
      `SELECT create_hypertable('${SCHEMA}.exchanges', 'started_at', chunk_time_interval => ${SPAN_INTERVAL}, create_default_indexes => false)`,
    )
    const [edition] = await ask<{ license: string | null }>(
      `SELECT current_setting('timescaledb.license', true) AS license`,
    )
    if (mayCompress(edition?.license)) {
      await ask(
        `ALTER TABLE exchanges SET (timescaledb.compress, timescaledb.compress_segmentby = 'route', timescaledb.compress_orderby = 'started_at DESC, run DESC, seq DESC')`,
      )
      await ask(`SELECT add_compression_policy('${SCHEMA}.exchanges', ${COMPRESS_AFTER})`)
    }
  }
  // What is rare is found without reading what is not.
  for (const index of [
    '(started_at DESC, run DESC, seq DESC)',
    '(route, started_at DESC)',
    '(started_at DESC) WHERE status >= 500',
    `(started_at DESC) WHERE answered_by <> 'upstream'`,
  ])
    await ask(`CREATE INDEX ON exchanges ${index}`)
}

/** The Apache edition has neither compression nor policies. */
export function mayCompress(license: string | null | undefined): boolean {
  return license === 'timescale'
}

/** By the version of the migration that they came with. */
const indices: Readonly<Record<number, readonly string[]>> = {
  1: [
    ...['sums_1s', 'sums_1m', 'sums_1h'].flatMap(table => [
      `CREATE INDEX ON ${table} (route, began_at)`,
      `CREATE INDEX ON ${table} (began_at)`,
      `CREATE INDEX ON ${table} (instance, began_at)`,
    ]),
    'CREATE INDEX ON captures (started_at) INCLUDE (size)',
    'CREATE INDEX ON outages (since)',
  ],
  3: ['CREATE INDEX ON exchanges (scope, started_at DESC) WHERE scope IS NOT NULL'],
}
