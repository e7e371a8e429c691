// thread: main
// What the learner taught last, for whoever needs it in main, and for the edges.
import type { Brain } from '../../brain/pool.js'
import type { Lesson } from '../contract/lesson.js'
import type { CircuitWatch } from '../health/watch.js'
import type { Edges } from '../threads/edges.js'

export class Lessons {
  readonly #watch: CircuitWatch
  #lesson: Lesson
  #circuits: readonly number[]

  constructor(first: Lesson, watch: CircuitWatch) {
    this.#watch = watch
    this.#lesson = first
    this.#circuits = watch.learned(first.routes)
  }

  get lesson(): Lesson {
    return this.#lesson
  }

  /** Of its routes, in their order. */
  get circuits(): readonly number[] {
    return this.#circuits
  }

  /** From now on edges are told of each new one; the first may have come since the start, for others teach from then on. */
  follow(brain: Pick<Brain, 'onLesson'>, edges: Pick<Edges, 'sendAll'>): void {
    brain.onLesson(lesson => {
      if (lesson.version <= this.#lesson.version) return
      this.#lesson = lesson
      this.#circuits = this.#watch.learned(lesson.routes)
      edges.sendAll({ kind: 'lesson', lesson, circuits: this.#circuits })
    })
  }
}
