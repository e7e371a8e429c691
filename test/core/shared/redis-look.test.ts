// The doctor's look at a real Redis, which it leaves as it was.
import t from 'tap'
import { lookAtRedis } from '../../../core/shared/redis-look.js'
import { sharedKeys } from '../../../core/shared/shared-keys.js'
import { freePort } from '../../../scripts/services/free-port.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'

t.test('no URL, and nobody there', async t => {
  t.match(await lookAtRedis('http://x', 'chaos', '1'), { problem: { code: 'wrong-url' } })
  const port = await freePort()
  const { problem } = await lookAtRedis(`redis://u:geheim@127.0.0.1:${port}`, 'chaos', '1')
  t.match(problem, { code: 'not-reached' })
  t.notMatch(problem!.says, /geheim/)
})

t.test('a real one', { skip: cannotRun('redis') }, async t => {
  const redis = await startRedis(t)
  const url = `redis://127.0.0.1:${redis.port}`
  const look = await lookAtRedis(url, 'chaos', '1')
  t.equal(look.problem, undefined)
  t.match(look.says, /^redis:\/\/127\.0\.0\.1:\d+: (Redis|Valkey) \d/)
  t.equal(await redis.ask('DBSIZE'), 0, 'nothing is left there')

  await redis.ask('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '&*', '+@read', '+@connection', '+info')
  const reader = await lookAtRedis(`redis://reader:pw@127.0.0.1:${redis.port}`, 'chaos', '1')
  t.match(reader.problem, { code: 'no-permission', says: /ACL SETUSER/ })

  await redis.ask('SET', sharedKeys('chaos').exchanges, 'of somebody else')
  t.match((await lookAtRedis(url, 'chaos', '1')).problem, { code: 'foreign-key', says: /CHAOS_REDIS_PREFIX/ })
  t.equal((await lookAtRedis(url, 'other', '1')).problem, undefined)
})
