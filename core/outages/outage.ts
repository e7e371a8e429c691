// thread: main
// One outage: what ghosts said in it, which of their questions are asked again, and what came of that. No clock, no I/O.
import { type ForgetMatcher, holdsForgotten } from '../contract/forgetting.js'
import type {
  GivenBatch,
  GivenQuestion,
  KeptAnswer,
  OutageField,
  OutageReport,
  OutageRoute,
  OutageState,
} from '../contract/outages.js'
import type { ReadinessReport } from '../contract/readiness.js'
import type { Verdict } from './held-against.js'

export interface OutageLimits {
  readonly questions: number
  readonly bytes: number
}

/** Of all edges together. */
export const outageLimits: OutageLimits = { questions: 4000, bytes: 16 << 20 }

const MAX_ROUTES = 1000
const MAX_REPORTED_ROUTES = 200
const MAX_FIELDS = 20
/** Places that are told apart, of one route. */
const MAX_PLACES = 500

interface Kept {
  readonly route: string
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly unaskable: GivenQuestion['unaskable']
  times: number
  firstAt: number
  lastAt: number
  answer: KeptAnswer | undefined
  state: 'kept' | 'waiting' | 'compared' | 'unanswered'
  verdict: Verdict | undefined
}

/** A question that is to be asked again. */
export interface Asked {
  readonly route: string
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly answer: KeptAnswer
}

interface OnRoute {
  ghosts: number
  refused: number
  confidence: number
}

/** Sums of what was compared. */
interface Sums {
  times: number
  similarity: number
  compared: number
  right: number
  wrongForS: number
}

export class Outage {
  readonly id: string
  /** Epoch ms. Edges may tell of what was before the circuit opened. */
  sinceAt: number
  because: string
  circuit: OutageReport['circuit'] = 'none'
  /** Epoch ms; undefined while it runs. */
  untilAt: number | undefined
  state: OutageState = 'running'
  readonly #limits: OutageLimits
  readonly #routes = new Map<string, OnRoute>()
  readonly #questions = new Map<string, Kept>()
  readonly #waiting: Kept[] = []
  #bytes = 0
  #beyond = 0
  #predicted: ReadinessReport | undefined

  constructor(sinceAt: number, because: string, limits: OutageLimits = outageLimits) {
    // Fit for a URL, and telling.
    this.id = new Date(sinceAt).toISOString().replaceAll(/[:.]/g, '-')
    this.sinceAt = sinceAt
    this.because = because
    this.#limits = limits
  }

  /** What was expected when it began. */
  predicted(report: ReadinessReport): void {
    this.#predicted = report
  }

  add({ routes, questions, beyond }: GivenBatch): void {
    for (const { route, ghosts, refused, confidence } of routes) {
      const counts = this.#onRoute(route)
      counts.ghosts += ghosts
      counts.refused += refused
      counts.confidence += confidence
    }
    this.#beyond += beyond
    for (const question of questions) this.#addQuestion(question)
  }

  /** Questions and answers that are to be forgotten; counts stay. Answers with how many there were. */
  forget(matcher: ForgetMatcher, dryRun: boolean): number {
    let found = 0
    for (const [key, kept] of this.#questions) {
      const { method, target, fields, answer, verdict } = kept
      const sought = {
        method,
        target,
        scope: '',
        requestHeaders: fields,
        headers: codedAs(answer),
        body: answer?.body ?? nothing,
      }
      if (!matcher.exchange(sought) && !matcher.text(key) && !holdsForgotten(verdict?.differences ?? [], matcher))
        continue
      found += 1
      if (dryRun) continue
      this.#questions.delete(key)
      const at = this.#waiting.indexOf(kept)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
    return found
  }

  #onRoute(route: string): OnRoute {
    const name = this.#routes.size < MAX_ROUTES || this.#routes.has(route) ? route : ''
    let counts = this.#routes.get(name)
    if (counts === undefined) {
      counts = { ghosts: 0, refused: 0, confidence: 0 }
      this.#routes.set(name, counts)
    }
    return counts
  }

