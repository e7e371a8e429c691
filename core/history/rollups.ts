// thread: history
// Which sums are due to be rolled up, and how sums are read while some are not yet. Pure.
import type { Window } from '../contract/history.js'
import type { Dialect, SqlValue } from './engine.js'
import { type Resolution, resolutions, wholesOf } from './resolution.js'

/** What is still on its way when a minute is over. What comes later is added to both. */
const GRACE_MS = 5000
/** Steps that are rolled up at once: after a long outage of the store no transaction becomes long for it. */
const MOST_STEPS = 60

/** Until when finer sums are to be rolled up next; undefined: nothing is due. */
export function rollDue(from: number, coarserSeconds: number, now: number): number | undefined {
  const stepMs = coarserSeconds * 1000
  const to = now - GRACE_MS
  const due = Math.min(to - (to % stepMs), from + MOST_STEPS * stepMs)
  return due > from ? due : undefined
}

/** Sums of all instances that begin before are rolled up, epoch ms, by the seconds of their resolution. */
export type RolledUntil = ReadonlyMap<number, number>

/** Puts a statement together of parts that each read one table. `more`: a condition on what is read. */
class SumsStatement {
  readonly values: SqlValue[]
  readonly #parts: string[] = []
  readonly #dialect: Dialect
  readonly #more: string
  readonly #rolled: RolledUntil

  constructor(dialect: Dialect, rolled: RolledUntil, more: string, values: readonly SqlValue[]) {
    this.#dialect = dialect
    this.#rolled = rolled
    this.#more = more
    this.values = [...values]
  }

  get sql(): string {
    return this.#parts.join('\nUNION ALL\n')
  }

  /** All of the table in this span. */
  read({ table }: Resolution, span: Window): void {
    if (span.from >= span.to) return
    this.#parts.push(`${this.#select} FROM ${table} s WHERE ${this.#within(span)}`)
  }

  /** What of the table in this span is not in the coarser one yet: each instance says how far it has come. */
  readOpen({ seconds, table }: Resolution, { from, to }: Window): void {
    const open = { from: Math.max(from, this.#rolled.get(seconds) ?? from), to }
    if (open.from >= open.to) return
    this.#parts.push(
      `${this.#select} FROM rolled r JOIN ${table} s ON s.instance = r.instance AND s.began_at >= r.until
       WHERE r.resolution = ${seconds} AND ${this.#within(open)}`,
    )
  }

  get #select(): string {
    return `SELECT ${this.#dialect.ms('s.began_at')} AS at, s.route, s.requests, s.errors, s.ghosts, s.refusals, s.sum_ms,
      s.bytes_in, s.bytes_out, s.sketch`
  }

  #within({ from, to }: Window): string {
    const bind = (at: number): string => `$${this.values.push(new Date(at))}`
    return `s.began_at >= ${bind(from)} AND s.began_at < ${bind(to)} AND ${this.#more}`
  }
}

interface Statement {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

/** Sums of a resolution, and the finer ones of what is not in it yet. `values`: of `more`, from $1 on. */
export function sumsSql(
  dialect: Dialect,
  rolled: RolledUntil,
  { seconds }: Resolution,
  window: Window,
  more: string,
  values: readonly SqlValue[],
): Statement {
  const statement = new SumsStatement(dialect, rolled, more, values)
  for (const resolution of resolutions) {
    if (resolution.seconds < seconds) statement.readOpen(resolution, window)
    else if (resolution.seconds === seconds) statement.read(resolution, window)
  }
  return statement
}

/**
 * All sums of a window, whatever their moments: its whole hours, and minutes and seconds where those are not whole or not
 * rolled up yet. So a long window is hardly more to read than a short one.
 */
export function wholeSumsSql(
  dialect: Dialect,
  rolled: RolledUntil,
  window: Window,
  more: string,
  values: readonly SqlValue[],
  now: number,
): Statement {
  const { minutes, hours } = wholesOf(window, now)
  const [ofSecond, ofMinute, ofHour] = resolutions
  const statement = new SumsStatement(dialect, rolled, more, values)
  statement.read(ofHour, hours)
  // A window may have no whole hour in it, or no whole minute.
  statement.read(ofMinute, { from: minutes.from, to: Math.min(hours.from, minutes.to) })
  statement.read(ofMinute, { from: Math.max(hours.to, minutes.from), to: minutes.to })
  statement.readOpen(ofMinute, hours)
  statement.read(ofSecond, { from: window.from, to: Math.min(minutes.from, window.to) })
  statement.read(ofSecond, { from: Math.max(minutes.to, window.from), to: window.to })
  statement.readOpen(ofSecond, minutes)
  return statement
}
