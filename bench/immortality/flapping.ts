// The backend is up two seconds and dead two seconds, again and again.
import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../../scripts/chaos/load.js'
import { startBackend, startProxy, teach } from '../../scripts/chaos/stage.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import { type Bounds, CONNECTIONS, RATE, WANTED_RATE } from './bounds.js'

const HALF_MS = 2000

export const flapping: Measure<Bounds> = {
  name: 'flapping',
  question: 'the backend is killed every 4 s and back 2 s later, under the same load',
  async run({ flaps }): Promise<Figure[]> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url)
    await teach(proxy)
    const beganAt = performance.now()
    const load = new Load({ port: proxy.port, connections: CONNECTIONS, perSecond: RATE }).start()
    for (let flap = 0; flap < flaps; flap++) {
      await sleep(HALF_MS)
      await backend.kill()
      await sleep(HALF_MS)
      await backend.start()
    }
    const seconds = (performance.now() - beganAt) / 1000
    const { counts, requests } = await load.stop()
    const share = (count: number): string => `${Math.round((100 * count) / requests)} %`
    return [
      atLeast('requests/s', WANTED_RATE, requests / seconds, '', `${share(counts.live)} live, ${flaps} deaths`),
      atMost(`failed in ${Math.round(seconds)} s`, 0, counts.failed, '', `of ${requests.toLocaleString('en-US')}`),
      atMost('unmarked or wrong', 0, counts['unmarked-wrong'] + counts.wrong),
    ]
  },
}
