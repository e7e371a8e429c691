import t from 'tap'
import { renderMetrics } from '../../../core/admin/prometheus.js'

t.test('counters, gauges and histograms in the text format', async t => {
  const text = renderMetrics([
    {
      name: 'chaos_requests_total',
      help: 'Requests.',
      type: 'counter',
      samples: [{ suffix: '', labels: {}, value: 12 }],
    },
    {
      name: 'chaos_live_duration_seconds',
      help: 'Time.',
      type: 'histogram',
      samples: [
        { suffix: '_bucket', labels: { le: '0.005' }, value: 3 },
        { suffix: '_bucket', labels: { le: '+Inf' }, value: 4 },
        { suffix: '_sum', labels: {}, value: 0.25 },
        { suffix: '_count', labels: {}, value: 4 },
      ],
    },
  ])
  t.equal(
    text,
    `# HELP chaos_requests_total Requests.
# TYPE chaos_requests_total counter
chaos_requests_total 12
# HELP chaos_live_duration_seconds Time.
# TYPE chaos_live_duration_seconds histogram
chaos_live_duration_seconds_bucket{le="0.005"} 3
chaos_live_duration_seconds_bucket{le="+Inf"} 4
chaos_live_duration_seconds_sum 0.25
chaos_live_duration_seconds_count 4
`,
  )
})

t.test('backslashes, quotes and line ends cannot break out of a label or of a help text', async t => {
  const text = renderMetrics([
    {
      name: 'x',
      help: 'a\\b\nc',
      type: 'gauge',
      samples: [{ suffix: '', labels: { route: 'a"b\\c\nd', tier: 'exact' }, value: -0.5 }],
    },
  ])
  t.equal(text, '# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{route="a\\"b\\\\c\\nd",tier="exact"} -0.5\n')
})

t.test('infinity and not-a-number are written as Prometheus reads them', async t => {
  const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]
  const text = renderMetrics([
    { name: 'x', help: '', type: 'gauge', samples: values.map(value => ({ suffix: '', labels: {}, value })) },
  ])
  t.same(text.split('\n').slice(2, 5), ['x +Inf', 'x -Inf', 'x NaN'])
})
