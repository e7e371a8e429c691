// thread: history
// Exchanges with all that was captured of them, in the order in which they began: for those who send them again.
import { exchangeIdText } from '../contract/facts.js'
import type { CapturedExchange } from '../contract/history.js'
import type { EarlierCaptureQuery, Recording, RecordingQuery } from '../contract/replays.js'
import { type CaptureRow, capturedAt, capturedColumns, capturedOf, isUnopened } from './captured-row.js'
import type { Engine } from './engine.js'
import { type ExchangeRow, factsOf, recordingPageSql } from './exchange-search.js'
import type { SealedEngine } from './sealed-engine.js'

/** Of what was captured, in one answer; a single exchange may be longer. */
const PAGE_BYTES = 16 << 20

interface Key {
  readonly at: number
  readonly run: number
  readonly seq: number
}

/** Fewer than asked for, where they are large. */
export async function recordingPage(
  engine: Engine,
  query: RecordingQuery,
): Promise<{ readonly recordings: readonly Recording[]; readonly next: string | null }> {
  const { sql, values } = recordingPageSql(engine.dialect, query)
  const rows = await engine.rows<ExchangeRow>(sql, values)
  const found = rows.slice(0, query.limit)
  if (found.length === 0) return { recordings: [], next: null }
  const sizes = await sizesBetween(engine, found[0]!.at, found.at(-1)!.at)
  const page: ExchangeRow[] = []
  let bytes = 0
  for (const row of found) {
    bytes += sizes.get(nameOf(row)) ?? 0
    if (page.length > 0 && bytes > PAGE_BYTES) break
    page.push(row)
  }
  const last = page.at(-1)!
  const captured = await capturedBetween(engine, page[0]!.at, last.at, new Set(page.map(nameOf)))
  return {
    recordings: page.map(row => recordingOf(row, captured.get(nameOf(row)) ?? null)),
    next: page.length < rows.length ? exchangeIdText(last) : null,
  }
}

/** Of each request and whoever asked it the last one before that moment; those that have room. */
export async function earlierCaptures(engine: SealedEngine, { before, of }: EarlierCaptureQuery): Promise<Recording[]> {
  if (of.length === 0) return []
  const { dialect } = engine
  const targets = [...new Set(of.map(({ target }) => target))].flatMap(target => engine.formsOf(target))
  const wanted = new Set(of.map(({ method, target }) => `${method} ${target}`))
  const rows = await engine.rows<Key & { method: string; target: string; scope: string; size: number }>(
    `SELECT ${dialect.ms('started_at')} AS at, run, seq, method, target, scope, size FROM captures
     WHERE started_at < $1 AND target IN (${targets.map((_, i) => `$${i + 2}`).join(', ')})`,
    [new Date(before), ...targets],
  )
  const newest = new Map<string, Key & { size: number }>()
  for (const row of rows) {
    const name = `${row.method} ${row.target}`
    if (!wanted.has(name)) continue
    const known = newest.get(`${name}\n${row.scope}`)
    if (known === undefined || known.at <= row.at) newest.set(`${name}\n${row.scope}`, row)
  }
  const earlier: Recording[] = []
  let bytes = 0
  for (const { at, run, seq, size } of newest.values()) {
    bytes += size
    if (earlier.length > 0 && bytes > PAGE_BYTES) break
    const captured = await capturedAt(engine, [new Date(at), run, seq])
    if (captured === null) continue
    const { method, target, scope, status } = captured
    earlier.push({
      id: exchangeIdText({ at, run, seq }),
      ...{ at, endedAt: at, route: '', method, target, scope, client: scope, status, captured },
      bytesIn: captured.requestBody.length,
    })
  }
  return earlier
}

async function sizesBetween(engine: Engine, from: number, to: number): Promise<Map<string, number>> {
  const rows = await engine.rows<Key & { size: number }>(
    `SELECT ${engine.dialect.ms('started_at')} AS at, run, seq, size FROM captures
     WHERE started_at >= $1 AND started_at <= $2`,
    [new Date(from), new Date(to)],
  )
  return new Map(rows.map(row => [nameOf(row), row.size]))
}

async function capturedBetween(
  engine: Engine,
  from: number,
  to: number,
  wanted: ReadonlySet<string>,
): Promise<Map<string, CapturedExchange>> {
  const rows = await engine.rows<Key & CaptureRow>(
    `SELECT ${engine.dialect.ms('started_at')} AS at, run, seq, ${capturedColumns} FROM captures
     WHERE started_at >= $1 AND started_at <= $2`,
    [new Date(from), new Date(to)],
  )
  return new Map(
    rows.filter(row => wanted.has(nameOf(row)) && !isUnopened(row)).map(row => [nameOf(row), capturedOf(row)]),
  )
}

function nameOf({ at, run, seq }: Key): string {
  return exchangeIdText({ at, run, seq })
}

function recordingOf(row: ExchangeRow, captured: CapturedExchange | null): Recording {
  const { id, target, route, method, status, scope, totalMs, bytesIn } = factsOf(row)
  return {
    ...{ id, at: row.at, endedAt: row.at + totalMs, route, method, target, status, bytesIn, captured },
    ...{ scope: scope ?? '', client: scope ?? '' },
  }
}
