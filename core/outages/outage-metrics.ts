// thread: main
// Outages in numbers, for Prometheus.
import type { MetricFamily } from '../contract/status.js'
import type { OutageTotals } from './outages.js'

export function outageMetrics(totals: OutageTotals, isRunning: boolean): MetricFamily[] {
  const one = (name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily => ({
    name: `chaos_${name}`,
    help,
    type,
    samples: [{ suffix: '', labels: {}, value }],
  })
  return [
    one('outage_running', 'gauge', '1: requests are answered without the upstream, for it fails.', isRunning ? 1 : 0),
    one('outages_total', 'counter', 'Outages that began.', totals.outages),
    one('outage_seconds_total', 'counter', 'How long outages lasted, all together.', totals.seconds),
    one('outage_ghosts_total', 'counter', 'Ghosts given because the upstream failed.', totals.ghosts),
    one(
      'outage_refused_total',
      'counter',
      'Questions that no ghost answered while the upstream failed.',
      totals.refused,
    ),
    {
      name: 'chaos_outage_compared_total',
      help: 'Questions that ghosts answered in an outage and that were asked again after it, by what came of it.',
      type: 'counter',
      samples: (['right', 'wrong', 'unanswered'] as const).map(verdict => ({
        suffix: '',
        labels: { verdict },
        value: totals[verdict],
      })),
    },
  ]
}
