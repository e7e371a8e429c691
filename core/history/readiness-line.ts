// thread: history
// How readiness was over time: noted now and then, thinned out when it is asked for.
import type { NotedReadiness, ReadinessPoint, ReadinessQuery } from '../contract/history.js'
import type { Engine, SqlValue, Transaction } from './engine.js'

const names = ['noted_at', 'instance', 'overall', 'repeated', 'unseen', 'unseen_share']

export async function noteReadiness(
  transaction: Transaction,
  instance: string,
  noted: readonly NotedReadiness[],
): Promise<void> {
  if (noted.length === 0) return
  await transaction.append('readiness', names, noted.length, (index, row) => {
    const { at, overall, repeated, unseen, unseenShare } = noted[index]!
    row.time(at)
    row.text(instance)
    row.real(overall)
    row.real(repeated)
    row.real(unseen)
    row.real(unseenShare)
  })
}

/** The newest of each step, oldest first. */
export async function readinessIn(
  engine: Engine,
  { from, to, instance, points }: ReadinessQuery,
): Promise<ReadinessPoint[]> {
  const values: SqlValue[] = [new Date(from), new Date(to), ...(instance === undefined ? [] : [instance])]
  const rows = await engine.rows<{
    at: number
    overall: number | null
    repeated: number | null
    unseen: number | null
    unseen_share: number
  }>(
    `SELECT ${engine.dialect.ms('noted_at')} AS at, overall, repeated, unseen, unseen_share FROM readiness
     WHERE noted_at >= $1 AND noted_at < $2${instance === undefined ? '' : ' AND instance = $3'} ORDER BY noted_at`,
    values,
  )
  const stepMs = (to - from) / points
  const newest = new Map<number, ReadinessPoint>()
  for (const { at, overall, repeated, unseen, unseen_share } of rows)
    newest.set(Math.floor((at - from) / stepMs), {
      at: new Date(at).toISOString(),
      overall: rounded(overall),
      repeated: rounded(repeated),
      unseen: rounded(unseen),
      unseenShare: rounded(unseen_share) ?? 0,
    })
  return [...newest.values()]
}

/** Single precision shows digits that mean nothing. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000
}
