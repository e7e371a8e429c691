import t from 'tap'
import { FIRST_ROUTE_CIRCUIT, UPSTREAM_CIRCUIT } from '../../../core/contract/circuits.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import { Board } from '../../../core/health/board.js'
import type { CircuitRules } from '../../../core/health/circuit.js'
import type { CallOutcome } from '../../../core/health/circuit-cells.js'
import { Gate, type Probe } from '../../../core/health/gate.js'
import { CircuitWatch } from '../../../core/health/watch.js'
import { silentLog } from '../../../core/log/log.js'

const rules: CircuitRules = {
  ...{ errorPercent: 50, minRequests: 20, failuresInARow: 10, slowPercent: 80 },
  ...{ openMs: 2000, maxOpenMs: 30_000, probes: 3, probeDeadlineMs: 10_000, rampMs: 4000, stableMs: 10_000 },
}
const route = (pattern: string) => ({ method: 'GET', pattern }) as LessonRoute
const [A, B, C] = [FIRST_ROUTE_CIRCUIT, FIRST_ROUTE_CIRCUIT + 1, FIRST_ROUTE_CIRCUIT + 2]
const SHAPE = 5

function setUp() {
  const board = new Board(Board.create(2, rules.probes), 2, 10_000)
  const clock = { at: 100_000, now: () => clock.at }
  const lines: { facts: Record<string, unknown>; sentence: string }[] = []
  const keep = (facts: object, sentence: string): void => {
    lines.push({ facts: facts as Record<string, unknown>, sentence })
  }
  const elsewhere = new Set<string>()
  const watch = new CircuitWatch({
    ...{ board, rules, windowMs: 10_000, clock, timeOfDay: clock, random: () => 0 },
    openElsewhere: () => elsewhere,
    log: { ...silentLog, info: keep, warn: keep },
  })
  watch.learned([route('/a'), route('/b'), route('/c')])
  const gate = new Gate(board.circuits, 0, clock, rules.rampMs)
  return {
    ...{ board, clock, lines, watch, gate, elsewhere },
    tell: (circuit: number, outcome: CallOutcome, times = 1): void => {
      for (let i = 0; i < times; i++) board.circuits.count(i % 2, circuit, outcome, clock.at)
    },
    open: () => [watch.status().state, ...watch.routes().map(({ route, state }) => `${route} ${state}`)],
    pass: (ms: number): void => {
      clock.at += ms
      watch.look()
    },
  }
}

t.test('one route that fails opens itself alone, however much of the traffic it has', async t => {
  const { tell, watch, open, lines, gate } = setUp()
  tell(B, 'ok')
  tell(A, 'failed', 1000)
  watch.look()
  t.same(open(), ['closed', 'GET /a open'])
  t.equal(gate.admit(A), 'shut')
  t.equal(gate.admit(B), 'pass')
  t.match(watch.routes()[0], { because: '1000 of the last 1000 requests failed', opened: 1, openings: 1 })
  t.match(lines, [{ facts: { of: 'GET /a', circuit: 'open', nextProbeAt: new Date(102_000).toISOString() } }])
})

t.test('a route that was well long ago still speaks for the upstream', async t => {
  const { tell, watch, open, pass } = setUp()
  tell(B, 'ok')
  watch.look()
  pass(3_600_000)
  tell(A, 'failed', 30)
  watch.look()
  t.same(open(), ['closed', 'GET /a open'])
})

t.test('where most routes fail it is the upstream', async t => {
  const { tell, watch, open } = setUp()
  tell(C, 'ok', 5)
  tell(A, 'failed', 8)
  tell(B, 'failed', 8)
  watch.look()
  t.same(open(), ['open'], 'none of them had twenty calls')
  t.equal(watch.status().because, '16 of the last 21 requests failed')
})

t.test('what routes did before they opened counts for the upstream', async t => {
  const { tell, watch, open } = setUp()
  tell(C, 'ok')
  tell(A, 'failed', 30)
  watch.look()
  tell(B, 'failed', 30)
  watch.look()
  t.same(open(), ['open', 'GET /a open', 'GET /b open'])
})

t.test('the only route there is speaks for the upstream; one that never worked does not', async t => {
  const only = setUp()
  only.tell(A, 'failed', 30)
  only.watch.look()
  t.same(only.open(), ['open', 'GET /a open'])
  const never = setUp()
  never.tell(SHAPE, 'failed', 30)
  never.watch.look()
  t.same(never.open(), ['closed', 'unlearned, group 5 of 64 open'])
})

t.test('what was counted for a shape before its route was learned is not heard twice', async t => {
  const { tell, watch, open, pass } = setUp()
  tell(SHAPE, 'ok', 30)
  pass(1)
  watch.learned([route('/a'), route('/b'), route('/c'), route('/d')])
  tell(A, 'failed', 30)
  watch.look()
  t.same(open(), ['open', 'GET /a open'])
})

