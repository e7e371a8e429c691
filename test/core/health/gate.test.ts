import t from 'tap'
import { UPSTREAM_CIRCUIT } from '../../../core/contract/circuits.js'
import { Board } from '../../../core/health/board.js'
import { Gate, type Probe } from '../../../core/health/gate.js'

const ROUTE = 20
const OTHER = 21
const RAMP_MS = 1000

function setUp(probes = 2) {
  const { circuits } = new Board(Board.create(1, probes), 1, 10_000)
  const clock = { at: 1000, now: () => clock.at }
  return { circuits, clock, gate: new Gate(circuits, 0, clock, RAMP_MS) }
}

t.test('an open route is shut, and no other', async t => {
  const { circuits, gate } = setUp()
  circuits.open(ROUTE, 3000)
  t.equal(gate.admit(ROUTE), 'shut')
  t.equal(gate.admit(OTHER), 'pass')
})

t.test('an open upstream shuts all of them', async t => {
  const { circuits, gate } = setUp()
  circuits.open(UPSTREAM_CIRCUIT, 3000)
  t.equal(gate.admit(ROUTE), 'shut')
})

t.test('when the time is over some may try, whether main looked or not, and never more', async t => {
  const { circuits, clock, gate } = setUp()
  circuits.open(ROUTE, 3000)
  clock.at = 2999
  t.equal(gate.admit(ROUTE), 'shut')
  clock.at = 3000
  t.type(gate.admit(ROUTE), 'object')
  circuits.halfOpen(ROUTE)
  t.type(gate.admit(ROUTE), 'object')
  t.equal(gate.admit(ROUTE), 'shut')
})

t.test('half-open upstream: a route that is open by itself does not try it before its own time', async t => {
  const { circuits, clock, gate } = setUp()
  circuits.open(UPSTREAM_CIRCUIT, 1000)
  circuits.halfOpen(UPSTREAM_CIRCUIT)
  circuits.open(ROUTE, 3000)
  t.equal(gate.admit(ROUTE), 'shut')
  t.match(circuits.probing(UPSTREAM_CIRCUIT, 1000), { free: 2, out: 0 })
  clock.at = 3000
  const both = gate.admit(ROUTE) as Probe
  t.match([circuits.probing(UPSTREAM_CIRCUIT, 3000).out, circuits.probing(ROUTE, 3000).out], [1, 1])
  both.settle('failed')
  t.match(circuits.probing(ROUTE, 3000), { failed: 1 })
  t.match(circuits.probing(UPSTREAM_CIRCUIT, 3000), { free: 2, failed: 0 }, 'what was known is no news')
})

t.test('a probe that did not reach the upstream says nothing of its route', async t => {
  const { circuits, gate } = setUp()
  circuits.open(UPSTREAM_CIRCUIT, 1000)
  circuits.open(ROUTE, 1000)
  const probe = gate.admit(ROUTE) as Probe
  probe.settle('lost')
  t.match(circuits.probing(UPSTREAM_CIRCUIT, 1000), { lost: 1 })
  t.match(circuits.probing(ROUTE, 1000), { free: 2, lost: 0 })
})

t.test('a probe of the upstream that fails on a route believed well speaks against both', async t => {
  const { circuits, gate } = setUp()
  circuits.open(UPSTREAM_CIRCUIT, 1000)
  const probe = gate.admit(ROUTE) as Probe
  probe.settle('slow')
  t.match(circuits.probing(UPSTREAM_CIRCUIT, 1000), { failed: 1, failedRoutes: [ROUTE] })
})

t.test('no ticket of one is kept where the other has none left', async t => {
  const { circuits, gate } = setUp(1)
  circuits.open(UPSTREAM_CIRCUIT, 1000)
  circuits.open(ROUTE, 1000)
  gate.admit(OTHER)
  t.equal(gate.admit(ROUTE), 'shut')
  t.match(circuits.probing(ROUTE, 1000), { free: 1, out: 0 })
})

t.test('what came back gets its share in steps, the first request at once', async t => {
  const { circuits, clock, gate } = setUp()
  circuits.close(ROUTE, 1000, true)
  const passed = (of: number) => Array.from({ length: 100 }, () => gate.admit(of)).filter(one => one === 'pass').length
  t.equal(gate.admit(ROUTE), 'pass')
  t.equal(passed(ROUTE), 10)
  clock.at = 1250
  t.equal(passed(ROUTE), 25)
  t.equal(passed(OTHER), 100)
  clock.at = 1750
  t.equal(passed(ROUTE), 75)
  clock.at = 2000
  t.equal(passed(ROUTE), 100, 'though main has not looked yet')
})
