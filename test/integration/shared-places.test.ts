// Where Redis may be: behind TLS, in a cluster, watched by Sentinels. Real ones.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connectRedis } from '../../core/shared/redis-client.js'
import { parseRedisUrl, type RedisPlace } from '../../core/shared/redis-url.js'
import { listOf } from '../../core/shared/replies.js'
import { freePort } from '../../scripts/services/free-port.js'
import { makeCertificate } from '../support/certificate.js'
import { startOrigin } from '../support/origin.js'
import { startProxy, temporaryFolder } from '../support/proxy.js'
import { startRedis } from '../support/redis.js'
import { cannotRun } from '../support/services.js'
import { isUp, sharedOf, until } from '../support/shared-proxies.js'

const skip = cannotRun('redis')
const pair = makeCertificate(temporaryFolder())
const noSentinel =
  skip ||
  (spawnSync('redis-server', ['--version']).status === 0 ? false : 'needs redis-server on the PATH for a Sentinel')

t.test('TLS: the certificate is checked', { skip: skip || (pair === undefined && 'needs openssl') }, async t => {
  const { certFile: cert, keyFile: key } = pair!
  const tlsPort = await freePort()
  await startRedis(t, [
    ...['--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key],
    ...['--tls-ca-cert-file', cert, '--tls-auth-clients', 'no'],
  ])
  const origin = await startOrigin(t)
  const url = `rediss://localhost:${tlsPort}`
  const trusting = await startProxy(t, origin.url, { CHAOS_REDIS_URL: url, NODE_EXTRA_CA_CERTS: cert })
  t.equal((await isUp(trusting)).state, 'up')
  const wary = await startProxy(t, origin.url, { CHAOS_REDIS_URL: url })
  const { problem } = await until(
    () => sharedOf(wary),
    ({ problem }) => problem !== undefined,
  )
  t.match(problem, { code: 'not-reached', says: /self-signed certificate/ })
})

t.test('a cluster: all keys lie in one slot', { skip }, async t => {
  const node = await startRedis(t, ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'])
  await node.ask('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
  await until(
    () => node.askText('CLUSTER', 'INFO'),
    info => /cluster_state:ok/.test(info ?? ''),
  )
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: `redis+cluster://127.0.0.1:${node.port}`, CHAOS_REDIS_PREFIX: 'shop.v1' }
  const [a, b] = await Promise.all([startProxy(t, origin.url, env), startProxy(t, origin.url, env)])
  t.match(await isUp(a), { state: 'up' })
  await isUp(b)
  await a.get('/users/5')
  const { received } = await until(
    () => sharedOf(b),
    ({ received }) => received > 0,
  )
  t.equal(received, 1)
  t.equal(
    await until(
      async () => Number(await node.ask('ZCARD', '{shop.v1}:shelf:seen')),
      count => count === 1,
    ),
    1,
  )
  await node.kill()
  t.match(
    (
      await until(
        () => sharedOf(a),
        ({ problem }) => problem !== undefined,
      )
    ).problem,
    { code: 'not-reached' },
  )
  t.equal((await a.get('/users/6')).status, 200)
})

t.test('Sentinels: when they make another one the primary, all goes on there', { skip: noSentinel }, async t => {
  const primary = await startRedis(t)
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(primary.port)])
  const port = await freePort()
  const config = join(temporaryFolder(), 'sentinel.conf')
  writeFileSync(
    config,
    `port ${port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${primary.port} 1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n`,
  )
  const sentinel: ChildProcess = spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore' })
  t.teardown(() => sentinel.kill('SIGKILL'))
  const origin = await startOrigin(t)
  const env = { CHAOS_REDIS_URL: `redis+sentinel://127.0.0.1:${port}/main` }
  const [a, b] = await Promise.all([startProxy(t, origin.url, env), startProxy(t, origin.url, env)])
  t.match(await isUp(a), { state: 'up' })
  await isUp(b)
  // It looks for replicas every ten seconds, and without one there is nothing to be made the primary.
  const asking = await connectRedis(parseRedisUrl(`redis://127.0.0.1:${port}`) as RedisPlace, 'test', () => {})
  t.teardown(() => asking.close())
  const replicas = await until(
    async () => listOf(await asking.call('SENTINEL', 'REPLICAS', 'main')).length,
    count => count > 0,
    30_000,
  )
  t.equal(replicas, 1)
  await primary.kill()
  const promoted = await until(
    // Who is made the primary loses its connections.
    () => replica.askText('INFO', 'replication').catch(() => ''),
    info => /role:master/.test(info ?? ''),
    30_000,
  )
  t.match(promoted, /role:master/)
  t.match(await isUp(a), { state: 'up' })
  await isUp(b)
  const before = (await sharedOf(b)).received
  await a.get('/users/77')
  t.ok(
    (
      await until(
        () => sharedOf(b),
        ({ received }) => received > before,
      )
    ).received > before,
  )
})