t.test('what never reached the upstream opens it and no route; that it accepts again is a sign of life', async t => {
  const { tell, watch, open, clock, board, pass, gate } = setUp()
  tell(A, 'ok', 1000)
  tell(A, 'lost', 10)
  watch.look()
  t.same(open(), ['open'])
  t.equal(watch.status().because, '10 requests in a row failed')
  t.ok(watch.waitsForConnection)
  // In vain for so long that it is left alone for eight seconds.
  for (let failing = 0; failing < 32_000; ) {
    const wait = Math.max(2000, failing / 4)
    pass(wait)
    failing += wait
    const probe = new Gate(board.circuits, 0, clock, 0).admit(B) as Probe
    probe.settle('lost')
    watch.look()
  }
  const later = Date.parse(watch.status().nextProbeAt!)
  t.ok(later >= clock.at + 8000, 'it is far off')
  watch.knocked(true)
  t.equal(watch.status().nextProbeAt, new Date(clock.at + 250).toISOString(), 'but for a moment of rest')
  // It comes and goes.
  pass(250)
  ;(gate.admit(B) as Probe).settle('lost')
  pass(0)
  const again = watch.status().nextProbeAt
  t.equal(again, new Date(clock.at + 2000).toISOString(), 'what openings before added is forgiven, and no more')
  watch.knocked(true)
  t.equal(watch.status().nextProbeAt, again, 'that it accepts connections did not come to anything just now')
  watch.knocked(true)
  t.equal(watch.status().nextProbeAt, new Date(clock.at + 250).toISOString(), 'that it goes on accepting them does')
  clock.at += 300
  t.equal(board.circuits.waitMs(UPSTREAM_CIRCUIT, clock.at), 0)
  t.type(gate.admit(A), 'object', 'a probe')
})

t.test(
  'an upstream that accepts connections all the while and answers badly shows no sign of life by that',
  async t => {
    const { tell, watch, board, clock } = setUp()
    tell(A, 'failed', 30)
    watch.look()
    t.equal(watch.status().state, 'open')
    t.ok(watch.waitsForConnection)
    for (let times = 0; times < 3; times++) watch.knocked(true)
    t.equal(board.circuits.waitMs(UPSTREAM_CIRCUIT, clock.at), 2000)
  },
)

t.test(
  'one whose requests were reset, which is seen to be gone and then to be there, may be tried at once, and its routes',
  async t => {
    const { tell, watch, open, gate, board, clock, pass } = setUp()
    tell(A, 'failed', 30)
    tell(B, 'failed', 30)
    watch.look()
    t.same(open(), ['open', 'GET /a open', 'GET /b open'])
    clock.at += 300
    watch.knocked(false)
    clock.at += 300
    t.equal(gate.admit(A), 'shut')
    watch.knocked(true)
    for (const circuit of [UPSTREAM_CIRCUIT, A, B]) t.equal(board.circuits.waitMs(circuit, clock.at), 0)
    const probes = Array.from({ length: 3 }, () => gate.admit(A))
    t.same(
      probes.map(probe => typeof probe),
      ['object', 'object', 'object'],
    )
    t.equal(gate.admit(B), 'shut', 'no more than the probes of the upstream')
    for (const probe of probes) (probe as Probe).settle('failed')
    pass(1)
    watch.knocked(true)
    t.ok(board.circuits.waitMs(A, clock.at) > 1900, 'in vain: what accepts now did so before')
  },
)

t.test('a route that fails the probe of the upstream opens, and the next probe is another’s', async t => {
  const { tell, watch, open, gate, pass } = setUp()
  tell(A, 'lost', 30)
  watch.look()
  pass(2000)
  ;(gate.admit(A) as Probe).settle('failed')
  watch.look()
  t.same(open(), ['open', 'GET /a open'])
  pass(2000)
  t.type(gate.admit(B), 'object')
})

t.test('closes after all probes succeed, gets its share in steps, and then all', async t => {
  const { tell, watch, open, gate, pass, board } = setUp()
  tell(A, 'lost', 30)
  watch.look()
  pass(2000)
  t.match(watch.status(), { state: 'half-open', probes: { needed: 3, out: 0, ok: 0 } })
  for (let i = 0; i < 3; i++) {
    ;(gate.admit(A) as Probe).settle('ok')
    watch.look()
  }
  t.same(open(), ['closed'])
  t.match(watch.status(), { sharePercent: 10, probesOk: 3, probesFailed: 0, opened: 1, nextProbeAt: null })
  pass(4000)
  t.equal(watch.status().sharePercent, 100)
  t.equal(board.circuits.gate(UPSTREAM_CIRCUIT), 0)
})

t.test('an edge that dies with all tickets neither holds it half-open nor fails it', async t => {
  const { tell, watch, gate, pass } = setUp()
  tell(A, 'lost', 30)
  watch.look()
  pass(2000)
  for (let i = 0; i < 3; i++) gate.admit(A)
  watch.edgeGone(0)
  watch.look()
  t.match(watch.status(), { state: 'half-open', probes: { out: 0 } })
  t.type(gate.admit(A), 'object')
})

