// thread: history
// Captured exchanges as the learner was told of them, and what was asked in a window: for those who learn once more from what
// was known at a time. In the SQL that all engines share.
import { Buffer } from 'node:buffer'
import type { Exchange } from '../contract/exchange.js'
import { packExchanges } from '../contract/exchange-wire.js'
import { exchangeIdText, keptForms, readExchangeId } from '../contract/facts.js'
import type { CapturesQuery, DemandFacts, DemandQuery } from '../contract/history.js'
import { type CaptureRow, capturedColumns, capturedOf, isUnopened } from './captured-row.js'
import type { Dialect, Engine, SqlValue } from './engine.js'
import type { ExchangeRow } from './exchange-search.js'
import { exchangeOf, type LearnedBeside } from './recorded.js'

interface CaptureName {
  readonly at: number
  readonly run: number
  readonly seq: number
  readonly size: number
}

interface LearnedRow extends CaptureName, CaptureRow {
  readonly learned: string
}

export interface CapturesPage {
  readonly bytes: ArrayBuffer
  readonly count: number
  readonly next: string | null
}

/** Newest first. */
export async function capturesPage(engine: Engine, query: CapturesQuery): Promise<CapturesPage> {
  // Names first: how many bodies fit is known before any is read.
  const named = selected(engine.dialect, query, 'size', query.limit + 1)
  const names = await engine.rows<CaptureName>(named.sql, named.values)
  let bytes = 0
  let count = 0
  for (const { size } of names.slice(0, query.limit)) {
    bytes += size
    if (count > 0 && bytes > query.maxBytes) break
    count += 1
  }
  if (count === 0) return { bytes: new ArrayBuffer(0), count: 0, next: null }
  const columns = `size, ${capturedColumns}, learned`
  const whole = selected(engine.dialect, query, columns, count)
  const rows = (await engine.rows<LearnedRow>(whole.sql, whole.values)).filter(row => !isUnopened(row))
  return {
    bytes: packExchanges(rows.map(exchangeIn)),
    count: rows.length,
    next: names.length > count ? exchangeIdText(names[count - 1]!) : null,
  }
}

function selected(
  { ms }: Dialect,
  { from, to, instance, cursor }: CapturesQuery,
  columns: string,
  limit: number,
): { sql: string; values: SqlValue[] } {
  const values: SqlValue[] = [new Date(from), new Date(to)]
  const bind = (value: SqlValue): string => `$${values.push(value)}`
  const conditions = ['started_at >= $1', 'started_at < $2', 'learned IS NOT NULL']
  if (instance !== undefined) conditions.push(`instance = ${bind(instance)}`)
  const after = cursor === undefined ? undefined : readExchangeId(cursor)
  if (after !== undefined) {
    const [at, run, seq] = [bind(new Date(after.at)), bind(after.run), bind(after.seq)]
    conditions.push(`started_at <= ${at}`, `(started_at < ${at} OR run < ${run} OR (run = ${run} AND seq < ${seq}))`)
  }
  const sql = `SELECT ${ms('started_at')} AS at, run, seq, ${columns} FROM captures WHERE ${conditions.join(' AND ')}
    ORDER BY started_at DESC, run DESC, seq DESC LIMIT ${Math.trunc(limit)}`
  return { sql, values }
}

function exchangeIn(row: LearnedRow): Exchange {
  const { at, run, seq, size } = row
  const captured = capturedOf(row)
  const exchange = { ...captured, requestBody: viewOf(captured.requestBody), body: viewOf(captured.body) }
  return exchangeOf({ id: { at, run, seq }, exchange, learned: JSON.parse(row.learned) as LearnedBeside, size })
}

function viewOf(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}

type DemandRow = Pick<
  ExchangeRow,
  'at' | 'run' | 'seq' | 'route' | 'method' | 'target' | 'status' | 'answered_by' | 'scope' | 'share' | 'kept'
>

/** Oldest first. */
export async function demandIn(
  engine: Engine,
  { from, to, instance, limit }: DemandQuery,
): Promise<{ readonly rows: DemandFacts[]; readonly every: number }> {
  const values: SqlValue[] = [new Date(from), new Date(to), ...(instance === undefined ? [] : [instance])]
  const where = `started_at >= $1 AND started_at < $2${instance === undefined ? '' : ' AND instance = $3'}`
  const [{ rows: there } = { rows: 0 }] = await engine.rows<{ rows: number }>(
    `SELECT count(*) AS rows FROM exchanges WHERE ${where}`,
    values,
  )
  const every = Math.max(1, Math.ceil(Number(there) / limit))
  // Numbers of one edge count up: multiplied, so that what comes in turn is not all chosen or all left out.
  const chosen = every === 1 ? '' : ` AND (seq * 40503) % 65521 % ${every} = 0`
  const rows = await engine.rows<DemandRow>(
    `SELECT ${engine.dialect.ms('started_at')} AS at, run, seq, route, method, target, status, answered_by, scope, share, kept
     FROM exchanges WHERE ${where}${chosen} ORDER BY started_at, run, seq`,
    values,
  )
  return {
    rows: rows.map(({ answered_by: by, kept, share, ...same }) => ({
      ...same,
      id: exchangeIdText(same),
      by,
      share: Math.min(1, share),
      kept: keptForms[kept ?? 0] ?? 'unknown',
    })),
    every,
  }
}
