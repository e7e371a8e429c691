// thread: main
// Owner of @redis/client and @redis/search. The vectors of all instances in one index of Redis: an HNSW graph, and the hard
// partition as a TAG that every search is filtered by. It is asked over the network and therefore never in the learner's
// transactions: the local index stays the one that answers, this one has what an instance did not embed yet.
import { createHash } from 'node:crypto'
import { createClient } from '@redis/client'
import search from '@redis/search'
import { RedisearchError, type SharedVectorIndex } from './shared-vector-index.js'
import type { Neighbour } from './vector-index.js'

export interface RedisearchOptions {
  readonly url: string
  /** Before all names; see core/shared/shared-keys.ts. */
  readonly prefix: string
  /** Vectors of different embedders cannot be compared. */
  readonly embedder: string
  /** Another one is built beside the old one, and takes its place when it is complete. */
  readonly schema?: number
}

/** Grows when fields or parameters of the index change. */
const SCHEMA = 1
const MAX_CONNECTIONS = 16
const EF_CONSTRUCTION = 200
/** As in hnsw.ts for large graphs: all partitions lie in one. */
const EF_SEARCH = 512
const ANSWER_MS = 2000
const INDEXING_LOOK_MS = 50
/** What no instance adds again for so long is forgotten. */
const KEPT_S = 7 * 86_400

export function openRedisearch(options: RedisearchOptions): SharedVectorIndex {
  return new Redisearch(options)
}

function connect(url: string) {
  return createClient({
    url,
    RESP: 2,
    // CommonJS: what it exports by default is a member.
    modules: { ft: search.default },
    disableOfflineQueue: true,
    socket: { connectTimeout: ANSWER_MS, reconnectStrategy: retries => Math.min(2000, 100 * 2 ** retries) },
  })
}

