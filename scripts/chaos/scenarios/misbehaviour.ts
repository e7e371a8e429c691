// A backend that is there and answers badly, in one way after the other.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour } from '../backend-process.js'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import { recovered, triedOften } from '../recovery.js'
import type { Report, Scenario } from '../scenario.js'
import { startBackend, startProxy, teach } from '../stage.js'

const env = { ...triedOften, CHAOS_RESPONSE_TIMEOUT_MS: '500', CHAOS_IDLE_TIMEOUT_MS: '2000' }

function misbehaviour(behaviour: Behaviour, promise: string, more: Record<string, string> = {}): Scenario {
  return {
    name: behaviour,
    promise: `${promise}: none fails, all are marked, live within 3 s where the circuit tries as often`,
    async run({ seconds, connections }): Promise<Report> {
      const backend = await startBackend()
      const proxy = await startProxy(backend.url, { env: { ...env, ...more } })
      await teach(proxy)
      const startedAt = performance.now()
      const load = new Load({ port: proxy.port, connections }).start()
      await sleep(500)
      load.takeTally()
      await backend.behave(behaviour)
      await sleep(1000 * seconds)
      const bad = load.takeTally()
      await backend.behave('well')
      const { recoveryMs, broken } = await recovered(load)
      const tally = await load.stop()
      return {
        tally,
        seconds: (performance.now() - startedAt) / 1000,
        recoveryMs,
        broken: [...brokenBy(tally), ...broken],
        notes: [`p99 ${bad.waitMs(0.99)} ms, longest ${bad.waitMs(1)} ms`],
      }
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
