// The backend flaps: two seconds dead, two seconds alive, again and again.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import { recovered } from '../recovery.js'
import type { Report, Scenario } from '../scenario.js'
import { startBackend, startProxy, teach } from '../stage.js'

const HALF_MS = 2000

export const flap: Scenario = {
  name: 'flap',
  promise: 'up 2 s, down 2 s: none fails, all are marked',
  async run({ seconds, connections }): Promise<Report> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url)
    await teach(proxy)
    const startedAt = performance.now()
    const load = new Load({ port: proxy.port, connections }).start()
    const rounds = Math.max(1, seconds)
    for (let round = 0; round < rounds; round++) {
      await sleep(HALF_MS)
      await backend.kill()
      await sleep(HALF_MS)
      await backend.start()
    }
    const { recoveryMs, broken } = await recovered(load)
    const tally = await load.stop()
    return {
      tally,
      seconds: (performance.now() - startedAt) / 1000,
      recoveryMs,
      broken: [...brokenBy(tally), ...broken],
      notes: [
        `${rounds} deaths; ${Math.round((100 * tally.counts.live) / tally.requests)} % of all answers were live; p99 ${tally.waitMs(0.99)} ms`,
      ],
    }
  },
}
