// thread: any
// Which paths have writes in the journal, in memory that all threads share: a later write to such a place must not overtake
// them. Main counts, edges look; where nothing waits a look is one load. Places are counted by their hash: two that share one
// cost a write a way through the journal which it could have done without.
import { placeOf, placesAbove } from '../contract/places.js'

const CELLS = 4096
const WAITING = 0
const EXACT = 1
const ABOVE = EXACT + CELLS
/** Of the news of clients' own writes, see own-writes-feed.ts. */
const NEWS = ABOVE + CELLS

export class JournalGate {
  readonly #cells: Int32Array

  static create(): SharedArrayBuffer {
    return new SharedArrayBuffer((NEWS + 1) * 4)
  }

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory)
  }

  /** Main thread only. `by`: 1 when a write begins to wait at `place`, -1 when it does no more. */
  count(place: string, by: 1 | -1): void {
    const above = placesAbove(place)
    Atomics.add(this.#cells, EXACT + cellOf(place), by)
    for (const higher of above) Atomics.add(this.#cells, ABOVE + cellOf(higher), by)
    Atomics.add(this.#cells, WAITING, by)
  }

  /** Main thread only. */
  setNewsVersion(version: number): void {
    Atomics.store(this.#cells, NEWS, version)
  }

  get newsVersion(): number {
    return Atomics.load(this.#cells, NEWS)
  }

  /** Main thread only: nothing waits, until it is counted anew. Edges keep what they heard. */
  clear(): void {
    this.#cells.fill(0, 0, NEWS)
  }

  /** A write to this path has to wait for others. */
  isWaiting(path: string): boolean {
    if (Atomics.load(this.#cells, WAITING) === 0) return false
    const place = placeOf(path)
    if (Atomics.load(this.#cells, ABOVE + cellOf(place)) > 0) return true
    return placesAbove(place).some(higher => Atomics.load(this.#cells, EXACT + cellOf(higher)) > 0)
  }
}

/** FNV-1a. */
function cellOf(place: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < place.length; i++) hash = Math.imul(hash ^ place.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 12)) & (CELLS - 1)
}
