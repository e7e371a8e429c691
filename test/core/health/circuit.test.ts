import t from 'tap'
import { type CircuitRules, closedCircuit, nextCircuit, nextProbeAt } from '../../../core/health/circuit.js'

const rules: CircuitRules = { errorPercent: 50, minRequests: 20, openMs: 2000, probes: 3, probeDeadlineMs: 10_000 }
const idle = { ok: 0, failed: 0, ticketsLeft: 0 }
const quiet = { ok: 0, failed: 0 }

t.test('stays closed below the minimum, whatever fails', async t => {
  const closed = closedCircuit(0)
  t.equal(nextCircuit(closed, { ok: 0, failed: 19 }, idle, rules, 1), closed)
})

t.test('opens at half of twenty, and says why', async t => {
  const open = nextCircuit(closedCircuit(0), { ok: 10, failed: 10 }, idle, rules, 5)
  t.equal(open.state, 'open')
  t.equal(open.because, '10 of the last 20 requests failed')
  t.equal(nextProbeAt(open, rules), 2005)
  t.equal(
    nextCircuit(closedCircuit(0), { ok: 11, failed: 10 }, idle, rules, 5).state,
    'closed',
    'one more success and it holds',
  )
})

t.test('turns half-open after openMs, not before', async t => {
  const open = nextCircuit(closedCircuit(0), { ok: 0, failed: 20 }, idle, rules, 0)
  t.equal(nextCircuit(open, quiet, idle, rules, 1999), open)
  t.equal(nextCircuit(open, quiet, idle, rules, 2000).state, 'half-open')
})

t.test('half-open: enough successes close it, one failure opens it, old probes do not count', async t => {
  const open = nextCircuit(closedCircuit(0), { ok: 0, failed: 20 }, idle, rules, 0)
  const half = nextCircuit(open, quiet, { ok: 7, failed: 4, ticketsLeft: 3 }, rules, 2000)
  t.equal(nextCircuit(half, quiet, { ok: 9, failed: 4, ticketsLeft: 1 }, rules, 2100), half)
  t.equal(nextCircuit(half, quiet, { ok: 10, failed: 4, ticketsLeft: 0 }, rules, 2100).state, 'closed')
  t.equal(nextCircuit(half, quiet, { ok: 9, failed: 5, ticketsLeft: 0 }, rules, 2100).state, 'open')
})

t.test(
  'half-open without tickets and without an outcome opens again at the deadline; with tickets it waits for traffic',
  async t => {
    const open = nextCircuit(closedCircuit(0), { ok: 0, failed: 20 }, idle, rules, 0)
    const half = nextCircuit(open, quiet, idle, rules, 2000)
    t.equal(nextCircuit(half, quiet, { ...idle, ticketsLeft: 0 }, rules, 11_999), half)
    t.equal(nextCircuit(half, quiet, { ...idle, ticketsLeft: 0 }, rules, 12_000).state, 'open')
    t.equal(nextCircuit(half, quiet, { ...idle, ticketsLeft: 3 }, rules, 1e9), half)
  },
)
