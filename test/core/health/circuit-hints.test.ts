import t from 'tap'
import { CircuitHints } from '../../../core/health/circuit-hints.js'

function setUp() {
  const clock = { at: 1000, now: () => clock.at }
  let recoveries = 0
  const hints = new CircuitHints({ clock, upstreams: () => 'ours', onRecovery: () => recoveries++ })
  return { clock, hints, recoveries: () => recoveries }
}

t.test('what others have open holds while they say so', async t => {
  const { clock, hints } = setUp()
  t.equal(hints.open().size, 0)
  hints.hear({ by: 'a', upstreams: 'ours', open: ['upstream'] })
  hints.hear({ by: 'b', upstreams: 'ours', open: ['GET /x'] })
  t.same([...hints.open()], ['upstream', 'GET /x'])
  clock.at += 2000
  hints.hear({ by: 'b', upstreams: 'ours', open: ['GET /x'] })
  clock.at += 2000
  t.same([...hints.open()], ['GET /x'], 'one that went silent is not believed for long')
  hints.hear({ by: 'b', upstreams: 'ours', open: [] })
  t.equal(hints.open().size, 0)
})

t.test('other upstreams are nothing to us', async t => {
  const { hints, recoveries } = setUp()
  hints.hear({ by: 'a', upstreams: 'theirs', open: ['upstream'] })
  t.equal(hints.open().size, 0)
  hints.hear({ by: 'a', upstreams: 'theirs', open: [] })
  t.equal(recoveries(), 0)
})

t.test('one that reaches the upstream again is a sign of life', async t => {
  const { hints, recoveries } = setUp()
  hints.hear({ by: 'a', upstreams: 'ours', open: [] })
  hints.hear({ by: 'a', upstreams: 'ours', open: ['upstream'] })
  hints.hear({ by: 'a', upstreams: 'ours', open: ['upstream', 'GET /x'] })
  t.equal(recoveries(), 0)
  hints.hear({ by: 'a', upstreams: 'ours', open: ['GET /x'] })
  t.equal(recoveries(), 1)
})
