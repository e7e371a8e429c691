// The time of day jumps by hours, forward and back, in a running proxy: nothing that waits waits for hours.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { drained } from '../../scripts/chaos/drain.js'
import { compareLedger } from '../../scripts/chaos/ledger.js'
import { Load } from '../../scripts/chaos/load.js'
import { cleanUp, settled, startBackend, startProxy, teach, temporaryFolder } from '../../scripts/chaos/stage.js'
import { Writers } from '../../scripts/chaos/writer.js'

t.teardown(cleanUp)

for (const hours of [-3, 3])
  t.test(`${hours} hours, with the backend alive and dead`, async t => {
    const file = join(temporaryFolder(), 'clock')
    writeFileSync(file, '0')
    const preload = fileURLToPath(new URL('../support/preload/jump-clock.js', import.meta.url))
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, {
      env: { CHAOS_GHOST_WRITES: 'journal', NODE_OPTIONS: `--import=${preload}`, CLOCK_FILE: file },
    })
    await teach(proxy)
    const load = new Load({ port: proxy.port, connections: 0 })
    const jump = (to: number): void => writeFileSync(file, String(to))

    jump(hours)
    // What is new is learned, and told to the edges.
    t.match((await load.once(['/fresh/1', '/fresh/2', '/fresh/3'])).counts, { live: 3 })
    await settled(proxy)
    await backend.kill()
    t.match((await load.once(['/fresh/1', '/items/7', '/items?page=2'])).counts, { ghost: 3 })

    // Writes that were tried in vain before it jumps, and those after it.
    const writers = new Writers().start(proxy.port, 2)
    while (writers.journalled < 20) await new Promise(resolve => setTimeout(resolve, 5))
    jump(0)
    while (writers.journalled < 40) await new Promise(resolve => setTimeout(resolve, 5))
    await writers.stop()
    t.equal(writers.tally.counts.failed, 0, writers.tally.samples.join())
    await backend.start()
    t.strictSame(await drained(proxy, 30_000), [])
    t.strictSame(compareLedger(writers.sent, backend.ledger()), { lost: [], doubled: [], disordered: [] })

    jump(hours)
    const busy = new Load({ port: proxy.port, connections: 2 }).start()
    t.ok(await busy.until('live', 50, 20_000), 'live again')
    await backend.kill()
    jump(0)
    t.ok(await busy.until('ghost', 50, 20_000), 'ghosts again')
    await backend.start()
    t.ok(await busy.until('live', 50, 20_000), 'and live')
    const { counts, samples } = await busy.stop()
    t.match(counts, { failed: 0, wrong: 0, 'unmarked-wrong': 0 }, samples.join())
  })
