// thread: any
// What all edges and main share of one drill.
//
// field      writer    meaning
// ended      main      1: it is over, whatever the clock says
// requests   edges     requests on its routes, over all edges

const ENDED = 0
const REQUESTS = 1

export class DrillCells {
  readonly #cells: Int32Array

  static create(): SharedArrayBuffer {
    return new SharedArrayBuffer(8)
  }

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory)
  }

  get isEnded(): boolean {
    return Atomics.load(this.#cells, ENDED) === 1
  }

  /** Main thread only. */
  end(): void {
    Atomics.store(this.#cells, ENDED, 1)
  }

  /** Edge threads. Which of the requests on its routes this one is. */
  next(): number {
    return Atomics.add(this.#cells, REQUESTS, 1)
  }
}
