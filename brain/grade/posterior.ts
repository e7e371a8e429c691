// thread: learner
// What grading says of a tier on a route: a Beta posterior over «how similar are its answers to the truth», in which old
// evidence fades. The mean is the confidence, the mean less one standard deviation the bound that gates serving.

import type { Tier } from '../../core/contract/ghost.js'
import type { TierGrade } from '../../core/contract/lesson.js'

export interface Beta {
  readonly alpha: number
  readonly beta: number
}

/**
 * `exact` begins trusted: an API that gives another answer to the same question a moment later is the exception, and one
 * observation must be enough. Everything that is put together begins distrusted and earns its place: five good grades in a
 * row lift Beta(1, 1) over the default bar of 0.7.
 */
export function priorOf(tier: Tier): Beta {
  return tier === 'exact' ? { alpha: 9, beta: 0.5 } : { alpha: 1, beta: 1 }
}

/** Evidence is kept for about so many grades; what is older fades, so that an API that changes is noticed. */
const MEMORY = 200

export interface Evidence {
  /** Sum of scores and of what they lack, faded. */
  readonly right: number
  readonly wrong: number
  /** All grades ever given. */
  readonly graded: number
}

export const noEvidence: Evidence = { right: 0, wrong: 0, graded: 0 }

/** `score`: 0…1, see similarity.ts. */
export function addGrade({ right, wrong, graded }: Evidence, score: number): Evidence {
  const fade = right + wrong >= MEMORY ? 1 - 1 / MEMORY : 1
  return { right: right * fade + score, wrong: wrong * fade + (1 - score), graded: graded + 1 }
}

export function addEvidence(a: Evidence, b: Evidence): Evidence {
  return { right: a.right + b.right, wrong: a.wrong + b.wrong, graded: a.graded + b.graded }
}

export function gradeOf(prior: Beta, { right, wrong, graded }: Evidence): TierGrade {
  const alpha = prior.alpha + right
  const beta = prior.beta + wrong
  const total = alpha + beta
  const mean = alpha / total
  const deviation = Math.sqrt((alpha * beta) / (total * total * (total + 1)))
  return { confidence: round(mean), lowerBound: round(Math.max(0, mean - deviation)), graded }
}

/** One graded semantic match: how near the requests were, how right the answer was. */
export interface GradedMatch {
  readonly similarity: number
  readonly score: number
}

/** Matches this much nearer or farther count as equally near. */
const NEAR = 0.05

/**
 * Confidence of a semantic match at a given nearness: a match at least as near as one that was right should be right, and
 * one no nearer than one that was wrong may be wrong.
 */
export function matchGrade(matches: readonly GradedMatch[], similarity: number): TierGrade {
  let right = 0
  let wrong = 0
  let graded = 0
  for (const match of matches) {
    const counts = match.similarity <= similarity + NEAR
    const warns = match.similarity >= similarity - NEAR
    if (counts) right += match.score
    if (warns) wrong += 1 - match.score
    if (counts || warns) graded += 1
  }
  return gradeOf(priorOf('semantic'), { right, wrong, graded })
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
