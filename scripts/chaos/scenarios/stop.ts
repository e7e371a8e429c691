// SIGSTOP: the backend still accepts connections, the kernel does that for it, and answers nothing; then SIGCONT.
import { setTimeout as sleep } from 'node:timers/promises'
import { triedOften } from '../recovery.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

const RESPONSE_TIMEOUT_MS = 500

export const stop: Scenario = {
  name: 'stop',
  promise:
    'a backend that accepts and never answers: none fails, all are marked, live within 3 s where the circuit tries as often',
  async run(stage) {
    const scene = await Scene.open(stage, {
      env: { ...triedOften, CHAOS_RESPONSE_TIMEOUT_MS: String(RESPONSE_TIMEOUT_MS) },
    })
    const load = scene.load()
    await scene.last(1 / 2)
    load.takeTally()
    scene.backend.signal('SIGSTOP')
    await scene.last(1)
    await sleep(RESPONSE_TIMEOUT_MS)
    const stopped = load.takeTally()
    scene.backend.signal('SIGCONT')
    await scene.recovers()
    scene.notes.push(
      `stopped: p50 ${stopped.waitMs(0.5)} ms, p99 ${stopped.waitMs(0.99)} ms, longest ${stopped.waitMs(1)} ms with a response timeout of ${RESPONSE_TIMEOUT_MS} ms`,
    )
    return scene.end()
  },
}
