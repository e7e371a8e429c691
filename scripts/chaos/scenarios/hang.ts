// Threads that hang: the brain, then one edge of two. They are ended where that can be done, and others go on.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

/** Longer than a thread may be silent; no longer than a client of it waits. */
const HANG_MS = 12_000
const SEEN_WITHIN_MS = 15_000
const FRESH = Array.from({ length: 20 }, (_, i) => `/fresh/${i + 1}`)

interface Threads {
  readonly threads: { readonly edgeHangs: number; readonly edgesRunning: number }
}

export const hang: Scenario = {
  name: 'hang',
  promise: `the brain, then one edge of two hangs for ${HANG_MS / 1000} s: what is in flight on that edge is all that may fail`,
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend, proxy, broken, notes } = scene
    const load = scene.load()
    await scene.last(1 / 4)
    await proxy.spoil({ hangBrain: HANG_MS })
    const student = new Load({ port: proxy.port, connections: 0 })
    broken.push(...brokenBy(await student.once(FRESH), { ghosts: false }))
    await backend.kill()
    await scene.last(1 / 2)
    const byBrain = load.takeTally().counts.failed
    if (byBrain > 0) broken.push(`${byBrain} requests failed while the brain hung`)

    await proxy.spoil({ hangEdge: HANG_MS })
    let seen = false
    for (const end = performance.now() + SEEN_WITHIN_MS; performance.now() < end && !seen; await sleep(50))
      seen = (await proxy.admin<Threads>('/api/status')).threads.edgeHangs > 0
    if (!seen) broken.push(`nobody saw in ${SEEN_WITHIN_MS / 1000} s that an edge hung`)
    let back = false
    for (const end = performance.now() + SEEN_WITHIN_MS; performance.now() < end && !back; await sleep(50))
      back = (await proxy.admin<Threads>('/api/status')).threads.edgesRunning === 2
    if (!back) broken.push(`two edges did not run again ${SEEN_WITHIN_MS / 1000} s after`)
    const inFlight = load.takeTally().counts.failed
    await scene.last(1 / 4)
    const after = load.takeTally().counts.failed
    if (after > 0) broken.push(`${after} requests failed after it was over`)
    await backend.start()
    await scene.recovers()
    notes.push(`the edge that hung cost ${inFlight} of ${stage.connections} requests that were in flight`)
    return scene.end({ failed: stage.connections })
  },
}
