// thread: main
// The outages of this proxy, newest last: when one begins and ends, which are kept, and what is told of them. `look` is called by
// a timer; nothing here has one of its own.
import type { Clock } from '../clock/clock.js'
import { type ForgetMatcher, holdsForgotten, withoutForgotten } from '../contract/forgetting.js'
import type { GivenBatch, OutageReport, OutageSummary } from '../contract/outages.js'
import type { ReadinessReport } from '../contract/readiness.js'
import type { Log } from '../log/log.js'
import type { Verdict } from './held-against.js'
import { type Asked, Outage } from './outage.js'

/** How the circuits stand. */
export interface Circuits {
  upstream(): { readonly state: 'closed' | 'open' | 'half-open'; readonly because: string }
  /** Why the circuit of a route is not closed; '' where all are. */
  route(): string
}

export interface OutagesParts {
  /** Time of day, as of the edges. */
  readonly clock: Clock
  /** Nobody can set it. */
  readonly steady: Clock
  /** 0–1, as Math.random. */
  readonly random: () => number
  /** Questions that are asked again after each; 0: none. */
  readonly sample: number
  readonly circuits: Circuits
  /** Undefined: the learner does not answer. */
  readonly readiness: () => Promise<ReadinessReport | undefined>
  /** One has ended: edges begin anew. */
  readonly onEnd: () => void
  /** What is known of all has changed for good: worth to be written down. */
  readonly onKept: (reports: readonly OutageReport[]) => void
  /** From earlier runs, oldest first. */
  readonly earlier: readonly OutageReport[]
  readonly log: Pick<Log, 'info' | 'warn'>
}

export interface OutageTotals {
  readonly outages: number
  readonly seconds: number
  readonly ghosts: number
  readonly refused: number
  readonly right: number
  readonly wrong: number
  readonly unanswered: number
}

export const MAX_OUTAGES = 20
/** The circuit of the upstream must have been closed for so long: one that flaps is one outage. */
const SETTLE_MS = 2000
/** Where it never opened: how long no ghost was given. */
const QUIET_MS = 5000

export class Outages {
  readonly #parts: OutagesParts
  #running: Outage | undefined
  /** Steady ms since when the circuits are closed, and what time of day that was. */
  #closed: { readonly tick: number; readonly at: number } | undefined
  #lastGivenTick = 0
  #lastGivenAt = 0
  /** Over, oldest first; reports where nothing is to be asked any more. */
  #ended: (Outage | OutageReport)[]
  #count = 0
  readonly #sums = { seconds: 0, ghosts: 0, refused: 0, right: 0, wrong: 0, unanswered: 0 }

  constructor(parts: OutagesParts) {
    this.#parts = parts
    this.#ended = parts.earlier.slice(-MAX_OUTAGES)
  }

  look(): void {
    const { circuits } = this.#parts
    const { state, because } = circuits.upstream()
    let running = this.#running
    if (state !== 'closed') {
      running ??= this.#begin(this.#parts.clock.now(), because)
      if (running.circuit !== 'upstream') running.because = because
      running.circuit = 'upstream'
      this.#closed = undefined
      return
    }
    if (running === undefined) return
    const tick = this.#parts.steady.now()
    this.#closed ??= { tick, at: this.#parts.clock.now() }
    if (running.circuit === 'upstream') {
      // It closes only after live answers.
      if (tick - this.#closed.tick >= SETTLE_MS) this.#end(running, this.#closed.at)
      return
    }
    const ofRoute = circuits.route()
    if (ofRoute !== '') {
      if (running.circuit === 'none') running.because = ofRoute
      running.circuit = 'route'
    } else if (tick - this.#lastGivenTick >= QUIET_MS) this.#end(running, this.#lastGivenAt)
  }

  /** An edge tells what its ghosts said because the upstream failed. */
  given(batch: GivenBatch): void {
    this.#sums.ghosts += batch.routes.reduce((sum, { ghosts }) => sum + ghosts, 0)
    this.#sums.refused += batch.routes.reduce((sum, { refused }) => sum + refused, 0)
    const last = this.#ended.at(-1)
    if (this.#running === undefined && last instanceof Outage && batch.since <= last.untilAt!) {
      // Under way when it ended.
      last.add(batch)
      return
    }
    this.#running ??= this.#begin(batch.since, 'requests failed')
    this.#lastGivenTick = this.#parts.steady.now()
    this.#lastGivenAt = this.#parts.clock.now()
    this.#running.sinceAt = Math.min(this.#running.sinceAt, batch.since)
    this.#running.add(batch)
  }

  #begin(sinceAt: number, because: string): Outage {
    const outage = new Outage(sinceAt, because)
    this.#running = outage
    this.#closed = undefined
    this.#lastGivenTick = this.#parts.steady.now()
    this.#lastGivenAt = sinceAt
    this.#count += 1
    this.#parts.log.info({ outage: outage.id, because }, 'an outage begins')
    this.#parts.readiness().then(
      report => report !== undefined && outage.predicted(report),
      error => this.#parts.log.warn({ err: error }, 'how ready the ghosts were for the outage is not known'),
    )
    return outage
  }

