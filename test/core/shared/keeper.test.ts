// The consumer group and the shelf, on a real Redis.
import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { packExchanges, unpackExchanges } from '../../../core/contract/exchange-wire.js'
import { Keeper } from '../../../core/shared/keeper.js'
import { connectRedis, type RedisClient } from '../../../core/shared/redis-client.js'
import { parseRedisUrl, type RedisPlace } from '../../../core/shared/redis-url.js'
import { listOf } from '../../../core/shared/replies.js'
import { sharedKeys } from '../../../core/shared/shared-keys.js'
import { readShelf, shelve } from '../../../core/shared/shelf.js'
import { welcome } from '../../../core/shared/welcome.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'

const skip = cannotRun('redis')
const keys = sharedKeys('test')

const exchange = (key: string, completedAt: number, body = key): Exchange => ({
  ...{ startedAt: completedAt, completedAt, method: 'GET', path: `/${key}`, query: '', scope: '', shared: false },
  ...{ baseKey: key, key, vary: [], requestHeaders: [], requestBody: new Uint8Array(0), status: 200, headers: [] },
  ...{ body: Buffer.from(body), redactions: 0, repeats: 0, firstByteMs: 1 },
})
const packed = (...exchanges: Exchange[]): Buffer => Buffer.from(packExchanges(exchanges))

async function open(t: { teardown(fn: () => unknown): void }): Promise<RedisClient> {
  const server = await startRedis(t)
  const redis = await connectRedis(parseRedisUrl(server.url) as RedisPlace, 'test', () => {})
  t.teardown(() => redis.close())
  await welcome({ redis, keys, shown: server.url, scopeKey: Buffer.alloc(32), isScopeKeySet: false })
  return redis
}

async function shelf(redis: RedisClient): Promise<string[]> {
  const found: string[] = []
  for await (const bytes of readShelf(redis, keys))
    for (const { key, completedAt, body } of unpackExchanges(new Uint8Array(bytes).buffer as ArrayBuffer))
      found.push(`${key} ${completedAt} ${Buffer.from(body)}`)
  return found
}

/** Nothing is to be forgotten. */
const kept = (bytes: Buffer): Buffer => bytes

t.test('the shelf has the newest of each, in whatever order and however often they come', { skip }, async t => {
  const redis = await open(t)
  t.equal(await shelve(redis, keys, 1e6, [packed(exchange('a', 1, 'old'), exchange('b', 2))]), 2)
  t.equal(await shelve(redis, keys, 1e6, [packed(exchange('a', 5, 'new'))]), 1)
  t.equal(await shelve(redis, keys, 1e6, [packed(exchange('a', 5, 'again'), exchange('a', 4, 'late'))]), 0)
  t.same(await shelf(redis), ['b 2 b', 'a 5 new'])
})

t.test('it stays within its bound, and what was not seen for longest goes first', { skip }, async t => {
  const redis = await open(t)
  for (let i = 0; i < 400; i++) await shelve(redis, keys, 64_000, [packed(exchange(`k${i}`, i, 'x'.repeat(500)))])
  const kept = await shelf(redis)
  t.ok(kept.length > 30 && kept.length < 90, `${kept.length} are left`)
  t.match(kept.at(-1), /^k399 /)
  t.match(kept[0], new RegExp(`^k${400 - kept.length} `))
  t.equal(Number(await redis.call('HLEN', keys.shelf)), kept.length)
  const used =
    Number(await redis.call('MEMORY', 'USAGE', keys.shelf)) +
    Number(await redis.call('MEMORY', 'USAGE', keys.shelfSeen))
  t.ok(used < 96_000, `${used} octets`)
})

t.test('each entry is taken by one; what a dead one took another claims', { skip }, async t => {
  const redis = await open(t)
  const parts = { redis, keys, maxShelfBytes: 1e6, maxStreamBytes: 1e6 }
  const [a, b] = [new Keeper({ ...parts, kept, instance: 'a' }), new Keeper({ ...parts, kept, instance: 'b' })]
  for (let i = 0; i < 12; i++)
    await redis.call(
      'XADD',
      keys.exchanges,
      '*',
      'by',
      'x',
      'turn',
      i + 1,
      'count',
      1,
      'bytes',
      packed(exchange(`k${i}`, i)),
    )
  await redis.call('XADD', keys.exchanges, '*', 'by', 'x', 'turn', 13, 'count', 1, 'bytes', 'nothing that can be read')
  await redis.call('XADD', keys.exchanges, '*', 'of', 'another')
  // The dead one: it took some long ago, and that was all.
  await redis.call('XREADGROUP', 'GROUP', 'keepers', 'dead', 'COUNT', 5, 'STREAMS', keys.exchanges, '>')
  const taken = listOf(await redis.call('XPENDING', keys.exchanges, 'keepers', '-', '+', 9, 'dead')).map(entry =>
    String(listOf(entry)[0]),
  )
  t.equal(taken.length, 5)
  await redis.call('XCLAIM', keys.exchanges, 'keepers', 'dead', 0, ...taken, 'IDLE', 60_000)
  while (await a.take());
  t.equal((await shelf(redis)).length, 7)
  await Promise.all([a.claim(), b.claim()])
  t.equal((await shelf(redis)).length, 12)
  t.equal(a.shelved + b.shelved, 12)
  t.same(
    await redis.call('XPENDING', keys.exchanges, 'keepers', '-', '+', 9),
    [],
    'nothing waits, the unreadable neither',
  )
})

t.test('the stream stays within its part of the memory', { skip }, async t => {
  const redis = await open(t)
  const keeper = new Keeper({ ...{ redis, keys, instance: 'a', kept }, maxShelfBytes: 1e6, maxStreamBytes: 200_000 })
  for (let i = 0; i < 500; i++) await redis.call('XADD', keys.exchanges, '*', 'by', 'x', 'bytes', Buffer.alloc(2000, i))
  await keeper.tidy()
  const used = Number(await redis.call('MEMORY', 'USAGE', keys.exchanges, 'SAMPLES', 0))
  t.ok(used < 210_000 && used > 50_000, `${used} octets`)
})
