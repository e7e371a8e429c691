// thread: main
import { type AlertStatus, type AnomalyTotals, anomalyKinds, severities } from '../contract/anomalies.js'
import type { MetricFamily } from '../contract/status.js'

export function anomalyMetrics(totals: AnomalyTotals | undefined, alerts: AlertStatus | undefined): MetricFamily[] {
  if (totals === undefined) return []
  return [
    {
      name: 'chaos_anomalies_open',
      help: 'Anomalies that stand, by how severe they are.',
      type: 'gauge',
      samples: severities.map(severity => ({ suffix: '', labels: { severity }, value: totals.open[severity] })),
    },
    {
      name: 'chaos_anomalies_total',
      help: 'Times that an anomaly began, by its kind.',
      type: 'counter',
      samples: anomalyKinds.map(kind => ({ suffix: '', labels: { kind }, value: totals.began[kind] ?? 0 })),
    },
    {
      name: 'chaos_anomalies_silenced_total',
      help: 'Signals that were not told because of what a person had said.',
      type: 'counter',
      samples: [{ suffix: '', labels: {}, value: totals.silenced }],
    },
    ...(alerts === undefined
      ? []
      : [
          {
            name: 'chaos_alerts_total',
            help: 'Alerts for the webhook, by what came of them.',
            type: 'counter' as const,
            samples: (['sent', 'failed', 'dropped'] as const).map(outcome => ({
              suffix: '',
              labels: { outcome },
              value: alerts[outcome],
            })),
          },
        ]),
  ]
}
