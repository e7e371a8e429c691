// The backend grows slow, from 10 ms to 5 s: ghosts answer at the hedge.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../../scripts/chaos/load.js'
import { startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { Tally } from '../../scripts/chaos/tally.js'
import { atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'

const HEDGE_MS = 50
const SLACK_MS = 5
const DELAYS_MS = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5000]
/** At 5 s a thousand of them wait at the backend. */
const PER_SECOND = 200
const CONNECTIONS = 64

export const hedge: Measure<Bounds> = {
  name: 'hedge',
  question: `latency of the backend from ${DELAYS_MS[0]} ms to ${DELAYS_MS.at(-1)} ms, each twice the one before, with CHAOS_GHOST_HEDGE_MS=${HEDGE_MS} at ${PER_SECOND} requests/s`,
  async run({ seconds }): Promise<Figure[]> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, { env: { CHAOS_GHOST_HEDGE_MS: String(HEDGE_MS) } })
    await teach(proxy)
    const load = new Load({ port: proxy.port, connections: CONNECTIONS, perSecond: PER_SECOND }).start()
    await sleep(1000)
    load.takeTally()
    const ramp = new Tally()
    const each: { delayMs: number; p99: number }[] = []
    for (const delayMs of DELAYS_MS) {
      await backend.behave('well', delayMs)
      await sleep(1000 * Math.max(0.5, seconds - 2))
      const tally = load.takeTally()
      ramp.merge(tally)
      each.push({ delayMs, p99: tally.waitMs(0.99) })
    }
    await backend.behave('well')
    const { counts } = await load.stop()
    const worst = each.reduce((one, other) => (other.p99 > one.p99 ? other : one))
    return [
      atMost('client p99 over the whole ramp', HEDGE_MS + SLACK_MS, ramp.waitMs(0.99), 'ms'),
      atMost('p99 at the worst latency', HEDGE_MS + SLACK_MS, worst.p99, 'ms', `at ${worst.delayMs} ms`),
      atMost('failed, unmarked or wrong', 0, counts.failed + counts['unmarked-wrong'] + counts.wrong),
    ]
  },
}
