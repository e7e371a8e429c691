import t from 'tap'
import { type FidelityReport, markdownReport, terminalReport } from '../../../bench/fidelity/report.js'
import type { BackendResult } from '../../../bench/fidelity/results.js'
import { scoresOf } from '../../../bench/fidelity/scores.js'
import { verdictsOf } from '../../../bench/fidelity/verdicts.js'
import { made, many } from './answers.js'

const results: BackendResult[] = [
  {
    backend: 'one',
    training: { requests: 1500, sameStatus: 1, sameBody: 0.998 },
    before: { settled: true, waitedMs: 2100, learning: { embedder: 'lexical-384' }, readiness: 0.5 },
    scores: scoresOf([
      ...many(60, { class: 'repeat', f1: 1, confidence: 0.97 }),
      made({ class: 'param-new', f1: 0.25, confidence: 0.5, wrong: 1 }),
      made({ class: 'unsafe' }),
    ]),
  },
  {
    backend: 'two',
    training: { requests: 1500, sameStatus: 0.9, sameBody: 0.9 },
    before: { settled: false, waitedMs: 120_000, learning: {}, readiness: null },
    scores: scoresOf([made({ class: 'repeat' })]),
  },
]
const report: FidelityReport = {
  machine: ['machine: one'],
  settings: 'default settings',
  results,
  ignoring: [],
  verdicts: verdictsOf(results),
  leftOut: [{ name: 'three', because: 'python3 is not installed' }],
  peers: [
    {
      name: 'recorder',
      kind: 'control',
      overall: { one: 0.5, two: 0.75 },
      mean: 0.625,
      right: 0.5,
      classes: { repeat: 1, 'param-new': 0.125 },
      answered: 1,
      wrong: 0.5,
      wrongButConfident: 0,
      leaks: 3,
      silent: 7,
    },
  ],
}

t.test('the terminal shows classes, confidence, readiness, warnings and verdicts', async t => {
  const text = terminalReport(report)
  t.match(text, /^one: overall F1 0\.625$/m)
  t.match(text, /^param-new +1 +1\.000 +0\.250 +0\.0 +100\.0 +0\.0 +100\.0 +100\.0 +0 +0$/m)
  t.match(text, /^unsafe +1 +0\.0 +0 +0$/m, 'writes have no F1')
  t.match(text, /^one +0\.5 +1 +0\.500 +0\.250 +−0\.250 +too few$/m)
  t.match(text, /^one +0\.9 +60 +0\.970 +1\.000 +\+0\.030 +met$/m)
  t.match(text, /^one: readiness 0\.500 before the kill; the outage showed 0\.625 \(mean over all reads 0\.988\)$/m)
  const told = { ...results[0]!, before: { ...results[0]!.before, repeated: 0.875, unseen: 0.5 } }
  t.match(
    terminalReport({ ...report, results: [told] }),
    /^one: readiness .*; of requests asked before 0\.875, shown 1\.000; of others 0\.500, shown 0\.250; of all these reads 0\.869$/m,
  )
  const shared = { ...told, before: { ...told.before, repeatedShare: 0.8 } }
  t.match(
    terminalReport({ ...report, results: [shared] }),
    /; of all these reads 0\.869; at the traffic's share of repeats the outage showed 0\.850$/m,
  )
  const gone = { ...results[0]!, goingOn: { readiness: 0.9, shown: 0.875, count: 290 } }
  t.match(
    terminalReport({ ...report, results: [gone] }),
    /^one: readiness .*; where the traffic went on as it was it promised 0\.900, shown 0\.875 over the next 290 reads$/m,
  )
  t.match(text, /^two: no readiness endpoint; the outage showed 0\.000/m)
  t.match(text, /^one: 1500 training requests, 100\.0 % .* 99\.8 % .* settled in 2\.1 s, embedder lexical-384$/m)
  t.match(text, /^two: the proxy had not settled/m)
  t.match(text, /^two: the training went otherwise than the stored truth says/m)
  t.notMatch(text, /^one: the training went otherwise/m)
  t.match(text, /^left out: three: python3 is not installed$/m)
  t.match(text, /^MISSED {2}overall F1 ≥ 0\.80: 0\.313 \(0\.625, 0\.000\)$/m)
  t.match(text, /^MISSED {2}readiness off by ≤ 0\.05: 0\.125, –$/m)
})

t.test('what ignoring no-store came to stands beside the default, not in its place', async t => {
  const [one] = results
  const refusing = { ...one!, before: { ...one!.before, unstorable: 0.125 } }
  const ignoring = [{ ...one!, scores: scoresOf([made({ class: 'repeat' }), made({ class: 'unsafe' })]) }]
  const both = { ...report, results: [refusing, results[1]!], ignoring }
  const text = markdownReport(both)
  t.match(text, '| **chaos-proxy** | 0.625 | 0.000 | 0.313 |')
  t.match(text, '| **chaos-proxy, no-store ignored** | 0.000 | 0.000 | 0.000 |')
  t.match(text, 'Answers to 12.5 % of the traffic of one say `no-store`')
  t.match(text, '### one: overall F1 0.000 with CHAOS_GHOST_HONOUR=ignore-no-store')
  t.match(text, '| overall F1 ≥ 0.80 | 0.625 | 0.000 | 0.313 | **missed** |')
  t.match(terminalReport(both), /^one: overall F1 0\.000 with CHAOS_GHOST_HONOUR=ignore-no-store$/m)
  t.notMatch(markdownReport(report), 'no-store', 'nobody said it')
})

t.test('the Markdown has the budgets, and ours in its place among the peers', async t => {
  const text = markdownReport(report)
  t.match(text, '- machine: one\n- proxy: default settings')
  t.match(text, '| overall F1 ≥ 0.80 | 0.625 | 0.000 | 0.313 | **missed** |')
  const [control, own] = [
    '| recorder (control) | 0.500 | 0.750 | 0.625 |',
    '| **chaos-proxy** | 0.625 | 0.000 | 0.313 |',
  ]
  t.match(text, control)
  t.match(text, own)
  t.ok(text.indexOf(control) < text.indexOf(own), 'the best first')
  t.match(text, '- two: no readiness endpoint')
  t.notMatch(markdownReport({ ...report, peers: [] }), 'Beside its peers', 'nobody else was measured there')
})
