// thread: shared
// What all instances must forget, as a list in Redis: one that was away finds it when it comes back, before it tells anybody what it
// knows. Each says there when it has done so. Entries end with their time; where the list was lost, each instance brings its own.
import type { Forgetting, ForgottenBy } from '../contract/forgetting.js'
import { DEAD_MS } from './keeper.js'
import type { RedisClient } from './redis-client.js'
import { fieldIn, listOf, textOf } from './replies.js'
import type { SharedKeys } from './shared-keys.js'
import { KEEPERS } from './welcome.js'

export class ForgottenList {
  readonly #redis: RedisClient
  readonly #keys: SharedKeys
  readonly #instance: string

  constructor(redis: RedisClient, keys: SharedKeys, instance: string) {
    this.#redis = redis
    this.#keys = keys
    this.#instance = instance
  }

  /** Those whose time is not over; the others are removed. `now`: epoch ms. */
  async read(now: number): Promise<Forgetting[]> {
    const found: Forgetting[] = []
    for (const value of listOf(await this.#redis.call('HVALS', this.#keys.forgotten))) {
      const forgetting = JSON.parse(textOf(value)!) as Forgetting
      if (forgetting.until > now) found.push(forgetting)
      else await this.#redis.call('HDEL', this.#keys.forgotten, forgetting.id)
    }
    return found
  }

  async put(forgetting: Forgetting): Promise<void> {
    await this.#redis.call('HSETNX', this.#keys.forgotten, forgetting.id, JSON.stringify(forgetting))
  }

  /** It is forgotten here; or could not be. */
  async note(id: string, done: boolean): Promise<void> {
    await this.#redis.call('HSET', this.#keys.forgottenBy, `${id} ${this.#instance}`, done ? 'done' : 'failed')
  }

  /** Of the others that are there just now, and of those that said something. */
  async others(id: string): Promise<ForgottenBy[]> {
    const said = new Map<string, ForgottenBy['state']>()
    const consumers = listOf(await this.#redis.call('XINFO', 'CONSUMERS', this.#keys.exchanges, KEEPERS))
    for (const consumer of consumers)
      if (Number(fieldIn(consumer, 'idle')) < DEAD_MS) said.set(textOf(fieldIn(consumer, 'name'))!, 'waiting')
    const flat = listOf(await this.#redis.call('HGETALL', this.#keys.forgottenBy))
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [of, instance] = textOf(flat[i])!.split(' ')
      if (of === id && instance !== undefined) said.set(instance, textOf(flat[i + 1]) === 'done' ? 'done' : 'failed')
    }
    said.delete(this.#instance)
    return [...said].map(([instance, state]) => ({ instance, state }))
  }
}
