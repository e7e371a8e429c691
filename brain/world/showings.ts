// thread: learner
// Which exemplars show a record: when a write touches it, these are stale. Bounded: what was noted longest ago is forgotten
// first, and an exemplar that is forgotten here passes for fresh until its route is seen again.
import type { RecordType } from './records.js'

/** Pairs of a record and an exemplar that shows it. */
const MAX_PAIRS = 400_000
/** Exemplars of one record; a thing that stands in every answer (`currency`) would fill all there is. */
const MAX_OF_ONE = 1000

export class Showings {
  readonly #maxPairs: number
  /** Type → identifier → keys of exemplars; one alone is no set, which most records are spared. */
  readonly #keys = new Map<string, Map<string, string | Set<string>>>()
  #pairs = 0

  constructor(maxPairs = MAX_PAIRS) {
    this.#maxPairs = maxPairs
  }

  get size(): number {
    return this.#pairs
  }

  note({ uid }: RecordType, id: string, key: string): void {
    let ofType = this.#keys.get(uid)
    if (ofType === undefined) {
      ofType = new Map()
      this.#keys.set(uid, ofType)
    }
    const known = ofType.get(id)
    if (known === key) return
    if (known === undefined) ofType.set(id, key)
    else if (typeof known === 'string') ofType.set(id, new Set([known, key]))
    else {
      if (known.has(key)) return
      known.add(key)
      if (known.size > MAX_OF_ONE) {
        known.delete(known.values().next().value!)
        return
      }
    }
    this.#pairs += 1
    if (this.#pairs > this.#maxPairs) this.#makeRoom()
  }

  /** The exemplars that show this record; they are stale from now on, and noted again when they are fresh. */
  take({ uid }: RecordType, id: string): readonly string[] {
    const ofType = this.#keys.get(uid)
    const known = ofType?.get(id)
    if (known === undefined) return []
    ofType!.delete(id)
    const keys = typeof known === 'string' ? [known] : [...known]
    this.#pairs -= keys.length
    return keys
  }

  /** A type became part of another. */
  merge(from: RecordType, into: RecordType): void {
    const old = this.#keys.get(from.uid)
    if (old === undefined) return
    this.#keys.delete(from.uid)
    for (const [id, known] of old) {
      const keys = typeof known === 'string' ? [known] : known
      this.#pairs -= typeof known === 'string' ? 1 : known.size
      for (const key of keys) this.note(into, id, key)
    }
  }

  #makeRoom(): void {
    const wanted = this.#maxPairs * 0.9
    while (this.#pairs > wanted) {
      const [largest] = [...this.#keys.values()].sort((a, b) => b.size - a.size)
      const [id, known] = largest!.entries().next().value!
      largest!.delete(id)
      this.#pairs -= typeof known === 'string' ? 1 : known.size
    }
  }
}
