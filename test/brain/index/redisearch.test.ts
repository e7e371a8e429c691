// The index in Redis does what the local ones do, is built anew beside the old one, and says what is wrong.
import t from 'tap'
import { openRedisearch } from '../../../brain/index/redisearch.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'
import { until } from '../../support/shared-proxies.js'
import { addAll, clusteredVectors, vectorIndexSuite } from './vector-index-suite.js'

const skip = cannotRun('redis')
const [prefix, embedder] = ['test', 'lexical-384']

vectorIndexSuite(
  t,
  'redisearch',
  async t => {
    const { url } = await startRedis(t)
    const index = openRedisearch({ url, prefix, embedder })
    t.teardown(() => index.close())
    return index
  },
  { skip },
)

t.test('what one instance adds another finds; another embedder is another world', { skip }, async t => {
  const { url } = await startRedis(t)
  const open = (of = embedder) => {
    const index = openRedisearch({ url, prefix, embedder: of })
    t.teardown(() => index.close())
    return index
  }
  await open().add('a', 'p', Float32Array.of(1, 0))
  const one = Float32Array.of(1, 0)
  t.same(
    (await open().search('p', one, 5)).map(({ id }) => id),
    ['a'],
  )
  t.same(await open('other').search('p', one, 5), [])
})

t.test('another schema is built beside the old one, which answers meanwhile', { skip }, async t => {
  const redis = await startRedis(t)
  const vectors = clusteredVectors(2000, 32, 20)
  const old = openRedisearch({ url: redis.url, prefix, embedder, schema: 1 })
  t.teardown(() => old.close())
  await addAll(old, 'p', vectors)
  const next = openRedisearch({ url: redis.url, prefix, embedder, schema: 2 })
  t.teardown(() => next.close())
  const found = await next.search('p', vectors[7]!, 1)
  t.equal(found[0]?.id, 'v7', 'at once')
  await next.rebuilt()
  t.equal((await next.search('p', vectors[9]!, 1))[0]?.id, 'v9')
  t.equal((await old.search('p', vectors[9]!, 1))[0]?.id, 'v9', 'the one before asks by the same name')
  t.equal(await next.size(), 2000)
  const names = await redis.ask('FT._LIST')
  t.same(String(names).split(','), ['{test}:vectors:lexical-384:2:32'], 'the old one is gone')
})

t.test('an index of something else under our name is left alone', { skip }, async t => {
  const redis = await startRedis(t)
  await redis.ask('FT.CREATE', 'theirs', 'ON', 'HASH', 'PREFIX', 1, 'shop:', 'SCHEMA', 'title', 'TEXT')
  await redis.ask('FT.ALIASADD', '{test}:vectors:lexical-384', 'theirs')
  const index = openRedisearch({ url: redis.url, prefix, embedder })
  t.teardown(() => index.close())
  await t.rejects(index.add('a', 'p', Float32Array.of(1, 0)), { code: 'foreign-index', message: /CHAOS_REDIS_PREFIX/ })
  await redis.ask('FT.ALIASDEL', '{test}:vectors:lexical-384')
  await index.add('a', 'p', Float32Array.of(1, 0))
  t.equal(await index.size(), 1, 'as soon as the name is free')

  const name = '{own}:vectors:lexical-384:1:2'
  await redis.ask('FT.CREATE', name, 'ON', 'HASH', 'PREFIX', 1, 'shop:', 'SCHEMA', 'title', 'TEXT')
  const other = openRedisearch({ url: redis.url, prefix: 'own', embedder })
  t.teardown(() => other.close())
  await t.rejects(other.add('a', 'p', Float32Array.of(1, 0)), { code: 'foreign-index' })
})

t.test('a Redis that stands still fails the question in time, and is asked again', { skip }, async t => {
  const redis = await startRedis(t)
  const index = openRedisearch({ url: redis.url, prefix, embedder })
  t.teardown(() => index.close())
  await index.add('a', 'p', Float32Array.of(1, 0))
  redis.pause()
  await t.rejects(index.search('p', Float32Array.of(1, 0), 1), { code: 'not-reached' })
  redis.resume()
  const found = await until(
    () => index.search('p', Float32Array.of(1, 0), 1).catch(() => []),
    list => list.length > 0,
  )
  t.equal(found[0]?.id, 'a')
})
