// SIGUSR2 in an outage: what was acknowledged is sent, once and in order, whatever becomes of the process that takes over.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { drained } from '../../scripts/chaos/drain.js'
import { compareLedger } from '../../scripts/chaos/ledger.js'
import { Load } from '../../scripts/chaos/load.js'
import { cleanUp, settled, startBackend, startProxy, teach, temporaryFolder } from '../../scripts/chaos/stage.js'
import { Writers } from '../../scripts/chaos/writer.js'

t.teardown(cleanUp)

const preloading = (name: string): string =>
  `--import=${fileURLToPath(new URL(`../support/preload/${name}.js`, import.meta.url))}`

t.test('in an outage: what was acknowledged before, while and after is sent, once and in order', async t => {
  const backend = await startBackend()
  const proxy = await startProxy(backend.url, { env: { CHAOS_GHOST_WRITES: 'journal', CHAOS_SHUTDOWN_MS: '1000' } })
  const writers = new Writers().start(proxy.port, 4)
  await sleep(200)
  await backend.kill()
  const until = async (journalled: number): Promise<void> => {
    while (writers.journalled < journalled) await sleep(5)
  }
  await until(50)
  t.equal(await proxy.handOver(), '')
  await until(writers.journalled + 50)
  await writers.stop()
  await backend.start()
  t.strictSame(await drained(proxy, 60_000), [])
  t.strictSame(compareLedger(writers.sent, backend.ledger()), { lost: [], doubled: [], disordered: [] })
  t.equal(writers.tally.counts.failed, 0, writers.tally.samples.join())
})

t.test('while the memory is read over there writes are taken as ever', async t => {
  const backend = await startBackend()
  const reading = join(temporaryFolder(), 'reading')
  const proxy = await startProxy(backend.url, {
    env: {
      CHAOS_GHOST_WRITES: 'journal',
      CHAOS_SHUTDOWN_MS: '1000',
      NODE_OPTIONS: preloading('slow-to-open'),
      READING_FILE: reading,
    },
  })
  await backend.kill()
  const writers = new Writers().start(proxy.port, 4)
  const taken = proxy.handOver()
  while (!existsSync(reading)) await sleep(5)
  for (const { journalled } = writers; writers.journalled < journalled + 200; ) {
    t.equal(writers.tally.counts.failed, 0, writers.tally.samples.join())
    await sleep(5)
  }
  rmSync(reading)
  t.equal(await taken, '')
  for (const { journalled } = writers; writers.journalled < journalled + 50; ) await sleep(5)
  await writers.stop()
  await backend.start()
  t.strictSame(await drained(proxy, 60_000), [])
  t.strictSame(compareLedger(writers.sent, backend.ledger()), { lost: [], doubled: [], disordered: [] })
  t.equal(writers.tally.counts.failed, 0, writers.tally.samples.join())
})

for (const [breakAt, what] of [
  ['yours', 'memory'],
  ['journal', 'journal'],
] as const)
  t.test(`one that breaks with the ${what} in its hands: the old process takes all back`, async t => {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, {
      env: {
        CHAOS_GHOST_WRITES: 'journal',
        NODE_OPTIONS: preloading('break-when-taking-over'),
        BREAK_AT: breakAt,
      },
    })
    await teach(proxy)
    await backend.kill()
    const writers = new Writers().start(proxy.port, 2)
    while (writers.journalled < 10) await sleep(5)
    t.match(await proxy.handOver(), /ended with exit code 9/)
    const before = writers.journalled
    while (writers.journalled < before + 10) await sleep(5)
    await writers.stop()
    await backend.start()
    t.strictSame(await drained(proxy, 60_000), [])
    t.strictSame(compareLedger(writers.sent, backend.ledger()), { lost: [], doubled: [], disordered: [] })
    t.equal(writers.tally.counts.failed, 0, writers.tally.samples.join())
    // And it learns again.
    await new Load({ port: proxy.port, connections: 0 }).once(['/fresh/1', '/fresh/2'])
    await settled(proxy)
    await backend.kill()
    const { counts } = await new Load({ port: proxy.port, connections: 0 }).once(['/fresh/1', '/fresh/2'])
    t.equal(counts.ghost, 2)
  })
