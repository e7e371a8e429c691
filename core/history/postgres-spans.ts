// thread: history
// Into which spans of time a PostgreSQL cuts exchanges: partitions, or chunks of a hypertable. What is too old goes by whole ones.
import type { Dialect } from './engine.js'

const SPAN_HOURS = 6
export const SPAN_MS = SPAN_HOURS * 3_600_000
export const SPAN_INTERVAL = `INTERVAL '${SPAN_HOURS} hours'`

export const postgresDialect: Dialect = {
  time: 'timestamptz(3)',
  real: 'real',
  bytes: 'bytea',
  ms: column => `(extract(epoch FROM ${column}) * 1000)::float8`,
}
