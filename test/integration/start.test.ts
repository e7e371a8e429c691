// Starting, failing to start, stopping: what an operator sees.

import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { runMain, startProxy, temporaryFolder } from '../support/proxy.js'

t.test('without an upstream it says what is missing and how to give it, exit 78', async t => {
  const { code, err } = await runMain({})
  t.equal(code, 78)
  t.match(err, /no upstream is set: .*CHAOS_UPSTREAM=http:\/\/localhost:3000 npm start/)
  t.equal(err.trim().split('\n').length, 1)
})

t.test('all that is wrong is said at once', async t => {
  const { code, err } = await runMain({
    CHAOS_UPSTREM: 'http://x',
    CHAOS_PORT: '99999',
    CHAOS_GHOST: 'maybe',
    CHAOS_UPSTREAM: 'ftp://x',
  })
  t.equal(code, 78)
  t.match(err, /CHAOS_UPSTREM is not a setting; did you mean CHAOS_UPSTREAM\?/)
  t.match(err, /CHAOS_PORT=99999 must be from 0 to 65535/)
  t.match(err, /CHAOS_GHOST=maybe must be one of auto, off, forced/)
  t.match(err, /must begin with http/)
})

t.test('--print-config shows values and where they come from, secrets masked', async t => {
  const { code, out } = await runMain({ CHAOS_UPSTREAM: 'http://a:1', CHAOS_ADMIN_TOKEN: 'hidden' }, [
    '--print-config',
    '--port',
    '81',
  ])
  t.equal(code, 0)
  t.match(out, /CHAOS_UPSTREAM +=.*http:\/\/a:1.*# environment/)
  t.match(out, /CHAOS_PORT +=.*81.*# command line/)
  t.notMatch(out, /hidden/)
})

t.test('a port that is taken: one clear line, exit 1', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  for (const front of ['uws', 'strict']) {
    const { code, err } = await runMain({
      CHAOS_UPSTREAM: 'http://127.0.0.1:9',
      CHAOS_HOST: '127.0.0.1',
      CHAOS_PORT: String(port),
      CHAOS_ADMIN_PORT: '0',
      CHAOS_FRONT: front,
      CHAOS_FETCH_MODEL: 'off',
      CHAOS_LOG_LEVEL: 'silent',
      CHAOS_DATA_DIR: temporaryFolder(),
    })
    t.equal(code, 1, front)
    t.match(err, new RegExp(`cannot listen on 127.0.0.1:${port}: .*CHAOS_PORT`))
    t.equal(err.trim().split('\n').length, 1, err)
  }
  const { code, err } = await runMain({
    CHAOS_UPSTREAM: 'http://127.0.0.1:9',
    CHAOS_PORT: '0',
    CHAOS_ADMIN_PORT: String(port),
    CHAOS_FETCH_MODEL: 'off',
    CHAOS_LOG_LEVEL: 'silent',
    CHAOS_DATA_DIR: temporaryFolder(),
  })
  t.equal(code, 1)
  t.match(err, /CHAOS_ADMIN_PORT/)
})

t.test('a data folder that cannot be used: which one, and what to do', async t => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const { code, err } = await runMain({
    CHAOS_UPSTREAM: 'http://127.0.0.1:9',
    CHAOS_PORT: '0',
    CHAOS_ADMIN_PORT: '0',
    CHAOS_DATA_DIR: join(folder, 'file', 'below'),
  })
  t.equal(code, 1)
  t.match(err, /the data folder .*below cannot be written .*CHAOS_DATA_DIR/)
})

t.test('a damaged memory: it is moved aside, a new one begun, and both said', async t => {
  const origin = await startOrigin(t)
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'memory'), { recursive: true })
  writeFileSync(join(folder, 'memory', 'memory.mdb'), Buffer.alloc(65536, 'garbage'))
  const proxy = await startProxy(t, origin.url, { CHAOS_DATA_DIR: folder })
  t.equal((await proxy.get('/users/1')).status, 200)
  await proxy.settled()
  const aside = join(folder, 'memory.old-1')
  t.match(await proxy.admin('/api/status'), { stores: { memory: { setAside: aside, failing: '' } } })
  t.match(readFileSync(join(aside, 'memory.mdb'), 'latin1'), /^garbage/)
  t.match(proxy.output(), /the memory is damaged: it was moved aside, not deleted/)
  t.match(await proxy.admin('/api/learning'), { learned: 1 })
})

/** All but the two pages that say what it is: LMDB would read beyond its end, which no process survives. */
function damagePages(dataDir: string): void {
  const file = join(dataDir, 'memory', 'memory.mdb')
  const { size } = statSync(file)
  const fd = openSync(file, 'r+')
  writeSync(fd, Buffer.alloc(size - 16384, 0), 0, size - 16384, 16384)
  closeSync(fd)
}

t.test('a memory of which the head alone is well: the same', async t => {
  const origin = await startOrigin(t)
  const first = await startProxy(t, origin.url)
  for (let i = 1; i <= 20; i++) await first.get(`/users/${i}`)
  await first.settled()
  await first.stop()
  damagePages(first.dataDir)
  const proxy = await startProxy(t, origin.url, { CHAOS_DATA_DIR: first.dataDir })
  t.equal((await proxy.get('/users/1')).status, 200)
  await proxy.settled()
  t.match(await proxy.admin('/api/status'), { stores: { memory: { setAside: /memory\.old-1$/, failing: '' } } })
  t.match(await proxy.admin('/api/learning'), { learned: 1 })
})

t.test('a memory that is damaged in mid-run: proxying goes on, and another process begins a new one', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url, { CHAOS_SHUTDOWN_MS: '200' })
  for (let i = 1; i <= 20; i++) await proxy.get(`/users/${i}`)
  await proxy.settled()
  damagePages(proxy.dataDir)
  const tookOver = /"successor":(\d+)/
  for (let i = 1; !tookOver.test(proxy.output()); i++) {
    const { status } = await proxy.get(`/users/${100 + (i % 700)}`)
    if (status !== 200) t.fail(`status ${status}`)
    await sleep(20)
  }
  const successor = Number(tookOver.exec(proxy.output())![1])
  t.teardown(() => process.kill(successor, 'SIGKILL'))
  t.equal((await proxy.get('/users/1')).status, 200)
  await proxy.settled()
  t.match(await proxy.admin('/api/status'), { stores: { memory: { setAside: /memory\.old-1$/, failing: '' } } })
  t.match(await proxy.admin('/api/learning'), { learned: Number })
})

t.test('an upstream that is not there: starts, says so on the answer, 502 or 503', async t => {
  const proxy = await startProxy(t, 'http://127.0.0.1:9')
  const reply = await proxy.get('/x')
  t.equal(reply.status, 502)
  t.equal(reply.headers['x-ghost'], 'none')
  t.equal(reply.json().code, 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED')
})

t.test('SIGTERM finishes what is in flight and ends with 0', async t => {
  const origin = await startOrigin(t)
  const proxy = await startProxy(t, origin.url)
  const big = proxy.get('/big?bytes=20000000')
  while ((await origin.seen())['GET /big?bytes=20000000'] === undefined);
  const stopped = proxy.stop()
  t.equal((await big).body.length, 20_000_000)
  t.equal(await stopped, 0)
})
