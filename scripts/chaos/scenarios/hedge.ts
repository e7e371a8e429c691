// The backend grows slow, from 10 ms to 5 s: ghosts answer at the hedge.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

const HEDGE_MS = 50
const SLACK_MS = 5
const DELAYS_MS = [10, 30, 70, 200, 600, 2000, 5000]
/** What else runs on the machine passes; what is slow by itself stays. */
const TRIES = 3
/** Each waits for the hedge: more would measure the machine. */
const CONNECTIONS = 16

export const hedge: Scenario = {
  name: 'hedge',
  promise: `latency 10 ms → 5 s with CHAOS_GHOST_HEDGE_MS=${HEDGE_MS}: p99 ≤ hedge + ${SLACK_MS} ms + p99 of a quiet proxy`,
  async run(stage) {
    const scene = await Scene.open(stage, {
      env: { CHAOS_GHOST_HEDGE_MS: String(HEDGE_MS) },
      connections: CONNECTIONS,
    })
    const load = scene.load()
    await sleep(1000)
    const quiet = load.takeTally().waitMs(0.99)
    const measured: string[] = [`no delay: p99 ${quiet} ms`]
    const limit = HEDGE_MS + SLACK_MS + quiet
    for (const delayMs of DELAYS_MS) {
      await scene.backend.behave('well', delayMs)
      const p99s: number[] = []
      do {
        await scene.last(2 / DELAYS_MS.length)
        p99s.push(load.takeTally().waitMs(0.99))
      } while (p99s.at(-1)! > limit && p99s.length < TRIES)
      measured.push(`${delayMs} ms: p99 ${p99s.join(', then ')} ms`)
      scene.promiseOfTime(
        p99s.at(-1)! <= limit,
        `p99 was ${p99s.join(', ')} ms at a delay of ${delayMs} ms, over ${limit.toFixed(1)} ms each time`,
      )
    }
    await scene.backend.behave('well')
    scene.notes.push(measured.join(', '))
    return scene.end()
  },
}
