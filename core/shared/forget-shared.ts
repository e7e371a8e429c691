// thread: shared
// Forgets in Redis: on the shelf, in the log, among the vectors, in what grading has shown. Each step may be done again. What other
// instances must forget stands in a list there (forgotten-list.ts).
import { exchangeFrames, unpackExchanges } from '../contract/exchange-wire.js'
import { type ForgetMatcher, type ForgottenIn, isForgotten } from '../contract/forgetting.js'
import type { RedisClient, Reply } from './redis-client.js'
import { compareIds, entriesOf, listOf, textOf } from './replies.js'
import type { SharedKeys } from './shared-keys.js'
import { ENTRY_BYTES, shelve } from './shelf.js'
import { KEEPERS } from './welcome.js'

const AT_ONCE = 200
const ENTRIES_AT_ONCE = 16
/** Exchanges come meanwhile: then the log is looked through once more. */
const TRIES = 20

/** One step: what comes between is not lost. */
const unshelveScript = `
local bytes = tonumber(redis.call('GET', KEYS[3]) or '0')
local gone = 0
for i = 1, #ARGV do
  local size = redis.call('HSTRLEN', KEYS[1], ARGV[i])
  if redis.call('HDEL', KEYS[1], ARGV[i]) == 1 then
    bytes = bytes - size - ${ENTRY_BYTES}
    gone = gone + 1
  end
  redis.call('ZREM', KEYS[2], ARGV[i])
end
redis.call('SET', KEYS[3], math.max(0, bytes))
return gone
`

/**
 * Empties the log where nothing came since: entries that are only marked as deleted stay in the memory of Redis, and in what it writes
 * to its disk, as long as one beside them lives.
 */
