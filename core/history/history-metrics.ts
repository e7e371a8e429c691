// thread: main
import type { HistoryStatus } from '../contract/history.js'
import type { MetricFamily } from '../contract/status.js'

/** Undefined: it is switched off. */
export function historyMetrics(status: HistoryStatus | undefined): MetricFamily[] {
  if (status === undefined) return []
  const family = (name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily => ({
    name: `chaos_history_${name}`,
    help,
    type,
    samples: [{ suffix: '', labels: {}, value }],
  })
  return [
    {
      name: 'chaos_history_up',
      help: 'The store of the history that was asked for can be used.',
      type: 'gauge',
      samples: [{ suffix: '', labels: { store: status.store.kind }, value: status.store.state === 'up' ? 1 : 0 }],
    },
    family('rows_total', 'counter', 'Exchanges written to the store of the history.', status.rows),
    family('captures_total', 'counter', 'Captured exchanges written to the store of the history.', status.captures),
    family('sampled_out_total', 'counter', 'Exchanges that are only in the sums of the history.', status.sampledOut),
    family(
      'dropped_total',
      'counter',
      'Exchanges that the history lost, for want of room or by a crash.',
      status.dropped,
    ),
    family('waiting_bytes', 'gauge', 'What waits for the store of the history.', status.waitingBytes),
    family('spilled_bytes', 'gauge', 'Of this, what waits on the disk.', status.spilledBytes),
    family('lag_seconds', 'gauge', 'Since when the oldest of it waits.', status.lagS),
    family(
      'restarts_total',
      'counter',
      'Times that the thread of the history failed and started again.',
      status.restarts,
    ),
  ]
}
