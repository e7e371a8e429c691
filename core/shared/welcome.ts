// thread: shared
// The first look at a Redis: may we use it, is what stands under our names ours, and under which key are credentials hashed.
import { createHmac, randomBytes } from 'node:crypto'
import type { SharedProblem, SharedProblemCode } from '../contract/shared.js'
import type { RedisClient } from './redis-client.js'
import { codeOf, problemOf, SharedMemoryError } from './redis-problem.js'
import { textOf } from './replies.js'
import { FORMAT, keyTypes, SEALED_FORMAT, type SharedKeys } from './shared-keys.js'

/** All instances keep the shelf together, each entry of the stream is taken by one of them. */
export const KEEPERS = 'keepers'

export interface Welcome {
  /** Of what is kept there: another one, and all that was there is gone. */
  readonly era: string
  /** It began just now, with us. */
  readonly isNew: boolean
  /** Undefined: none can be agreed on, for nothing can be written. */
  readonly scopeKey: Buffer | undefined
  /** It can be read and not written. */
  readonly problem: SharedProblem | undefined
}

export interface WelcomeParts {
  readonly redis: RedisClient
  readonly keys: SharedKeys
  /** URL without credentials. */
  readonly shown: string
  /** That this instance hashes credentials under. */
  readonly scopeKey: Buffer
  /** It was set by hand: it is never told to Redis, and must be that of all. */
  readonly isScopeKeySet: boolean
}

/** With these a Redis is still worth reading. */
const bearable: ReadonlySet<SharedProblemCode> = new Set(['read-only', 'full'])
/** XAUTOCLAIM, and ids of streams that begin behind another. */
const OLDEST = [6, 2] as const

/** Throws a {@link SharedMemoryError} where it must not be used. */
export async function welcome(parts: WelcomeParts): Promise<Welcome> {
  const { redis, keys, shown } = parts
  await checkVersion(parts)
  for (const [key, type] of keyTypes(keys)) {
    const found = textOf(await redis.call('TYPE', key))
    if (found !== 'none' && found !== type) throw foreign(parts, `${key} is a ${found} and no ${type}`)
  }
  let problem: SharedProblem | undefined
  const writes = async <T>(write: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await write()
    } catch (error) {
      if (!bearable.has(codeOf(error))) throw error
      problem = problemOf(error, shown, keys.prefix)
      return undefined
    }
  }
  const { era, isNew } = await eraOf(parts, writes)
  if (keys.seal.isSealed) await checkSeal(parts, writes)
  const scopeKey = await scopeKeyOf(parts, writes)
  await writes(async () => {
    try {
      await redis.call('XGROUP', 'CREATE', keys.exchanges, KEEPERS, '0', 'MKSTREAM')
    } catch (error) {
      if (!/^BUSYGROUP/.test((error as Error).message)) throw error
    }
  })
  return { era, isNew, scopeKey, problem }
}

/** Throws where it is too old. Resolves with its name and version; '' where this user may not ask. */
export async function checkVersion({ redis, shown }: Pick<WelcomeParts, 'redis' | 'shown'>): Promise<string> {
  let info: string
  try {
    info = textOf(await redis.call('INFO', 'server')) ?? ''
  } catch (error) {
    // What it cannot do it will say.
    if (codeOf(error) === 'no-permission') return ''
    throw error
  }
  const version = /^redis_version:(\d+)\.(\d+)(\S*)/m.exec(info)
  if (version === null) return ''
  const [major, minor] = [Number(version[1]), Number(version[2])]
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
    const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
    return valkey === undefined ? `Redis ${major}.${minor}${version[3]}` : `Valkey ${valkey}`
  }
  throw new SharedMemoryError({
    code: 'too-old',
    says: `${shown}: Redis ${major}.${minor}${version[3]} is too old: use Redis ${OLDEST.join('.')} or newer, or Valkey`,
  })
}

function foreign({ shown, keys }: WelcomeParts, what: string): SharedMemoryError {
  return new SharedMemoryError({
    code: 'foreign-key',
    says: `${shown}: something else is kept under our names (${what}): set CHAOS_REDIS_PREFIX to another word than «${keys.prefix}», or remove it there`,
  })
}

