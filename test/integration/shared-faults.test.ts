// What Redis does to requests when it fails: nothing. And what instances do when it is back: they catch up.
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { startRedis } from '../support/redis.js'
import { cannotRun } from '../support/services.js'
import { isGhost, isUp, sharedOf, until } from '../support/shared-proxies.js'

const skip = cannotRun('redis')

/** Clients that ask all the while, and what they got that was not the truth. */
function load(proxies: readonly RunningProxy[]) {
  const wrong: string[] = []
  let asked = 0
  let stop = false
  const clients = Array.from({ length: 8 }, async (_, client) => {
    const proxy = proxies[client % proxies.length]!
    for (let i = client; !stop; i++) {
      const id = 1 + (i % 50)
      try {
        const reply = await proxy.get(`/users/${id}`)
        if (reply.status !== 200 || isGhost(reply) || reply.json().id !== id) wrong.push(`/users/${id} ${reply.status}`)
      } catch (error) {
        wrong.push(`/users/${id} ${error}`)
      }
      asked += 1
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  })
  return {
    wrong,
    asked: () => asked,
    /** So many more, whatever happens meanwhile. */
    more: async (count: number) => {
      const enough = asked + count
      while (asked < enough) await new Promise(resolve => setTimeout(resolve, 10))
    },
    end: async () => {
      stop = true
      await Promise.all(clients)
    },
  }
}

/** Asked through one, known to the other: as a match that is explained, so that the upstream can stay alive. */
async function comesOver(from: RunningProxy, to: RunningProxy, path: string): Promise<boolean> {
  await from.get(path)
  const ask = async (): Promise<boolean> => {
    const { tiers } = await to.admin<{ tiers: { tier: string; used: boolean }[] }>('/api/debug/match', {
      method: 'POST',
      body: { method: 'GET', path },
    })
    return tiers.some(({ tier, used }) => tier === 'exact' && used)
  }
  return until(ask, known => known, 90_000)
}

t.test('Redis stopped, killed, started anew, full or emptied under load: no request notices', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const [a, b] = await Promise.all([startProxy(t, origin.url, env), startProxy(t, origin.url, env)])
  await Promise.all([isUp(a), isUp(b)])
  const clients = load([a, b])
  const problemOf = async (code: string): Promise<string | undefined> =>
    (
      await until(
        () => sharedOf(a),
        ({ problem }) => problem?.code === code,
      )
    ).problem?.code

  t.ok(await comesOver(a, b, '/users/101'))

  redis.pause()
  await a.get('/users/102')
  t.equal(await problemOf('slow'), 'slow')
  await clients.more(300)
  redis.resume()
  t.ok(await comesOver(b, a, '/users/102'), 'what was asked while it stood still comes when it goes on')

  await redis.kill()
  await a.get('/users/103')
  t.equal(await problemOf('not-reached'), 'not-reached')
  const status = await a.admin<{ health: { colour: string; because: string[] } } & Record<string, unknown>>(
    '/api/status',
  )
  t.equal(status.health.colour, 'yellow')
  t.match(status.health.because, [/is not reached .*CHAOS_REDIS_URL/])
  t.equal((await a.admin<{ ready: boolean }>('/readyz')).ready, true)
  await clients.more(300)
  await redis.restart()
  t.ok(await comesOver(b, a, '/users/104'), 'after a start with nothing in it')
  t.ok(await comesOver(a, b, '/users/103'), 'with what was asked meanwhile')

  await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await redis.ask('CONFIG', 'SET', 'maxmemory', 1)
  await a.get('/users/105')
  t.equal(await problemOf('full'), 'full')
  await clients.more(300)
  await redis.ask('CONFIG', 'SET', 'maxmemory', 0)
  t.ok(await comesOver(a, b, '/users/105'), 'what Redis did not take it takes later')

  await redis.ask('FLUSHALL')
  await clients.more(300)
  t.ok(await comesOver(a, b, '/users/106'), 'after everything was thrown away')
  await until(
    () => redis.ask('ZCARD', '{chaos}:shelf:seen'),
    count => Number(count) >= 56,
  )
  await clients.end()
  t.same(clients.wrong, [])
  t.ok(clients.asked() > 1200)

  const c = await startProxy(t, origin.url, env)
  await isUp(c)
  t.ok(await comesOver(a, c, '/users/101'), 'what was known before Redis was emptied is there for one that joins later')
})

t.test('a replica is read, and not written; when it becomes the primary all goes on', { skip }, async t => {
  const primary = await startRedis(t)
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(primary.port)])
  const origin = await startOrigin(t)
  const a = await startProxy(t, origin.url, { CHAOS_REDIS_URL: primary.url })
  await isUp(a)
  await until(
    () => replica.askText('GET', '{chaos}:scope-key'),
    key => key !== undefined,
  )
  const b = await startProxy(t, origin.url, { CHAOS_REDIS_URL: replica.url })
  const { state, problem } = await until(
    () => sharedOf(b),
    ({ state }) => state === 'limited',
  )
  t.equal(state, 'limited')
  t.match(problem, { code: 'read-only', says: /replica .*CHAOS_REDIS_URL/ })
  t.ok(await comesOver(a, b, '/users/101'), 'what the others saw is learned')
  t.equal((await b.get('/users/102')).status, 200)
  await replica.ask('REPLICAOF', 'NO', 'ONE')
  t.equal((await isUp(b)).state, 'up')
  t.ok(Number(await replica.ask('XLEN', '{chaos}:exchanges')) >= 2)
})

t.test('an instance that was away for longer than the stream reaches back reads the shelf', { skip }, async t => {
  const redis = await startRedis(t)
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: redis.url }
  const a = await startProxy(t, origin.url, env)
  const b = await startProxy(t, origin.url, env)
  await Promise.all([isUp(a), isUp(b)])
  t.ok(await comesOver(a, b, '/users/101'))
  await b.stop()
  const before = Number(await redis.ask('ZCARD', '{chaos}:shelf:seen'))
  for (let id = 1; id <= 20; id++) await a.get(`/users/${id}`)
  await until(
    () => redis.ask('ZCARD', '{chaos}:shelf:seen'),
    count => Number(count) >= before + 20,
  )
  await redis.ask('XTRIM', '{chaos}:exchanges', 'MAXLEN', 0)
  const back = await startProxy(t, origin.url, { ...env, CHAOS_DATA_DIR: b.dataDir })
  await isUp(back)
  t.ok((await sharedOf(back)).resyncs >= 1)
  await origin.kill()
  const ghost = await until(() => back.get('/users/20'), isGhost)
  t.equal(ghost.headers['x-ghost'], 'exact')
})
