import t from 'tap'
import { readWhatIfOptions, whatIfUsage } from '../../../core/commands/whatif-options.js'
import { brokenIn, reportOf } from '../../../core/commands/whatif-report.js'
import type { WhatIfReport } from '../../../core/contract/whatif.js'

const NOW = new Date(2026, 0, 31, 16, 0, 0).getTime()
const read = (...args: string[]) => readWhatIfOptions(args, {}, NOW)
const askedIn = (...args: string[]): string | null => {
  const options = read(...args)
  if (options === 'help' || 'problem' in options) throw new Error(JSON.stringify(options))
  return new URL(options.path, 'http://x').searchParams.get('at')
}

t.test('a time of day is the last time that it was; all else is handed on', async t => {
  t.equal(askedIn('--at', '14:05'), new Date(2026, 0, 31, 14, 5).toISOString())
  t.equal(askedIn('--at', '16:00'), new Date(2026, 0, 30, 16, 0).toISOString(), 'now is not in the past')
  t.equal(askedIn('--at', '23:59:30'), new Date(2026, 0, 30, 23, 59, 30).toISOString())
  t.equal(askedIn('--at', '2h'), '2h')
  t.equal(askedIn('--at', '25:00'), '25:00', 'the proxy says what is wrong with it')
  t.equal(askedIn(), null)
  t.match(read('--for', '1h', '--acceptable', '0.9', '--admin', 'h:1', '--token', 'x'), {
    ...{ path: '/api/whatif?for=1h&acceptable=0.9', address: { host: 'h', port: 1, token: 'x' } },
    ...{ minGood: 0, maxWrong: 100, json: false },
  })
})

t.test('what is wrong is named', async t => {
  t.match(read('14:05'), { problem: /one thing too many/ })
  t.match(read('--min-good', 'all'), { problem: /--min-good all/ })
  t.match(read('--max-wrong', '101'), { problem: /--max-wrong 101/ })
  t.match(read('--admin', '://'), { problem: /no address/ })
  t.match(read('--when', '1'), { problem: /--when/ })
  t.equal(read('-h'), 'help')
  t.match(whatIfUsage, /exit code/)
})

const counts = { exact: 90, acceptable: 4, wrong: 1, refused: 5, journalled: 0, unknown: 100 }
const part = { requests: 200, counts, similarity: 0.94 }
const report: WhatIfReport = {
  ...{ at: '2026-01-31T14:05:00.000Z', until: '2026-01-31T14:15:00.000Z', acceptable: 0.7, ...part },
  ...{ judged: 0.5, oneOf: 1, tiers: { exact: 95 }, refusals: { 'not-learned': 5 }, unknown: { failed: 100 } },
  learnedFrom: { exchanges: 1234, since: '2026-01-30T00:00:00.000Z', isCut: true },
  routes: [{ route: 'GET /users/{id}', ...part }],
  steps: [
    { fromS: 0, toS: 50, ...part },
    { fromS: 50, toS: 100, requests: 0, counts, similarity: null },
  ],
  worst: [
    {
      ...{ id: 'a-b-c', route: 'GET /users/{id}', method: 'GET', target: '/users/\u001b[31m5', tier: 'exact' },
      ...{ confidence: 0.9, similarity: 0.5, differences: [{ at: '/kind', given: '1', truth: '2' }] },
    },
  ],
  tookMs: 12,
}

t.test('shares are of what was judged, and what was not is said', async t => {
  const text = reportOf(report, 0, 100)
  t.match(text, /exact +90\.0 % {2}90\n/)
  t.match(text, /of 200 requests 50 % could be judged \(not: 100 failed\)/)
  t.match(text, /they knew 1234 exchanges since .*, and more that is not counted/)
  t.match(text, /0s–50s +200 +90 +4 +1 +5 +100 +0\.940/)
  t.notMatch(text, /50s–/, 'nothing was asked then')
  t.notMatch(text, '\u001b', 'what a client sent does not reach the terminal')
  t.notMatch(text, 'NOT GOOD')
})

t.test('what was promised and does not hold', async t => {
  t.same(brokenIn(report, 94, 1), [])
  t.match(brokenIn(report, 94.1, 1), [/94\.0 %.*less than 94\.1/])
  t.match(brokenIn(report, 0, 0.5), [/1\.0 %.*more than 0\.5/])
  t.match(reportOf(report, 99, 100), /NOT GOOD ENOUGH\n94\.0 %/)
  const none = { ...counts, exact: 0, acceptable: 0, wrong: 0, refused: 0 }
  t.same(brokenIn({ ...report, counts: none }, 0, 100), ['nothing could be judged'])
})
