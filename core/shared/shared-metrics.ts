// thread: main
import type { SharedStatus } from '../contract/shared.js'
import type { MetricFamily } from '../contract/status.js'

/** Undefined: nothing is shared. */
export function sharedMetrics(status: SharedStatus | undefined): MetricFamily[] {
  if (status === undefined) return []
  const { state, sent, dropped, received, shelved, pendingBytes, resyncs, refills } = status
  const plain = (name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily => ({
    name: `chaos_shared_${name}`,
    help,
    type,
    samples: [{ suffix: '', labels: {}, value }],
  })
  return [
    plain('up', 'gauge', 'Whether what is learned is shared through Redis, without trouble.', state === 'up' ? 1 : 0),
    plain('sent_total', 'counter', 'Exchanges sent to the other instances.', sent),
    plain('dropped_total', 'counter', 'Exchanges not sent, for Redis took too little.', dropped),
    plain('received_total', 'counter', 'Exchanges of other instances that were learned.', received),
    plain(
      'shelved_total',
      'counter',
      'Exchanges that this instance put on the shelf for those that come later.',
      shelved,
    ),
    plain('pending_bytes', 'gauge', 'Octets that wait for Redis.', pendingBytes),
    plain('resyncs_total', 'counter', 'Times that something was missed, and the shelf read again.', resyncs),
    plain('refills_total', 'counter', 'Times that what others lack was looked for in the own memory.', refills),
  ]
}
