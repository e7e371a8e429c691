// thread: edge
// The header sections that came just now, for fronts that cannot tell connections apart: who sends the same again from the same
// address gets the same object, and what was worked out of it is worked out once.
import type { HeaderSection } from '../contract/header-section.js'

const PLACES = 4

interface Place {
  readonly section: HeaderSection
  readonly remoteAddress: string
}

export class RecentSections {
  readonly #places: Place[] = []
  /** The next one to be given to another. */
  #next = 0

  find(fields: readonly string[], remoteAddress: string): HeaderSection | undefined {
    for (const place of this.#places)
      if (place.remoteAddress === remoteAddress && isSame(place.section.fields, fields)) return place.section
    return undefined
  }

  keep(section: HeaderSection, remoteAddress: string): void {
    this.#places[this.#next] = { section, remoteAddress }
    this.#next = (this.#next + 1) % PLACES
  }
}

/** Of two clients the first fields are mostly the same, and the last ones are not. */
function isSame(known: readonly string[], fields: readonly string[]): boolean {
  if (known.length !== fields.length) return false
  for (let i = fields.length - 1; i >= 0; i--) if (known[i] !== fields[i]) return false
  return true
}
