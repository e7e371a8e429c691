// A backend that is there and answers badly, in one way after the other.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour } from '../backend-process.js'
import { triedOften } from '../recovery.js'
import type { Scenario } from '../scenario.js'
import { Scene } from '../scene.js'

const env = { ...triedOften, CHAOS_RESPONSE_TIMEOUT_MS: '500', CHAOS_IDLE_TIMEOUT_MS: '2000', CHAOS_HOLD_MS: '500' }

function misbehaviour(behaviour: Behaviour, promise: string, more: Record<string, string> = {}): Scenario {
  return {
    name: behaviour,
    promise: `${promise}: none fails, all are marked, live within 3 s where the circuit tries as often`,
    async run(stage) {
      const scene = await Scene.open(stage, { env: { ...env, ...more } })
      const load = scene.load()
      await sleep(500)
      load.takeTally()
      await scene.backend.behave(behaviour)
      await scene.last(1)
      const bad = load.takeTally()
      await scene.backend.behave('well')
      await scene.recovers()
      scene.notes.push(`p99 ${bad.waitMs(0.99)} ms, longest ${bad.waitMs(1)} ms`)
      return scene.end()
    },
  }
}

export const misbehaviours: readonly Scenario[] = [
  misbehaviour('errors', 'every answer is a 500'),
  misbehaviour('garbage', 'octets that are no HTTP'),
  misbehaviour('cut', 'connections reset in the middle of bodies'),
  misbehaviour('slow-head', 'heads of a byte a second'),
  misbehaviour('slow-body', 'bodies of a byte a second, with hedging', { CHAOS_GHOST_HEDGE_MS: '50' }),
]
