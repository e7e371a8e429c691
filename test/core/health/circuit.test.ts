import t from 'tap'
import {
  type Circuit,
  type CircuitRules,
  closedCircuit,
  hopeful,
  longestOpenMs,
  nextCircuit,
  openTimeMs,
  type Probing,
  shareAfterMs,
  type Window,
} from '../../../core/health/circuit.js'

const rules: CircuitRules = {
  ...{ errorPercent: 50, minRequests: 20, failuresInARow: 10, slowPercent: 80 },
  ...{ openMs: 2000, maxOpenMs: 30_000, probes: 3, probeDeadlineMs: 10_000, rampMs: 4000, stableMs: 10_000 },
}
const none: Probing = { free: 0, out: 0, ok: 0, failed: 0, lost: 0, oldestOutAt: undefined, failedRoutes: [] }
const quiet: Window = { calls: 0, failed: 0, slow: 0, inARow: 0 }
const calls = (ok: number, failed: number, slow = 0): Window => ({
  ...{ calls: ok + failed + slow, failed, slow, inARow: 0 },
})
const next = (circuit: Circuit, window: Window, probing: Partial<Probing>, now: number, random = 0, by = rules) =>
  nextCircuit(circuit, window, { ...none, ...probing }, by, now, random)
const openAt = (now: number, random = 0) => next(closedCircuit(0), calls(0, 20), {}, now, random)
const halfOpenAt = (now: number) => ({ ...next(openAt(0), quiet, {}, 2000), sinceAt: now })

t.test('stays closed below the minimum, whatever fails', async t => {
  const closed = closedCircuit(0)
  t.equal(next(closed, { ...calls(0, 19), inARow: 19 }, {}, 1), closed)
})

t.test('opens at half of twenty, and says why', async t => {
  const open = next(closedCircuit(0), calls(10, 10), {}, 5)
  t.match(open, { state: 'open', because: '10 of the last 20 requests failed', probeAt: 2005 })
  t.equal(next(closedCircuit(0), calls(11, 10), {}, 5).state, 'closed', 'one more success and it holds')
})

t.test('opens for failures in a row, however much went well before', async t => {
  const busy = { ...calls(50_000, 10), inARow: 10 }
  t.match(next(closedCircuit(0), busy, {}, 1), { state: 'open', because: '10 requests in a row failed' })
  t.equal(next(closedCircuit(0), { ...busy, inARow: 9 }, {}, 1).state, 'closed')
  t.equal(next(closedCircuit(0), busy, {}, 1, 0, { ...rules, failuresInARow: 0 }).state, 'closed', '0: never')
})

t.test('opens where most answers are slow', async t => {
  const slow = next(closedCircuit(0), calls(4, 0, 16), {}, 1)
  t.match(slow, { state: 'open', because: '16 of the last 20 answers were slow' })
  t.equal(next(closedCircuit(0), calls(5, 0, 16), {}, 1).state, 'closed')
  t.equal(next(closedCircuit(0), calls(0, 0, 19), {}, 1).state, 'closed', 'too few to tell')
})

t.test('turns half-open after its time, not before', async t => {
  const open = openAt(0)
  t.equal(next(open, quiet, {}, 1999), open)
  t.equal(next(open, quiet, {}, 2000).state, 'half-open')
  t.equal(openAt(0, 1).probeAt, 2500, 'by chance up to a quarter longer')
})

t.test('half-open: all probes have to succeed, one failure opens it', async t => {
  const half = halfOpenAt(2000)
  t.equal(next(half, quiet, { ok: 2, free: 1 }, 2100), half)
  t.match(next(half, quiet, { ok: 3 }, 2100), { state: 'closed', because: '3 probes succeeded' })
  t.match(next(half, quiet, { ok: 2, failed: 1 }, 2100), { state: 'open', because: 'a probe failed' })
  t.match(next(half, quiet, { lost: 1, free: 2 }, 2100), { state: 'open', unreached: true })
})

