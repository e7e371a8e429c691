// A Redis that cannot be used: one clear line, yellow, and the proxy serves as if there were none.
import { spawn, spawnSync } from 'node:child_process'
import t from 'tap'
import { freePort } from '../../scripts/services/free-port.js'
import { startOrigin } from '../support/origin.js'
import { startProxy } from '../support/proxy.js'
import { startRedis } from '../support/redis.js'
import { cannotRun } from '../support/services.js'
import { type HealthStatus, isUp, until } from '../support/shared-proxies.js'

const skip = cannotRun('redis')
type Given = { teardown(fn: () => unknown): void }

const cases: readonly {
  readonly name: string
  readonly code: string
  readonly says: RegExp
  readonly url: (t: Given) => Promise<string>
  readonly env?: Record<string, string>
}[] = [
  { name: 'no URL at all', code: 'wrong-url', says: /CHAOS_REDIS_URL: .*write redis:\/\//, url: async () => 'here' },
  {
    name: 'a scheme of something else',
    code: 'wrong-url',
    says: /«http:\/\/127.0.0.1» is no URL of a Redis/,
    url: async () => 'http://user:very-secret-password@127.0.0.1',
  },
  {
    name: 'nobody there',
    code: 'not-reached',
    says: /is not reached .*start it, or set CHAOS_REDIS_URL/,
    url: async () => `redis://127.0.0.1:${await freePort()}`,
  },
  {
    name: 'something that is no Redis',
    code: 'slow|not-reached|failed',
    says: /CHAOS_REDIS_URL|does not answer|failed/,
    url: async t => (await startOrigin(t)).url.replace('http', 'redis'),
  },
  {
    name: 'a wrong password',
    code: 'wrong-password',
    says: /refuses the credentials .*redis:\/\/user:password@host/,
    url: async t => {
      const redis = await startRedis(t, ['--requirepass', 'right'], ':right')
      return `redis://:very-secret-password@127.0.0.1:${redis.port}`
    },
  },
  {
    name: 'no password where one is needed',
    code: 'wrong-password',
    says: /refuses the credentials/,
    url: async t => (await startRedis(t, ['--requirepass', 'right'], ':right')).url,
  },
  {
    name: 'a user that may not do enough',
    code: 'no-permission',
    says: /may not do all that is needed .*ACL SETUSER chaos on/,
    url: async t => {
      const redis = await startRedis(t)
      await redis.ask(
        'ACL',
        'SETUSER',
        'reader',
        'on',
        '>very-secret-password',
        '~*',
        '&*',
        '+@read',
        '+@connection',
        '+info',
      )
      return `redis://reader:very-secret-password@127.0.0.1:${redis.port}`
    },
  },
  {
    name: 'a key of something else under our names',
    code: 'foreign-key',
    says: /\{chaos\}:exchanges is a list and no stream.*CHAOS_REDIS_PREFIX/,
    url: async t => {
      const redis = await startRedis(t)
      await redis.ask('RPUSH', '{chaos}:exchanges', 'mine')
      return redis.url
    },
  },
  {
    name: 'what another release wrote',
    code: 'other-format',
    says: /has format 99, this release has 1/,
    url: async t => {
      const redis = await startRedis(t)
      await redis.ask('SET', '{chaos}:format', '99 abc')
      return redis.url
    },
  },
  {
    name: 'another key for credentials',
    code: 'other-scope-key',
    says: /CHAOS_SCOPE_KEY/,
    env: { CHAOS_SCOPE_KEY: 'a key of sixteen letters or more' },
    url: async t => {
      const redis = await startRedis(t)
      await redis.ask('SET', '{chaos}:scope-check', 'of another one')
      return redis.url
    },
  },
]

for (const { name, code, says, url, env = {} } of cases)
  t.test(`${name}: said once, in yellow, and requests are served`, { skip }, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_REDIS_URL: await url(t), ...env })
    const { health, stores } = await until(
      () => proxy.admin<HealthStatus & Record<string, unknown>>('/api/status'),
      ({ health }) => health.colour === 'yellow',
    )
    t.equal(health.colour, 'yellow')
    t.match(stores.shared.problem?.code, new RegExp(`^(${code})$`))
    t.match(health.because[0], says)
    t.equal((await proxy.admin<{ ready: boolean }>('/readyz')).ready, true)
    t.equal((await proxy.get('/users/5')).json().id, 5)
    const { learned } = await until(
      () => proxy.admin<{ learned: number }>('/api/learning'),
      ({ learned }) => learned > 0,
    )
    t.equal(learned, 1)
    await origin.kill()
    t.equal((await proxy.get('/users/5')).headers['x-ghost'], 'exact', 'it learns by itself')
    const lines = proxy
      .output()
      .split('\n')
      .filter(line => line.includes(stores.shared.problem!.says.slice(0, 40).replaceAll('"', '\\"')))
    t.equal(lines.length, 1, `one line at the start: ${proxy.output()}`)
    t.notMatch(proxy.output() + JSON.stringify(health), /very-secret/)
    t.equal(await proxy.stop(), 0)
  })

const plain = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? ''
const noPlain = /v=[67]/.test(plain) ? false : 'needs a redis-server without search, 6.2 to 7, on the PATH'

t.test('no search module: said in yellow, and all else is shared', { skip: noPlain }, async t => {
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  })
  t.teardown(() => server.kill('SIGKILL'))
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_REDIS_URL: `redis://127.0.0.1:${port}` })
  t.match(await isUp(proxy), { state: 'up' })
  const { health } = await until(
    async () => {
      await proxy.get(`/search?q=${Math.random()}`)
      return proxy.admin<HealthStatus & Record<string, unknown>>('/api/status')
    },
    ({ health }) => health.colour === 'yellow',
  )
  t.match(health.because, [/has no search: use redis:8/])
  t.equal((await proxy.admin<{ ready: boolean }>('/readyz')).ready, true)
})

t.test('a user with what the message says is enough', { skip }, async t => {
  const redis = await startRedis(t)
  const rule =
    'chaos on >word ~{chaos}:* &{chaos}:* +@read +@write +@stream +@pubsub +@scripting +@connection +info +time' +
    ' +ft.create +ft.info +ft.search +ft.aliasadd +ft.aliasupdate +ft.dropindex'
  await redis.ask('ACL', 'SETUSER', ...rule.split(' '))
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: `redis://chaos:word@127.0.0.1:${redis.port}` }
  const proxy = await startProxy(t, origin.url, env)
  t.match(await isUp(proxy), { state: 'up', problem: undefined })
  t.equal((await redis.ask('FT._LIST'))?.toString(), '{chaos}:vectors:lexical-384:1:384')
  const { health } = await proxy.admin<HealthStatus & Record<string, unknown>>('/api/status')
  t.same(health, { colour: 'green', because: [] })
  await proxy.get('/users/5')
  const kept = await until(
    () => redis.ask('ZCARD', '{chaos}:shelf:seen'),
    count => Number(count) === 1,
  )
  t.equal(kept, 1)
  const version = await until(
    () => redis.askText('HGET', '{chaos}:lesson', 'version'),
    version => version !== undefined,
  )
  t.equal(version, '1')
  await redis.kill()
  await redis.restart()
  await redis.ask('ACL', 'SETUSER', ...rule.split(' '))
  t.match(await isUp(proxy), { state: 'up' }, 'it joins when it may')
})
