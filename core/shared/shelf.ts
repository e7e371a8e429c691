// thread: shared
// The shelf: of each request the newest exchange, for instances that come later than the stream reaches back. Kept by all
// instances together, and idempotent: what is not newer than what stands there changes nothing.
import { exchangeFrames } from '../contract/exchange-wire.js'
import type { RedisClient, Reply } from './redis-client.js'
import { listOf, textOf } from './replies.js'
import type { SharedKeys } from './shared-keys.js'

/** What an entry costs beside its octets, about. */
export const ENTRY_BYTES = 250
/** A larger one is told to those who listen and not kept. */
const LARGEST_SHARE = 1 / 16
const FETCHED_AT_ONCE = 64

/** One script is one step: what it reads no one changes before it writes. */
const shelveScript = `
local bytes = tonumber(redis.call('GET', KEYS[3]) or '0')
local budget = tonumber(ARGV[1])
local shelved = 0
for i = 2, #ARGV, 3 do
  local key, at, frame = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local known = redis.call('ZSCORE', KEYS[2], key)
  if not known or tonumber(known) < at then
    local old = redis.call('HSTRLEN', KEYS[1], key)
    redis.call('HSET', KEYS[1], key, frame)
    redis.call('ZADD', KEYS[2], at, key)
    if known then bytes = bytes - old + #frame else bytes = bytes + #frame + ${ENTRY_BYTES} end
    shelved = shelved + 1
  end
end
while bytes > budget do
  local oldest = redis.call('ZPOPMIN', KEYS[2])
  if #oldest == 0 then bytes = 0 break end
  bytes = bytes - redis.call('HSTRLEN', KEYS[1], oldest[1]) - ${ENTRY_BYTES}
  redis.call('HDEL', KEYS[1], oldest[1])
end
redis.call('SET', KEYS[3], bytes)
return shelved
`

/** `batches`: see exchange-wire.ts. Resolves with how many took a place. */
export async function shelve(
  redis: RedisClient,
  keys: SharedKeys,
  maxBytes: number,
  batches: readonly Buffer[],
): Promise<number> {
  const newest = new Map<string, { at: number; frame: Buffer }>()
  for (const bytes of batches)
    for (const { head, frame } of exchangeFrames(bytes)) {
      const { key, completedAt } = head
      const known = newest.get(key)
      if (frame.length > maxBytes * LARGEST_SHARE || (known !== undefined && known.at >= completedAt)) continue
      newest.set(key, { at: completedAt, frame })
    }
  if (newest.size === 0) return 0
  const shelved = await redis.call(
    'EVAL',
    shelveScript,
    3,
    ...[keys.shelf, keys.shelfSeen, keys.shelfBytes],
    maxBytes,
    ...[...newest].flatMap(([key, { at, frame }]) => [keys.seal.nameOf(key), at, keys.seal.seal(frame, 'shelf')]),
  )
  return Number(shelved)
}

/** In the order of time, newest thousand first: what is asked for most was seen last. */
export async function* readShelf(redis: RedisClient, keys: SharedKeys): AsyncGenerator<Buffer> {
  const step = 1000
  // By rank: what comes meanwhile moves the rest down, and some are read twice, but none is left out.
  for (let from = 0; ; from += step) {
    const found = listOf(await redis.call('ZREVRANGE', keys.shelfSeen, from, from + step - 1)).map(one => textOf(one)!)
    if (found.length === 0) return
    found.reverse()
    for (let at = 0; at < found.length; at += FETCHED_AT_ONCE) {
      const frames = listOf(await redis.call('HMGET', keys.shelf, ...found.slice(at, at + FETCHED_AT_ONCE)))
      const kept = frames.flatMap(frame => (Buffer.isBuffer(frame) ? (keys.seal.open(frame, 'shelf') ?? []) : []))
      if (kept.length > 0) yield Buffer.concat(kept)
    }
  }
}

/** When each was seen that stands there; undefined: it does not. */
export async function seenOnShelf(
  redis: RedisClient,
  keys: SharedKeys,
  names: readonly string[],
): Promise<(number | undefined)[]> {
  const scores = listOf(await redis.call('ZMSCORE', keys.shelfSeen, ...names.map(name => keys.seal.nameOf(name))))
  return scores.map((score: Reply) => (score === null ? undefined : Number(textOf(score))))
}