t.test('half-open: each probe has its own deadline; without traffic it waits', async t => {
  const half = halfOpenAt(2000)
  t.equal(next(half, quiet, { ok: 1, out: 1, free: 1, oldestOutAt: 3000 }, 12_999), half)
  const late = next(half, quiet, { ok: 1, out: 1, free: 1, oldestOutAt: 3000 }, 13_000)
  t.match(late, { state: 'open', because: 'a probe did not end in time' })
  t.equal(next(half, quiet, { free: 3 }, 1e9), half, 'nobody asked')
  t.match(next(half, quiet, { out: 3 }, 12_000), { state: 'open', because: 'the probes were lost' })
})

/** Lengths of openings in a row: each probe fails at once. */
function openingsOf(random: number, by = rules): number[] {
  let circuit = next(closedCircuit(0), calls(0, 20), {}, 0, random, by)
  const times: number[] = []
  for (let i = 0; i < 20; i++) {
    times.push(circuit.probeAt! - circuit.sinceAt)
    const now = circuit.probeAt!
    circuit = next(next(circuit, quiet, {}, now, random, by), quiet, { failed: 1 }, now, random, by)
  }
  return times
}

t.test('openings without a stable time between grow with the outage, up to the longest', async t => {
  const times = openingsOf(0)
  t.same(times.slice(0, 7), [2000, 2000, 2000, 2000, 2000, 2500, 3125], 'a quarter of the time that it fails for')
  t.equal(times.at(-1), 24_000)
  for (const random of [0, 0.5, 1]) {
    let failing = 0
    for (const time of openingsOf(random)) {
      t.ok(
        time >= 2000 && time <= Math.max(2500, (failing / 4) * 1.25) && time <= 30_000,
        `${time} after ${failing} ms`,
      )
      failing += time
    }
  }
  t.same(
    openingsOf(0, { ...rules, openMs: 10 }).slice(0, 4),
    [10, 10, 10, 10],
    'nor is it asked less often where it is left alone for shorter times',
  )
  const now = 100_000
  t.equal(openTimeMs(9, 1e9, rules, 1), 30_000)
  t.equal(openTimeMs(2, 1e9, rules, 0), 4000, 'but at most twice as long each time')
  t.equal(longestOpenMs({ ...rules, maxOpenMs: 10 }), 2500, 'a longest time below the first one is none')
  const closed = next(halfOpenAt(now), quiet, { ok: 3 }, now)
  const relapse = (after: number) => next({ ...closed, openings: 5 }, calls(0, 20), {}, now + after)
  t.equal(relapse(9_999).openings, 6, 'relapsed')
  t.equal(relapse(10_000).openings, 1, 'it had been well for a window')
})

t.test('a sign of life: it is tried earlier, and what openings before added is forgiven', async t => {
  const long = { ...openAt(0), openings: 9, failingSince: -1e6 }
  const hoped = hopeful(long, 700, 600)
  t.match(hoped, { state: 'open', probeAt: 700, openings: 9 })
  const again = next(next(hoped, quiet, {}, 700), quiet, { failed: 1 }, 800)
  t.equal(again.probeAt, 2800, 'in vain: as long as the first time')
})

t.test('closed a moment ago, as many failures in a row as there were probes open it', async t => {
  const closed = { ...next(halfOpenAt(0), quiet, { ok: 3 }, 0), sinceAt: 0 }
  const relapsed: Window = { ...calls(0, 3), inARow: 3 }
  t.match(next(closed, relapsed, {}, 3999), { because: '3 requests in a row failed after it came back' })
  t.equal(next(closed, relapsed, {}, 4000), closed, 'later the minimum counts again')
  t.equal(next(closedCircuit(0), relapsed, {}, 1).state, 'closed', 'one that never opened is not on trial')
})

t.test('the share grows in steps', async t => {
  t.same(
    [0, 999, 1000, 2000, 3000, 3999, 4000, -1].map(ms => shareAfterMs(ms, 4000)),
    [10, 10, 25, 50, 75, 75, 100, 100],
  )
  t.equal(shareAfterMs(0, 0), 100, 'no ramp')
})

t.test('a clock that goes back neither keeps it open nor half-open', async t => {
  t.equal(next(openAt(1e9), quiet, {}, 5).state, 'half-open')
  const half = halfOpenAt(1e9)
  t.equal(next(half, quiet, { out: 1, free: 2, oldestOutAt: 1e9 }, 5).state, 'open')
})
