// thread: history
// Which sums are due to be rolled up, and how sums of one resolution are read while some are not yet. Pure.
import type { Window } from '../contract/history.js'
import type { Dialect, SqlValue } from './engine.js'
import { type Resolution, resolutions } from './resolution.js'

/** What is still on its way when a minute is over. What comes later is added to both. */
const GRACE_MS = 5000

/** Until when finer sums are to be rolled up now; undefined: nothing is due. */
export function rollDue(from: number, coarserSeconds: number, now: number): number | undefined {
  const stepMs = coarserSeconds * 1000
  const to = now - GRACE_MS
  const due = to - (to % stepMs)
  return due > from ? due : undefined
}

/**
 * Sums of a resolution, and for what is not in it yet the finer ones: each instance says how far it has come. `more`: further
 * conditions, whose values are $3 and following.
 */
export function sumsSql(
  dialect: Dialect,
  { seconds }: Resolution,
  { from, to }: Window,
  more: string,
  values: readonly SqlValue[],
): { sql: string; values: SqlValue[] } {
  const columns = 'requests, errors, ghosts, refusals, sum_ms, bytes_in, bytes_out, sketch'
  const place = resolutions.findIndex(one => one.seconds === seconds)
  const parts = resolutions.slice(0, place + 1).map(({ seconds: ofPart, table }, i) => {
    // A table below the wanted one counts only from where it was not rolled up.
    const open =
      i === place
        ? ''
        : ` AND began_at >= (SELECT max(until) FROM rolled r WHERE r.instance = s.instance AND r.resolution = ${ofPart})`
    return `SELECT ${dialect.ms('began_at')} AS at, route, ${columns} FROM ${table} s
      WHERE began_at >= $1 AND began_at < $2 AND ${more}${open}`
  })
  return { sql: parts.join('\nUNION ALL\n'), values: [new Date(from), new Date(to), ...values] }
}
