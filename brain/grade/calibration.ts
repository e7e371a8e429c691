// thread: learner
// What confidence turned out to be worth: each answer that is graded was given a confidence before its truth was known, and
// what the two differ by is put right for the next of about the same confidence and as much evidence behind it (histogram
// binning: Zadrozny and Elkan 2001, "Obtaining calibrated probability estimates from decision trees and naive Bayesian
// classifiers"). A way that was right the first three times claims 0.85 out of caution; whether such ways do keep what they
// promise is seen on this very API.
import type { Beta } from './posterior.js'

/** Of each cell: how many grades count, older ones fade. */
const MEMORY = 100
/** So many grades a cell must have before it says as much as what was claimed. */
const CAUTION = 10
const BINS = 10
/** Grades behind a claim, up to which it is of the first kind, the second, … */
const THIN = [6, 12, 25] as const

interface Cell {
  /** Sum of scores less what was claimed. */
  readonly off: number
  readonly count: number
}

export type SavedCalibration = readonly (readonly [number, Cell])[]

export class Calibration {
  readonly #cells = new Map<number, Cell>()

  /** `claimed`: what was believed before `score`, 0…1, was known. */
  add(claimed: Beta, score: number): void {
    const key = keyOf(claimed)
    const { off, count } = this.#cells.get(key) ?? { off: 0, count: 0 }
    const fade = count >= MEMORY ? 1 - 1 / MEMORY : 1
    this.#cells.set(key, { off: off * fade + score - meanOf(claimed), count: count * fade + 1 })
  }

  /** By how much such claims were too low; below 0: too high. */
  shift(claimed: Beta): number {
    const cell = this.#cells.get(keyOf(claimed))
    return cell === undefined ? 0 : cell.off / (cell.count + CAUTION)
  }

  toJSON(): SavedCalibration {
    return [...this.#cells]
  }

  static fromJSON(saved: SavedCalibration): Calibration {
    const calibration = new Calibration()
    for (const [key, cell] of saved) calibration.#cells.set(key, cell)
    return calibration
  }
}

function meanOf({ alpha, beta }: Beta): number {
  return alpha / (alpha + beta)
}

function keyOf(claimed: Beta): number {
  const total = claimed.alpha + claimed.beta
  const thin = THIN.findIndex(most => total < most)
  return (thin < 0 ? THIN.length : thin) * BINS + Math.min(BINS - 1, Math.floor(meanOf(claimed) * BINS))
}
