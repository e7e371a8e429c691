// kill -9 of the backend under load, twice: how soon it is live again, and how many requests try it before.
import { setTimeout as sleep } from 'node:timers/promises'
import { PROBES } from '../recovery.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

interface Status {
  readonly circuit: { readonly state: string }
  readonly routeCircuits: readonly unknown[]
}

/** One that never comes shows in the recovery. */
const FIRST_PROBE_WITHIN_MS = 40_000

export const kill: Scenario = {
  name: 'kill',
  promise: 'kill -9 of the backend: none fails, all are marked, live within 3 s, N probes before',
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend, proxy, notes, broken } = scene
    const load = scene.load()
    await scene.last(1 / 2)
    const calm = load.takeTally()
    await backend.kill()
    await scene.last(1)
    const dead = load.takeTally()
    await backend.start()
    await scene.recovers()
    notes.push(
      `well: ${Math.round(calm.requests / (stage.seconds / 2))} requests/s, p99 ${calm.waitMs(0.99)} ms`,
      `dead: ${Math.round(dead.requests / stage.seconds)} ghosts/s, p99 ${dead.waitMs(0.99)} ms, longest ${dead.waitMs(1)} ms`,
    )

    await scene.last(1 / 2)
    await backend.kill()
    await scene.last(1 / 2)
    const { circuit, routeCircuits } = await proxy.admin<Status>('/api/status')
    const circuits = 1 + routeCircuits.length
    await backend.start('hold')
    const end = performance.now() + FIRST_PROBE_WITHIN_MS
    while ((await backend.requests()) === 0 && performance.now() < end) await sleep(20)
    // Whoever else is let through comes in this time: thousands of requests are answered in it.
    await sleep(500)
    const probes = await backend.requests()
    await backend.behave('well')
    await scene.recovers()
    if (probes > PROBES * circuits) broken.push(`${probes} requests tried the backend, not ${PROBES * circuits}`)
    notes.push(`${probes} probes at ${circuits} circuits that were not closed (${circuit.state})`)
    return scene.end()
  },
}
