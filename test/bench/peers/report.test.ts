import t from 'tap'
import { markdownReport, terminalReport } from '../../../bench/peers/report.js'
import type { PeerResult } from '../../../bench/peers/results.js'
import { peerScenarios } from '../../../bench/peers/scenarios.js'

const round = (perSecond: number): object => ({ requests: perSecond, perSecond, p50Ms: 1, p99Ms: 2.5, failed: 0 })
const named = (name: string): object => peerScenarios.find(one => one.name === name)!

const results = [
  {
    kind: 'speed',
    scenario: named('json-64'),
    rounds: new Map([
      ['chaos-uws', [round(60_000)]],
      ['nginx', [round(50_000)]],
    ]),
    residentBytes: new Map([['nginx', 29_500_000]]),
    leftOut: [{ name: 'caddy', because: 'caddy did not start' }],
  },
  {
    kind: 'speed',
    scenario: named('rate'),
    rounds: new Map([
      ['chaos-uws', [{ ...round(25_000), p999Ms: 3.25 }]],
      ['nginx', [{ ...round(25_000), p99Ms: 2, p999Ms: 3 }]],
    ]),
    perSecond: 25_000,
    leftOut: [],
  },
  {
    kind: 'growth',
    scenario: named('idle'),
    growths: [{ name: 'chaos-uws', what: 'idle', beforeBytes: 1e8, peakBytes: 1.5e8, wanted: 10_000, reached: 10_000 }],
    leftOut: [],
  },
] as unknown as PeerResult[]
const verdicts = [{ budget: 'json-64: fast', measured: '0.50 ×', met: false }]

t.test('the terminal shows a table a scenario, who is missing, and the verdicts', async t => {
  const text = terminalReport({ results, verdicts })
  t.match(text, /Small JSON, 64 connections \(`json-64`\)\ncontender +requests\/s/)
  t.match(text, /^nginx +50,000 +1\.00 +2\.50 +0 +1\.20 +29\.5$/m)
  t.match(text, /^left out: caddy: caddy did not start$/m)
  t.match(text, /^nginx +25,000 +1\.00 +2\.00 +3\.00 +0 +0 +0\.50$/m, 'p99 of ours above theirs')
  t.match(text, /^chaos-uws +idle +10,000 +10,000 +100\.0 +150\.0 +50\.0$/m)
  t.match(text, /^MISSED {2}json-64: fast: 0\.50 ×$/m)
})

t.test('the Markdown says the same, with the machine and how each was run', async t => {
  const text = markdownReport({
    machine: ['machine: one'],
    tool: 'wrk',
    rounds: 3,
    durationS: 4,
    firstWarmUpS: 10,
    contenders: [{ name: 'nginx', runs: '2 | workers' }],
    leftOut: [{ name: 'varnish', because: 'varnishd not installed' }],
    results,
    verdicts,
  })
  t.match(text, '- machine: one\n')
  t.match(text, '| nginx | 2 \\| workers |')
  t.match(text, '- left out: varnish: varnishd not installed')
  t.match(text, '## Small JSON at a fixed rate, 64 connections, 25,000/s (`rate`)')
  t.match(text, '| nginx | 50,000 | 1.00 | 2.50 | 0 | 1.20 | 29.5 |')
  t.match(text, '| json-64: fast | 0.50 × | **missed** |')
})
