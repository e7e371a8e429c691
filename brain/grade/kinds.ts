// thread: learner
// How good each way of putting an answer together has proven, on a route and on all of them. A way is named by how the answer
// was found (`list whole`, `filtered mostly`, `absent public far-above`): what worked on every other route will most likely
// work on the next, until that route says otherwise.
import type { TierGrade } from '../../core/contract/lesson.js'
import { Calibration, type SavedCalibration } from './calibration.js'
import { addFading, type Beta, type Evidence, gradeOf, noEvidence } from './posterior.js'

/** Rules improve while they are learned, and APIs change: only the latest grades count. */
const MEMORY = 40
/** What all routes together say counts like so many grades of a route that has none of its own yet, and less with each it gets. */
const SHARED_WEIGHT = 20
/** What is told of ways that are akin (`narrowed …`) counts like so many while nothing is told of the way itself. */
const KIN_WEIGHT = 3
const SAYS_NO = /^(?:absent|denied)$/
/** Ways that are akin are good, all in all. */
const SOUND = 0.9
/** The bound that gates serving is about the lower quartile of what is believed: so many standard deviations below the mean. */
const QUARTILE = 0.674

export interface SavedKinds {
  readonly all: readonly (readonly [string, Evidence])[]
  readonly families: readonly (readonly [string, Evidence])[]
  readonly routes: readonly (readonly [string, readonly (readonly [string, Evidence])[]])[]
  /** Undefined: written by a version that kept none. */
  readonly calibration?: SavedCalibration
}

export class KindGrades {
  readonly #all = new Map<string, Evidence>()
  readonly #families = new Map<string, Evidence>()
  readonly #routes = new Map<string, Map<string, Evidence>>()
  #calibration = new Calibration()

  /** An answer of this kind was held against the truth. `score`: 0…1. */
  add(routeId: string, kind: string, score: number): void {
    this.#calibration.add(this.#believed(routeId, kind), score)
    this.#all.set(kind, addFading(this.#all.get(kind) ?? noEvidence, score, MEMORY))
    const family = familyOf(kind)
    this.#families.set(family, addFading(this.#families.get(family) ?? noEvidence, score, MEMORY))
    let own = this.#routes.get(routeId)
    if (own === undefined) {
      own = new Map()
      this.#routes.set(routeId, own)
    }
    own.set(kind, addFading(own.get(kind) ?? noEvidence, score, MEMORY))
  }

  /** What is to be expected of an answer of this kind; of what it claims, {@link Calibration} takes what it was worth. */
  grade(routeId: string, kind: string): TierGrade {
    const believed = this.#believed(routeId, kind)
    const { graded } = this.#routes.get(routeId)?.get(kind) ?? noEvidence
    const { confidence, lowerBound } = gradeOf(believed, noEvidence, QUARTILE)
    const shift = this.#calibration.shift(believed)
    return {
      confidence: Math.min(1, Math.max(0, Math.round((confidence + shift) * 1000) / 1000)),
      // What may be said at all is decided by what was measured, not by how such claims fare; less, where they fare badly.
      lowerBound: Math.max(0, lowerBound + Math.min(0, shift)),
      graded,
    }
  }

  /** By this route's own grades, and those of others in so far as it has few. */
  #believed(routeId: string, kind: string): Beta {
    const shared = this.#all.get(kind) ?? noEvidence
    const own = this.#routes.get(routeId)?.get(kind) ?? noEvidence
    const count = own.right + own.wrong
    // Others' grades, without this route's own.
    const right = Math.max(0, shared.right - own.right)
    const wrong = Math.max(0, shared.wrong - own.wrong)
    const others = right + wrong
    const weight = Math.min(others, SHARED_WEIGHT) / (1 + count / 2)
    const scale = others === 0 ? 0 : weight / others
    // What is told of ways that are akin, a little: where they are all good, or nothing is told of the way itself.
    const kin = this.#families.get(familyOf(kind)) ?? noEvidence
    const told = kin.right + kin.wrong
    const isSound = told > 0 && kin.right / told >= SOUND
    const kinScale =
      isSound || (told > 0 && others + count < 1) ? Math.min(told, KIN_WEIGHT) / told / (1 + others + count) : 0
    return {
      alpha: 0.5 + right * scale + kin.right * kinScale + own.right,
      beta: 0.5 + wrong * scale + kin.wrong * kinScale + own.wrong,
    }
  }

  /** What {@link grade} is made of. */
  evidence(routeId: string, kind: string): { own: Evidence; all: Evidence; akin: Evidence } {
    return {
      own: this.#routes.get(routeId)?.get(kind) ?? noEvidence,
      all: this.#all.get(kind) ?? noEvidence,
      akin: this.#families.get(familyOf(kind)) ?? noEvidence,
    }
  }

  /** `from` became part of `to`. */
  move(from: string, to: string): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    this.#routes.delete(from)
    const into = this.#routes.get(to) ?? new Map<string, Evidence>()
    for (const [kind, evidence] of old) {
      const known = into.get(kind) ?? noEvidence
      into.set(kind, {
        right: known.right + evidence.right,
        wrong: known.wrong + evidence.wrong,
        graded: known.graded + evidence.graded,
      })
    }
    this.#routes.set(to, into)
  }

  /** Evidence of one route, by kind. */
  of(routeId: string): ReadonlyMap<string, Evidence> {
    return this.#routes.get(routeId) ?? new Map()
  }

  toJSON(): SavedKinds {
    return {
      all: [...this.#all],
      families: [...this.#families],
      routes: [...this.#routes].map(([id, kinds]) => [id, [...kinds]] as const),
      calibration: this.#calibration.toJSON(),
    }
  }

  static fromJSON({ all, families, routes, calibration }: SavedKinds): KindGrades {
    const grades = new KindGrades()
    for (const [kind, evidence] of all) grades.#all.set(kind, evidence)
    for (const [family, evidence] of families) grades.#families.set(family, evidence)
    for (const [id, kinds] of routes) grades.#routes.set(id, new Map(kinds))
    if (calibration !== undefined) grades.#calibration = Calibration.fromJSON(calibration)
    return grades
  }
}

/**
 * Ways that are akin have their first word in common; those that say no the first two: that a record is not there has nothing to do
 * with there being no such place.
 */
function familyOf(kind: string): string {
  const [first = '', second] = kind.split(' ', 2)
  return SAYS_NO.test(first) && second !== undefined ? `${first} ${second}` : first
}
