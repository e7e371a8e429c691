// thread: shared
// Whether a Redis will do for several instances. What is written there for that is gone at once; nothing of ours is touched.
import type { SharedProblem } from '../contract/shared.js'
import { connectRedis, type RedisClient } from './redis-client.js'
import { codeOf, problemOf } from './redis-problem.js'
import { parseRedisUrl } from './redis-url.js'
import { textOf } from './replies.js'
import { keyTypes, sharedKeys } from './shared-keys.js'
import { checkVersion } from './welcome.js'

export interface RedisLook {
  /** `redis://host:6379: Redis 8.0.2` */
  readonly says: string
  /** It has the module for vectors; undefined: this user may not ask. */
  readonly hasSearch: boolean
  /** Undefined: all that is needed may be done. */
  readonly problem: SharedProblem | undefined
}

const KEEP_MS = 10_000

/** Never rejects. `unique`: names what is written there for a moment. */
export async function lookAtRedis(url: string, prefix: string, unique: string): Promise<RedisLook> {
  const place = parseRedisUrl(url)
  if ('problem' in place) return { says: '', hasSearch: false, problem: { code: 'wrong-url', says: place.problem } }
  let redis: RedisClient | undefined
  let version = ''
  let hasSearch = false
  try {
    redis = await connectRedis(place, 'chaos-proxy-doctor', () => {})
    const keys = sharedKeys(prefix)
    version = await checkVersion({ redis, shown: place.shown })
    hasSearch = await searches(redis)
    for (const [key, type] of keyTypes(keys)) {
      const found = textOf(await redis.call('TYPE', key))
      if (found !== 'none' && found !== type) throw new Error(`WRONGTYPE ${key} is a ${found} and no ${type}`)
    }
    await tryAll(redis, `{${prefix}}:doctor:${unique}`)
    return { says: `${place.shown}: ${version}`, hasSearch, problem: undefined }
  } catch (error) {
    return { says: `${place.shown}: ${version}`, hasSearch, problem: problemOf(error, place.shown, prefix) }
  } finally {
    redis?.close()
  }
}

async function searches(redis: RedisClient): Promise<boolean> {
  try {
    await redis.call('FT._LIST')
    return true
  } catch (error) {
    // Who may not ask may have it all the same: `sharedVectors` in /api/status tells then.
    return codeOf(error) === 'no-permission'
  }
}

/** One command of each kind that is needed. */
async function tryAll(redis: RedisClient, key: string): Promise<void> {
  const stream = `${key}:stream`
  await redis.call('SET', key, '1', 'PX', KEEP_MS)
  await redis.call('XADD', stream, '*', 'by', 'doctor')
  await redis.call('PEXPIRE', stream, KEEP_MS)
  await redis.call('EVAL', "return redis.call('GET', KEYS[1])", 1, key)
  await redis.call('PUBLISH', key, '')
  await redis.call('DEL', key, stream)
}