t.test('one that hangs with all tickets does not hold it half-open', async t => {
  const { tell, watch, gate, pass } = setUp()
  tell(A, 'lost', 30)
  watch.look()
  pass(2000)
  for (let i = 0; i < 3; i++) gate.admit(A)
  pass(9999)
  t.equal(watch.status().state, 'half-open')
  pass(1)
  t.match(watch.status(), { state: 'open', because: 'a probe did not end in time', probesFailed: 1 })
})

t.test('where main slept it says so, and takes all steps that are due', async t => {
  const { tell, watch, lines, gate, clock } = setUp()
  tell(A, 'lost', 30)
  watch.look()
  clock.at += 7000
  for (let i = 0; i < 3; i++) (gate.admit(A) as Probe).settle('ok')
  watch.look()
  t.equal(watch.status().state, 'closed')
  t.equal(watch.late, 1)
  t.match(lines.find(({ facts }) => 'lateMs' in facts)?.facts, { lateMs: 7000 })
})

t.test('a route that is learned no more leaves nothing behind', async t => {
  const { tell, watch, open, gate } = setUp()
  tell(B, 'ok')
  tell(A, 'failed', 30)
  watch.look()
  t.same(open(), ['closed', 'GET /a open'])
  watch.learned([route('/b'), route('/c')])
  t.same(open(), ['closed'])
  t.equal(gate.admit(A), 'pass', 'whoever is still told so')
})

t.test('after the clock went back calls count as ever', async t => {
  const { tell, watch, open, pass, clock, gate } = setUp()
  tell(B, 'ok')
  tell(A, 'failed', 30)
  watch.look()
  pass(2000)
  for (let i = 0; i < 3; i++) (gate.admit(A) as Probe).settle('ok')
  watch.look()
  t.same(open(), ['closed', 'GET /a closed'], 'it gets its share in steps')
  clock.at -= 50_000
  watch.look()
  pass(5000)
  tell(A, 'failed', 30)
  watch.look()
  t.same(open(), ['closed', 'GET /a open'])
})

t.test('a new list of upstreams is tried at once', async t => {
  const { tell, watch, clock, gate, pass } = setUp()
  tell(A, 'ok')
  tell(B, 'failed', 30)
  tell(A, 'lost', 60)
  watch.look()
  pass(100)
  t.equal(gate.admit(A), 'shut')
  watch.upstreamsReplaced()
  t.equal(watch.status().nextProbeAt, new Date(clock.at).toISOString())
  t.type(gate.admit(A), 'object')
  t.type(gate.admit(B), 'object')
})

t.test('circuits that imitated faults opened may be tried as soon as these end', async t => {
  const { tell, watch, open, gate, clock, pass } = setUp()
  tell(B, 'ok', 5)
  tell(C, 'failed', 30)
  watch.look()
  t.same(open(), ['closed', 'GET /c open'], 'that one fails really')
  pass(1000)
  const beganAt = clock.at
  tell(A, 'failed', 30)
  watch.look()
  t.same(open(), ['open', 'GET /a open', 'GET /c open'])
  t.equal(gate.admit(A), 'shut')
  watch.imitationEnded(beganAt)
  t.equal(Date.parse(watch.status().nextProbeAt!), clock.at)
  t.type(gate.admit(A), 'object', 'a probe')
  t.equal(gate.admit(C), 'shut', 'what was open before has its own reason')
})

t.test('imitated failures do not count for a circuit that stayed closed', async t => {
  const { tell, watch, open, clock, pass } = setUp()
  tell(A, 'ok', 5)
  const beganAt = clock.at
  tell(B, 'failed', 15)
  pass(500)
  t.same(open(), ['closed'])
  watch.imitationEnded(beganAt)
  pass(1000)
  tell(B, 'failed', 9)
  watch.look()
  t.same(open(), ['closed'], 'nine failed really')
  tell(B, 'failed', 11)
  watch.look()
  t.same(open(), ['closed', 'GET /b open'])
})

t.test('what another instance has open opens here after fewer failures, and not by itself', async t => {
  const { tell, watch, open, pass, elsewhere } = setUp()
  tell(A, 'ok', 30)
  tell(B, 'ok', 30)
  elsewhere.add('GET /a')
  pass(100)
  t.same(open(), ['closed'], 'it is only said')
  tell(A, 'failed', rules.probes - 1)
  tell(B, 'failed', rules.probes)
  pass(100)
  t.same(open(), ['closed'])
  tell(A, 'failed')
  pass(100)
  t.same(open(), ['closed', 'GET /a open'])
  t.match(watch.routes()[0], { because: '3 requests in a row failed, as they do at another instance' })
  t.same(watch.notClosed(), ['GET /a'])
})
