import t from 'tap'
import { renderMetrics } from '../../../core/admin/prometheus.js'
import type { UpstreamFigures } from '../../../core/contract/upstreams.js'
import type { Health } from '../../../core/health/probe.js'
import { Upstreams, upstreamMetrics } from '../../../core/health/upstreams.js'

const figures = (url: string, changed: Partial<UpstreamFigures> = {}): UpstreamFigures => ({
  url,
  outstanding: 0,
  connections: 0,
  full: false,
  ejectedForMs: 0,
  requests: 0,
  failures: 0,
  ...changed,
})
const ill: Health = { healthy: false, failures: 2, askedAt: 0, ok: false, because: 'it answered 503' }

function open(urls: string[]) {
  const health = new Map<string, Health>()
  const clock = { at: 0, now: () => clock.at }
  return { upstreams: new Upstreams(urls, url => health.get(url), clock), health, clock }
}

t.test('before anybody says anything all are well', async t => {
  const { upstreams } = open(['a', 'b', 'a'])
  t.same(upstreams.urls, ['a', 'b'], 'twice in the list is once')
  t.same(upstreams.list, {
    version: 0,
    upstreams: [
      { url: 'a', healthy: true },
      { url: 'b', healthy: true },
    ],
  })
  t.match(upstreams.status(), [{ url: 'a', healthy: true, available: true, full: false, lastProbe: null }, {}])
})

t.test('figures of all edges are added up; counts go on when an edge starts anew', async t => {
  const { upstreams } = open(['a'])
  const one = figures('a', { outstanding: 2, connections: 3, requests: 10, failures: 1 })
  upstreams.onReport(0, { version: 0, upstreams: [one], leaving: [] })
  upstreams.onReport(1, { version: 0, upstreams: [one], leaving: [] })
  upstreams.onReport(1, { version: 0, upstreams: [figures('a', { requests: 5 })], leaving: [] })
  t.match(upstreams.status()[0], { outstanding: 2, connections: 3, requests: 25, failures: 2 })
})

t.test('healthy, full and available', async t => {
  const { upstreams, health, clock } = open(['a', 'b', 'c'])
  health.set('c', ill)
  upstreams.onReport(0, {
    version: 0,
    upstreams: [figures('a', { ejectedForMs: 1000 }), figures('b', { full: true }), figures('c')],
    leaving: [],
  })
  t.match(upstreams.status(), [
    { healthy: false, available: false, full: false, ejectedBy: 1, ejectedUntil: '1970-01-01T00:00:01.000Z' },
    { healthy: true, available: false, full: true, ejectedBy: 0, ejectedUntil: null },
    { healthy: false, available: false, lastProbe: { ok: false, because: 'it answered 503' } },
  ])
  t.match(upstreams.list.upstreams, [{ healthy: true }, { healthy: true }, { healthy: false }], 'for the edges: checks')
  clock.at = 1000
  t.match(upstreams.status()[0], { healthy: true, ejectedBy: 0, ejectedUntil: null })
  const text = renderMetrics(upstreamMetrics(upstreams.status()))
  t.match(text, /^chaos_upstream_healthy\{upstream="c"\} 0$/m)
  t.match(text, /^chaos_upstream_available\{upstream="b"\} 0$/m)
  t.match(text, /^chaos_upstream_requests_total\{upstream="a"\} 0$/m)
})

t.test('a new list: counts of those that stay stay, and those that leave are told as long as they answer', async t => {
  const { upstreams } = open(['a', 'b'])
  const report = (edge: number, version: number, leaving = [{ url: 'a', outstanding: 1 }]) =>
    upstreams.onReport(edge, {
      version,
      upstreams: [figures('a', { requests: 1 }), figures('b', { requests: 1 })],
      leaving,
    })
  report(0, 0, [])
  report(1, 0, [])
  upstreams.replace(['b', 'c'])
  t.same(upstreams.list.version, 1)
  report(0, 1)
  report(1, 0)
  t.same(upstreams.leaving(), [{ url: 'a', outstanding: 2 }])
  report(1, 1, [])
  t.match(
    upstreams.status().map(({ url, requests }) => [url, requests]),
    [
      ['b', 5],
      ['c', 0],
    ],
  )
})
