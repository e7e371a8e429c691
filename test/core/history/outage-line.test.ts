import t from 'tap'
import type { PastOutage } from '../../../core/contract/history.js'
import type { OutageSummary } from '../../../core/contract/outages.js'
import { OutageLine } from '../../../core/history/outage-line.js'

const outage = (more: Partial<OutageSummary>): OutageSummary =>
  ({
    ...{ id: 'a', since: '2026-01-31T14:05:00.000Z', until: null, circuit: 'upstream', because: 'resets' },
    ...{ ghosts: 1, refused: 0, state: 'running' },
    ...more,
  }) as OutageSummary

t.test('only news is told', async t => {
  const told: PastOutage[] = []
  const line = new OutageLine(one => told.push(one))
  line.look([outage({})])
  line.look([outage({})])
  t.same(told, [
    {
      ...{ id: 'a', since: Date.parse('2026-01-31T14:05:00Z'), until: null, circuit: 'upstream', because: 'resets' },
      ...{ ghosts: 1, refused: 0 },
    },
  ])
  line.look([outage({ ghosts: 2 })])
  line.look([outage({ ghosts: 2, until: '2026-01-31T14:06:00.000Z' }), outage({ id: 'b' })])
  t.same(
    told.slice(1).map(({ id, ghosts, until }) => [id, ghosts, until]),
    [
      ['a', 2, null],
      ['a', 2, Date.parse('2026-01-31T14:06:00Z')],
      ['b', 1, null],
    ],
  )
})
