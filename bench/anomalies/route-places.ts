// Names of routes and their places among them, as an edge numbers them.
import { OTHER, UNLEARNED, UNLEARNED_SLOT } from '../../core/contract/phases.js'

export class RoutePlaces {
  readonly names: string[] = [UNLEARNED, OTHER]
  readonly #places = new Map<string, number>()

  /** Undefined: no route is learned for it. */
  of(route: string | undefined): number {
    if (route === undefined) return UNLEARNED_SLOT
    let place = this.#places.get(route)
    if (place === undefined) {
      place = this.names.push(route) - 1
      this.#places.set(route, place)
    }
    return place
  }
}
