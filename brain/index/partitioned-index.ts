// thread: learner
// What both indexes share: which id lies in which partition, and vectors made comparable on the way in.
import type { Neighbour, VectorIndex } from './vector-index.js'

/** The vectors of one partition, all of unit length and of the same dimensions. */
export interface Partition {
  readonly size: number
  /** Adds or replaces; copies the vector. */
  put(id: string, unit: Float32Array): void
  delete(id: string): void
  nearest(unit: Float32Array, limit: number): Neighbour[]
}

export class PartitionedIndex implements VectorIndex {
  readonly kind: VectorIndex['kind']
  readonly reason: string
  readonly #open: (dimensions: number) => Partition
  readonly #partitions = new Map<string, Partition>()
  readonly #partitionOf = new Map<string, string>()
  #dimensions = 0

  constructor(kind: VectorIndex['kind'], open: (dimensions: number) => Partition, reason = '') {
    this.kind = kind
    this.reason = reason
    this.#open = open
  }

  get size(): number {
    return this.#partitionOf.size
  }

  add(id: string, partition: string, vector: Float32Array): void {
    const unit = this.#unit(vector)
    if (this.#partitionOf.get(id) !== partition) this.remove(id)
    let home = this.#partitions.get(partition)
    if (home === undefined) {
      home = this.#open(unit.length)
      this.#partitions.set(partition, home)
    }
    home.put(id, unit)
    this.#dimensions = unit.length
    this.#partitionOf.set(id, partition)
  }

  remove(id: string): void {
    const partition = this.#partitionOf.get(id)
    if (partition === undefined) return
    const home = this.#partitions.get(partition)!
    home.delete(id)
    if (home.size === 0) this.#partitions.delete(partition)
    this.#partitionOf.delete(id)
  }

  search(partition: string, vector: Float32Array, limit: number): Neighbour[] {
    const unit = this.#unit(vector)
    const home = this.#partitions.get(partition)
    return home === undefined || !(limit >= 1) ? [] : home.nearest(unit, Math.floor(limit))
  }

  /** A vector of zeros stays one: nothing is near to it. */
  #unit(vector: Float32Array): Float32Array {
    if (vector.length === 0 || (this.#dimensions !== 0 && vector.length !== this.#dimensions)) {
      throw new RangeError(`a vector of ${vector.length} dimensions does not fit an index of ${this.#dimensions}`)
    }
    let squares = 0
    for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!
    if (!Number.isFinite(squares)) throw new RangeError('a component of the vector is not finite')
    const length = Math.sqrt(squares)
    return length === 0 ? vector : vector.map(component => component / length)
  }
}
