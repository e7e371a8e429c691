// thread: shared
// The consumer group: each entry of the stream is taken by one of the instances, which puts it on the shelf. At least once:
// what one took and did not finish, another claims; and shelving twice changes nothing.
import type { RedisClient } from './redis-client.js'
import { codeOf } from './redis-problem.js'
import { entriesOf, fieldIn, listOf, readEntriesOf, type StreamEntry, textOf } from './replies.js'
import type { SharedKeys } from './shared-keys.js'
import { shelve } from './shelf.js'
import { KEEPERS } from './welcome.js'

const AT_ONCE = 8
/** One that did nothing with an entry for so long is taken for dead. */
export const DEAD_MS = 5000
/** A consumer without entries that was not heard of for so long is forgotten. */
const FORGOTTEN_MS = 600_000

export interface KeeperParts {
  readonly redis: RedisClient
  readonly keys: SharedKeys
  /** Name of this consumer. */
  readonly instance: string
  readonly maxShelfBytes: number
  readonly maxStreamBytes: number
  /** A batch without what is to be forgotten; undefined: nothing is left. */
  readonly kept: (bytes: Buffer) => Buffer | undefined
}

export class Keeper {
  readonly #parts: KeeperParts
  #shelved = 0

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  get shelved(): number {
    return this.#shelved
  }

  /** True: there may be more. */
  async take(): Promise<boolean> {
    const { redis, keys, instance } = this.#parts
    const reply = await redis.call(
      ...(['XREADGROUP', 'GROUP', KEEPERS, instance, 'COUNT', AT_ONCE, 'STREAMS', keys.exchanges, '>'] as const),
    )
    const { entries } = readEntriesOf(reply)
    await this.#keep(entries, idsIn(listOf(listOf(listOf(reply)[0])[1])))
    return entries.length === AT_ONCE
  }

  /** What others, or this one before it lost its connection, took and did not finish. */
  async claim(): Promise<void> {
    const { redis, keys, instance } = this.#parts
    for (let from = '0-0'; ; ) {
      const reply = listOf(
        await redis.call('XAUTOCLAIM', keys.exchanges, KEEPERS, instance, DEAD_MS, from, 'COUNT', AT_ONCE),
      )
      const raw = listOf(reply[1])
      await this.#keep(entriesOf(raw), idsIn(raw))
      from = textOf(reply[0]) ?? '0-0'
      if (from === '0-0') return
    }
  }

  /** The stream stays within its part of the memory, and consumers that are no more are forgotten. */
  async tidy(): Promise<void> {
    const { redis, keys, maxStreamBytes, instance } = this.#parts
    const used = Number(await redis.call('MEMORY', 'USAGE', keys.exchanges, 'SAMPLES', 20))
    if (used > maxStreamBytes) {
      const length = Number(await redis.call('XLEN', keys.exchanges))
      const kept = Math.floor((length * maxStreamBytes * 0.8) / used)
      await redis.call('XTRIM', keys.exchanges, 'MAXLEN', '~', kept)
    }
    for (const consumer of listOf(await redis.call('XINFO', 'CONSUMERS', keys.exchanges, KEEPERS))) {
      const name = textOf(fieldIn(consumer, 'name'))!
      const isIdle = Number(fieldIn(consumer, 'idle')) > FORGOTTEN_MS && Number(fieldIn(consumer, 'pending')) === 0
      if (isIdle && name !== instance) await redis.call('XGROUP', 'DELCONSUMER', keys.exchanges, KEEPERS, name)
    }
  }

  /** `ids`: of all that were taken, those that are no entries of ours as well. */
  async #keep(entries: readonly StreamEntry[], ids: readonly string[]): Promise<void> {
    const { redis, keys, maxShelfBytes } = this.#parts
    if (ids.length === 0) return
    for (const { bytes } of keys.seal.opened(entries)) {
      try {
        const kept = this.#parts.kept(bytes)
        if (kept !== undefined) this.#shelved += await shelve(redis, keys, maxShelfBytes, [kept])
      } catch (error) {
        // One that cannot be read is nobody's to read.
        if (!(error instanceof RangeError || error instanceof SyntaxError) && codeOf(error) !== 'failed') throw error
      }
    }
    await redis.call('XACK', keys.exchanges, KEEPERS, ...ids)
  }
}

function idsIn(raw: readonly unknown[]): string[] {
  return raw.flatMap(entry => (Array.isArray(entry) ? (textOf(entry[0]) ?? []) : []))
}
