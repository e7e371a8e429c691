// What instances share, encrypted, on a real Redis: nothing that was said is to be read there, and who has the key finds all of it.
import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { packExchanges, unpackExchanges } from '../../../core/contract/exchange-wire.js'
import { ForgetMatcher, forgettingOf } from '../../../core/contract/forgetting.js'
import type { SealingKeys } from '../../../core/contract/sealing.js'
import { forgetShared } from '../../../core/shared/forget-shared.js'
import { Keeper } from '../../../core/shared/keeper.js'
import { LoadCells } from '../../../core/shared/load-cells.js'
import { connectRedis, type RedisClient } from '../../../core/shared/redis-client.js'
import type { SharedMemoryError } from '../../../core/shared/redis-problem.js'
import { parseRedisUrl, type RedisPlace } from '../../../core/shared/redis-url.js'
import { listOf, textOf } from '../../../core/shared/replies.js'
import { Scribe } from '../../../core/shared/scribe.js'
import { Sender } from '../../../core/shared/sender.js'
import { type SharedKeys, sharedKeys } from '../../../core/shared/shared-keys.js'
import { SharedSeal } from '../../../core/shared/shared-seal.js'
import { readShelf, seenOnShelf } from '../../../core/shared/shelf.js'
import { Tail } from '../../../core/shared/tail.js'
import { welcome } from '../../../core/shared/welcome.js'
import { userExchange } from '../../support/brain.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'
import { keysOf } from '../sealing/keys.js'

const skip = cannotRun('redis')
const traces = ['alice-path', 'alice-body', 'alice-grades', 'key-of-alice']
const one = keysOf('shared', 'one')

const names = (keys: SealingKeys | undefined): SharedKeys => sharedKeys('test', new SharedSeal(keys))
const exchange: Exchange = {
  ...{ ...userExchange(7), path: '/alice-path', body: Buffer.from('alice-body') },
  ...{ key: 'key-of-alice', baseKey: 'key-of-alice', completedAt: 5 },
}

async function open(t: { teardown(fn: () => unknown): void }): Promise<RedisClient> {
  const server = await startRedis(t, ['--rdbcompression', 'no'])
  const redis = await connectRedis(parseRedisUrl(server.url) as RedisPlace, 'test', () => {})
  t.teardown(() => redis.close())
  return redis
}

const join = (redis: RedisClient, keys: SharedKeys) =>
  welcome({ redis, keys, shown: 'redis://x', scopeKey: Buffer.alloc(32), isScopeKeySet: false })

const refusal = (redis: RedisClient, keys: SharedKeys): Promise<unknown> =>
  join(redis, keys).then(
    () => 'joined',
    error => (error as SharedMemoryError).problem,
  )

/** Sent, put on the shelf, and what grading has shown with it. */
async function share(redis: RedisClient, keys: SharedKeys): Promise<void> {
  const load = new LoadCells(LoadCells.create(), 0)
  const sender = new Sender({ keys, instance: 'a', load, now: () => 0, sleep: async () => {} })
  sender.push({ bytes: packExchanges([exchange]), count: 1 })
  await sender.run(
    redis,
    () => sender.isIdle,
    () => {},
    async () => undefined,
  )
  const keeper = new Keeper({
    ...{ redis, keys, instance: 'a', maxShelfBytes: 1e6, maxStreamBytes: 1e6, kept: (bytes: Buffer) => bytes },
  })
  await keeper.take()
  await new Scribe(redis, keys, 'a').write('{"alice-grades":1}')
}

async function tracesIn(redis: RedisClient): Promise<string[]> {
  const dumps: Buffer[] = []
  for (const key of listOf(await redis.call('KEYS', '*'))) {
    const dump = await redis.call('DUMP', textOf(key)!)
    if (Buffer.isBuffer(dump)) dumps.push(dump)
  }
  return traces.filter(trace => dumps.some(dump => dump.includes(trace)))
}

/** Bodies on the shelf, and in the log. */
async function bodies(redis: RedisClient, keys: SharedKeys): Promise<string[]> {
  const found: string[] = []
  const add = (octets: Buffer): void => {
    for (const { body } of unpackExchanges(new Uint8Array(octets).buffer as ArrayBuffer))
      found.push(Buffer.from(body).toString())
  }
  for await (const octets of readShelf(redis, keys)) add(octets)
  const deliver = async (octets: Buffer): Promise<void> => add(octets)
  const tail = new Tail({ redis, keys, instance: 'b', era: 'e', position: 'e 0-0', deliver, onResync: () => {} })
  await tail.begin()
  await tail.step()
  return found
}

t.test('nothing of it is to be read in Redis, and who has the key finds all of it', { skip }, async t => {
  for (const keys of [names(undefined), names(one)]) {
    const redis = await open(t)
    await join(redis, keys)
    await share(redis, keys)
    t.same(await tracesIn(redis), keys.seal.isSealed ? [] : traces)
    t.same(await bodies(redis, keys), ['alice-body', 'alice-body'])
    t.same(await seenOnShelf(redis, keys, ['key-of-alice', 'another']), [5, undefined])
    t.equal(await new Scribe(redis, keys, 'b').read(), '{"alice-grades":1}')
    const matcher = new ForgetMatcher(forgettingOf({ kind: 'match', text: 'alice-body' }, 100))
    const parts = { redis, keys, maxShelfBytes: 1e6, matcher, textKeys: [], dryRun: false }
    const stores = await forgetShared(parts)
    t.match(stores, [
      { found: 1, erased: 1 },
      { found: 1, erased: 1 },
    ])
    t.same(await bodies(redis, keys), [])
  }
})

t.test('who has another key, or none, is told so and stays away', { skip }, async t => {
  const redis = await open(t)
  await join(redis, names(one))
  await share(redis, names(one))
  for (const keys of [names(undefined), names(keysOf('shared', 'two'))])
    t.match(await refusal(redis, keys), { code: 'other-encryption-key', says: /same/ })
  const plain = await open(t)
  await join(plain, names(undefined))
  t.match(await refusal(plain, names(one)), { code: 'other-encryption-key', says: /is not encrypted/ })
})

t.test('keys change one instance after the other', { skip }, async t => {
  const redis = await open(t)
  const both = keysOf('shared', 'one', 'two')
  await join(redis, names(one))
  await share(redis, names(one))
  await join(redis, names(both))
  const changed = names(keysOf('shared', 'two', 'one'))
  await join(redis, changed)
  t.same(await bodies(redis, changed), ['alice-body', 'alice-body'], 'what is there is read')
  await share(redis, changed)
  t.same((await bodies(redis, names(both))).length, 4, 'those that seal with the old one read what is new')
  await join(redis, names(keysOf('shared', 'two')))
  t.same(
    await bodies(redis, names(keysOf('shared', 'two'))),
    ['alice-body', 'alice-body'],
    'what is old is passed over',
  )
})
