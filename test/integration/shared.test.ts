// Several instances and one Redis: real proxies, a real Redis, real signals.
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { startProxy } from '../support/proxy.js'
import { startRedis } from '../support/redis.js'
import { cannotRun } from '../support/services.js'
import { isGhost, isUp, sharedOf, until } from '../support/shared-proxies.js'

const skip = cannotRun('redis')

t.test('what one instance saw another answers as a ghost', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const [a, b] = await Promise.all([startProxy(t, origin.url, env), startProxy(t, origin.url, env)])
  t.equal((await isUp(a)).state, 'up', a.output())
  t.equal((await isUp(b)).state, 'up', b.output())
  const truth = await a.get('/users/5')
  const mine = await a.get('/me', { authorization: 'Bearer alice' })
  await a.get('/secret')
  await a.settled()
  const { received } = await until(
    () => sharedOf(b),
    ({ received }) => received >= 3,
  )
  t.equal(received, 3)
  await origin.kill()
  const ghost = await b.get('/users/5')
  t.equal(ghost.headers['x-ghost'], 'exact')
  t.same(ghost.body, truth.body)
  t.same(
    (await b.get('/me', { authorization: 'Bearer alice' })).body,
    mine.body,
    'credentials have one name everywhere',
  )
  t.notOk(isGhost(await b.get('/me', { authorization: 'Bearer bob' })))
  const entries = JSON.stringify(
    await redis.askText('EVAL', "return cjson.encode(redis.call('XRANGE', KEYS[1], '-', '+'))", 1, '{chaos}:exchanges'),
  )
  t.match(entries, /User 5/, 'it can be read there')
  t.notMatch(entries, /very-secret-value|Bearer/, 'and no secret is')
})

t.test('a write through one instance buries what another learned', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const [a, b] = await Promise.all([startProxy(t, origin.url, env), startProxy(t, origin.url, env)])
  await Promise.all([isUp(a), isUp(b)])
  await b.get('/users/7')
  await b.get('/users/8')
  await b.settled()
  await a.send('PUT', '/users/7', { body: '{"name":"other"}', headers: { 'content-type': 'application/json' } })
  await a.settled()
  await until(
    () => sharedOf(b),
    ({ received }) => received >= 1,
  )
  await origin.kill()
  t.notOk(isGhost(await b.get('/users/7')) && (await b.get('/users/7')).headers['x-ghost'] === 'exact')
  t.equal((await b.get('/users/8')).headers['x-ghost'], 'exact')
})

t.test('one that joins an outage answers from Redis, also when nobody else is left', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const a = await startProxy(t, origin.url, env)
  await isUp(a)
  const truth = new Map<string, string>()
  for (let id = 1; id <= 200; id++) truth.set(`/users/${id}`, (await a.get(`/users/${id}`)).body.toString())
  await a.send('PUT', '/users/3', { body: '{"name":"other"}', headers: { 'content-type': 'application/json' } })
  await a.settled()
  // Until all of it stands on the shelf; the stream alone is taken away, as if it had been too short.
  await until(
    () => redis.ask('ZCARD', '{chaos}:shelf:seen'),
    count => Number(count) >= 201,
  )
  await a.stop()
  await redis.ask('XTRIM', '{chaos}:exchanges', 'MAXLEN', 0)
  await origin.kill()

  const b = await startProxy(t, origin.url, env)
  const upAt = Date.now()
  const last = await until(
    () => b.get('/users/200'),
    reply => isGhost(reply),
  )
  t.ok(isGhost(last))
  const wrong: string[] = []
  for (const [path, body] of truth) {
    if (path === '/users/3') continue
    const reply = await until(() => b.get(path), isGhost, 2000)
    if (reply.body.toString() !== body) wrong.push(`${path} → ${reply.status}`)
  }
  t.same(wrong, [])
  t.ok(Date.now() - upAt <= 2000, `all of it after ${Date.now() - upAt} ms`)
  t.not((await b.get('/users/3')).headers['x-ghost'], 'exact', 'what was written since is not known')
})

t.test('an instance that learned alone tells the others what they lack', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const alone = await startProxy(t, origin.url)
  const truth = await alone.get('/users/9')
  const search = await alone.send('POST', '/users/find', {
    body: '{"name":"x"}',
    headers: { 'content-type': 'application/json' },
  })
  await alone.settled()
  await alone.stop()
  const env = { CHAOS_REDIS_URL: redis.url }
  const a = await startProxy(t, origin.url, { ...env, CHAOS_DATA_DIR: alone.dataDir })
  await isUp(a)
  const b = await startProxy(t, origin.url, env)
  await until(
    () => sharedOf(b),
    ({ received }) => received >= 1,
  )
  await origin.kill()
  const ghost = await until(() => b.get('/users/9'), isGhost)
  t.same(ghost.body, truth.body)
  t.equal(search.status, 200)
})

t.test(
  'an open circuit elsewhere makes this one careful: few failures open it, and only its own',
  { skip },
  async t => {
    const redis = await startRedis(t)
    const origin = await startOrigin(t)
    const env = { CHAOS_REDIS_URL: redis.url, CHAOS_BREAKER_OPEN_MS: '60000', CHAOS_BREAKER_MAX_OPEN_MS: '60000' }
    const a = await startProxy(t, origin.url, { ...env, CHAOS_BREAKER_MIN_REQUESTS: '5' })
    const b = await startProxy(t, origin.url, { ...env, CHAOS_BREAKER_MIN_REQUESTS: '1000' })
    await Promise.all([isUp(a), isUp(b)])
    const circuitOf = async (proxy: typeof a): Promise<{ state: string; because: string }> =>
      (await proxy.admin<{ circuit: { state: string; because: string } } & Record<string, unknown>>('/api/status'))
        .circuit
    for (let id = 1; id <= 5; id++) await b.get(`/users/${id}`)
    await origin.kill()
    for (let id = 1; id <= 20; id++) await b.get(`/users/${id}`)
    t.equal((await circuitOf(b)).state, 'closed', 'by itself it would wait for a thousand')
    for (let id = 1; id <= 10; id++) await a.get(`/users/${id}`)
    t.equal(
      (
        await until(
          () => circuitOf(a),
          ({ state }) => state === 'open',
        )
      ).state,
      'open',
    )
    const opened = await until(
      async () => {
        await b.get('/users/1')
        return circuitOf(b)
      },
      ({ state }) => state === 'open',
    )
    t.match(opened, { state: 'open', because: /in a row failed, as they do at another instance/ })
  },
)

t.test('one that finds Redis late takes the key of the others, and knows what they know', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const alice = { authorization: 'Bearer alice' }
  const a = await startProxy(t, origin.url, env)
  await isUp(a)
  redis.pause()
  const b = await startProxy(t, origin.url, env)
  await b.get('/me', { authorization: 'Bearer bob' })
  redis.resume()
  await isUp(b)
  const truth = await a.get('/me', alice)
  await until(
    () => sharedOf(b),
    ({ received }) => received > 0,
  )
  await origin.kill()
  const ghost = await until(() => b.get('/me', alice), isGhost)
  t.ok(isGhost(ghost))
  t.same(ghost.body, truth.body)
  // From now on it has that key, also where Redis is gone when it starts.
  await redis.kill()
  t.equal(await b.stop(), 0)
  const again = await startProxy(t, origin.url, { ...env, CHAOS_DATA_DIR: b.dataDir })
  t.same((await again.get('/me', alice)).body, truth.body)
})
