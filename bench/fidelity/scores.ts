// From the answers of one backend to its scores: by class, over all, and what its confidence was worth. Pure.
import { type Answer, classes, confidenceOf, isRead, UNSAFE } from './answers.js'

export interface Asked {
  readonly count: number
  readonly f1: number
}

/** Shares are 0…1. */
export interface ClassScore {
  readonly name: string
  readonly count: number
  /** What of the truth was shown in training: about what recall is possible without inventing anything. */
  readonly ceiling: number
  readonly answered: number
  readonly leaks: number
  /** Writes that look done without being marked. */
  readonly silent: number
  /** undefined for writes, which are not compared. */
  readonly reads: ReadScore | undefined
}

export interface ReadScore {
  readonly f1: number
  readonly right: number
  readonly wrong: number
  readonly wrongButConfident: number
  readonly sameStatus: number
  /** The status of the truth, or no answer: nothing false was said about whether it exists. */
  readonly sameStatusOrRefused: number
}

/** Answers whose confidence lies in [from, from + 0.1), the last with 1. */
export interface Decile {
  readonly from: number
  readonly count: number
  readonly confidence: number
  readonly similarity: number
}

export interface Scores {
  readonly classes: readonly ClassScore[]
  /** Mean over the classes of reads: of F1, and of the share of right answers. */
  readonly overall: number
  readonly right: number
  /** Over all reads. */
  readonly f1OfReads: number
  /** Of reads that were asked in training, and of others; undefined: there were none. */
  readonly repeats: Asked | undefined
  readonly others: Asked | undefined
  readonly answered: number
  readonly wrong: number
  readonly wrongButConfident: number
  readonly leaks: number
  readonly silent: number
  readonly deciles: readonly Decile[]
  /** Answers that claim a confidence of {@link SURE} or more. */
  readonly sure: number
  readonly sureAndWrong: number
}

export const REPEAT = 'repeat'
/** An F1 that a client would hardly notice, one that is no answer to the question, and a confidence that promises much. */
const RIGHT = 0.95
const WRONG_BELOW = 0.5
export const SURE = 0.8

export function scoresOf(answers: readonly Answer[]): Scores {
  const reads = answers.filter(isRead)
  const byClass = classes
    .map(name =>
      classScore(
        name,
        answers.filter(({ req }) => req.class === name),
      ),
    )
    .filter(({ count }) => count > 0)
  const ofReads = byClass.flatMap(({ reads }) => (reads === undefined ? [] : [reads]))
  const sure = reads.filter(answer => (confidenceOf(answer) ?? 0) >= SURE)
  return {
    classes: byClass,
    overall: mean(ofReads.map(({ f1 }) => f1)),
    right: mean(ofReads.map(({ right }) => right)),
    f1OfReads: mean(reads.map(f1Of)),
    repeats: askedOf(reads.filter(({ req }) => req.class === REPEAT)),
    others: askedOf(reads.filter(({ req }) => req.class !== REPEAT)),
    answered: share(reads, ({ row }) => row.avail),
    wrong: share(reads, ({ row }) => row.wrong === 1),
    wrongButConfident: share(reads, ({ row }) => row.wbc === 1),
    leaks: count(answers, ({ row }) => row.leak === 1),
    silent: count(answers, ({ row }) => row.silent === 1),
    deciles: decilesOf(reads),
    sure: sure.length,
    sureAndWrong: count(sure, answer => f1Of(answer) < WRONG_BELOW),
  }
}

/** Those that nothing was answered in are left out. */
export function decilesOf(reads: readonly Answer[]): Decile[] {
  const deciles = Array.from({ length: 10 }, () => ({ confidences: [] as number[], similarities: [] as number[] }))
  for (const answer of reads) {
    const confidence = confidenceOf(answer)
    if (confidence === undefined) continue
    const { confidences, similarities } = deciles[Math.max(0, Math.min(9, Math.floor(confidence * 10)))]!
    confidences.push(confidence)
    similarities.push(f1Of(answer))
  }
  return deciles.flatMap(({ confidences, similarities }, tenth) =>
    confidences.length === 0
      ? []
      : [
          {
            from: tenth / 10,
            count: confidences.length,
            confidence: mean(confidences),
            similarity: mean(similarities),
          },
        ],
  )
}

function classScore(name: string, answers: readonly Answer[]): ClassScore {
  return {
    name,
    count: answers.length,
    ceiling: mean(answers.map(({ row }) => row.ceil)),
    answered: share(answers, ({ row }) => row.avail),
    leaks: count(answers, ({ row }) => row.leak === 1),
    silent: count(answers, ({ row }) => row.silent === 1),
    reads:
      name === UNSAFE
        ? undefined
        : {
            f1: mean(answers.map(f1Of)),
            right: share(answers, answer => f1Of(answer) >= RIGHT),
            wrong: share(answers, ({ row }) => row.wrong === 1),
            wrongButConfident: share(answers, ({ row }) => row.wbc === 1),
            sameStatus: share(answers, ({ row }) => row.status_ok === true),
            sameStatusOrRefused: share(answers, ({ row }) => row.status_ok === true || !row.avail),
          },
  }
}

function askedOf(reads: readonly Answer[]): Asked | undefined {
  return reads.length === 0 ? undefined : { count: reads.length, f1: mean(reads.map(f1Of)) }
}

export function f1Of({ row }: Answer): number {
  return row.f1 ?? 0
}

/** 0 where there is nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function count<T>(values: readonly T[], is: (value: T) => boolean): number {
  return values.reduce((sum, value) => sum + (is(value) ? 1 : 0), 0)
}

function share<T>(values: readonly T[], is: (value: T) => boolean): number {
  return values.length === 0 ? 0 : count(values, is) / values.length
}
