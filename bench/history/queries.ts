// What a dashboard asks of a history, and how long it takes.
import { performance } from 'node:perf_hooks'
import type { HistoryQuery } from '../../core/contract/history.js'
import type { HistoryStore } from '../../core/history/history-store.js'
import { RARE_SCOPE, scopeName } from './traffic.js'

export interface TimedQuery {
  readonly name: string
  readonly medianMs: number
  readonly slowestMs: number
}

const HOUR_MS = 3_600_000
const REPEATS = 5

/** Over what is in the store from `from` to `to` (epoch ms). */
export async function timeQueries(store: HistoryStore, from: number, to: number, route: string): Promise<TimedQuery[]> {
  const day = { from: Math.max(from, to - 24 * HOUR_MS), to }
  const hour = { from: to - HOUR_MS, to }
  const page = { kind: 'exchanges', limit: 50 } as const
  const newest = await store.exchanges({ ...day, limit: 1 })
  const middle = await store.exchanges({ from, to: from + (to - from) / 2, limit: 1 })
  const asked: [string, HistoryQuery][] = [
    ['newest exchanges', { ...page, ...day }],
    ['a page in the middle', { ...page, from, to, cursor: middle.exchanges[0]!.id }],
    ['of one route', { ...page, ...day, route }],
    ['5xx', { ...page, ...day, status: [500, 599] }],
    ['ghosts of one route', { ...page, ...day, by: ['exact', 'template'], route }],
    ['of a rare method', { ...page, ...day, method: 'DELETE' }],
    ['of one credential', { ...page, ...day, scope: scopeName(1) }],
    ['of a rare credential', { ...page, ...day, scope: scopeName(RARE_SCOPE) }],
    ['of a credential that nobody has', { ...page, ...day, scope: scopeName(RARE_SCOPE + 1) }],
    ['ghosts', { ...page, ...day, by: ['exact', 'entity', 'query', 'template', 'semantic'] }],
    ['refused', { ...page, ...day, status: [400, 499] }],
    ['one exchange', { kind: 'exchange', id: newest.exchanges[0]!.id }],
    ['series, last hour', { kind: 'series', ...hour, points: 120 }],
    ['series, all', { kind: 'series', from, to, points: 300 }],
    ['series, all, one route', { kind: 'series', from, to, points: 300, route }],
    ['top routes, last hour', { kind: 'routes', ...hour, order: 'requests', limit: 20 }],
    ['top routes, all', { kind: 'routes', from, to, order: 'p99', limit: 20 }],
    ['outages', { kind: 'outages', from, to }],
  ]
  const timed: TimedQuery[] = []
  for (const [name, query] of asked) {
    const times: number[] = []
    for (let i = 0; i < REPEATS; i++) {
      const startedTick = performance.now()
      await store.answer(query, false, to)
      times.push(performance.now() - startedTick)
    }
    times.sort((a, b) => a - b)
    timed.push({ name, medianMs: times[Math.floor(REPEATS / 2)]!, slowestMs: times.at(-1)! })
  }
  return timed
}
