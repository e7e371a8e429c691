// thread: main
// The vectors of all instances, where they are shared: what was embedded here is told, and what is not embedded here yet is
// looked for. Nothing waits for it but a question that has found nothing here; what does not fit is left out, for every
// instance embeds for itself as well.
import type { EmbeddedText } from '../core/contract/brain-tasks.js'
import { RedisearchError, type SharedVectorIndex } from './index/shared-vector-index.js'
import type { Neighbour } from './index/vector-index.js'

export interface SharedVectorsOptions {
  readonly url: string
  readonly prefix: string
  readonly log: { warn(facts: object, sentence: string): void; info(facts: object, sentence: string): void }
}

/** Vectors on their way to Redis; further ones are left out. */
const MAX_ADDING = 512
/** After a failure nothing is asked for so long. */
const REST_MS = 2000
/** They answer in a few milliseconds or not in time. */
const NEIGHBOURS = 8

export class SharedVectors {
  readonly #options: SharedVectorsOptions
  #index: SharedVectorIndex | undefined
  #embedder = ''
  #adding = 0
  #restsUntil = 0
  #problem = ''
  #added = 0
  #leftOut = 0

  constructor(options: SharedVectorsOptions) {
    this.#options = options
  }

  /** What is wrong, and what to do; '': nothing. That Redis is not reached others say. */
  get problem(): string {
    return this.#problem
  }

  get counts(): { readonly added: number; readonly leftOut: number } {
    return { added: this.#added, leftOut: this.#leftOut }
  }

  /** Vectors of this embedder are shared from now on. `probe`: any of its vectors. Resolves when that worked, or did not. */
  async use(embedder: string, probe: Float32Array): Promise<void> {
    if (embedder === this.#embedder) return
    this.#index?.close()
    this.#index = undefined
    this.#embedder = embedder
    const { openRedisearch } = await import('./index/redisearch.js')
    // Closed meanwhile, or another embedder came.
    if (this.#embedder !== embedder) return
    this.#index = openRedisearch({ ...this.#options, embedder })
    await this.#asked(index => index.search('', probe, 1))
  }

  /** Never rejects, and waits for nothing. */
  add(embedder: string, items: readonly EmbeddedText[]): void {
    for (const { textKey, partition, vector } of items) {
      if (embedder !== this.#embedder || this.#isResting || this.#adding >= MAX_ADDING) {
        this.#leftOut += 1
        continue
      }
      this.#adding += 1
      void this.#asked(index => index.add(textKey, partition, vector)).then(done => {
        this.#adding -= 1
        if (done !== undefined) this.#added += 1
        else this.#leftOut += 1
      })
    }
  }

  /** Never rejects. */
  async nearest(embedder: string, partition: string, vector: Float32Array): Promise<readonly Neighbour[]> {
    if (embedder !== this.#embedder || this.#isResting) return []
    const found = await this.#asked(index => index.search(partition, vector, NEIGHBOURS))
    return found === undefined || found === true ? [] : found
  }

  close(): void {
    this.#embedder = ''
    this.#index?.close()
    this.#index = undefined
  }

  get #isResting(): boolean {
    return Date.now() < this.#restsUntil
  }

  /** Undefined: it failed. */
  async #asked<T>(ask: (index: SharedVectorIndex) => Promise<T>): Promise<T | true | undefined> {
    const index = this.#index
    if (index === undefined) return undefined
    try {
      const found = await ask(index)
      if (this.#problem !== '') this.#options.log.info({ embedder: this.#embedder }, 'vectors are shared again')
      this.#problem = ''
      return found ?? true
    } catch (error) {
      this.#restsUntil = Date.now() + REST_MS
      const says = saidOf(error)
      if (says !== '' && says !== this.#problem) this.#options.log.warn({ embedder: this.#embedder }, says)
      this.#problem = says
      return undefined
    }
  }
}

function saidOf(error: unknown): string {
  if (error instanceof RedisearchError) return error.code === 'not-reached' ? '' : error.message
  const { message } = error as Error
  return /^NOPERM/.test(message)
    ? `this user of Redis may not search (${message}): +ft.create +ft.info +ft.search +ft.aliasadd +ft.aliasupdate +ft.dropindex; matches by meaning stay local`
    : ''
}
