// Our own threads break: the brain (learner and embedders), and the edges.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'
import { type ProxyProcess, settled } from '../stage.js'

interface Threads {
  readonly threads: Readonly<Record<string, number>>
  readonly stores: { readonly history: { readonly restarts: number } }
}

const BACK_WITHIN_MS = 10_000
/** The load never asks for these. */
const FRESH = Array.from({ length: 20 }, (_, i) => `/fresh/${i + 1}`)

const threadsOf = async (proxy: ProxyProcess): Promise<Readonly<Record<string, number>>> =>
  (await proxy.admin<Threads>('/api/status')).threads

/** Threads but edges that were started again, at least as many as `wanted` unless that takes too long. */
const restartsUpTo = async (proxy: ProxyProcess, wanted: number): Promise<number> => {
  for (const end = performance.now() + BACK_WITHIN_MS; ; await sleep(50)) {
    const { threads, stores } = await proxy.admin<Threads>('/api/status')
    const { learnerRestarts = 0, embedderRestarts = 0 } = threads
    const counted = learnerRestarts + embedderRestarts + stores.history.restarts
    if (counted >= wanted || performance.now() > end) return counted
  }
}

const edgesAre = async (proxy: ProxyProcess, restarts: number): Promise<boolean> => {
  for (const end = performance.now() + BACK_WITHIN_MS; performance.now() < end; await sleep(20)) {
    const { edgeRestarts, edgesRunning } = await threadsOf(proxy)
    if (edgeRestarts === restarts && edgesRunning === 2) return true
  }
  return false
}

export const brain: Scenario = {
  name: 'brain',
  promise:
    'learner, embedder and history are ended again and again, the backend alive and dead: none fails, learning goes on',
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend, proxy, broken, notes } = scene
    const load = scene.load()
    const crashes = Math.max(1, Math.round(stage.seconds / 2))
    let ended = 0
    const crash = async (): Promise<void> => {
      for (let times = 0; times < crashes; times++) {
        await sleep(500)
        ended += await proxy.crash('brain')
        await sleep(500)
      }
    }
    await crash()
    // Without the load: on a small machine it leaves the learner little, which is as it should be.
    await load.stop()
    const crashedAt = performance.now()
    const student = new Load({ port: proxy.port, connections: 0 })
    broken.push(...brokenBy(await student.once(FRESH), { ghosts: false }))
    await settled(proxy)
    const learnedMs = performance.now() - crashedAt
    await backend.kill()
    scene.load()
    await crash()
    broken.push(...brokenBy(await student.once(FRESH)))
    if (ended < 2 * crashes) broken.push(`${ended} threads were ended by ${2 * crashes} crashes: it shows nothing`)
    const counted = await restartsUpTo(proxy, ended)
    if (counted < ended) broken.push(`${ended} threads were ended and ${counted} counted`)
    notes.push(`${ended} threads ended; what came after was learned in ${Math.round(learnedMs)} ms`)
    return scene.end({}, tally => [`p99 ${tally.waitMs(0.99)} ms`])
  },
}

export const edge: Scenario = {
  name: 'edge',
  promise: 'one edge of two crashes: what is in flight there is all that may fail',
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend, proxy, broken } = scene
    const { connections } = stage
    const load = scene.load()
    await scene.last(1 / 4)
    await backend.kill()
    await scene.last(1 / 4)
    for (let crash = 1; crash <= 2; crash++) {
      const before = load.takeTally().counts.failed
      if (before > 0) broken.push(`${before} requests failed before the crash ${crash}`)
      await proxy.crash('edge')
      if (!(await edgesAre(proxy, crash))) broken.push(`the edge was not back in ${BACK_WITHIN_MS / 1000} s`)
      await scene.last(1 / 4)
      const { failed } = load.takeTally().counts
      if (failed > connections)
        broken.push(`${failed} requests failed by crash ${crash}, of ${connections} connections`)
    }
    return scene.end({ failed: 2 * connections }, tally => [
      `two crashes cost ${tally.counts.failed} requests that were in flight, on ${connections} connections`,
    ])
  },
}

export const edges: Scenario = {
  name: 'edges',
  promise: 'all edges crash at once: until the first is back clients are refused, never told anything wrong',
  async run(stage) {
    const scene = await Scene.open(stage)
    const { backend, proxy, broken, notes } = scene
    const load = scene.load()
    await scene.last(1 / 4)
    await backend.kill()
    await sleep(500)
    const before = load.takeTally().counts.failed
    await proxy.crash('edges')
    const crashedAt = performance.now()
    if (!(await edgesAre(proxy, 2))) broken.push(`the edges were not back in ${BACK_WITHIN_MS / 1000} s`)
    const goneMs = performance.now() - crashedAt
    // Whoever was refused comes back in this time.
    await sleep(100)
    const gone = load.takeTally().counts.failed
    await scene.last(1 / 2)
    const after = load.takeTally().counts.failed
    if (before + after > 0) broken.push(`${before} requests failed before and ${after} after the crash`)
    notes.push(`both edges ran again ${Math.round(goneMs)} ms after the crash; ${gone} requests failed meanwhile`)
    return scene.end({ failed: gone })
  },
}
