// thread: history
// Which sums are due to be rolled up, and how sums of one resolution are read while some are not yet. Pure.
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

const columns = 'requests, errors, ghosts, refusals, sum_ms, bytes_in, bytes_out, sketch'
/** Of that instance: what begins from there on is not in the coarser sums yet. */
const rolledUntil = (seconds: number): string =>
  `(SELECT max(until) FROM rolled r WHERE r.instance = s.instance AND r.resolution = ${seconds})`

/**
 * All sums of a window, whatever their moments: its whole hours, and minutes and seconds where those are not whole or not
 * rolled up yet. So a long window is hardly more to read than a short one.
 */
export function wholeSumsSql(
  dialect: Dialect,
  window: Window,
  more: string,
  now: number,
): { sql: string; values: SqlValue[] } {
  const { minutes, hours } = wholesOf(window, now)
  const parts = [
    `sums_1h s WHERE began_at >= $3 AND began_at < $4 AND ${more}`,
    `sums_1m s WHERE began_at >= $1 AND began_at < $2 AND ${more}
       AND (began_at < $3 OR began_at >= $4 OR began_at >= ${rolledUntil(60)})`,
    `sums_1s s WHERE began_at >= $5 AND began_at < $6 AND ${more}
       AND (began_at < $1 OR began_at >= $2 OR began_at >= ${rolledUntil(1)})`,
  ]
  return {
    sql: parts
      .map(part => `SELECT ${dialect.ms('began_at')} AS at, route, ${columns} FROM ${part}`)
      .join('\nUNION ALL\n'),
    values: [minutes, hours, window].flatMap(({ from, to }) => [new Date(from), new Date(to)]),
  }
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
  const place = resolutions.findIndex(one => one.seconds === seconds)
  const parts = resolutions.slice(0, place + 1).map(({ seconds: ofPart, table }, i) => {
    // A table below the wanted one counts only from where it was not rolled up.
    const open = i === place ? '' : ` AND began_at >= ${rolledUntil(ofPart)}`
    return `SELECT ${dialect.ms('began_at')} AS at, route, ${columns} FROM ${table} s
      WHERE began_at >= $1 AND began_at < $2 AND ${more}${open}`
  })
  return { sql: parts.join('\nUNION ALL\n'), values: [new Date(from), new Date(to), ...values] }
}
