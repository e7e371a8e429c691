// thread: main
// What other instances are told of the circuits here, whenever that changes.
import type { Drills } from '../drills/drills.js'
import type { CircuitWatch } from '../health/watch.js'
import type { OtherInstances } from './other-instances.js'
import type { UpstreamsInForce } from './upstreams.js'

export interface CircuitNewsParts {
  readonly others: Pick<OtherInstances, 'door'>
  readonly upstreams: Pick<UpstreamsInForce, 'name'>
  readonly drills: Pick<Drills, 'running'>
  readonly watch: Pick<CircuitWatch, 'notClosed'>
}

export class CircuitNews {
  readonly #parts: CircuitNewsParts
  #told = ''

  constructor(parts: CircuitNewsParts) {
    this.#parts = parts
  }

  /** To be called again and again. */
  look(): void {
    const { others, upstreams, drills, watch } = this.#parts
    const { door } = others
    if (door === undefined) return
    // What is imitated here is nothing to others.
    const open = drills.running.length > 0 ? [] : watch.notClosed()
    const { name } = upstreams
    const said = `${name}\n${open.join('\n')}`
    if (said === this.#told) return
    this.#told = said
    door.circuits(name, open)
  }
}
