// thread: history
// Looking for exchanges, in the SQL that all engines share. Pure.
import { type Answerer, answerers, exchangeIdText, keptForms, readExchangeId } from '../contract/facts.js'
import type { ExchangeFacts, ExchangeFilter, ExchangeQuery } from '../contract/history.js'
import type { RecordingQuery } from '../contract/replays.js'
import type { Dialect, SqlValue } from './engine.js'

export interface ExchangeRow {
  readonly at: number
  readonly run: number
  readonly seq: number
  readonly instance: string
  readonly route: string
  readonly method: string
  readonly target: string | null
  readonly status: number
  readonly answered_by: Answerer
  readonly total_ms: number
  readonly connect_ms: number | null
  readonly wait_ms: number | null
  readonly receive_ms: number | null
  readonly ghost_ms: number | null
  readonly bytes_in: number
  readonly bytes_out: number
  readonly confidence: number | null
  readonly fault: string | null
  readonly scope: string | null
  readonly anomalies: number
  readonly share: number
  readonly kept: number | null
}

const columns = (dialect: Dialect): string =>
  `${dialect.ms('started_at')} AS at, run, seq, instance, route, method, target, status, answered_by, total_ms, connect_ms,
   wait_ms, receive_ms, ghost_ms, bytes_in, bytes_out, confidence, fault, scope, anomalies, share, kept`

interface Statement {
  readonly sql: string
  readonly values: SqlValue[]
}

/** The first part of a window that is looked through for a page, from its newest end on; the next ones are so many times as long. */
const FIRST_PART_MS = 900_000
const PART_GROWTH = 8

/**
 * Parts of a window, newest first. A page of the newest ones is nearly always full after the first: what a store would read of the
 * whole, to leave out all but the newest, it does not even look at.
 */
export function* partsOf({
  from,
  to,
  cursor,
}: ExchangeQuery): Generator<{ readonly from: number; readonly to: number }> {
  const after = cursor === undefined ? undefined : readExchangeId(cursor)
  let end = after === undefined ? to : Math.min(to, after.at + 1)
  for (let partMs = FIRST_PART_MS; end > from; partMs *= PART_GROWTH) {
    const part = { from: Math.max(from, end - partMs), to: end }
    yield part
    end = part.from
  }
}

/** One more than the page has, which tells whether there is another one. */
export function exchangePageSql(dialect: Dialect, query: ExchangeQuery): Statement {
  const { cursor, limit } = query
  const values: SqlValue[] = []
  const bind = (value: SqlValue): string => `$${values.push(value)}`
  const conditions = conditionsOf(query, bind)
  const after = cursor === undefined ? undefined : readExchangeId(cursor)
  if (after !== undefined) {
    const [at, run, seq] = [bind(new Date(after.at)), bind(after.run), bind(after.seq)]
    conditions.push(`started_at <= ${at}`, `(started_at < ${at} OR run < ${run} OR (run = ${run} AND seq < ${seq}))`)
  }
  return {
    sql: `SELECT ${columns(dialect)} FROM exchanges WHERE ${conditions.join(' AND ')}
      ORDER BY started_at DESC, run DESC, seq DESC LIMIT ${Math.trunc(limit) + 1}`,
    values,
  }
}

/** As `exchangePageSql`, but oldest first. */
export function recordingPageSql(dialect: Dialect, query: RecordingQuery): Statement {
  const { cursor, limit, routes, methods, exchange } = query
  const values: SqlValue[] = []
  const bind = (value: SqlValue): string => `$${values.push(value)}`
  const conditions = conditionsOf(query, bind)
  if (routes !== undefined) conditions.push(`route IN (${routes.map(bind).join(', ')})`)
  if (methods !== undefined) conditions.push(`method IN (${methods.map(bind).join(', ')})`)
  if (exchange !== undefined) {
    const [at, run, seq] = filterOfId(exchange)?.map(bind) ?? []
    // What is no id is nobody's: it must not choose all.
    conditions.push(at === undefined ? '1 = 0' : `started_at = ${at} AND run = ${run} AND seq = ${seq}`)
  }
  const after = cursor === undefined ? undefined : readExchangeId(cursor)
  if (after !== undefined) {
    const [at, run, seq] = [bind(new Date(after.at)), bind(after.run), bind(after.seq)]
    conditions.push(`started_at >= ${at}`, `(started_at > ${at} OR run > ${run} OR (run = ${run} AND seq > ${seq}))`)
  }
  return {
    sql: `SELECT ${columns(dialect)} FROM exchanges WHERE ${conditions.join(' AND ')}
      ORDER BY started_at, run, seq LIMIT ${Math.trunc(limit) + 1}`,
    values,
  }
}

function conditionsOf(filter: ExchangeFilter, bind: (value: SqlValue) => string): string[] {
  const { from, to, route, method, status, by, scope } = filter
  const conditions = [`started_at >= ${bind(new Date(from))}`, `started_at < ${bind(new Date(to))}`]
  if (route !== undefined) conditions.push(`route = ${bind(route)}`)
  if (method !== undefined) conditions.push(`method = ${bind(method)}`)
  if (scope !== undefined) conditions.push(`scope = ${bind(scope)}`)
  // As constants, so that the planner sees that an index of rare ones covers them.
  if (status !== undefined) {
    const [first, last] = status.map(Math.trunc)
    conditions.push(`status >= ${first}`, `status <= ${last}`)
  }
  if (by !== undefined) {
    const known = by.filter(one => answerers.includes(one))
    conditions.push(`answered_by IN (${known.map(one => `'${one}'`).join(', ') || 'NULL'})`)
    if (!known.includes('upstream')) conditions.push(`answered_by <> 'upstream'`)
  }
  return conditions
}

export function exchangeByIdSql(dialect: Dialect): string {
  return `SELECT ${columns(dialect)} FROM exchanges WHERE started_at = $1 AND run = $2 AND seq = $3 LIMIT 1`
}

/** Undefined: it is no id. */
export function filterOfId(id: string): SqlValue[] | undefined {
  const read = readExchangeId(id)
  return read === undefined ? undefined : [new Date(read.at), read.run, read.seq]
}

export function factsOf(row: ExchangeRow): ExchangeFacts {
  return {
    id: exchangeIdText({ at: row.at, run: row.run, seq: row.seq }),
    at: new Date(row.at).toISOString(),
    instance: row.instance,
    route: row.route,
    method: row.method,
    // What cannot be decrypted comes as ''.
    target: row.target === '' ? null : row.target,
    status: row.status,
    by: row.answered_by,
    totalMs: toMicros(row.total_ms),
    connectMs: row.connect_ms === null ? null : toMicros(row.connect_ms),
    waitMs: row.wait_ms === null ? null : toMicros(row.wait_ms),
    receiveMs: row.receive_ms === null ? null : toMicros(row.receive_ms),
    ghostMs: row.ghost_ms === null ? null : toMicros(row.ghost_ms),
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
    confidence: row.confidence === null ? null : toMicros(row.confidence),
    fault: row.fault,
    scope: row.scope,
    anomalies: row.anomalies,
    share: Math.min(1, row.share),
    kept: keptForms[row.kept ?? 0] ?? 'unknown',
  }
}

/** Single precision shows digits that mean nothing. */
function toMicros(value: number): number {
  return Math.round(value * 1000) / 1000
}
