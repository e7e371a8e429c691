// thread: learner
// Compares with every vector of the partition. Right by construction, needs no binary, and is the faster one while a
// partition is small.
import { type Partition, PartitionedIndex } from './partitioned-index.js'
import type { Neighbour, VectorIndex } from './vector-index.js'

/** `reason`: why it is opened where a graph was asked for. */
export function openExactScan(reason = ''): VectorIndex {
  return new PartitionedIndex('exact', dimensions => new ExactPartition(dimensions), reason)
}

/** Vectors one after the other in one block, which grows by doubling; a removed one is replaced by the last. */
export class ExactPartition implements Partition {
  readonly #dimensions: number
  readonly #ids: string[] = []
  readonly #slots = new Map<string, number>()
  #block: Float32Array

  constructor(dimensions: number) {
    this.#dimensions = dimensions
    this.#block = new Float32Array(dimensions)
  }

  get size(): number {
    return this.#ids.length
  }

  put(id: string, unit: Float32Array): void {
    let slot = this.#slots.get(id)
    if (slot === undefined) {
      slot = this.#ids.push(id) - 1
      this.#slots.set(id, slot)
    }
    const at = slot * this.#dimensions
    if (at === this.#block.length) {
      const larger = new Float32Array(this.#block.length * 2)
      larger.set(this.#block)
      this.#block = larger
    }
    this.#block.set(unit, at)
  }

  delete(id: string): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    this.#slots.delete(id)
    const lastId = this.#ids.pop()!
    if (lastId === id) return
    const last = this.#ids.length * this.#dimensions
    this.#block.copyWithin(slot * this.#dimensions, last, last + this.#dimensions)
    this.#ids[slot] = lastId
    this.#slots.set(lastId, slot)
  }

  nearest(unit: Float32Array, limit: number): Neighbour[] {
    const best: { slot: number; similarity: number }[] = []
    for (let slot = 0; slot < this.#ids.length; slot++) {
      const similarity = this.#similarity(slot, unit)
      if (best.length === limit) {
        if (similarity <= best[limit - 1]!.similarity) continue
        best.pop()
      }
      let at = best.length
      while (at > 0 && best[at - 1]!.similarity < similarity) at--
      best.splice(at, 0, { slot, similarity })
    }
    return best.map(({ slot, similarity }) => ({ id: this.#ids[slot]!, similarity }))
  }

  *entries(): Generator<[id: string, unit: Float32Array]> {
    for (const [id, slot] of this.#slots)
      yield [id, this.#block.subarray(slot * this.#dimensions, (slot + 1) * this.#dimensions)]
  }

  #similarity(slot: number, unit: Float32Array): number {
    const block = this.#block
    const at = slot * this.#dimensions
    let dot = 0
    for (let i = 0; i < unit.length; i++) dot += block[at + i]! * unit[i]!
    // Rounding may carry a cosine past its bounds.
    return Math.min(1, Math.max(-1, dot))
  }
}
