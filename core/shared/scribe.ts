// thread: shared
// What grading has shown, shared as versioned lessons: one instance at a time writes, all are told, and whoever finds another
// version than it knows reads the whole.
import { createHash } from 'node:crypto'
import type { RedisClient } from './redis-client.js'
import { listOf, textOf } from './replies.js'
import type { SharedKeys } from './shared-keys.js'

/** An instance that does not renew it gives way to another. */
const LEASE_MS = 6000

/** Renewed by who has it, taken where nobody has. */
const leaseScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`
const writeScript = `
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'grades', ARGV[2])
redis.call('PUBLISH', KEYS[2], version)
return version
`

export class Scribe {
  readonly #redis: RedisClient
  readonly #keys: SharedKeys
  readonly #instance: string
  #version = 0
  #written = ''

  constructor(redis: RedisClient, keys: SharedKeys, instance: string) {
    this.#redis = redis
    this.#keys = keys
    this.#instance = instance
  }

  get version(): number {
    return this.#version
  }

  /** What was written, where it is not what was read last: by whomever. */
  async read(): Promise<string | undefined> {
    const { lesson, seal } = this.#keys
    const [version, writer, stored] = listOf(await this.#redis.call('HMGET', lesson, 'version', 'by', 'grades'))
    const by = textOf(writer)
    const grades = Buffer.isBuffer(stored) ? seal.open(stored, 'grades')?.toString() : undefined
    const found = Number(textOf(version) ?? 0)
    if (found === this.#version || grades === undefined) return undefined
    this.#version = found
    return by === this.#instance ? undefined : grades
  }

  async mayWrite(): Promise<boolean> {
    return (await this.#redis.call('EVAL', leaseScript, 1, this.#keys.scribe, this.#instance, LEASE_MS)) === 1
  }

  async write(grades: string): Promise<void> {
    const digest = createHash('sha256').update(grades).digest('base64')
    if (digest === this.#written) return
    const { lesson, lessons, seal } = this.#keys
    const stored = seal.seal(Buffer.from(grades), 'grades')
    const version = await this.#redis.call('EVAL', writeScript, 2, lesson, lessons, this.#instance, stored)
    this.#written = digest
    this.#version = Number(version)
  }
}
