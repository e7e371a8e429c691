// thread: any
// Callers that look for what there is: identifiers in order, identifiers that are not there, paths that are not there, and
// credentials that are refused. What is too many follows from the most that was normal, with a floor under it.
import type { AnomalySignal } from '../../../core/contract/anomalies.js'
import type { FactReader } from '../../../core/contract/facts.js'
import { exampleOf, told } from './example.js'
import { Peak, type SavedPeak } from './peak.js'
import { RecentCounts } from './recent-counts.js'
import { Walks } from './walks.js'

/** Nothing is told before so much was seen, over so long. */
const MIN_REQUESTS = 2000
/** Twice as long as it takes until what was seen is believed to be normal. */
const MIN_AGE_MS = 1_800_000
const FLOORS = { walk: 40, 'missing-ids': 25, 'missing-paths': 25, refused: 20 } as const
const FACTORS = { walk: 2, 'missing-ids': 4, 'missing-paths': 4, refused: 5 } as const
type Looking = keyof typeof FLOORS
/** Nobody and everybody: those who have no credentials, and those who change them. */
const EVERYBODY = '*'
const MAX_CALLERS = 2000
const MAX_GOOD_SCOPES = 5000
const MAX_PEAKS = 1000
/** Different credentials refused in a minute: somebody tries them. */
const TRIED_SCOPES = 10
/** So often without credentials it was let in where it is refused now: what is in the body lets in. */
const LET_IN = 5

export interface SavedCallers {
  readonly since: number
  readonly requests: number
  readonly peaks: readonly (readonly [string, SavedPeak])[]
  readonly letIn: readonly (readonly [string, number])[]
}

/** What one request shows; undefined: nothing strange. */
export class Callers {
  readonly #walks = new Walks(MAX_CALLERS)
  readonly #missing = new RecentCounts(MAX_CALLERS)
  readonly #refused = new RecentCounts(MAX_CALLERS)
  readonly #triedScopes = new RecentCounts(MAX_CALLERS)
  readonly #peaks = new Map<string, Peak>()
  /** By route: how often a write without credentials went through. */
  readonly #letIn: Map<string, number>
  /** Credentials that were not refused lately. */
  readonly #good = new Set<string>()
  readonly #judgesNobody: boolean
  #since: number
  #requests: number

  /** `judgesNobody`: walks of those without credentials; the warm-up of the proxy is one of them. */
  constructor(saved?: SavedCallers, judgesNobody = true) {
    this.#judgesNobody = judgesNobody
    this.#since = saved?.since ?? 0
    this.#requests = saved?.requests ?? 0
    for (const [name, peak] of saved?.peaks ?? []) this.#peaks.set(name, new Peak(peak))
    this.#letIn = new Map(saved?.letIn)
  }

