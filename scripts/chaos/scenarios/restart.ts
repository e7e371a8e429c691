// The proxy itself is restarted while the backend is gone: it answers from its memory.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import { recovered } from '../recovery.js'
import type { Report, Scenario } from '../scenario.js'
import { startBackend, startProxy, teach } from '../stage.js'

export const restart: Scenario = {
  name: 'restart',
  promise: 'the proxy is killed and started in mid-outage: it answers from memory, live within 3 s',
  async run({ seconds, connections }): Promise<Report> {
    const backend = await startBackend()
    const first = await startProxy(backend.url)
    await teach(first)
    await backend.kill()
    await first.kill()
    const proxy = await startProxy(backend.url, { dataDir: first.dataDir })
    const startedAt = performance.now()
    const load = new Load({ port: proxy.port, connections }).start()
    await sleep(1000 * seconds)
    const dead = load.takeTally()
    await backend.start()
    const { recoveryMs, broken } = await recovered(load)
    const tally = await load.stop()
    return {
      tally,
      seconds: (performance.now() - startedAt) / 1000,
      recoveryMs,
      broken: [...brokenBy(tally), ...broken],
      notes: [`dead: p99 ${dead.waitMs(0.99)} ms, longest ${dead.waitMs(1)} ms`],
    }
  },
}
