// SIGUSR2: another process takes over under load. Real processes, real sockets, both fronts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Client } from '../../scripts/chaos/client.js'
import { Load } from '../../scripts/chaos/load.js'
import { cleanUp, startBackend, startProxy, teach, temporaryFolder } from '../../scripts/chaos/stage.js'
import { keyText } from '../core/sealing/keys.js'

t.teardown(cleanUp)

/** A connection for each request, one after the other: what listens is tried all the time. */
class NewConnections {
  asked = 0
  readonly failures: string[] = []
  #stopped = false
  readonly #loop: Promise<void>

  constructor(port: number) {
    this.#loop = this.#run(port)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loop
  }

  async #run(port: number): Promise<void> {
    for (; !this.#stopped; this.asked++) {
      const client = new Client(port)
      try {
        const { status } = await client.ask('GET /items/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
        if (status !== 200) this.failures.push(`status ${status}`)
      } catch (error) {
        this.failures.push((error as Error).message)
      }
      client.close()
      // At full speed there would be nothing left for those who take over.
      await sleep(2)
    }
  }
}

for (const front of ['uws', 'strict'])
  t.test(`${front}: twice in a row under load, and no request fails`, async t => {
    const backend = await startBackend()
    const pidFile = join(temporaryFolder(), 'pid')
    const proxy = await startProxy(backend.url, {
      env: { CHAOS_FRONT: front, CHAOS_PID_FILE: pidFile, CHAOS_SHUTDOWN_MS: '1000' },
    })
    await teach(proxy)
    const load = new Load({ port: proxy.port, connections: 2 }).start()
    const fresh = new NewConnections(proxy.port)
    const pids = [proxy.pid]
    for (let round = 0; round < 2; round++) {
      t.equal(await proxy.handOver(), '')
      pids.push(proxy.pid)
      t.equal(readFileSync(pidFile, 'utf8'), `${proxy.pid}\n`)
      t.ok(await load.until('live', 20, 10_000), 'the one that took over answers')
    }
    t.equal(new Set(pids).size, 3)
    await fresh.stop()
    const { counts, samples } = await load.stop()
    t.match(counts, { failed: 0, wrong: 0, 'unmarked-wrong': 0, ghost: 0 }, samples.join())
    // What the kernel has accepted for a socket of uws that is closed in this very moment is reset, see the README.
    if (front === 'strict') t.strictSame(fresh.failures, [], `${fresh.asked} new connections`)
    else t.ok(fresh.failures.length <= 2, `${fresh.failures.join()} of ${fresh.asked} new connections`)
    t.match(await proxy.admin('/readyz'), { ready: true })
    // It knows what the first one learned.
    await backend.kill()
    t.equal((await new Load({ port: proxy.port, connections: 0 }).once()).counts.failed, 0)
    await proxy.kill('SIGTERM')
    t.notOk(existsSync(pidFile))
  })

t.test('settings that are wrong by now: the old process goes on and says why', async t => {
  const backend = await startBackend()
  const routes = join(temporaryFolder(), 'routes.json')
  writeFileSync(routes, '[]')
  const proxy = await startProxy(backend.url, { env: { CHAOS_ROUTES_FILE: routes } })
  const { pid } = proxy
  writeFileSync(routes, '[{"route": 7}]')
  t.match(await proxy.handOver(), /CHAOS_ROUTES_FILE=.*entry 1, route/)
  t.equal(proxy.pid, pid)
  await teach(proxy)
  writeFileSync(routes, '[]')
  t.equal(await proxy.handOver(), '')
})

t.test(
  'with a key: the next one has it as well; one with another key says so, and the old process goes on',
  async t => {
    const backend = await startBackend()
    const file = join(temporaryFolder(), 'key')
    writeFileSync(file, keyText('one'))
    for (const env of [{ CHAOS_ENCRYPTION_KEY: keyText('one') }, { CHAOS_ENCRYPTION_KEY_FILE: file }]) {
      const proxy = await startProxy(backend.url, { env: { ...env, CHAOS_GHOST_WRITES: 'journal' } })
      await teach(proxy)
      const { pid } = proxy
      t.equal(await proxy.handOver(), '')
      t.not(proxy.pid, pid)
      t.equal((await new Load({ port: proxy.port, connections: 0 }).once()).counts.failed, 0)
      if (!('CHAOS_ENCRYPTION_KEY_FILE' in env)) {
        await proxy.kill('SIGTERM')
        continue
      }
      writeFileSync(file, `${keyText('two')},${keyText('one')}`)
      const before = proxy.pid
      t.match(await proxy.handOver(), /encrypted with another key.*stop the proxy and start it again/)
      t.equal(proxy.pid, before)
      t.match(await proxy.admin('/readyz'), { ready: true })
      await backend.kill()
      t.equal(
        (await new Load({ port: proxy.port, connections: 0 }).once()).counts.failed,
        0,
        'it knows all that it knew',
      )
      await proxy.kill('SIGTERM')
    }
  },
)
