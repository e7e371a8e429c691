// What Chaos-Proxy must reach beside its peers, and whether it did. Pure.
import { medianOf, p99AboveOf, ratiosOf } from '../budgets.js'
import type { GrowthResult, PeerResult, SpeedResult } from './results.js'
import { SMALL_JSON } from './scenarios.js'

export interface Verdict {
  /** `json-64: chaos-uws ≥ 1 × nginx` */
  readonly budget: string
  readonly measured: string
  readonly met: boolean
}

/** The contenders that are held to all this: both fronts, as users run them. */
export const judged = ['chaos-uws', 'chaos-strict'] as const

interface SpeedBudget {
  readonly scenario: string
  /** All that are judged, where left out. */
  readonly of?: readonly string[]
  readonly against: readonly string[]
  readonly throughputMin?: number
  readonly p99AboveMaxMs?: number
}

const speedBudgets: readonly SpeedBudget[] = [
  { scenario: SMALL_JSON, against: ['nginx', 'haproxy'], throughputMin: 1 },
  {
    scenario: SMALL_JSON,
    against: ['go-reverse-proxy', 'caddy', 'http-proxy', '@fastify/http-proxy'],
    throughputMin: 3,
  },
  // What learning costs.
  { scenario: SMALL_JSON, of: ['chaos-uws'], against: ['chaos-uws-no-capture'], throughputMin: 0.85 },
  { scenario: 'rate', against: ['nginx'], p99AboveMaxMs: 0.5 },
  { scenario: 'ghosts', against: ['nginx-stale'], throughputMin: 1.2 },
  { scenario: 'ghosts', against: ['varnish-grace'], throughputMin: 2.5 },
]

const MB = 1e6
/** Of the connections of the budget: where the limit of open files has no room for all. */
const LEAST_SHARE = 0.9
const growthMaxBytes: Readonly<Record<string, number>> = { idle: 100 * MB, large: 64 * MB }

/** In the order of the results; a budget is not judged against somebody who did not take part. */
export function verdictsOf(results: readonly PeerResult[]): Verdict[] {
  return results.flatMap(result => (result.kind === 'speed' ? speedVerdicts(result) : growthVerdicts(result)))
}

function speedVerdicts({ scenario, rounds }: SpeedResult): Verdict[] {
  const verdicts: Verdict[] = []
  for (const { of = judged, against, throughputMin, p99AboveMaxMs } of speedBudgets.filter(
    budget => budget.scenario === scenario.name,
  ))
    for (const name of of)
      for (const peer of against) {
        const ratio = ratiosOf(name, peer, rounds)?.throughput
        if (throughputMin !== undefined && ratio !== undefined)
          verdicts.push({
            budget: `${scenario.name}: requests/s of ${name} ≥ ${throughputMin} × ${peer}`,
            measured: `${ratio.toFixed(2)} ×`,
            met: ratio >= throughputMin,
          })
        const above = p99AboveOf(name, peer, rounds)
        if (p99AboveMaxMs !== undefined && above !== undefined)
          verdicts.push({
            budget: `${scenario.name}: p99 of ${name} ≤ ${peer} + ${p99AboveMaxMs} ms`,
            measured: `${above < 0 ? '−' : '+'} ${Math.abs(above).toFixed(2)} ms`,
            met: above <= p99AboveMaxMs,
          })
      }
  for (const name of judged) {
    const own = rounds.get(name)
    if (own === undefined) continue
    const { requests, failed } = medianOf(own)
    if (failed > 0 || requests === 0)
      verdicts.push({
        budget: `${scenario.name}: ${name} answers everything`,
        measured: `${failed} failed of ${own.reduce((sum, round) => sum + round.requests, 0)}`,
        met: false,
      })
  }
  return verdicts
}

function growthVerdicts({ scenario, growths }: GrowthResult): Verdict[] {
  const limit = growthMaxBytes[scenario.name]
  if (limit === undefined) return []
  const most = scenario.kind === 'idle' ? scenario.connections : undefined
  // Far fewer connections than the budget speaks of are not judged by it, a little fewer by their share of it.
  const whole = growths.filter(({ wanted }) => most === undefined || wanted >= most * LEAST_SHARE)
  return whole.map(({ name, what, beforeBytes, peakBytes, wanted, reached }) => {
    const extra = peakBytes - beforeBytes
    const allowed = most === undefined ? limit : Math.floor(limit * Math.min(1, wanted / most))
    const of = most === undefined || wanted >= most ? '' : ` with ${wanted} of ${most}`
    const short = reached < wanted ? `, ${reached} of ${wanted} reached` : ''
    return {
      budget: `${scenario.name}: ${name}, ${what}${of}: ≤ ${Number((allowed / MB).toFixed(1))} MB extra`,
      measured: `${(extra / MB).toFixed(1)} MB${short}`,
      met: extra <= allowed && reached >= wanted,
    }
  })
}
