import t from 'tap'
import { openRedisearch } from '../../../brain/index/redisearch.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'
import { COUNT, recallSuite } from './recall-suite.js'

t.test(`RediSearch finds the nearest among ${COUNT} vectors`, { skip: cannotRun('redis') }, async t => {
  const { url } = await startRedis(t)
  const index = openRedisearch({ url, prefix: 'test', embedder: 'random' })
  t.teardown(() => index.close())
  await recallSuite(t, index)
})
