// SIGSTOP: the backend still accepts connections, the kernel does that for it, and answers nothing; then SIGCONT.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import { recovered, triedOften } from '../recovery.js'
import type { Report, Scenario } from '../scenario.js'
import { startBackend, startProxy, teach } from '../stage.js'

const RESPONSE_TIMEOUT_MS = 500

export const stop: Scenario = {
  name: 'stop',
  promise:
    'a backend that accepts and never answers: none fails, all are marked, live within 3 s where the circuit tries as often',
  async run({ seconds, connections }): Promise<Report> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, {
      env: { ...triedOften, CHAOS_RESPONSE_TIMEOUT_MS: String(RESPONSE_TIMEOUT_MS) },
    })
    await teach(proxy)
    const startedAt = performance.now()
    const load = new Load({ port: proxy.port, connections }).start()
    await sleep(500 * seconds)
    load.takeTally()
    backend.signal('SIGSTOP')
    await sleep(1000 * seconds + RESPONSE_TIMEOUT_MS)
    const stopped = load.takeTally()
    backend.signal('SIGCONT')
    const { recoveryMs, broken } = await recovered(load)
    const tally = await load.stop()
    return {
      tally,
      seconds: (performance.now() - startedAt) / 1000,
      recoveryMs,
      broken: [...brokenBy(tally), ...broken],
      notes: [
        `stopped: p50 ${stopped.waitMs(0.5)} ms, p99 ${stopped.waitMs(0.99)} ms, longest ${stopped.waitMs(1)} ms with a response timeout of ${RESPONSE_TIMEOUT_MS} ms`,
      ],
    }
  },
}