const emptyScript = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if #last > 0 and last[1][1] ~= ARGV[1] then return 0 end
redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
return 1
`

export interface ForgetShared {
  readonly redis: RedisClient
  readonly keys: SharedKeys
  readonly maxShelfBytes: number
  readonly matcher: ForgetMatcher
  /** Names of vectors that went from the memory of an instance. */
  readonly textKeys: readonly string[]
  readonly dryRun: boolean
}

/** Rejects with what Redis says. */
export async function forgetShared(parts: ForgetShared): Promise<ForgottenIn[]> {
  return [
    await forgetOn('Redis: shelf', parts, onShelf, unshelve),
    await forgetOn('Redis: log', parts, inLog, emptyLog),
    await forgetOn('Redis: vectors', parts, vectorsOf, removeKeys),
    await forgetOn('Redis: grades', parts, inLesson, removeKeys),
  ]
}

async function forgetOn(
  store: string,
  parts: ForgetShared,
  search: (parts: ForgetShared) => Promise<readonly string[]>,
  erase: (parts: ForgetShared, found: readonly string[]) => Promise<unknown>,
): Promise<ForgottenIn> {
  const found = await search(parts)
  const count = found.length
  const what = ''
  if (parts.dryRun) return { store, found: count, erased: 0, remaining: count, what, problem: '' }
  if (count > 0) await erase(parts, found)
  const remaining = count === 0 ? 0 : (await search(parts)).length
  return { store, found: count, erased: Math.max(0, count - remaining), remaining, what, problem: '' }
}

/** Names of the exchanges. */
async function onShelf({ redis, keys, matcher }: ForgetShared): Promise<string[]> {
  const found = new Set<string>()
  await scanned(
    cursor => redis.call('HSCAN', keys.shelf, cursor, 'COUNT', AT_ONCE),
    flat => {
      for (let i = 0; i + 1 < flat.length; i += 2) {
        const frame = flat[i + 1]
        const opened = Buffer.isBuffer(frame) ? keys.seal.open(frame, 'shelf') : undefined
        if (opened !== undefined && holds(opened, matcher)) found.add(textOf(flat[i])!)
      }
    },
  )
  return [...found]
}

async function unshelve({ redis, keys }: ForgetShared, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += AT_ONCE)
    await redis.call(
      ...(['EVAL', unshelveScript, 3, keys.shelf, keys.shelfSeen, keys.shelfBytes] as const),
      ...names.slice(at, at + AT_ONCE),
    )
}

/** Ids of entries. */
async function inLog({ redis, keys, matcher }: ForgetShared): Promise<string[]> {
  const found: string[] = []
  for await (const { id, bytes } of entries(redis, keys)) if (holds(bytes, matcher)) found.push(id)
  return found
}

/** The log goes as a whole; those that have not read it yet find what it had on the shelf, as where it was cut for its length. */
async function emptyLog({ redis, keys, matcher, maxShelfBytes }: ForgetShared): Promise<void> {
  let after = '-'
  for (let round = 0; round < TRIES; round++) {
    for await (const { id, bytes } of entries(redis, keys, after)) {
      const kept = keptOf(bytes, [matcher])
      if (kept !== undefined) await shelve(redis, keys, maxShelfBytes, [kept])
      after = `(${id}`
    }
    const last = after === '-' ? '' : after.slice(1)
    if ((await redis.call('EVAL', emptyScript, 1, keys.exchanges, last)) === 1) break
  }
  // What somebody took and did not finish is not there any more.
  const pending = listOf(await redis.call('XPENDING', keys.exchanges, KEEPERS, '-', '+', 10_000))
  const ids = pending
    .map(one => textOf(listOf(one)[0])!)
    .filter(id => after === '-' || compareIds(id, after.slice(1)) <= 0)
  if (ids.length > 0) await redis.call('XACK', keys.exchanges, KEEPERS, ...ids)
}

async function* entries(
  redis: RedisClient,
  keys: SharedKeys,
  after = '-',
): AsyncGenerator<{ readonly id: string; readonly bytes: Buffer }> {
  for (let from = after; ; ) {
    const page = entriesOf(await redis.call('XRANGE', keys.exchanges, from, '+', 'COUNT', ENTRIES_AT_ONCE))
    yield* keys.seal.opened(page)
    const last = page.at(-1)
    if (last === undefined) return
    from = `(${last.id}`
  }
}

/** Keys of documents of the search, of whichever embedder. */
async function vectorsOf({ redis, keys, textKeys }: ForgetShared): Promise<string[]> {
  if (textKeys.length === 0) return []
  const sought = new Set(textKeys)
  const found = new Set<string>()
  await scanned(
    cursor => redis.call('SCAN', cursor, 'MATCH', `{${keys.prefix}}:vector:*`, 'COUNT', 1000),
    names => {
      for (const name of names) {
        const key = textOf(name)!
        if (sought.has(key.slice(key.lastIndexOf(':') + 1))) found.add(key)
      }
    },
  )
  return [...found]
}

/** Whoever writes it does so anew, out of a memory that has forgotten. */
async function inLesson({ redis, keys, matcher }: ForgetShared): Promise<string[]> {
  const stored = await redis.call('HGET', keys.lesson, 'grades')
  const grades = Buffer.isBuffer(stored) ? keys.seal.open(stored, 'grades')?.toString() : undefined
  return grades !== undefined && matcher.text(grades) ? [keys.lesson] : []
}

async function removeKeys({ redis }: ForgetShared, names: readonly string[]): Promise<void> {
  for (const name of names) await redis.call('DEL', name)
}

async function scanned(
  step: (cursor: string) => Promise<Reply>,
  take: (found: readonly Reply[]) => void,
): Promise<void> {
  let cursor = '0'
  do {
    const [next, found] = listOf(await step(cursor))
    take(listOf(found))
    cursor = textOf(next) ?? '0'
  } while (cursor !== '0')
}

function holds(bytes: Buffer, matcher: ForgetMatcher): boolean {
  try {
    return unpackExchanges(bytes).some(exchange => isForgotten([matcher], exchange))
  } catch {
    // Nobody's to read, and nobody's to keep where it holds the text.
    return matcher.octets(bytes)
  }
}

/** A batch without what is to be forgotten; undefined: nothing is left of it. */
export function keptOf(bytes: Buffer, matchers: readonly ForgetMatcher[]): Buffer | undefined {
  if (matchers.length === 0) return bytes
  const frames: Buffer[] = []
  for (const { head, frame } of exchangeFrames(bytes)) {
    const isOld = matchers.some(matcher => matcher.covers(head.completedAt))
    if (!isOld || !unpackExchanges(frame).some(exchange => isForgotten(matchers, exchange))) frames.push(frame)
  }
  return frames.length === 0 ? undefined : Buffer.concat(frames)
}