  #addQuestion({ key, times, firstAt, lastAt, answer, ...question }: GivenQuestion): void {
    const kept = this.#questions.get(key)
    if (kept !== undefined) {
      kept.times += times
      kept.firstAt = Math.min(kept.firstAt, firstAt)
      kept.lastAt = Math.max(kept.lastAt, lastAt)
      return
    }
    const bytes = 2 * key.length + (answer?.body.length ?? 0)
    if (this.#questions.size >= this.#limits.questions || this.#bytes + bytes > this.#limits.bytes) {
      this.#beyond += times
      return
    }
    this.#bytes += bytes
    this.#questions.set(key, { ...question, times, firstAt, lastAt, answer, state: 'kept', verdict: undefined })
  }

  // ── asked again ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** It is over: at most so many questions are to be asked again, of each route in turn. `random`: 0–1. */
  choose(limit: number, random: () => number): void {
    const byRoute = new Map<string, Kept[]>()
    for (const kept of this.#questions.values()) {
      if (kept.answer === undefined || kept.unaskable !== '') continue
      const ofRoute = byRoute.get(kept.route)
      if (ofRoute === undefined) byRoute.set(kept.route, [kept])
      else ofRoute.push(kept)
    }
    let routes = [...byRoute.values()]
    while (this.#waiting.length < limit && routes.length > 0) {
      for (const ofRoute of routes) {
        if (this.#waiting.length >= limit) break
        const [kept] = ofRoute.splice(Math.floor(random() * ofRoute.length), 1)
        kept!.state = 'waiting'
        this.#waiting.push(kept!)
      }
      routes = routes.filter(ofRoute => ofRoute.length > 0)
    }
    this.#forgetUnchosen()
  }

  /** Bodies that are needed no more. */
  #forgetUnchosen(): void {
    for (const kept of this.#questions.values()) if (kept.state === 'kept') kept.answer = undefined
  }

  /** The one to be asked next; undefined: all were. */
  next(): Asked | undefined {
    const [kept] = this.#waiting
    return kept as Asked | undefined
  }

  /** The one that `next` named has its answer. Undefined: there was none that says anything. */
  settle(verdict: Verdict | undefined): void {
    const kept = this.#waiting.shift()
    if (kept === undefined) return
    kept.state = verdict === undefined ? 'unanswered' : 'compared'
    kept.verdict = verdict
    kept.answer = undefined
  }

  /** The one that `next` named is asked once more, after all others. */
  postpone(): void {
    const kept = this.#waiting.shift()
    if (kept !== undefined) this.#waiting.push(kept)
  }

  // ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────

  get counts(): { readonly ghosts: number; readonly refused: number } {
    let ghosts = 0
    let refused = 0
    for (const counts of this.#routes.values()) {
      ghosts += counts.ghosts
      refused += counts.refused
    }
    return { ghosts, refused }
  }

  get compared(): { readonly right: number; readonly wrong: number; readonly unanswered: number } {
    const compared = { right: 0, wrong: 0, unanswered: 0 }
    for (const { state, verdict } of this.#questions.values()) {
      if (state === 'unanswered') compared.unanswered += 1
      else if (verdict !== undefined) compared[verdict.similarity === 1 ? 'right' : 'wrong'] += 1
    }
    return compared
  }

  /** `now`: epoch ms. */
  report(now: number): OutageReport {
    const byRoute = new Map<string, Kept[]>([...this.#routes.keys()].map(route => [route, []]))
    for (const kept of this.#questions.values()) (byRoute.get(kept.route) ?? byRoute.get(''))?.push(kept)
    const routes = [...byRoute]
      .map(([route, questions]) => this.#reportRoute(route, questions))
      .sort((a, b) => b.ghosts + b.refused - a.ghosts - a.refused)
    const all = [...this.#questions.values()]
    const sums = sumsOf(all)
    const { ghosts, refused } = this.counts
    const count = (is: (kept: Kept) => boolean): number => all.filter(is).length
    return {
      id: this.id,
      state: this.state,
      since: new Date(this.sinceAt).toISOString(),
      until: this.untilAt === undefined ? null : new Date(this.untilAt).toISOString(),
      durationS: seconds((this.untilAt ?? now) - this.sinceAt),
      because: this.because,
      circuit: this.circuit,
      ghosts,
      refused,
      distinct: all.length,
      compared: sums.compared,
      right: sums.right,
      wrong: sums.compared - sums.right,
      similarity: share(sums.similarity, sums.times),
      confidence: share(
        [...this.#routes.values()].reduce((sum, { confidence }) => sum + confidence, 0),
        ghosts,
      ),
      predicted: this.#predicted?.overall ?? null,
      turnedOut: overall(routes),
      routes: routes.slice(0, MAX_REPORTED_ROUTES),
      notAsked: {
        credentials: count(({ unaskable }) => unaskable === 'credentials'),
        tooLong: count(({ unaskable }) => unaskable === 'too-long'),
        selected: count(({ unaskable }) => unaskable === 'selected-otherwise' || unaskable === 'secret-in-path'),
        sample: this.state === 'running' ? 0 : count(({ unaskable, state }) => unaskable === '' && state === 'kept'),
        unanswered: count(({ state }) => state === 'unanswered'),
        waiting: this.#waiting.length,
      },
      beyond: this.#beyond,
    }
  }

  #reportRoute(route: string, questions: readonly Kept[]): OutageRoute {
    const { ghosts, refused, confidence } = this.#routes.get(route)!
    const sums = sumsOf(questions)
    const near = share(sums.similarity, sums.times)
    const predicted = this.#predicted?.routes.find(one => nameOf(one) === route)?.readiness
    return {
      route: route === '' ? null : route,
      ghosts,
      refused,
      distinct: questions.length,
      compared: sums.compared,
      right: sums.right,
      wrong: sums.compared - sums.right,
      similarity: near,
      confidence: share(confidence, ghosts),
      wrongForS: sums.wrongForS,
      predicted: predicted ?? null,
      turnedOut: ghosts === 0 ? 0 : near === null ? null : share(near * ghosts, ghosts + refused),
      fields: fieldsOf(questions),
    }
  }
}

const nothing = new Uint8Array(0)

function codedAs(answer: KeptAnswer | undefined): readonly string[] {
  return answer === undefined || answer.coding === '' ? [] : ['content-encoding', answer.coding]
}

function nameOf({ method, pattern }: { method: string | null; pattern: string | null }): string {
  return pattern === null ? '' : `${method} ${pattern}`
}

function sumsOf(questions: readonly Kept[]): Sums {
  const sums = { times: 0, similarity: 0, compared: 0, right: 0, wrongForS: 0 }
  for (const { verdict, times, firstAt, lastAt } of questions) {
    if (verdict === undefined) continue
    sums.times += times
    sums.similarity += verdict.similarity * times
    sums.compared += 1
    if (verdict.similarity === 1) sums.right += 1
    else sums.wrongForS = Math.max(sums.wrongForS, seconds(lastAt - firstAt))
  }
  return sums
}

function fieldsOf(questions: readonly Kept[]): OutageField[] {
  const fields = new Map<string, { -readonly [Name in keyof OutageField]: OutageField[Name] }>()
  for (const { verdict, target, firstAt, lastAt } of questions) {
    const wrongForS = seconds(lastAt - firstAt)
    for (const { at, given, truth } of verdict?.differences ?? []) {
      const field = fields.get(at)
      if (field !== undefined) {
        field.differed += 1
        field.wrongForS = Math.max(field.wrongForS, wrongForS)
      } else if (fields.size < MAX_PLACES)
        fields.set(at, { field: at, differed: 1, target: target.slice(0, 200), given, truth, wrongForS })
    }
  }
  return [...fields.values()].sort((a, b) => b.differed - a.differed).slice(0, MAX_FIELDS)
}

/** Of the routes of which something is known, by how often they were asked. */
function overall(routes: readonly OutageRoute[]): number | null {
  let sum = 0
  let asked = 0
  for (const { turnedOut, ghosts, refused } of routes) {
    if (turnedOut === null) continue
    sum += turnedOut * (ghosts + refused)
    asked += ghosts + refused
  }
  return share(sum, asked)
}

function share(sum: number, of: number): number | null {
  return of === 0 ? null : Math.round((sum / of) * 1000) / 1000
}

/** The time of day may be set back meanwhile. */
function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 100) / 10)
}
