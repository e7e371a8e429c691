// Random walks over the real parts: the board, the gates of three edges, main's watch. Calls end well, badly, late, not at all;
// edges die with tickets; main sleeps; the clock jumps. Whatever happens, what is written below holds after each step.
import t from 'tap'
import { FIRST_ROUTE_CIRCUIT, UPSTREAM_CIRCUIT } from '../../../core/contract/circuits.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import { Board } from '../../../core/health/board.js'
import { type CircuitRules, type CircuitState, longestOpenMs } from '../../../core/health/circuit.js'
import { type CallOutcome, gates } from '../../../core/health/circuit-cells.js'
import { type Admission, Gate, type Probe } from '../../../core/health/gate.js'
import { CircuitWatch } from '../../../core/health/watch.js'
import { silentLog } from '../../../core/log/log.js'
import { seededRandom } from '../../support/random.js'

const EDGES = 3
const WINDOW_MS = 1000
const WALKS = 300
const STEPS = 300
/** However often it comes and goes, between two tries it is left alone for so long. */
const LEAST_REST_MS = 250
const routes = ['/a', '/b', '/c'].map(pattern => ({ method: 'GET', pattern }) as LessonRoute)
const routeCircuits = routes.map((_, i) => FIRST_ROUTE_CIRCUIT + i)
/** One of a shape: nobody learned it. */
const SHAPE = 3
const circuits = [UPSTREAM_CIRCUIT, SHAPE, ...routeCircuits]

interface Call {
  readonly edge: number
  readonly circuit: number
  readonly probe: Probe | undefined
  readonly takenAt: number
  /** Generation of each circuit that its tickets are of. */
  readonly tickets: ReadonlyMap<number, number>
}

/** What the walk knows of one circuit by what it saw alone. */
interface Seen {
  state: CircuitState
  generation: number
  openedAt: number
  closedAt: number
  /** Probes of this generation that are under way, or ended for good. */
  spent: number
  ok: number
  failed: number
  /** The clock jumped since it opened. */
  hurried: boolean
  /** A sign of life came since it opened: then it may be tried, after a moment of rest. */
  hopedAt: number | undefined
  /** And must be, if it surely came. */
  dueAt: number
  /** It fails since then, without a stable time between, or was hoped for last. */
  failingSince: number
  inARow: number
  /** Since it closed. */
  outcomes: { readonly at: number; readonly outcome: CallOutcome }[]
}

class Walk {
  readonly random: () => number
  readonly rules: CircuitRules
  readonly board: Board
  readonly gates: readonly Gate[]
  readonly watch: CircuitWatch
  readonly seen = new Map<number, Seen>()
  readonly moods = new Map<number, CallOutcome>()
  readonly problems: string[] = []
  calls: Call[] = []
  /** Of all circuits. */
  outcomes: { readonly at: number; readonly outcome: CallOutcome }[] = []
  now: number
  /** The upstream was seen to be gone since it opened, or may have been, for it opened after calls that did not reach it. */
  wasGone = false
  mayHaveBeenGone = false
  isUnreached = false
  jumpedAt = Number.NEGATIVE_INFINITY
  jumpedFrom = Number.NEGATIVE_INFINITY
  opened = 0
  closed = 0
  hoped = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.now = 1e6 + this.random() * 2 ** 33
    this.rules = {
      errorPercent: this.#one([1, 30, 50, 100]),
      minRequests: this.#one([1, 5, 20]),
      failuresInARow: this.#one([0, 1, 3, 10]),
      slowPercent: this.#one([10, 80, 100]),
      openMs: this.#one([10, 200, 3000]),
      maxOpenMs: this.#one([10, 1000, 30_000]),
      probes: this.#one([1, 2, 5]),
      probeDeadlineMs: this.#one([100, 2000]),
      rampMs: this.#one([0, 500]),
      stableMs: this.#one([0, 1000]),
    }
    this.board = new Board(Board.create(EDGES, this.rules.probes), EDGES, WINDOW_MS)
    const clock = { now: () => this.now }
    this.gates = [0, 1, 2].map(edge => new Gate(this.board.circuits, edge, clock, this.rules.rampMs))
    const log = { ...silentLog, info: (facts: object) => this.#changed(facts as { circuit: CircuitState; of: string }) }
    this.watch = new CircuitWatch({
      ...{
        board: this.board,
        rules: this.rules,
        windowMs: WINDOW_MS,
        clock,
        timeOfDay: clock,
        random: this.random,
        log,
      },
    })
    this.watch.learned(routes)
    for (const circuit of circuits) {
      this.moods.set(circuit, 'ok')
      this.seen.set(circuit, {
        ...{ state: 'closed', generation: 0, openedAt: 0, closedAt: this.now, spent: 0, ok: 0, failed: 0 },
        ...{
          hurried: false,
          hopedAt: undefined,
          dueAt: Number.POSITIVE_INFINITY,
          failingSince: this.now,
          inARow: 0,
          outcomes: [],
        },
      })
    }
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!
  }

