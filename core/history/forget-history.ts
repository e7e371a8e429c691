// thread: history
// Forgets in a store of the history: captured exchanges, rows of facts, sums and outages that name it. In the SQL that all engines
// share; what is to be forgotten is told by its digests alone, so that texts are looked at here and not in the database.
import type { ForgetMatcher, ForgottenIn } from '../contract/forgetting.js'
import { type CaptureRow, capturedColumns, capturedOf, isUnopened } from './captured-row.js'
import type { SqlValue } from './engine.js'
import type { SealedEngine } from './sealed-engine.js'

const CAPTURES_AT_ONCE = 100
const TEXTS_AT_ONCE = 2000
const DELETED_AT_ONCE = 200
/** Tables with a column of texts in which it may stand, and what their rows are. */
const tablesOfTexts = [
  ['exchanges', 'target'],
  ['exchanges', 'route'],
  ['exchanges', 'scope'],
  ['sums_1s', 'route'],
  ['sums_1m', 'route'],
  ['sums_1h', 'route'],
  ['outages', 'because'],
  ['outages', 'circuit'],
] as const

interface Place {
  readonly at: number
  readonly run: number
  readonly seq: number
}

interface FoundTexts {
  readonly table: string
  readonly column: string
  readonly texts: readonly string[]
  readonly rows: number
}

interface Found {
  readonly captures: readonly Place[]
  readonly texts: readonly FoundTexts[]
  readonly count: number
  /** Rows that are encrypted with a key that is not given. */
  readonly unopened: number
}

/** Rejects with what the database says. */
export async function forgetInHistory(
  engine: SealedEngine,
  matcher: ForgetMatcher,
  dryRun: boolean,
  store: string,
): Promise<ForgottenIn> {
  const before = await search(engine, matcher)
  const rows = before.texts.reduce((sum, one) => sum + one.rows, 0)
  const told = {
    store,
    found: before.count,
    what: before.count === 0 ? '' : `${before.captures.length} captured exchanges, ${rows} rows that name it`,
  }
  let problem =
    before.unopened === 0
      ? ''
      : `${before.unopened} rows are encrypted with a key that CHAOS_ENCRYPTION_KEY does not have, or were changed, and were not searched: put that key behind the first one and ask once more`
  if (dryRun) return { ...told, erased: 0, remaining: before.count, problem }
  if (before.count > 0) {
    await erase(engine, matcher, before)
    const tables = [...new Set(['captures', 'exchanges', ...before.texts.map(({ table }) => table)])]
    problem = await engine.compact(tables).then(
      () => problem,
      error =>
        `the rows are gone, but the database may keep their octets until it is cleaned: run VACUUM FULL on ${tables.join(', ')} (${(error as Error).message})`,
    )
  }
  const { count: remaining } = await search(engine, matcher)
  return { ...told, erased: Math.max(0, before.count - remaining), remaining, problem }
}

async function search(engine: SealedEngine, matcher: ForgetMatcher): Promise<Found> {
  const unopened = { rows: 0 }
  const captures = await capturesOf(engine, matcher, unopened)
  const texts: FoundTexts[] = []
  for (const [table, column] of tablesOfTexts) {
    const found = await textsOf(engine, matcher, table, column, unopened)
    if (found.length === 0) continue
    let rows = 0
    for (const some of chunks(found)) {
      const { where, values } = among(matcher, table, column, some)
      const [row] = await engine.rows<{ rows: number }>(`SELECT count(*) AS rows FROM ${table} WHERE ${where}`, values)
      rows += Number(row?.rows ?? 0)
    }
    if (rows > 0) texts.push({ table, column, texts: found, rows })
  }
  const count = captures.length + texts.reduce((sum, { rows }) => sum + rows, 0)
  return { captures, texts, count, unopened: unopened.rows }
}

async function capturesOf(engine: SealedEngine, matcher: ForgetMatcher, unopened: { rows: number }): Promise<Place[]> {
  const found: Place[] = []
  let after: Place | undefined
  for (;;) {
    const values: SqlValue[] = after === undefined ? [] : [new Date(after.at), after.run, after.seq]
    const where =
      after === undefined ? '' : 'WHERE started_at >= $1 AND (started_at > $1 OR run > $2 OR (run = $2 AND seq > $3))'
    const page: (CaptureRow & Place)[] = await engine.rows(
      `SELECT ${engine.dialect.ms('started_at')} AS at, run, seq, ${capturedColumns} FROM captures ${where}
       ORDER BY started_at, run, seq LIMIT ${CAPTURES_AT_ONCE}`,
      values,
    )
    for (const row of page) {
      const { at, run, seq } = row
      if (isUnopened(row)) unopened.rows += 1
      else if (matcher.covers(at) && matcher.exchange(capturedOf(row))) found.push({ at, run, seq })
    }
    if (page.length < CAPTURES_AT_ONCE) return found
    const { at, run, seq } = page.at(-1)!
    after = { at, run, seq }
  }
}

/** As they stand there. */
async function textsOf(
  engine: SealedEngine,
  matcher: ForgetMatcher,
  table: string,
  column: string,
  unopened: { rows: number },
): Promise<string[]> {
  const { subject } = matcher.forgetting
  const isIt = (text: string): boolean =>
    column === 'scope'
      ? matcher.scope(text)
      : column === 'target' && subject.kind === 'route'
        ? matcher.path(subject.method, text)
        : matcher.text(text)
  const found: string[] = []
  for (let after = ''; ; ) {
    const page = await engine.rows<{ text: string }>(
      `SELECT DISTINCT ${column} AS text FROM ${table} WHERE ${column} > $1 ORDER BY 1 LIMIT ${TEXTS_AT_ONCE}`,
      [after],
    )
    for (const { text } of page) {
      const said = column === 'target' ? engine.textOf(text, column) : text
      if (said === undefined) unopened.rows += 1
      else if (isIt(said)) found.push(text)
    }
    if (page.length < TEXTS_AT_ONCE) return found
    after = page.at(-1)!.text
  }
}

async function erase(engine: SealedEngine, matcher: ForgetMatcher, { captures, texts }: Found): Promise<void> {
  for (const some of chunks(captures))
    await engine.transaction(async ({ rows }) => {
      for (const { at, run, seq } of some)
        for (const table of ['captures', 'exchanges'])
          await rows(`DELETE FROM ${table} WHERE started_at = $1 AND run = $2 AND seq = $3`, [new Date(at), run, seq])
    })
  for (const { table, column, texts: found } of texts)
    for (const some of chunks(found)) {
      const { where, values } = among(matcher, table, column, some)
      await engine.transaction(({ rows }) => rows(`DELETE FROM ${table} WHERE ${where}`, values))
    }
}

/** Rows with one of these texts. What began since it was to be forgotten stays; sums and outages tell of no one moment. */
function among(
  { forgetting: { subject, at } }: ForgetMatcher,
  table: string,
  column: string,
  texts: readonly string[],
): { readonly where: string; readonly values: SqlValue[] } {
  const values: SqlValue[] = []
  const bind = (value: SqlValue): string => `$${values.push(value)}`
  let where = `${column} IN (${texts.map(bind).join(', ')})`
  if (table === 'exchanges') where += ` AND started_at <= ${bind(new Date(at))}`
  if (column === 'target' && subject.kind === 'route' && subject.method !== '')
    where += ` AND method = ${bind(subject.method)}`
  return { where, values }
}

function* chunks<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += DELETED_AT_ONCE) yield all.slice(at, at + DELETED_AT_ONCE)
}