  /** `route`: its name; `isLearned`: it has one. `at`: epoch ms. */
  observe(facts: FactReader, route: string, isLearned: boolean, at: number): AnomalySignal | undefined {
    if (this.#since === 0) this.#since = at
    this.#requests += 1
    const { status, scope } = facts
    if (status === 401 || status === 403) return this.#onRefusal(facts, route, at)
    if (scope !== '' && status > 0 && status < 400) this.#isGood(scope)
    if (scope === '' && status > 0 && status < 400 && isWrite(facts.method)) this.#lets(route)
    const isMissing = status === 404 || status === 410
    if (isMissing && !isLearned) return this.#onMissingPath(facts, at)
    if (!isLearned || !route.includes('{')) return undefined
    return (isMissing ? this.#onMissingId(facts, route, at) : undefined) ?? this.#onId(facts, route, at)
  }

  /** `strength`: how far it was from normal, as it was told. */
  expect(
    kind: 'enumeration' | 'unknown-routes' | 'credential-stuffing',
    subject: string,
    strength: number,
    at: number,
  ): void {
    const looks: readonly Looking[] =
      kind === 'enumeration' ? ['walk', 'missing-ids'] : kind === 'unknown-routes' ? ['missing-paths'] : ['refused']
    for (const looking of looks) {
      const route = looking === 'missing-paths' ? '' : subject
      const limit = this.#limit(looking, route, at)
      this.#peak(looking, route).accept((limit * strength) / FACTORS[looking])
    }
  }

  toJSON(): SavedCallers {
    return {
      since: this.#since,
      requests: this.#requests,
      peaks: [...this.#peaks].map(([name, peak]) => [name, peak.toJSON()]),
      letIn: [...this.#letIn],
    }
  }

  #onMissingPath(facts: FactReader, at: number): AnomalySignal | undefined {
    const { scope, target } = facts
    const many = this.#missing.count(`paths ${scope}`, target, at)
    const strength = this.#judge('missing-paths', '', many, at)
    if (strength === undefined) return undefined
    return {
      ...{
        kind: 'unknown-routes',
        subject: 'unlearned',
        detail: who(scope),
        severity: strength >= 4 ? 'high' : 'medium',
      },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${whoSays(scope)} asked for ${told(many)} different paths in a minute that are not there and belong to no route; ${told(this.#limit('missing-paths', '', at))} are the limit`,
      evidence: { pathsInAMinute: Math.round(many), limit: Math.round(this.#limit('missing-paths', '', at)) },
      falseAlarms: byPeak('missing-paths'),
    }
  }

  #onMissingId(facts: FactReader, route: string, at: number): AnomalySignal | undefined {
    const { scope, target } = facts
    const many = this.#missing.count(`ids ${scope}\n${route}`, target, at)
    const strength = this.#judge('missing-ids', route, many, at)
    if (strength === undefined) return undefined
    return {
      ...{ kind: 'enumeration', subject: route, detail: '', severity: strength >= 4 ? 'high' : 'medium' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${whoSays(scope)} asked for ${told(many)} different identifiers in a minute that are not there; ${told(this.#limit('missing-ids', route, at))} are the limit`,
      evidence: { missingInAMinute: Math.round(many), limit: Math.round(this.#limit('missing-ids', route, at)), scope },
      falseAlarms: byPeak('missing-ids'),
    }
  }

  #onId(facts: FactReader, route: string, at: number): AnomalySignal | undefined {
    const { scope, target } = facts
    if (scope === '' && !this.#judgesNobody) return undefined
    const id = lastNumberIn(target)
    if (id === undefined) return undefined
    const walk = this.#walks.step(`${scope}\n${route}`, id, at)
    if (walk === undefined) return undefined
    const strength = this.#judge('walk', route, walk.steps, at)
    if (strength === undefined) return undefined
    const { first, last, steps, since } = walk
    return {
      ...{ kind: 'enumeration', subject: route, detail: '', severity: strength >= 4 ? 'high' : 'medium' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${whoSays(scope)} walks through the identifiers in order: ${steps} steps from ${first} to ${last} in ${told((at - since) / 1000)} s; ${told(this.#limit('walk', route, at))} are the limit`,
      evidence: { steps, first, last, seconds: Math.round((at - since) / 1000), scope },
      falseAlarms: byPeak('walk'),
    }
  }

  #onRefusal(facts: FactReader, route: string, at: number): AnomalySignal | undefined {
    const { scope, seq, run } = facts
    // A credential that was good is a session that ended, or a right that somebody has not.
    if (scope !== '' && this.#good.has(scope)) return undefined
    const tried = scope === '' ? 0 : this.#triedScopes.count(route, scope, at)
    const letsIn = scope === '' && isWrite(facts.method) && (this.#letIn.get(route) ?? 0) >= LET_IN
    if (!letsIn && tried < TRIED_SCOPES) return undefined
    const many = letsIn ? this.#refused.count(route, `${run} ${seq}`, at) : tried
    const strength = this.#judge('refused', route, many, at)
    if (strength === undefined) return undefined
    const how = letsIn
      ? `without credentials in their fields, where ${told(this.#letIn.get(route)!)} others were let in`
      : `with as many different credentials, none of which was good before`
    return {
      ...{ kind: 'credential-stuffing', subject: route, detail: '', severity: 'high' },
      ...{ at, count: 1, strength, unit: 'requests', example: exampleOf(facts) },
      says: `${told(many)} requests in a minute were refused (${facts.status}) ${how}; ${told(this.#limit('refused', route, at))} are the limit`,
      evidence: { refusedInAMinute: Math.round(many), limit: Math.round(this.#limit('refused', route, at)) },
      falseAlarms: byPeak('refused'),
    }
  }

  /** Undefined: it is normal, and learned. */
  #judge(looking: Looking, route: string, many: number, at: number): number | undefined {
    const limit = this.#limit(looking, route, at)
    const isYoung = this.#requests < MIN_REQUESTS || at - this.#since < MIN_AGE_MS
    if (many <= limit || isYoung) {
      this.#peak(looking, route).seen(many, at)
      return undefined
    }
    this.#peak(looking, route).doubt(at)
    return many / limit
  }

  #limit(looking: Looking, route: string, at: number): number {
    return Math.max(FLOORS[looking], FACTORS[looking] * (this.#peaks.get(`${looking} ${route}`)?.valueAt(at) ?? 0))
  }

  #peak(looking: Looking, route: string): Peak {
    const name = `${looking} ${route}`
    let peak = this.#peaks.get(name)
    if (peak === undefined) {
      if (this.#peaks.size >= MAX_PEAKS) this.#peaks.delete(this.#peaks.keys().next().value!)
      peak = new Peak()
      this.#peaks.set(name, peak)
    }
    return peak
  }

  #isGood(scope: string): void {
    this.#good.delete(scope)
    if (this.#good.size >= MAX_GOOD_SCOPES) this.#good.delete(this.#good.values().next().value!)
    this.#good.add(scope)
  }

  #lets(route: string): void {
    if (this.#letIn.size >= MAX_PEAKS && !this.#letIn.has(route)) this.#letIn.delete(this.#letIn.keys().next().value!)
    this.#letIn.set(route, (this.#letIn.get(route) ?? 0) + 1)
  }
}

function isWrite(method: string): boolean {
  return method === 'POST' || method === 'PUT'
}

/** Names the group: one caller, or all of those who have no name. */
function who(scope: string): string {
  return scope === '' ? EVERYBODY : scope
}

function whoSays(scope: string): string {
  return scope === '' ? 'Somebody without credentials' : `The credential ${scope.slice(0, 8)}…`
}

function byPeak(looking: Looking): string {
  return `never below ${FACTORS[looking]} times the most that was normal of late, nor below ${FLOORS[looking]}`
}

/** `/orders/1041/items?x=1` → 1041 */
function lastNumberIn(target: string): number | undefined {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const match = /\/(\d{1,15})(?:\.[a-z]{2,7})?(?:\/[^\d/][^/]*)*$/.exec(path)
  return match === null ? undefined : Number(match[1])
}
