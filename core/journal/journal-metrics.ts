// thread: main
// The journal in numbers, for Prometheus.
import { type JournalStatus, journalStates } from '../contract/journal.js'
import type { MetricFamily } from '../contract/status.js'

/** `status` undefined: there is no journal. All families are there all the same, so that a dashboard finds them. */
export function journalMetrics(status: JournalStatus | undefined, now: number): MetricFamily[] {
  const one = (name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily => ({
    name: `chaos_journal_${name}`,
    help,
    type,
    samples: [{ suffix: '', labels: {}, value }],
  })
  const since = status?.oldestWaiting ?? undefined
  return [
    {
      name: 'chaos_journal_entries',
      help: 'Journalled writes by state.',
      type: 'gauge',
      samples: journalStates.map(state => ({ suffix: '', labels: { state }, value: status?.counts[state] ?? 0 })),
    },
    one('bytes', 'gauge', 'Size of the journal on the disk.', status?.bytes ?? 0),
    one('max_bytes', 'gauge', 'Size up to which it takes writes.', status?.maxBytes ?? 0),
    one('full', 'gauge', '1: writes are refused for want of room.', status?.full === true ? 1 : 0),
    one(
      'oldest_waiting_seconds',
      'gauge',
      'Age of the oldest write that waits to be sent.',
      since === undefined ? 0 : Math.max(0, (now - Date.parse(since)) / 1000),
    ),
    one('accepted_total', 'counter', 'Writes that were journalled.', status?.accepted ?? 0),
    one('replayed_total', 'counter', 'Writes that the upstream took from the journal.', status?.replayed ?? 0),
    {
      name: 'chaos_journal_refused_total',
      help: 'Writes that could not be journalled.',
      type: 'counter',
      samples: [
        { suffix: '', labels: { because: 'full' }, value: status?.refusedFull ?? 0 },
        { suffix: '', labels: { because: 'failed' }, value: status?.refusedFailed ?? 0 },
      ],
    },
  ]
}
