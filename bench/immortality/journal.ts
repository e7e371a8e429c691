// Writes in an outage: how many a second are on the disk and acknowledged, and that all of them arrive.
import { setTimeout as sleep } from 'node:timers/promises'
import { drained } from '../../scripts/chaos/drain.js'
import { compareLedger } from '../../scripts/chaos/ledger.js'
import { startBackend, startProxy } from '../../scripts/chaos/stage.js'
import { Writers } from '../../scripts/chaos/writer.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import type { Measure } from '../measure/measure.js'
import type { Bounds } from './bounds.js'

const WRITERS = 256
const WANTED = 2000
const DRAIN_WITHIN_MS = 90_000

export const journal: Measure<Bounds> = {
  name: 'journal',
  question: `${WRITERS} clients write while the backend is gone; 202 means synced to the disk of the folder for temporary files`,
  async run({ seconds }): Promise<Figure[]> {
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, { env: { CHAOS_GHOST_WRITES: 'journal' } })
    await backend.kill()
    const writers = new Writers().start(proxy.port, WRITERS)
    await sleep(1000)
    const { journalled } = writers
    const beganAt = performance.now()
    await sleep(1000 * seconds)
    const perSecond = (writers.journalled - journalled) / ((performance.now() - beganAt) / 1000)
    await writers.stop()
    const { counts } = writers.tally
    await backend.start()
    const left = await drained(proxy, DRAIN_WITHIN_MS)
    const { lost, doubled, disordered } = compareLedger(writers.sent, backend.ledger())
    return [
      atLeast('acknowledged writes/s', WANTED, perSecond, '', `p99 ${writers.tally.waitMs(0.99)} ms`),
      atMost('failed', 0, counts.failed + counts.wrong + counts['unmarked-wrong']),
      atMost(
        'lost, doubled or out of order, of those that were sent on recovery',
        0,
        lost.length + doubled.length + disordered.length + left.length,
        '',
        [`of ${writers.journalled.toLocaleString('en-US')}`, ...left].join('; '),
      ),
    ]
  },
}
