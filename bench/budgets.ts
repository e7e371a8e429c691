// What a scenario may cost, and whether it did. Pure.
import type { LoadResult } from './load.js'

/** Ratios to another scenario of the same run; only `failedMax` is absolute. */
export interface Budget {
  /** The scenario it is compared with; `direct` where left out. */
  readonly against?: string
  readonly throughputMin?: number
  readonly p50Max?: number
  readonly p99Max?: number
  readonly failedMax?: number
}

/** What each scenario measured, one entry a round, the rounds in the same order for all. */
export type Rounds = ReadonlyMap<string, readonly LoadResult[]>

export interface Breach {
  readonly scenario: string
  /** `throughput ≥ 0.6 × nginx` */
  readonly budget: string
  /** `0.52 ×` */
  readonly measured: string
}

/** The middle of the rounds, each number by itself; failures are added up, what was held up is the mean. */
export function medianOf(rounds: readonly LoadResult[]): LoadResult {
  const middle = (of: (round: LoadResult) => number): number => median(rounds.map(of))
  return {
    requests: middle(round => round.requests),
    perSecond: middle(round => round.perSecond),
    p50Ms: middle(round => round.p50Ms),
    p99Ms: middle(round => round.p99Ms),
    ...(rounds.some(round => round.p999Ms !== undefined) && { p999Ms: middle(round => round.p999Ms ?? 0) }),
    ...(rounds.some(round => round.heldUp !== undefined) && { heldUp: mean(rounds.map(round => round.heldUp ?? 0)) }),
    failed: rounds.reduce((sum, round) => sum + round.failed, 0),
  }
}

export interface Ratios {
  readonly throughput: number
  readonly p50: number
  readonly p99: number
}

/**
 * Of one scenario to another: the middle of the ratios within each round, since what slows a machine down for a while
 * slows both. undefined where one of them did not run or measured nothing.
 */
export function ratiosOf(name: string, against: string, rounds: Rounds): Ratios | undefined {
  const pairs = pairsOf(name, against, rounds)
  if (pairs.length === 0) return undefined
  return {
    throughput: median(pairs.map(({ round, other }) => round.perSecond / other.perSecond)),
    p50: median(pairs.map(({ round, other }) => round.p50Ms / other.p50Ms)),
    p99: median(pairs.map(({ round, other }) => round.p99Ms / other.p99Ms)),
  }
}

/** How many milliseconds the p99 of one is above that of the other, within a round; below 0 where it is under it. */
export function p99AboveOf(name: string, against: string, rounds: Rounds): number | undefined {
  const pairs = pairsOf(name, against, rounds)
  return pairs.length === 0 ? undefined : median(pairs.map(({ round, other }) => round.p99Ms - other.p99Ms))
}

function pairsOf(name: string, against: string, rounds: Rounds): { round: LoadResult; other: LoadResult }[] {
  const own = rounds.get(name) ?? []
  const others = rounds.get(against) ?? []
  return own.flatMap((round, i) => {
    const other = others[i]
    return other === undefined || other.requests === 0 || round.requests === 0 ? [] : [{ round, other }]
  })
}

/**
 * Everything that is over. A ratio to a scenario that did not run (nginx is not installed, `--only`) is not judged; a
 * scenario without any answer is always over.
 */
export function breachesOf(rounds: Rounds, budgets: ReadonlyMap<string, Budget>): Breach[] {
  const breaches: Breach[] = []
  for (const [scenario, results] of rounds) {
    const { requests, failed } = medianOf(results)
    if (requests === 0) {
      breaches.push({ scenario, budget: 'answers > 0', measured: '0' })
      continue
    }
    const budget = budgets.get(scenario)
    if (budget === undefined) continue
    const against = budget.against ?? 'direct'
    const ratios = ratiosOf(scenario, against, rounds)
    const judge = (what: keyof Ratios, sign: '≥' | '≤', limit: number | undefined): void => {
      const ratio = ratios?.[what]
      if (ratio === undefined || limit === undefined || (sign === '≥' ? ratio >= limit : ratio <= limit)) return
      breaches.push({ scenario, budget: `${what} ${sign} ${limit} × ${against}`, measured: `${ratio.toFixed(2)} ×` })
    }
    judge('throughput', '≥', budget.throughputMin)
    judge('p50', '≤', budget.p50Max)
    judge('p99', '≤', budget.p99Max)
    if (budget.failedMax !== undefined && failed > budget.failedMax)
      breaches.push({ scenario, budget: `failed ≤ ${budget.failedMax}`, measured: String(failed) })
  }
  return breaches
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
