// thread: main
import type { TracesStatus } from '../contract/spans.js'
import type { MetricFamily } from '../contract/status.js'

/** Undefined: no traces are made. */
export function traceMetrics(status: TracesStatus | undefined): MetricFamily[] {
  return [
    {
      name: 'chaos_trace_spans_total',
      help: 'Spans, by what became of them: taken by the collector, refused by it or not to be given to it, or dropped for want of room.',
      type: 'counter',
      samples: (['exported', 'failed', 'dropped'] as const).map(outcome => ({
        suffix: '',
        labels: { outcome },
        value: status?.[outcome] ?? 0,
      })),
    },
    {
      name: 'chaos_trace_spans_waiting',
      help: 'Spans that wait for the collector.',
      type: 'gauge',
      samples: [{ suffix: '', labels: {}, value: status?.waiting ?? 0 }],
    },
    {
      name: 'chaos_trace_collector_failing',
      help: '1 where the collector does not take traces.',
      type: 'gauge',
      samples: [{ suffix: '', labels: {}, value: status?.collector === 'failing' ? 1 : 0 }],
    },
    {
      name: 'chaos_trace_retries_total',
      help: 'Times that spans were sent to the collector again.',
      type: 'counter',
      samples: [{ suffix: '', labels: {}, value: status?.retries ?? 0 }],
    },
  ]
}
