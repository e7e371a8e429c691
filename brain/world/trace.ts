// thread: learner
// Notes of how an answer is put together, for people who ask why; nobody keeps them for clients.
import type { ExplainedStep } from '../../core/contract/explanation.js'

export class Trace {
  readonly steps: ExplainedStep[] = []
  /** Share of what the answer needs that is known. */
  completeness: number | undefined
  #from = performance.now()

  /** A step is over. */
  note(step: string, detail: string): void {
    const now = performance.now()
    this.steps.push({ step, detail, micros: Math.round((now - this.#from) * 1000) })
    this.#from = now
  }
}
