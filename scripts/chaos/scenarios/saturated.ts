// The learner stands still while clients ask for more new things than it could take: edges hand over less and less, what is over is
// left out and counted, and neither traffic nor ghosts wait for it.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'
import { type ProxyProcess, settled } from '../stage.js'

const STUDENTS = 8
/** Of each, until the proxy is asked whether it is too much. */
const ASKED_AT_ONCE = 100
/** More than this and there is no bound. */
const MAX_ASKED = 60_000
/** Longer than it takes to ask so much, shorter than a thread may hang. */
const HANG_MS = 20_000
const fresh = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `/fresh/${from + i}`)

interface Shed {
  readonly sampledOut: number
  readonly dropped: number
  readonly share: number
}

async function shedBy(proxy: ProxyProcess): Promise<Shed> {
  const metrics = await proxy.metrics()
  const of = (name: string): number => Number(new RegExp(`^chaos_${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  return {
    sampledOut: of('capture_sampled_out_total'),
    dropped: of('learning_dropped_total'),
    share: of('capture_share'),
  }
}

export const saturated: Scenario = {
  name: 'saturated',
  promise:
    'the learner stands still while more comes than it can take: it is left out and counted, none fails or waits',
  async run(stage) {
    // So that edges have more to hand over than fits where it waits.
    const scene = await Scene.open(stage, { env: { CHAOS_CAPTURE_RATE: '1000000' } })
    const { backend, proxy, broken, notes } = scene
    const load = scene.load()
    await scene.last(1 / 4)
    const quiet = load.takeTally()
    await proxy.spoil({ hangBrain: HANG_MS })
    let asked = 0
    let shed = await shedBy(proxy)
    while (shed.share === 1 && shed.dropped === 0 && asked < MAX_ASKED) {
      const students = Array.from({ length: STUDENTS }, (_, student) =>
        new Load({ port: proxy.port, connections: 0 }).once(fresh(1 + asked + student * ASKED_AT_ONCE, ASKED_AT_ONCE)),
      )
      for (const tally of await Promise.all(students)) broken.push(...brokenBy(tally, { ghosts: false }))
      asked += STUDENTS * ASKED_AT_ONCE
      // The share follows twice a second.
      await sleep(100)
      shed = await shedBy(proxy)
    }
    if (shed.share === 1 && shed.dropped === 0) broken.push(`nothing was left out of ${asked} new things`)
    const busy = load.takeTally()
    // What it learned before is in memory that edges read themselves.
    await backend.kill()
    await scene.last(1 / 2)
    const dead = load.takeTally()
    if (dead.counts.failed > 0) broken.push(`${dead.counts.failed} requests failed while the learner stood still`)
    await backend.start()
    await scene.recovers()
    // Without the load: on a small machine it leaves the learner little, which is as it should be.
    await load.stop()
    // By now it goes on; what waited is learned, and what comes from here on.
    await settled(proxy)
    const student = new Load({ port: proxy.port, connections: 0 })
    const last = fresh(1_000_000, 20)
    for (let round = 0; round < 2; round++) {
      broken.push(...brokenBy(await student.once(last), { ghosts: false }))
      await settled(proxy)
    }
    await backend.kill()
    const learned = await student.once(last)
    if (learned.counts.ghost !== last.length)
      broken.push(`${last.length - learned.counts.ghost} of ${last.length} things were not learned afterwards`)
    notes.push(
      `${asked} new things: ${shed.sampledOut} sampled out, ${shed.dropped} dropped, edges hand over at ${Math.round(100 * shed.share)} % of their rate by then`,
      `p99 ${quiet.waitMs(0.99)} ms before, ${busy.waitMs(0.99)} ms while it stood still, ${dead.waitMs(0.99)} ms with the backend dead as well`,
    )
    return scene.end()
  },
}
