// What is kept in Redis, erased there: against a real one.
import t from 'tap'
import type { Exchange } from '../../../core/contract/exchange.js'
import { packExchanges } from '../../../core/contract/exchange-wire.js'
import { ForgetMatcher, type ForgottenIn, forgettingOf } from '../../../core/contract/forgetting.js'
import { type ForgetShared, forgetShared } from '../../../core/shared/forget-shared.js'
import { ForgottenList } from '../../../core/shared/forgotten-list.js'
import { connectRedis, type RedisClient } from '../../../core/shared/redis-client.js'
import { parseRedisUrl } from '../../../core/shared/redis-url.js'
import { sharedKeys } from '../../../core/shared/shared-keys.js'
import { shelve } from '../../../core/shared/shelf.js'
import { KEEPERS } from '../../../core/shared/welcome.js'
import { userExchange } from '../../support/brain.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'

const skip = cannotRun('redis')
const keys = sharedKeys('chaos')
const AT = 10_000

function told(id: number, name: string): Exchange {
  return { ...userExchange(id), body: Buffer.from(JSON.stringify({ id, name, email: `${name}@persons.example` })) }
}

async function filled(redis: RedisClient): Promise<void> {
  await redis.call('XGROUP', 'CREATE', keys.exchanges, KEEPERS, '0', 'MKSTREAM')
  for (let id = 1; id <= 40; id++) {
    const batch = Buffer.from(packExchanges([told(id, `person-${id}-`), told(100 + id, `other-${id}-`)]))
    await redis.call('XADD', keys.exchanges, '*', 'by', 'x', 'turn', id, 'count', 2, 'bytes', batch)
    await shelve(redis, keys, 1e7, [batch])
  }
  // One of them took some, and has not finished.
  await redis.call('XREADGROUP', 'GROUP', KEEPERS, 'x', 'COUNT', 8, 'STREAMS', keys.exchanges, '>')
  await redis.call('HSET', '{chaos}:vector:lexical:text-of-7', 'partition', 'p', 'vector', 'octets')
  await redis.call('HSET', '{chaos}:vector:lexical:text-of-8', 'partition', 'p', 'vector', 'octets')
}

t.test('shelf, log and vectors lose it and keep the rest', { skip }, async t => {
  const server = await startRedis(t, ['--rdbcompression', 'no'])
  const place = parseRedisUrl(server.url)
  if ('problem' in place) throw new Error(place.problem)
  const redis = await connectRedis(place, 'test', () => {})
  t.teardown(() => redis.close())
  await filled(redis)
  const matcher = new ForgetMatcher(forgettingOf({ kind: 'match', text: 'person-7-@persons.example' }, AT))
  const parts: ForgetShared = { redis, keys, maxShelfBytes: 1e7, matcher, textKeys: ['text-of-7'], dryRun: true }
  const counts = (stores: readonly ForgottenIn[]): number[][] =>
    stores.map(({ found, erased, remaining }) => [found, erased, remaining])
  t.same(counts(await forgetShared(parts)), [
    [1, 0, 1],
    [1, 0, 1],
    [1, 0, 1],
    [0, 0, 0],
  ])
  t.same(counts(await forgetShared({ ...parts, dryRun: false })), [
    [1, 1, 0],
    [1, 1, 0],
    [1, 1, 0],
    [0, 0, 0],
  ])
  const dump = `local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do all[#all + 1] = redis.call('DUMP', key) end return table.concat(all)`
  const octets = (await redis.call('EVAL', dump, 0)) as Buffer
  t.notOk(octets.includes('person-7-'), 'not in what it writes to its disk either')
  t.ok(octets.includes('person-8-'))
  t.ok(octets.includes('other-7-'), 'what came in the same batch')
  t.equal(await redis.call('HLEN', keys.shelf), 79)
  t.equal(await redis.call('ZCARD', keys.shelfSeen), 79)
  t.equal(await redis.call('EXISTS', '{chaos}:vector:lexical:text-of-8'), 1)
  t.same(await redis.call('XPENDING', keys.exchanges, KEEPERS, '-', '+', 100), [])
  t.same(
    counts(await forgetShared({ ...parts, dryRun: false })).flat(),
    Array(12).fill(0),
    'done again it changes nothing',
  )
})

t.test('what came later is kept', { skip }, async t => {
  const server = await startRedis(t)
  const place = parseRedisUrl(server.url)
  if ('problem' in place) throw new Error(place.problem)
  const redis = await connectRedis(place, 'test', () => {})
  t.teardown(() => redis.close())
  await filled(redis)
  const matcher = new ForgetMatcher(forgettingOf({ kind: 'match', text: 'person-7-@persons.example' }, 1000))
  const parts: ForgetShared = { redis, keys, maxShelfBytes: 1e7, matcher, textKeys: [], dryRun: false }
  t.equal(
    (await forgetShared(parts)).every(({ found }) => found === 0),
    true,
  )
  t.equal(await redis.call('XLEN', keys.exchanges), 40)
})

t.test('the list: once each, until its time is over', { skip }, async t => {
  const server = await startRedis(t)
  const place = parseRedisUrl(server.url)
  if ('problem' in place) throw new Error(place.problem)
  const redis = await connectRedis(place, 'test', () => {})
  t.teardown(() => redis.close())
  await redis.call('XGROUP', 'CREATE', keys.exchanges, KEEPERS, '0', 'MKSTREAM')
  const list = new ForgottenList(redis, keys, 'a')
  const forgetting = forgettingOf({ kind: 'match', text: 'alice@persons.example' }, AT)
  await list.put(forgetting)
  await list.put(forgetting)
  t.same(await list.read(AT), [forgetting])
  t.notMatch(JSON.stringify(await list.read(AT)), /alice/)
  await new ForgottenList(redis, keys, 'b').note(forgetting.id, true)
  await list.note(forgetting.id, true)
  t.same(await list.others(forgetting.id), [{ instance: 'b', state: 'done' }])
  t.same(await list.read(forgetting.until), [])
  t.equal(await redis.call('EXISTS', keys.forgotten), 0)
})