  #end(outage: Outage, untilAt: number): void {
    this.#running = undefined
    outage.untilAt = Math.max(untilAt, outage.sinceAt)
    outage.state = 'comparing'
    outage.choose(this.#parts.sample, this.#parts.random)
    this.#sums.seconds += (outage.untilAt - outage.sinceAt) / 1000
    this.#ended.push(outage)
    this.#makeRoom()
    this.#parts.onEnd()
    const { ghosts, refused } = outage.counts
    this.#parts.log.info({ outage: outage.id, ghosts, refused }, 'an outage is over')
    if (outage.next() === undefined) this.#finish(outage)
    else this.#keep()
  }

  /** Short ones go first. */
  #makeRoom(): void {
    while (this.#ended.length > MAX_OUTAGES) {
      const brief = this.#ended.findIndex(({ circuit }) => circuit === 'none')
      this.#ended.splice(Math.max(0, brief), 1)
    }
  }

  #finish(outage: Outage): void {
    outage.state = 'done'
    const report = outage.report(this.#parts.clock.now())
    this.#ended = this.#ended.map(one => (one === outage ? report : one))
    const { id, compared, right, wrong, similarity, predicted, turnedOut } = report
    const facts = { outage: id, compared, right, wrong, similarity, predicted, turnedOut }
    this.#parts.log.info(facts, 'ghosts of an outage were held against the truth')
    this.#keep()
  }

  #keep(): void {
    this.#parts.onKept(this.#ended.map(one => this.#reportOf(one)))
  }

  /** Of questions that were kept, and of reports, which lose examples and lines that name it. Answers with how many there were. */
  forget(matcher: ForgetMatcher, dryRun: boolean): number {
    let found = 0
    const ended = this.#ended.map(one => {
      if (one instanceof Outage) {
        found += one.forget(matcher, dryRun)
        return one
      }
      if (!holdsForgotten(one, matcher)) return one
      found += 1
      return dryRun ? one : withoutForgottenIn(one, matcher)
    })
    found += this.#running?.forget(matcher, dryRun) ?? 0
    if (!dryRun && found > 0) {
      this.#ended = ended
      this.#keep()
    }
    return found
  }

  /** The proxy ends: what is not known by now stays unknown. */
  interrupt(): readonly OutageReport[] {
    return this.#all().map(one => {
      const report = this.#reportOf(one)
      return one instanceof Outage ? { ...report, state: 'interrupted' } : report
    })
  }

  // ── asked again ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The question to be asked next; undefined: there is none. */
  nextQuestion(): Asked | undefined {
    return this.#comparing()?.next()
  }

  /** What came of the one that `nextQuestion` named; undefined: nothing that says anything. */
  settleQuestion(verdict: Verdict | undefined): void {
    const outage = this.#comparing()
    if (outage?.next() === undefined) return
    outage.settle(verdict)
    if (verdict === undefined) this.#sums.unanswered += 1
    else if (verdict.similarity === 1) this.#sums.right += 1
    else this.#sums.wrong += 1
    if (outage.next() === undefined) this.#finish(outage)
  }

  postponeQuestion(): void {
    this.#comparing()?.postpone()
  }

  #comparing(): Outage | undefined {
    return this.#ended.find((one): one is Outage => one instanceof Outage)
  }

  // ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Newest first. */
  list(): OutageSummary[] {
    return this.#all()
      .map(one => summaryOf(this.#reportOf(one)))
      .reverse()
  }

  report(id: string): OutageReport | undefined {
    const found = this.#all().find(one => one.id === id)
    return found && this.#reportOf(found)
  }

  /** Of the one that runs, for the status; null: none does. */
  running(): { id: string; since: string; because: string; ghosts: number; refused: number } | null {
    const running = this.#running
    if (running === undefined) return null
    const { id, sinceAt, because } = running
    return { id, since: new Date(sinceAt).toISOString(), because, ...running.counts }
  }

  /** Since the start. */
  totals(): OutageTotals {
    const running = this.#running
    const lasting = running === undefined ? 0 : Math.max(0, this.#parts.clock.now() - running.sinceAt) / 1000
    return { ...this.#sums, outages: this.#count, seconds: this.#sums.seconds + lasting }
  }

  #all(): readonly (Outage | OutageReport)[] {
    return this.#running === undefined ? this.#ended : [...this.#ended, this.#running]
  }

  #reportOf(one: Outage | OutageReport): OutageReport {
    return one instanceof Outage ? one.report(this.#parts.clock.now()) : one
  }
}

function withoutForgottenIn(report: OutageReport, matcher: ForgetMatcher): OutageReport {
  const routes = withoutForgotten(
    report.routes.map(route => ({ ...route, fields: withoutForgotten(route.fields, matcher).kept })),
    matcher,
  ).kept
  return { ...report, routes, because: matcher.text(report.because) ? 'forgotten' : report.because }
}

function summaryOf({ routes: _, notAsked: __, beyond: ___, ...summary }: OutageReport): OutageSummary {
  return summary
}
