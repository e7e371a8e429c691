// thread: main
// Whether somebody watches requests as they come, which edges must know, and what they tell then.
import { LiveTail } from '../admin/live-tail.js'
import type { Edges } from '../threads/edges.js'

export class Watchers {
  readonly tail = new LiveTail()
  readonly #edges: Pick<Edges, 'sendAll'>
  #areThere = false

  constructor(edges: Pick<Edges, 'sendAll'>) {
    this.#edges = edges
  }

  get areThere(): boolean {
    return this.#areThere
  }

  /** The first one came, or the last one went. */
  listen(wanted: boolean): void {
    this.#areThere = wanted
    this.#edges.sendAll({ kind: 'tail', wanted })
  }
}
