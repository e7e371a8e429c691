// The time of day jumps by hours, forward and back, with the backend alive and dead.
import { drained } from '../drain.js'
import { compareLedger } from '../ledger.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'
import { Writers } from '../writer.js'

const HOUR_MS = 3_600_000
const DRAIN_WITHIN_MS = 30_000
const WRITERS = 2

export const clock: Scenario = {
  name: 'clock',
  promise: 'the time of day jumps three hours, there and back: none fails, nothing waits for it, live within 3 s',
  async run(stage) {
    const scene = await Scene.open(stage, { env: { CHAOS_GHOST_WRITES: 'journal' } })
    const { backend, proxy, broken } = scene
    const load = scene.load()
    const writers = new Writers().start(proxy.port, WRITERS)
    for (const hours of [3, 0, -3, 0]) {
      await scene.last(1 / 4)
      await backend.kill()
      await scene.last(1 / 8)
      await proxy.spoil({ clock: hours * HOUR_MS })
      await scene.last(1 / 8)
      await backend.start()
      await scene.recovers()
    }
    await writers.stop()
    await load.stop()
    broken.push(...(await drained(proxy, DRAIN_WITHIN_MS)))
    const { lost, doubled } = compareLedger(writers.sent, backend.ledger())
    scene.lostWrites = lost.length
    if (lost.length + doubled.length > 0)
      broken.push(`${lost.length} writes are lost and ${doubled.length} were done twice`)
    if (writers.tally.counts.failed > 0) broken.push(...writers.tally.samples)
    return scene.end()
  },
}