type Writes = <T>(write: () => Promise<T>) => Promise<T | undefined>

async function eraOf(parts: WelcomeParts, writes: Writes): Promise<{ era: string; isNew: boolean }> {
  const { redis, keys, shown } = parts
  const mine = randomBytes(9).toString('base64url')
  const ours = keys.seal.isSealed ? SEALED_FORMAT : FORMAT
  let said = textOf(await redis.call('GET', keys.format))
  let isNew = false
  if (said === undefined) {
    isNew = (await writes(() => redis.call('SET', keys.format, `${ours} ${mine}`, 'NX'))) != null
    said = textOf(await redis.call('GET', keys.format)) ?? ''
    // Nothing is there and nothing can be written.
    if (said === '') return { era: '', isNew: false }
  }
  const [, format, era] = /^(\d+) ([\w-]+)$/.exec(said) ?? []
  if (format === undefined || era === undefined) throw foreign(parts, `${keys.format} says «${said.slice(0, 40)}»`)
  if (Number(format) !== ours && [FORMAT, SEALED_FORMAT].includes(Number(format)))
    throw new SharedMemoryError({
      code: 'other-encryption-key',
      says: `${shown}: what is kept under «${keys.prefix}» is ${keys.seal.isSealed ? 'not encrypted, and this instance has a CHAOS_ENCRYPTION_KEY' : 'encrypted, and this instance has no CHAOS_ENCRYPTION_KEY'}: give the same one to all instances, and a CHAOS_REDIS_PREFIX that none of them had before`,
    })
  if (Number(format) !== ours)
    throw new SharedMemoryError({
      code: 'other-format',
      says: `${shown}: what is kept under «${keys.prefix}» has format ${format}, this release has ${ours}: run one release everywhere, or give this one a CHAOS_REDIS_PREFIX of its own`,
    })
  return { era, isNew }
}

/** Throws where the others have another key. */
async function checkSeal({ redis, keys, shown }: WelcomeParts, writes: Writes): Promise<void> {
  const { seal, sealCheck } = keys
  await writes(() => redis.call('SET', sealCheck, seal.check(), 'NX'))
  const others = await redis.call('GET', sealCheck)
  if (!Buffer.isBuffer(others)) return
  const checked = seal.checked(others)
  if (checked === 'foreign')
    throw new SharedMemoryError({
      code: 'other-encryption-key',
      says: `${shown}: the other instances encrypt with another key: give all of them the same CHAOS_ENCRYPTION_KEY; where it changes, first let all have both, then the new one in front`,
    })
  if (checked === 'older') await writes(() => redis.call('SET', sealCheck, seal.check()))
}

async function scopeKeyOf(parts: WelcomeParts, writes: Writes): Promise<Buffer | undefined> {
  const { redis, keys, shown, scopeKey, isScopeKeySet } = parts
  let key: Buffer | undefined = scopeKey
  if (!isScopeKeySet) {
    await writes(() => redis.call('SET', keys.scopeKey, scopeKey.toString('base64url'), 'NX'))
    const agreed = textOf(await redis.call('GET', keys.scopeKey))
    key = agreed === undefined ? undefined : Buffer.from(agreed, 'base64url')
    if (key !== undefined && key.length !== scopeKey.length) throw foreign(parts, `${keys.scopeKey} is no key of ours`)
  }
  if (key === undefined) return undefined
  const mine = checkOf(key)
  await writes(() => redis.call('SET', keys.scopeCheck, mine, 'NX'))
  const others = textOf(await redis.call('GET', keys.scopeCheck))
  if (others !== undefined && others !== mine)
    throw new SharedMemoryError({
      code: 'other-scope-key',
      says: `${shown}: the other instances hash credentials under another key: set the same CHAOS_SCOPE_KEY for all of them, or give this one a CHAOS_REDIS_PREFIX of its own`,
    })
  return key
}

/** Tells whether two keys are the same, and neither of them. */
function checkOf(key: Buffer): string {
  return createHmac('sha256', key).update('chaos-proxy scope check').digest('base64url').slice(0, 16)
}