  fail(problem: string): void {
    this.problems.push(problem)
  }

  step(): void {
    const dice = this.random()
    if (dice < 0.45) this.#begin(this.#one([SHAPE, ...routeCircuits]))
    else if (dice < 0.75) this.#end()
    else if (dice < 0.85) this.#pass(this.random() * this.#one([5, 100, 1000]))
    else if (dice < 0.93) this.watch.look()
    else if (dice < 0.96) this.moods.set(this.#one(circuits), this.#one(['ok', 'ok', 'failed', 'slow', 'lost']))
    else if (dice < 0.98) this.#edgeDies(this.#one([0, 1, 2]))
    else if (dice < 0.985) this.#jump(this.#one([-1, 1]) * this.random() * this.#one([1000, 100_000, 3.6e6]))
    else if (dice < 0.99) this.#lifeSign()
    else if (dice < 0.994) this.#knock()
    else this.#pass(this.random() * 2 * longestOpenMs(this.rules))
    this.#check()
  }

  #begin(circuit: number): void {
    const edge = Math.floor(this.random() * EDGES)
    const tried = [UPSTREAM_CIRCUIT, circuit].filter(one => this.#mustTry(one))
    const admission = this.gates[edge]!.admit(circuit)
    if (admission === 'shut') {
      if (tried.length === 0) this.fail('shut although nothing is open')
      return
    }
    if (typeof admission === 'string') {
      if (tried.length > 0) this.fail(`${admission} although ${tried} must be tried`)
      this.calls.push({ edge, circuit, probe: undefined, takenAt: this.now, tickets: new Map() })
      return
    }
    const tickets = new Map(tried.map(one => [one, this.seen.get(one)!.generation]))
    for (const one of tried) this.#sent(one)
    this.calls.push({ edge, circuit, probe: admission, takenAt: this.now, tickets })
  }

  #mustTry(circuit: number): boolean {
    const gate = this.board.circuits.gate(circuit)
    return gate === gates.open || gate === gates.halfOpen
  }

