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

/** Of an exact answer that a write has made stale since: it shows something that changed, and most of it is as it was. */
export const stalePrior: Beta = { alpha: 6, beta: 1 }

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
export function addGrade(evidence: Evidence, score: number): Evidence {
  return addFading(evidence, score, MEMORY)
}

/** `memory`: about so many grades count, older ones fade. */
export function addFading({ right, wrong, graded }: Evidence, score: number, memory: number): Evidence {
  const fade = right + wrong >= memory ? 1 - 1 / memory : 1
  return { right: right * fade + score, wrong: wrong * fade + (1 - score), graded: graded + 1 }
}

export function addEvidence(a: Evidence, b: Evidence): Evidence {
  return { right: a.right + b.right, wrong: a.wrong + b.wrong, graded: a.graded + b.graded }
}

/** `deviations`: how many standard deviations the lower bound is below the mean. */
export function gradeOf(prior: Beta, { right, wrong, graded }: Evidence, deviations = 1): TierGrade {
  const alpha = prior.alpha + right
  const beta = prior.beta + wrong
  const total = alpha + beta
  const mean = alpha / total
  const deviation = Math.sqrt((alpha * beta) / (total * total * (total + 1)))
  return { confidence: round(mean), lowerBound: round(Math.max(0, mean - deviations * deviation)), graded }
}

/** How two texts differ: only in case and space, in the order of their words, or in the words themselves. */
export type TextDifference = 'none' | 'order' | 'words'

export function textDifference(a: string, b: string): TextDifference {
  if (a === b) return 'none'
  return sortedWords(a) === sortedWords(b) ? 'order' : 'words'
}

function sortedWords(text: string): string {
  return text.split(' ').sort().join(' ')
}

/** One graded semantic match: how near the requests were and in what they differed, how right the answer was. */
export interface GradedMatch {
  readonly similarity: number
  readonly difference: TextDifference
  readonly score: number
}

/** A match this much farther than one that was right is as good as it; one this much nearer than a wrong one is as bad. */
const AS_GOOD = 0.005
const AS_BAD = 0.05

/**
 * Confidence of a semantic match of a given nearness: one at least as near as another that was right should be right, and
 * one no nearer than another that was wrong may be wrong. An API that ignores the order of words may still tell `shoe`
 * from `shoes`, so that only matches with the same kind of difference count.
 */
export function matchGrade(matches: readonly GradedMatch[], similarity: number, difference: TextDifference): TierGrade {
  let right = 0
  let wrong = 0
  let graded = 0
  for (const match of matches) {
    if (match.difference !== difference) continue
    const speaksFor = match.similarity <= similarity + AS_GOOD
    const warns = match.similarity >= similarity - AS_BAD
    if (speaksFor) right += match.score
    if (warns) wrong += 1 - match.score
    if (speaksFor || warns) graded += 1
  }
  return gradeOf(priorOf('semantic'), { right, wrong, graded })
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
