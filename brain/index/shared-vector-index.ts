// thread: main
// What an index that all instances share is asked, and what may be wrong with it. Apart from the client of Redis, whose
// hundreds of files are read only where there is one to be asked.
import type { Neighbour } from './vector-index.js'

/** A {@link VectorIndex} that is asked over the network: the same words, and the same suite of tests. */
export interface SharedVectorIndex {
  readonly kind: 'redisearch'
  size(): Promise<number>
  /** Rejects with a RangeError where the vector does not fit. */
  add(id: string, partition: string, vector: Float32Array): Promise<void>
  remove(id: string): Promise<void>
  /** At most `limit`, nearest first. */
  search(partition: string, vector: Float32Array, limit: number): Promise<Neighbour[]>
  /** Resolves when an index of an older schema is replaced by the one of this release, or there was none. */
  rebuilt(): Promise<void>
  close(): void
}

export class RedisearchError extends Error {
  constructor(
    readonly code: 'no-search-module' | 'foreign-index' | 'not-reached',
    says: string,
  ) {
    super(says)
    this.name = 'RedisearchError'
  }
}
