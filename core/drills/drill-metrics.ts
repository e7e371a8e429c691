// thread: main
import { drillKinds } from '../contract/drills.js'
import type { MetricFamily } from '../contract/status.js'
import type { Drills } from './drills.js'

/** There also while none runs: an alert needs the 0. */
export function drillMetrics({ running, hits }: Pick<Drills, 'running' | 'hits'>): MetricFamily[] {
  return [
    {
      name: 'chaos_drills_running',
      help: 'Drills that run: what looks like an outage may be one.',
      type: 'gauge',
      samples: drillKinds.map(kind => ({
        suffix: '',
        labels: { kind },
        value: running.filter(({ plan }) => plan.kind === kind).length,
      })),
    },
    {
      name: 'chaos_drill_hits_total',
      help: 'Requests that met the fault of a drill.',
      type: 'counter',
      samples: [{ suffix: '', labels: {}, value: hits }],
    },
  ]
}
