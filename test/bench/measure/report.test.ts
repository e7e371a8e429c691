// What is wanted and what was measured, side by side.
import t from 'tap'
import { atLeast, atMost } from '../../../bench/measure/figure.js'
import { isMet, markdownReport, terminalReport } from '../../../bench/measure/report.js'

t.test('a figure on the limit is met, one beyond it or missing is not', async t => {
  t.match(atMost('p99', 55, 55, 'ms'), { wanted: '≤ 55 ms', measured: '55 ms', met: true })
  t.match(atMost('p99', 55, 55.1, 'ms', 'at 5000 ms'), { measured: '55.1 ms (at 5000 ms)', met: false })
  t.match(atMost('failed', 0, 0), { wanted: '0', measured: '0', met: true })
  t.match(atMost('failed', 0, 1), { met: false })
  t.match(atLeast('writes/s', 2000, 1999.4), { wanted: '≥ 2,000', measured: '1,999', met: false })
  t.match(atLeast('writes/s', 2000, 2000), { met: true })
  t.match(atMost('live again', 3000, undefined, 'ms'), { measured: 'none', met: false })
  t.match(atLeast('crashes', 200, undefined), { met: false })
})

t.test('all must be met, and all must have been measured', async t => {
  const kept = { name: 'kill', question: 'what is left', figures: [atMost('failed', 0, 0)] }
  const missed = { ...kept, figures: [atMost('failed', 0, 2)] }
  const broken = { ...kept, figures: [], failed: 'no disk | none' }
  t.ok(isMet([kept]))
  t.notOk(isMet([kept, missed]))
  t.notOk(isMet([kept, broken]))
  t.match(terminalReport([kept, missed]), /kill +failed +0 +2 +MISSED$/m)
  const page = markdownReport('What it comes to', 'bench:it', ['a machine'], [missed, broken])
  t.match(page, /^- a machine$/m)
  t.match(page, /^\| kill \| failed \| 0 \| 2 \| MISSED \|$/m)
  t.match(page, /no disk \\\| none \| MISSED/)
})
