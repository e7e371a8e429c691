// thread: learner
// How far what is asked is from everything that was asked before, by its embedding: texts that are farther away than (nearly) all
// others were when they were new.
import { DecayingSketch, type SavedSketch } from './decaying-sketch.js'
import { Novelty, type SavedNovelty } from './novelty.js'

const MAX_ROUTES = 300
/** Texts of a route before one is called far. */
const MIN_TEXTS = 100
/** Beyond what 99 of 100 were, and so much more. */
const QUANTILE = 0.99
const MARGIN = 0.1

interface Known {
  readonly distances: DecayingSketch
  texts: number
  far: Novelty | undefined
}

export interface SavedDistance {
  readonly distances: SavedSketch
  readonly texts: number
  readonly far: SavedNovelty | undefined
}
export type SavedDistances = readonly (readonly [string, SavedDistance])[]

export interface FarText {
  /** Cosines: to the nearest one, and of 99 of 100 when they were new. */
  readonly similarity: number
  readonly normal: number
  readonly novelty: Novelty
}

export class Distances {
  readonly #routes = new Map<string, Known>()

  constructor(saved: SavedDistances = []) {
    for (const [route, { distances, texts, far }] of saved)
      this.#routes.set(route, {
        distances: new DecayingSketch(distances),
        texts,
        far: far === undefined ? undefined : new Novelty(far),
      })
  }

  /** A new text and its similarity to the nearest one. Undefined: nothing strange, or too little is known. */
  observe(route: string, similarity: number): FarText | undefined {
    const known = this.#knownOf(route)
    const distance = Math.max(0, 1 - similarity)
    const limit = known.distances.quantile(QUANTILE) + MARGIN
    const isFar = known.texts >= MIN_TEXTS && distance > limit
    known.texts += 1
    if (isFar) known.far ??= new Novelty({ before: known.texts - 1 })
    known.far?.look(isFar)
    if (known.far?.isSettled === true) known.far = undefined
    if (!isFar || known.far === undefined) known.distances.add(distance)
    if (!isFar || known.far?.isNovel !== true) return undefined
    return { similarity, normal: 1 - known.distances.quantile(QUANTILE), novelty: known.far }
  }

  /** So far is normal: what is normal begins anew. */
  expect(route: string): void {
    this.#routes.delete(route)
  }

  toJSON(): SavedDistances {
    return [...this.#routes].map(([route, { distances, texts, far }]) => [
      route,
      { distances: distances.toJSON(), texts, far: far?.toJSON() },
    ])
  }

  #knownOf(route: string): Known {
    let known = this.#routes.get(route)
    if (known === undefined) {
      if (this.#routes.size >= MAX_ROUTES) this.#routes.delete(this.#routes.keys().next().value!)
      known = { distances: new DecayingSketch(), texts: 0, far: undefined }
    } else this.#routes.delete(route)
    this.#routes.set(route, known)
    return known
  }
}
