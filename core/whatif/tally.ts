// thread: whatif
// What became of requests, added up: over all, by route, and by how long the outage had lasted by then. Pure.
import type { Refusal, Tier } from '../contract/ghost.js'
import type { Difference } from '../contract/json-differences.js'
import {
  type UnknownReason,
  type WhatIfCounts,
  type WhatIfExample,
  type WhatIfPart,
  type WhatIfReport,
  type WhatIfRequest,
  type WhatIfVerdict,
  whatIfVerdicts,
} from '../contract/whatif.js'

export type Outcome =
  | {
      readonly kind: 'answered'
      readonly method: string
      readonly target: string
      readonly tier: Tier
      readonly confidence: number
      readonly similarity: number
      readonly differences: readonly Difference[]
    }
  | { readonly kind: 'refused'; readonly because: Refusal | 'write' }
  | { readonly kind: 'journalled' }
  | { readonly kind: 'unknown'; readonly because: UnknownReason }

const STEPS = 12
const MAX_ROUTES = 200
const OTHER = '(other)'
const MAX_WORST = 10
const MAX_DIFFERENCES = 10

class Sums {
  readonly #counts = Object.fromEntries(whatIfVerdicts.map(verdict => [verdict, 0])) as Record<WhatIfVerdict, number>
  #requests = 0
  #compared = 0
  #similarity = 0

  /** `similarity`: undefined where it says nothing of ghosts. */
  add(verdict: WhatIfVerdict, weight: number, similarity: number | undefined): void {
    this.#requests += weight
    this.#counts[verdict] += weight
    if (similarity === undefined) return
    this.#compared += weight
    this.#similarity += weight * similarity
  }

  get requests(): number {
    return this.#requests
  }

  get known(): number {
    return this.#requests === 0 ? 0 : 1 - this.#counts.unknown / this.#requests
  }

  part(): WhatIfPart {
    return {
      requests: Math.round(this.#requests),
      counts: Object.fromEntries(
        Object.entries(this.#counts).map(([verdict, count]) => [verdict, Math.round(count)]),
      ) as unknown as WhatIfCounts,
      similarity: this.#compared === 0 ? null : thousandths(this.#similarity / this.#compared),
    }
  }
}

export class Tally {
  readonly #at: number
  readonly #until: number
  readonly #acceptable: number
  readonly #all = new Sums()
  readonly #routes = new Map<string, Sums>()
  readonly #steps = Array.from({ length: STEPS }, () => new Sums())
  readonly #tiers = new Map<string, number>()
  readonly #refusals = new Map<string, number>()
  readonly #unknown = new Map<UnknownReason, number>()
  /** By route and request line, so that one question that is asked often is one example. */
  readonly #worst = new Map<string, WhatIfExample>()

  constructor(at: number, until: number, acceptable: number) {
    this.#at = at
    this.#until = until
    this.#acceptable = acceptable
  }

  /** `weight`: how many requests it stands for. */
  add(request: WhatIfRequest, weight: number, outcome: Outcome): void {
    const verdict = this.#verdictOf(outcome)
    const isGhosts = outcome.kind === 'answered' || (outcome.kind === 'refused' && outcome.because !== 'write')
    const similarity = isGhosts ? (outcome.kind === 'answered' ? outcome.similarity : 0) : undefined
    const step = Math.floor(((request.at - this.#at) / (this.#until - this.#at)) * STEPS)
    for (const sums of [this.#all, this.#routeOf(request.route), this.#steps[Math.min(STEPS - 1, Math.max(0, step))]!])
      sums.add(verdict, weight, similarity)
    if (outcome.kind === 'answered') {
      count(this.#tiers, outcome.tier, weight)
      if (outcome.similarity < 1) this.#note(request, outcome)
    } else if (outcome.kind === 'refused') count(this.#refusals, outcome.because, weight)
    else if (outcome.kind === 'unknown') count(this.#unknown, outcome.because, weight)
  }

  report(learnedFrom: WhatIfReport['learnedFrom'], oneOf: number): Omit<WhatIfReport, 'tookMs'> {
    const stepS = (this.#until - this.#at) / 1000 / STEPS
    return {
      at: new Date(this.#at).toISOString(),
      until: new Date(this.#until).toISOString(),
      acceptable: this.#acceptable,
      ...this.#all.part(),
      judged: thousandths(this.#all.known),
      learnedFrom,
      oneOf,
      tiers: rounded(this.#tiers),
      refusals: rounded(this.#refusals),
      unknown: rounded(this.#unknown),
      routes: [...this.#routes]
        .sort(([, a], [, b]) => b.requests - a.requests)
        .map(([route, sums]) => ({ route, ...sums.part() })),
      steps: this.#steps.map((sums, i) => ({
        fromS: thousandths(i * stepS),
        toS: thousandths((i + 1) * stepS),
        ...sums.part(),
      })),
      worst: [...this.#worst.values()],
    }
  }

  #verdictOf(outcome: Outcome): WhatIfVerdict {
    if (outcome.kind !== 'answered') return outcome.kind
    if (outcome.similarity === 1) return 'exact'
    return outcome.similarity >= this.#acceptable ? 'acceptable' : 'wrong'
  }

  #routeOf(name: string): Sums {
    const key = this.#routes.has(name) || this.#routes.size < MAX_ROUTES ? name : OTHER
    let sums = this.#routes.get(key)
    if (sums === undefined) {
      sums = new Sums()
      this.#routes.set(key, sums)
    }
    return sums
  }

  #note({ id, route }: WhatIfRequest, { kind: _, ...said }: Outcome & { kind: 'answered' }): void {
    const key = `${route}\n${said.method} ${said.target}`
    const known = this.#worst.get(key)
    if (known !== undefined && known.similarity <= said.similarity) return
    const similarity = thousandths(said.similarity)
    const confidence = thousandths(said.confidence)
    const differences = said.differences.slice(0, MAX_DIFFERENCES)
    this.#worst.set(key, { id, route, ...said, similarity, confidence, differences })
    const worst = [...this.#worst].sort(([, a], [, b]) => a.similarity - b.similarity).slice(0, MAX_WORST)
    this.#worst.clear()
    for (const [name, example] of worst) this.#worst.set(name, example)
  }
}

function count<Key>(counts: Map<Key, number>, key: Key, weight: number): void {
  counts.set(key, (counts.get(key) ?? 0) + weight)
}

function rounded(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a).map(([name, value]) => [name, Math.round(value)]))
}

/** Not up to 1: what is nearly the truth is not the truth. */
function thousandths(value: number): number {
  return value < 1 ? Math.min(0.999, Math.round(value * 1000) / 1000) : Math.round(value * 1000) / 1000
}
