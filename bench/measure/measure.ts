// One measurement of a bench that says whether promises are kept.
import type { Figure } from './figure.js'

/** `Bounds`: how much of it there is, the same for all measurements of a bench. */
export interface Measure<Bounds> {
  readonly name: string
  /** One sentence. */
  readonly question: string
  /** Rejects where it could not be measured to its end: what was not measured was not kept. */
  run(bounds: Bounds): Promise<Figure[]>
}
