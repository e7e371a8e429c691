// What ghosts must reach, and whether they did. Pure.
import type { BackendResult } from './results.js'
import { type ClassScore, type Decile, mean, type ReadScore } from './scores.js'

export interface Verdict {
  readonly budget: string
  /** Same order as the backends; '' where it has no such class. */
  readonly perBackend: readonly string[]
  /** '' where each backend is judged for itself. */
  readonly mean: string
  /** undefined: there was nothing to judge. */
  readonly met: boolean | undefined
}

interface Budget {
  readonly budget: string
  /** undefined: there is nothing to judge here. */
  readonly measured: (result: BackendResult) => number | undefined
  readonly shown: (measured: number) => string
  readonly met: (measured: number) => boolean
  /** Their mean, or each backend for itself. */
  readonly of: 'mean' | 'each'
}

/** A decile with fewer answers says too little. */
export const DECILE_MIN_ANSWERS = 50
export const GAP_MAX = 0.05

const budgets: readonly Budget[] = [
  atLeast('overall F1 ≥ 0.80', 'mean', 0.8, ({ scores }) => scores.overall),
  below('wrong answers < 3 %', 'mean', 0.03, ({ scores }) => scores.wrong),
  atLeast(
    'repeat: F1 ≥ 0.99',
    'each',
    0.99,
    ofReads('repeat', ({ f1 }) => f1),
  ),
  atLeast(
    'param-new: F1 ≥ 0.90',
    'each',
    0.9,
    ofReads('param-new', ({ f1 }) => f1),
  ),
  atLeast(
    'not-found: status, or refused ≥ 0.90',
    'each',
    0.9,
    ofReads('not-found', ({ sameStatusOrRefused }) => sameStatusOrRefused),
  ),
  none('leaks = 0', ({ scores }) => scores.leaks),
  none('writes that look done = 0', ({ scores }) => scores.silent),
  below('wrong at a confidence ≥ 0.8: < 1 %', 'each', 0.01, ({ scores }) =>
    scores.sure === 0 ? undefined : scores.sureAndWrong / scores.sure,
  ),
  atMost(
    `confidence off by ≤ ${GAP_MAX} in deciles of ≥ ${DECILE_MIN_ANSWERS} answers`,
    'each',
    GAP_MAX,
    ({ scores }) => worstGapOf(scores.deciles),
  ),
  atMost('readiness off by ≤ 0.05 where the traffic goes on as it was', 'each', GAP_MAX, ({ goingOn }) =>
    goingOn === undefined ? undefined : Math.abs(goingOn.readiness - goingOn.shown),
  ),
  atMost('readiness off by ≤ 0.05', 'each', 0.05, ({ scores, before }) =>
    before.readiness === null ? undefined : Math.abs(before.readiness - scores.overall),
  ),
  atMost('readiness off by ≤ 0.05 where repeats weigh as in the traffic', 'each', GAP_MAX, result => {
    const { readiness } = result.before
    const shown = shownInTraffic(result)
    return readiness === null || shown === undefined ? undefined : Math.abs(readiness - shown)
  }),
  atMost('readiness off by ≤ 0.05 where each question is held against its route', 'each', GAP_MAX, result => {
    const { promised, scores } = result
    return promised === undefined ? undefined : Math.abs(promised - scores.f1OfReads)
  }),
]

/**
 * What the outage would have shown, had its questions repeated what was asked before as often as the traffic did that readiness
 * is of. Undefined: that is not known.
 */
export function shownInTraffic({ before, scores }: Pick<BackendResult, 'before' | 'scores'>): number | undefined {
  const { repeatedShare } = before
  const { repeats, others } = scores
  if (repeatedShare === undefined || repeats === undefined || others === undefined) return undefined
  return repeatedShare * repeats.f1 + (1 - repeatedShare) * others.f1
}

export function verdictsOf(results: readonly BackendResult[]): Verdict[] {
  return budgets.map(({ budget, measured, shown, met, of }) => {
    const each = results.map(measured)
    const judged = each.filter(value => value !== undefined)
    const whole = mean(judged)
    return {
      budget,
      perBackend: each.map(value => (value === undefined ? '' : shown(value))),
      mean: of === 'each' || judged.length === 0 ? '' : shown(whole),
      met: judged.length === 0 ? undefined : of === 'mean' ? met(whole) : judged.every(met),
    }
  })
}

/** Some of its answers said `no-store`: with CHAOS_GHOST_HONOUR=ignore-no-store it is another proxy. */
export function isNoStoreMet({ before }: BackendResult): boolean {
  return (before.unstorable ?? 0) > 0
}

/** What must hold where no-store is ignored as well: nobody is told what is another's. */
export function verdictsIgnoring(results: readonly BackendResult[], ignoring: readonly BackendResult[]): Verdict[] {
  if (ignoring.length === 0) return []
  const perBackend = results.map(({ backend }) => {
    const leaks = ignoring.find(other => other.backend === backend)?.scores.leaks
    return leaks === undefined ? '' : String(leaks)
  })
  const met = ignoring.every(({ scores }) => scores.leaks === 0)
  return [{ budget: 'leaks = 0 where no-store is ignored', perBackend, mean: '', met }]
}

/** The default, and in its place where no-store was met what ignoring it came to. */
export function withIgnoring(
  results: readonly BackendResult[],
  ignoring: readonly BackendResult[],
): readonly BackendResult[] {
  return results.map(result => ignoring.find(({ backend }) => backend === result.backend) ?? result)
}

/** Above 0 the answers were better than they claimed. */
export function gapOf({ confidence, similarity }: Decile): number {
  return similarity - confidence
}

function worstGapOf(deciles: readonly Decile[]): number | undefined {
  const judged = deciles.filter(({ count }) => count >= DECILE_MIN_ANSWERS)
  return judged.length === 0 ? undefined : Math.max(...judged.map(decile => Math.abs(gapOf(decile))))
}

function ofReads(name: ClassScore['name'], value: (score: ReadScore) => number): Budget['measured'] {
  return ({ scores }) => {
    const reads = scores.classes.find(score => score.name === name)?.reads
    return reads === undefined ? undefined : value(reads)
  }
}

function atLeast(budget: string, of: Budget['of'], limit: number, measured: Budget['measured']): Budget {
  return { budget, of, measured, shown: three, met: value => value >= limit }
}

function atMost(budget: string, of: Budget['of'], limit: number, measured: Budget['measured']): Budget {
  return { budget, of, measured, shown: three, met: value => value <= limit }
}

function below(budget: string, of: Budget['of'], limit: number, measured: Budget['measured']): Budget {
  return { budget, of, measured, shown: percent, met: value => value < limit }
}

function none(budget: string, measured: Budget['measured']): Budget {
  return { budget, of: 'each', measured, shown: String, met: value => value === 0 }
}

export function three(value: number): string {
  return value.toFixed(3)
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}