  /** A probe goes out. */
  #sent(circuit: number): void {
    const seen = this.seen.get(circuit)!
    seen.spent += 1
    const { probes, openMs } = this.rules
    if (seen.spent > probes) this.fail(`${seen.spent} probes at ${circuit}, ${probes} may try`)
    const openFor = this.now - seen.openedAt
    // What the board keeps of the time are whole milliseconds.
    const least = seen.hopedAt === undefined ? openMs : Math.min(openMs, LEAST_REST_MS)
    if (!seen.hurried && openFor < least - 2) this.fail(`a probe at ${circuit} after ${openFor} of ${least} ms`)
  }

  #end(): void {
    if (this.calls.length === 0) return
    const [call] = this.calls.splice(Math.floor(this.random() * this.calls.length), 1)
    const upstream = this.moods.get(UPSTREAM_CIRCUIT)!
    const mood = upstream === 'ok' ? this.moods.get(call!.circuit)! : upstream
    if (this.random() < 0.05) {
      // Its client went away.
      this.#giveBack(call!)
      call!.probe?.giveBack()
      return
    }
    this.#settle(call!, this.random() < 0.1 ? 'ok' : mood)
  }

  #settle({ edge, circuit, probe, tickets }: Call, outcome: CallOutcome): void {
    this.board.circuits.count(edge, circuit, outcome, this.now)
    const at = this.now
    const bad = outcome === 'failed' || outcome === 'lost'
    const counted = this.seen.get(outcome === 'lost' ? UPSTREAM_CIRCUIT : circuit)!
    counted.outcomes.push({ at, outcome })
    this.outcomes.push({ at, outcome })
    counted.inARow = bad ? counted.inARow + 1 : 0
    if (!bad) this.seen.get(UPSTREAM_CIRCUIT)!.inARow = 0
    for (const [one, generation] of tickets) {
      const seen = this.seen.get(one)!
      if (seen.generation !== generation || seen.state === 'closed') continue
      const saysNothing =
        (outcome === 'lost' && one !== UPSTREAM_CIRCUIT) ||
        (outcome !== 'lost' && outcome !== 'ok' && one === UPSTREAM_CIRCUIT && tickets.size === 2)
      if (saysNothing) seen.spent -= 1
      else if (outcome === 'ok') seen.ok += 1
      else seen.failed += 1
    }
    probe?.settle(outcome)
  }

  #giveBack({ tickets }: Call): void {
    for (const [one, generation] of tickets) {
      const seen = this.seen.get(one)!
      if (seen.generation === generation) seen.spent -= 1
    }
  }

  /** With all that it was at. Main may hear of it, or not. */
  #edgeDies(edge: number): void {
    const dead = this.calls.filter(call => call.edge === edge)
    this.calls = this.calls.filter(call => call.edge !== edge)
    if (this.random() < 0.5) return
    for (const call of dead) this.#giveBack(call)
    // Of those that died before and were not told of, too.
    for (const one of circuits) {
      const alive = this.calls.filter(call => call.tickets.get(one) === this.seen.get(one)!.generation).length
      const { ok, failed } = this.seen.get(one)!
      this.seen.get(one)!.spent = Math.max(alive + ok + failed, 0)
    }
    for (const gone of [0, 1, 2]) {
      if (gone !== edge && this.calls.every(call => call.edge !== gone)) this.watch.edgeGone(gone)
    }
    this.watch.edgeGone(edge)
    this.#recount()
  }

  /** What edges took with them unseen is out until its deadline: the board is asked, for nobody else knows. */
  #recount(): void {
    for (const one of circuits) {
      const seen = this.seen.get(one)!
      if (seen.state === 'closed') continue
      const { out, ok, failed, lost } = this.board.circuits.probing(one, this.now)
      seen.spent = out + ok + failed + lost
    }
  }

  #pass(ms: number): void {
    this.now += ms
    if (this.random() < 0.7) this.watch.look()
  }

  #jump(ms: number): void {
    this.jumpedFrom = Math.max(this.jumpedFrom, this.now)
    this.now = Math.max(1e6, this.now + ms)
    this.jumpedAt = this.now
    for (const seen of this.seen.values()) {
      seen.hurried = true
      seen.failingSince = Math.min(seen.failingSince, this.now) - Math.abs(ms)
      seen.dueAt = Number.POSITIVE_INFINITY
      seen.outcomes = []
      seen.closedAt = Math.min(seen.closedAt, this.now)
    }
  }

  #lifeSign(): void {
    this.#hope(true)
    this.watch.signOfLife()
  }

  /** Several, for it takes two of them to say something. */
  #knock(): void {
    for (const accepted of [this.random() < 0.5, this.random() < 0.5, true]) {
      if (accepted && (this.wasGone || this.mayHaveBeenGone || this.isUnreached)) this.#hope(this.wasGone)
      this.wasGone = !accepted && this.seen.get(UPSTREAM_CIRCUIT)!.state === 'open'
      this.mayHaveBeenGone = false
      this.watch.knocked(accepted)
    }
  }

  #hope(isSure: boolean): void {
    if (this.seen.get(UPSTREAM_CIRCUIT)!.state !== 'open') return
    this.hoped += 1
    for (const seen of this.seen.values()) {
      if (seen.state !== 'open') continue
      seen.hopedAt ??= this.now
      if (isSure) seen.dueAt = Math.min(seen.dueAt, Math.max(this.now, seen.openedAt + LEAST_REST_MS))
    }
  }

  #changed({ circuit: state, of, because }: { circuit: CircuitState; of: string; because?: string }): void {
    const circuit = circuits.find(one => this.#nameOf(one) === of)
    if (state === undefined || circuit === undefined) return
    const seen = this.seen.get(circuit)!
    if (state === 'open') {
      this.opened += 1
      if (seen.state === 'closed') this.#mayOpen(circuit, seen, because ?? '')
      if (circuit === UPSTREAM_CIRCUIT) {
        const isUnreached = because?.includes('did not reach') === true
        this.isUnreached = isUnreached
        this.wasGone = isUnreached && this.wasGone
        this.mayHaveBeenGone =
          (isUnreached && this.mayHaveBeenGone) ||
          (seen.state === 'closed' && this.outcomes.some(({ outcome }) => outcome === 'lost'))
      }
      if (seen.state === 'closed' && this.now - seen.closedAt >= this.rules.stableMs) seen.failingSince = this.now
      Object.assign(seen, { openedAt: this.now, generation: seen.generation + 1, spent: 0, ok: 0, failed: 0 })
      Object.assign(seen, { hurried: false, hopedAt: undefined, dueAt: Number.POSITIVE_INFINITY })
    }
    if (state === 'closed') {
      this.closed += 1
      if (seen.ok < this.rules.probes) this.fail(`${of} closed after ${seen.ok} of ${this.rules.probes} probes`)
      if (seen.failed > 0) this.fail(`${of} closed although ${seen.failed} probes failed`)
      Object.assign(seen, { closedAt: this.now, generation: seen.generation + 1, inARow: 0, outcomes: [] })
    }
    seen.state = state
  }

  #nameOf(circuit: number): string {
    if (circuit === UPSTREAM_CIRCUIT) return 'upstream'
    return circuit === SHAPE ? 'unlearned, group 3 of 64' : `GET ${routes[circuit - FIRST_ROUTE_CIRCUIT]!.pattern}`
  }

  /** There was reason enough, counted by other means than the board's. */
  #mayOpen(circuit: number, seen: Seen, because: string): void {
    if (because.includes('while the upstream was tried')) return
    if (this.jumpedAt > seen.closedAt || this.#jumpedLately()) return
    const outcomes = circuit === UPSTREAM_CIRCUIT ? this.outcomes : seen.outcomes
    const recent = outcomes.filter(({ at }) => at > this.now - 1.1 * WINDOW_MS && at >= seen.closedAt)
    const isOnTrial = this.now - seen.closedAt < this.rules.rampMs && seen.inARow >= this.rules.probes
    if (!isOnTrial && recent.length < this.rules.minRequests)
      this.fail(`${this.#nameOf(circuit)} opened after ${recent.length} calls`)
    if (recent.every(({ outcome }) => outcome === 'ok')) this.fail(`${this.#nameOf(circuit)} opened and nothing failed`)
  }

  #check(): void {
    const { probeDeadlineMs, probes } = this.rules
    for (const circuit of circuits) {
      const seen = this.seen.get(circuit)!
      const { out, free, ok, failed, lost } = this.board.circuits.probing(circuit, this.now)
      const spent = out + ok + failed + lost
      if (seen.state !== 'closed' && spent !== seen.spent)
        this.fail(`${spent} tickets of ${circuit} are spent, ${seen.spent} should be`)
      if (out > probes) this.fail(`${out} probes are out at ${circuit}, ${probes} may be`)
      const openFor = this.now - seen.openedAt
      const isOver = openFor > this.#longest(seen) + 2 || this.now > seen.dueAt + 2
      if (seen.state === 'open' && !seen.hurried && isOver && !this.#wouldLetTry(circuit))
        this.fail(`${circuit} is open for ${openFor} ms, and lets nobody try`)
      if (circuit !== UPSTREAM_CIRCUIT && seen.state === 'closed' && this.#mustOpen(seen)) {
        this.watch.look()
        if (this.seen.get(circuit)!.state === 'closed') this.fail(`${circuit} is closed, and all calls fail`)
      }
      if (seen.state !== 'half-open' || free > 0) continue
      // A look has to put an end to it, or wait for a probe that is not late.
      this.watch.look()
      const after = this.board.circuits.probing(circuit, this.now)
      const age = after.oldestOutAt === undefined ? Number.POSITIVE_INFINITY : Math.abs(this.now - after.oldestOutAt)
      if (this.seen.get(circuit)!.state === 'half-open' && after.free === 0 && age >= probeDeadlineMs + 2)
        this.fail(`${circuit} waits for a probe of ${age} ms`)
    }
  }

  /** After a short outage it is tried soon. */
  #longest({ openedAt, failingSince }: Seen): number {
    const { openMs } = this.rules
    return Math.min(longestOpenMs(this.rules), 1.25 * Math.max(openMs, (openedAt - failingSince) / 4))
  }

  /** What was counted before the clock went back counts again when that time comes again. */
  #jumpedLately(): boolean {
    return this.now < Math.max(this.jumpedFrom, this.jumpedAt) + 2 * WINDOW_MS
  }

  /** Nothing but failures, enough of them, well within the window. */
  #mustOpen({ closedAt, outcomes }: Seen): boolean {
    if (this.#jumpedLately()) return false
    const recent = outcomes.filter(({ at }) => at > Math.max(closedAt + 0.1 * WINDOW_MS, this.now - 0.85 * WINDOW_MS))
    const others = outcomes.filter(({ at }) => at > this.now - 1.1 * WINDOW_MS).length - recent.length
    return (
      others === 0 &&
      recent.length >= this.rules.minRequests &&
      recent.every(({ outcome }) => outcome === 'failed' || outcome === 'lost')
    )
  }

  /** Though main does not look: by the edge alone. The others must not be what hinders it. */
  #wouldLetTry(circuit: number): boolean {
    const { free } = this.board.circuits.probing(circuit, this.now)
    const others = circuit === UPSTREAM_CIRCUIT ? routeCircuits.filter(one => !this.#mustTry(one)) : [circuit]
    const isHindered = circuit !== UPSTREAM_CIRCUIT && this.#mustTry(UPSTREAM_CIRCUIT)
    if (isHindered || others.length === 0 || free < this.rules.probes) return true
    const admission: Admission = this.gates[0]!.admit(others[0]!)
    if (typeof admission === 'string') return false
    admission.giveBack()
    return true
  }

  /** All is well from now on: so must all circuits be, in time. What hangs goes on hanging. */
  calmDown(): void {
    for (const circuit of circuits) this.moods.set(circuit, 'ok')
    const { probeDeadlineMs, rampMs } = this.rules
    const end = this.now + 2 * (probeDeadlineMs + longestOpenMs(this.rules)) + rampMs + 2 * WINDOW_MS
    this.calls = []
    while (this.now < end) {
      this.now += Math.max(20, (end - this.now) / 500)
      this.watch.look()
      for (const circuit of [SHAPE, ...routeCircuits]) {
        const before = this.calls.length
        this.#begin(circuit)
        if (this.calls.length > before) this.#settle(this.calls.pop()!, 'ok')
      }
    }
    this.watch.look()
    for (const circuit of circuits) {
      if (this.board.circuits.gate(circuit) !== gates.closed)
        this.fail(`${this.#nameOf(circuit)} did not close, all being well: ${JSON.stringify(this.watch.status())}`)
    }
    if (this.gates[0]!.admit(SHAPE) !== 'pass') this.fail('not all is let through')
  }
}

t.test('whatever happens, few try, all that is open is tried in time, and it closes on their word alone', async t => {
  let opened = 0
  let closed = 0
  let hoped = 0
  for (let seed = 1; seed <= WALKS; seed++) {
    const walk = new Walk(seed)
    for (let step = 0; step < STEPS && walk.problems.length === 0; step++) walk.step()
    if (walk.problems.length === 0) walk.calmDown()
    opened += walk.opened
    closed += walk.closed
    hoped += walk.hoped
    if (walk.problems.length > 0) {
      t.fail(`seed ${seed}: ${walk.problems.join('; ')} (${JSON.stringify(walk.rules)})`)
      break
    }
  }
  t.ok(opened > 4 * WALKS && closed > WALKS, `circuits opened ${opened} times and closed ${closed} times`)
  t.ok(hoped > WALKS / 2, `${hoped} signs of life`)
})
