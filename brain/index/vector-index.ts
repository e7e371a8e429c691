// thread: any
// What the semantic tier needs of a vector index. Two implementations: exact-scan.ts (always there) and hnsw.ts.

export interface Neighbour {
  readonly id: string
  /** Cosine, -1…1. Not a confidence. */
  readonly similarity: number
}

/**
 * Vectors by id, each in one partition. Neighbours are only ever looked for within a partition (see brain/text.ts), so a
 * search cannot cross one by mistake.
 */
export interface VectorIndex {
  readonly kind: 'hnsw' | 'exact'
  /** Why it compares one by one where a graph was asked for; '' elsewhere. */
  readonly reason?: string
  /** How many vectors it holds. */
  readonly size: number
  /**
   * Replaces what stood under the id, in whichever partition that was. The vector is copied and need not be of unit
   * length. Throws a RangeError where its length differs from those before it, or a component is not finite.
   */
  add(id: string, partition: string, vector: Float32Array): void
  /** An unknown id is no error. */
  remove(id: string): void
  /** At most `limit`, nearest first. */
  search(partition: string, vector: Float32Array, limit: number): Neighbour[]
}
