// kill -9 of the backend under load, twice: how soon it is live again, and how many requests try it before.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import { PROBES, recovered } from '../recovery.js'
import type { Report, Scenario } from '../scenario.js'
import { startBackend, startProxy, teach } from '../stage.js'

interface Status {
  readonly circuit: { readonly state: string }
  readonly routeCircuits: readonly unknown[]
}

/** One that never comes shows in the recovery. */
const FIRST_PROBE_WITHIN_MS = 40_000

export const kill: Scenario = {
  name: 'kill',
  promise: 'kill -9 of the backend: none fails, all are marked, live within 3 s, N probes before',
  async run({ seconds, connections }): Promise<Report> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url)
    await teach(proxy)
    const startedAt = performance.now()
    const load = new Load({ port: proxy.port, connections }).start()
    await sleep(500 * seconds)
    const calm = load.takeTally()
    await backend.kill()
    await sleep(1000 * seconds)
    const dead = load.takeTally()
    await backend.start()
    const { recoveryMs, broken } = await recovered(load)

    await sleep(500 * seconds)
    await backend.kill()
    await sleep(500 * seconds)
    const { circuit, routeCircuits } = await proxy.admin<Status>('/api/status')
    const circuits = 1 + routeCircuits.length
    await backend.start('hold')
    const end = performance.now() + FIRST_PROBE_WITHIN_MS
    while ((await backend.requests()) === 0 && performance.now() < end) await sleep(20)
    // Whoever else is let through comes in this time: thousands of requests are answered in it.
    await sleep(500)
    const probes = await backend.requests()
    await backend.behave('well')
    const again = await recovered(load)
    const tally = await load.stop()
    if (probes > PROBES * circuits) broken.push(`${probes} requests tried the backend, not ${PROBES * circuits}`)
    return {
      tally,
      seconds: (performance.now() - startedAt) / 1000,
      recoveryMs,
      broken: [...brokenBy(tally), ...broken, ...again.broken],
      notes: [
        `well: ${calm.requests / (seconds / 2)} requests/s, p99 ${calm.waitMs(0.99)} ms`,
        `dead: ${dead.requests / seconds} ghosts/s, p99 ${dead.waitMs(0.99)} ms, longest ${dead.waitMs(1)} ms`,
        `${probes} probes at ${circuits} circuits that were not closed (${circuit.state}); then live in ${Math.round(again.recoveryMs ?? -1)} ms`,
      ],
    }
  },
}
