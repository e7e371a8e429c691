// thread: history
// The tables of the history, as steps that only go forward. A step that was published is never changed; a new one is added.
import type { Dialect } from './engine.js'

export interface Migration {
  readonly version: number
  readonly name: string
  statements(dialect: Dialect): readonly string[]
}

/** Of the table of exchanges, which PostgreSQL cuts into partitions: it says how it is made. */
export const exchangeColumns = ({ time, real }: Dialect): string => `
  started_at ${time} NOT NULL,
  run integer NOT NULL,
  seq bigint NOT NULL,
  instance text NOT NULL,
  route text NOT NULL,
  method text NOT NULL,
  target text,
  status smallint NOT NULL,
  answered_by text NOT NULL,
  total_ms ${real} NOT NULL,
  connect_ms ${real},
  wait_ms ${real},
  receive_ms ${real},
  ghost_ms ${real},
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  confidence ${real},
  fault text,
  scope text,
  anomalies integer NOT NULL,
  share ${real} NOT NULL`

/** Sums of exchanges by route; the route '' is all together. Several rows may speak of one moment: they are to be added up. */
const sums = (table: string, { time }: Dialect, bytes: string): string => `
  CREATE TABLE ${table} (
    began_at ${time} NOT NULL,
    instance text NOT NULL,
    route text NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    ghosts bigint NOT NULL,
    refusals bigint NOT NULL,
    sum_ms double precision NOT NULL,
    bytes_in bigint NOT NULL,
    bytes_out bigint NOT NULL,
    sketch ${bytes} NOT NULL)`

/** What is the same everywhere. Indices are the business of the engines. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'sums, captures, outages',
    statements: dialect => [
      sums('sums_1s', dialect, dialect.bytes),
      sums('sums_1m', dialect, dialect.bytes),
      sums('sums_1h', dialect, dialect.bytes),
      // Sums of this instance that begin before are in the coarser table already.
      `CREATE TABLE rolled (
         instance text NOT NULL,
         resolution integer NOT NULL,
         until ${dialect.time} NOT NULL)`,
      // The last batch of each run: those before are there.
      `CREATE TABLE written (
         run integer NOT NULL,
         batch bigint NOT NULL,
         written_at ${dialect.time} NOT NULL,
         PRIMARY KEY (run))`,
      `CREATE TABLE captures (
         started_at ${dialect.time} NOT NULL,
         run integer NOT NULL,
         seq bigint NOT NULL,
         instance text NOT NULL,
         method text NOT NULL,
         target text NOT NULL,
         scope text NOT NULL,
         status smallint NOT NULL,
         request_headers text NOT NULL,
         request_body ${dialect.bytes} NOT NULL,
         headers text NOT NULL,
         body ${dialect.bytes} NOT NULL,
         size bigint NOT NULL)`,
      `CREATE TABLE outages (
         instance text NOT NULL,
         id text NOT NULL,
         since ${dialect.time} NOT NULL,
         until ${dialect.time},
         circuit text NOT NULL,
         because text NOT NULL,
         ghosts bigint NOT NULL,
         refused bigint NOT NULL)`,
    ],
  },
  {
    version: 2,
    name: 'what is kept of an exchange, what the learner is told of it, readiness',
    statements: dialect => [
      // The place among keptForms; null: nobody said yet.
      'ALTER TABLE exchanges ADD COLUMN kept smallint',
      // JSON of what an exchange has beside the other columns; null: nobody kept it yet.
      'ALTER TABLE captures ADD COLUMN learned text',
      `CREATE TABLE readiness (
         noted_at ${dialect.time} NOT NULL,
         instance text NOT NULL,
         overall ${dialect.real},
         repeated ${dialect.real},
         unseen ${dialect.real},
         unseen_share ${dialect.real} NOT NULL)`,
    ],
  },
  {
    version: 3,
    name: 'exchanges of one credential are found without reading those of others',
    // An index; DuckDB reads the column as fast.
    statements: () => [],
  },
]
