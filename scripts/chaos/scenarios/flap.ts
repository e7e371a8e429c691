// The backend flaps: two seconds dead, two seconds alive, again and again.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

const HALF_MS = 2000

export const flap: Scenario = {
  name: 'flap',
  promise: 'up 2 s, down 2 s: none fails, all are marked',
  async run(stage) {
    const scene = await Scene.open(stage)
    scene.load()
    const rounds = Math.max(1, stage.seconds)
    for (let round = 0; round < rounds; round++) {
      await sleep(HALF_MS)
      await scene.backend.kill()
      await sleep(HALF_MS)
      await scene.backend.start()
    }
    await scene.recovers()
    return scene.end({}, tally => [
      `${rounds} deaths; ${Math.round((100 * tally.counts.live) / tally.requests)} % of all answers were live; p99 ${tally.waitMs(0.99)} ms`,
    ])
  },
}