class Redisearch implements SharedVectorIndex {
  readonly kind = 'redisearch'
  readonly #client: ReturnType<typeof connect>
  readonly #alias: string
  readonly #documents: string
  readonly #schema: number
  #connected: Promise<unknown> | undefined
  #dimensions = 0
  #opened: Promise<void> | undefined
  #rebuilding: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor({ url, prefix, embedder, schema = SCHEMA }: RedisearchOptions) {
    this.#client = connect(url)
    // Said by whoever asks next.
    this.#client.on('error', () => {})
    this.#alias = `{${prefix}}:vectors:${embedder}`
    this.#documents = `{${prefix}}:vector:${embedder}:`
    this.#schema = schema
  }

  async size(): Promise<number> {
    if (this.#opened === undefined) return 0
    return Number((await this.#ask(() => this.#client.ft.info(this.#alias))).num_docs)
  }

  async add(id: string, partition: string, vector: Float32Array): Promise<void> {
    const unit = this.#unit(vector)
    this.#dimensions = unit.length
    await this.#open()
    const key = this.#documents + id
    const fields = { partition: tagOf(partition), vector: octetsOf(unit) }
    await this.#ask(() => this.#client.multi().hSet(key, fields).expire(key, KEPT_S).exec())
  }

  async remove(id: string): Promise<void> {
    await this.#ask(() => this.#client.del(this.#documents + id))
  }

  async search(partition: string, vector: Float32Array, limit: number): Promise<Neighbour[]> {
    const unit = this.#unit(vector)
    if (!(limit >= 1)) return []
    this.#dimensions = unit.length
    await this.#open()
    const count = Math.floor(limit)
    const { documents } = await this.#ask(() =>
      this.#client.ft.search(
        this.#alias,
        `(@partition:{${tagOf(partition)}})=>[KNN ${count} @vector $unit EF_RUNTIME ${Math.max(EF_SEARCH, count)} AS distance]`,
        {
          PARAMS: { unit: octetsOf(unit) },
          SORTBY: { BY: 'distance', DIRECTION: 'ASC' },
          RETURN: ['distance'],
          LIMIT: { from: 0, size: count },
          DIALECT: 2,
        },
      ),
    )
    return documents.map(({ id, value }) => ({
      id: id.slice(this.#documents.length),
      // Rounding may carry a cosine past its bounds.
      similarity: Math.min(1, Math.max(-1, 1 - Number(value.distance))),
    }))
  }

  async rebuilt(): Promise<void> {
    await this.#opened
    await this.#rebuilding
  }

  close(): void {
    this.#isClosed = true
    if (this.#connected !== undefined) this.#client.destroy()
  }

  // ── the index ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(): Promise<void> {
    this.#opened ??= this.#make().catch(error => {
      // The next one who asks tries again.
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #make(): Promise<void> {
    const name = `${this.#alias}:${this.#schema}:${this.#dimensions}`
    const serving = await this.#indexBehind(this.#alias)
    if (serving !== undefined && !serving.startsWith(`${this.#alias}:`))
      throw foreign(this.#alias, `it stands for the index ${serving}`)
    await this.#create(name)
    if (serving === name) return
    if (serving === undefined) await this.#ask(() => this.#client.ft.aliasAdd(this.#alias, name))
    else {
      this.#rebuilding = this.#takeOver(name, serving)
      this.#rebuilding.catch(() => {})
    }
  }

  async #create(name: string): Promise<void> {
    try {
      await this.#ask(() =>
        this.#client.ft.create(
          name,
          {
            partition: { type: 'TAG' },
            vector: {
              type: 'VECTOR',
              ALGORITHM: 'HNSW',
              TYPE: 'FLOAT32',
              DIM: this.#dimensions,
              // Of unit vectors: the cosine, and nothing is near to one of zeros.
              DISTANCE_METRIC: 'IP',
              M: MAX_CONNECTIONS,
              EF_CONSTRUCTION,
              EF_RUNTIME: EF_SEARCH,
            },
          },
          { ON: 'HASH', PREFIX: this.#documents },
        ),
      )
    } catch (error) {
      if (!/already exists/i.test((error as Error).message)) throw error
      const { index_definition, attributes } = await this.#ask(() => this.#client.ft.info(name))
      const said = JSON.stringify([index_definition, attributes])
      if (!said.includes(this.#documents) || !said.includes('"partition"') || !said.includes('"VECTOR"'))
        throw foreign(name, 'it is an index of something else')
    }
  }

  /** The old one answers until the new one has everything. */
  async #takeOver(name: string, old: string): Promise<void> {
    for (;;) {
      if (this.#isClosed) return
      const { indexing } = await this.#ask(() => this.#client.ft.info(name))
      if (Number(indexing) === 0) break
      await new Promise(resolve => setTimeout(resolve, INDEXING_LOOK_MS))
    }
    await this.#ask(() => this.#client.ft.aliasUpdate(this.#alias, name))
    // The index alone: the vectors are those of the new one as well.
    await this.#ask(() => this.#client.ft.dropIndex(old))
  }

  async #indexBehind(alias: string): Promise<string | undefined> {
    try {
      return String((await this.#ask(() => this.#client.ft.info(alias))).index_name)
    } catch (error) {
      if (/no such index|unknown index name/i.test((error as Error).message)) return undefined
      throw error
    }
  }

  async #ask<T>(command: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new RedisearchError('not-reached', 'the index is closed')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RedisearchError('not-reached', 'Redis does not answer in time')), ANSWER_MS)
    })
    try {
      this.#connected ??= this.#client.connect()
      const asked = this.#connected.then(command)
      asked.catch(() => {})
      return await Promise.race([asked, late])
    } catch (error) {
      if (/unknown command/i.test((error as Error).message))
        throw new RedisearchError(
          'no-search-module',
          'this Redis has no search: use redis:8, Redis Stack, or load the search module; matches by meaning stay local',
        )
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** A vector of zeros stays one: nothing is near to it. */
  #unit(vector: Float32Array): Float32Array {
    if (vector.length === 0 || (this.#dimensions !== 0 && vector.length !== this.#dimensions))
      throw new RangeError(`a vector of ${vector.length} dimensions does not fit an index of ${this.#dimensions}`)
    let squares = 0
    for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!
    if (!Number.isFinite(squares)) throw new RangeError('a component of the vector is not finite')
    const length = Math.sqrt(squares)
    return length === 0 ? vector.slice() : vector.map(component => component / length)
  }
}

function foreign(name: string, what: string): RedisearchError {
  return new RedisearchError(
    'foreign-index',
    `${name} is not ours (${what}): set CHAOS_REDIS_PREFIX to another word, or drop it (FT.DROPINDEX); matches by meaning stay local`,
  )
}

/** Letters and digits alone: nothing in a TAG has to be escaped. */
function tagOf(partition: string): string {
  return createHash('sha256').update(partition).digest('hex').slice(0, 32)
}

function octetsOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
}
