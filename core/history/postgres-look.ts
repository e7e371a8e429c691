// thread: history
// Whether a PostgreSQL will do for the history, without making anything there.
import { StoreError } from './engine.js'
import { lookInto } from './postgres.js'
import { hostOf } from './postgres-errors.js'
import { OLDEST_SERVER, SCHEMA } from './postgres-schema.js'

export interface PostgresLook {
  /** `PostgreSQL 16.2 with TimescaleDB 2.14.0` */
  readonly says: string
  /** What could be better, and how; '' for nothing. */
  readonly hint: string
}

/** Rejects with a StoreError. */
export function lookAtPostgres(url: string): Promise<PostgresLook> {
  return lookInto(url, async ask => {
    const [server] = await ask<{ number: number; version: string; replica: boolean }>(
      `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version, pg_is_in_recovery() AS replica`,
    )
    const { number, version, replica } = server!
    if (number < OLDEST_SERVER)
      throw new StoreError(`PostgreSQL ${version} is too old`, 'use version 13 or newer', false)
    if (replica)
      throw new StoreError(
        `PostgreSQL at ${hostOf(url)} is read-only`,
        'name the primary in CHAOS_POSTGRES_URL, not a replica',
        false,
      )
    const [rights] = await ask<{ who: string; there: boolean; may: boolean | null; may_make: boolean }>(
      `SELECT current_user AS who, n.oid IS NOT NULL AS there,
              CASE WHEN n.oid IS NULL THEN NULL ELSE has_schema_privilege(n.oid, 'CREATE') END AS may,
              has_database_privilege(current_database(), 'CREATE') AS may_make
       FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = '${SCHEMA}'`,
    )
    const { who, there, may, may_make: mayMake } = rights!
    if (there ? may !== true : !mayMake)
      throw new StoreError(
        `the user ${who} may not make the tables of the history at ${hostOf(url)}`,
        `let an administrator run: CREATE SCHEMA ${SCHEMA} AUTHORIZATION ${who}`,
        false,
      )
    const [timescale] = await ask<{ installed: string | null; available: string | null }>(
      `SELECT installed_version AS installed, default_version AS available FROM pg_available_extensions WHERE name = 'timescaledb'`,
    )
    const short = version.split(' ')[0]!
    if (timescale?.installed) return { says: `PostgreSQL ${short} with TimescaleDB ${timescale.installed}`, hint: '' }
    if (timescale?.available)
      return {
        says: `PostgreSQL ${short}; TimescaleDB ${timescale.available} is on the server and not in this database`,
        hint: 'let an administrator run CREATE EXTENSION timescaledb in this database before the first start of a proxy, or leave it: plain partitions do as well',
      }
    return { says: `PostgreSQL ${short}, plain partitions`, hint: '' }
  })
}
