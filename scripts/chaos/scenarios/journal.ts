// Writes in an outage, and kill -9 of the proxy while it keeps them and while it sends them.
import { setTimeout as sleep } from 'node:timers/promises'
import { drained } from '../drain.js'
import { compareLedger } from '../ledger.js'
import { brokenBy } from '../promises.js'
import type { Report, Scenario } from '../scenario.js'
import { type ProxyProcess, startBackend, startProxy } from '../stage.js'
import { Writers } from '../writer.js'

const WRITERS = 16
const DRAIN_WITHIN_MS = 60_000
const env = { CHAOS_GHOST_WRITES: 'journal' }

export const journal: Scenario = {
  name: 'journal',
  promise: 'acknowledged writes are at the backend once and in order, whatever is killed',
  async run({ seconds }): Promise<Report> {
    const backend = await startBackend()
    let proxy = await startProxy(backend.url, { env })
    const { port, dataDir } = proxy
    const startedAt = performance.now()
    const writers = new Writers().start(port, WRITERS)
    const again = async (): Promise<ProxyProcess> => {
      writers.mayBreak = true
      await proxy.kill()
      const next = await startProxy(backend.url, { env, port, dataDir })
      writers.mayBreak = false
      return next
    }
    await sleep(250 * seconds)
    await backend.kill()
    await sleep(500 * seconds)
    proxy = await again()
    await sleep(500 * seconds)
    await writers.stop()
    await backend.start()
    const backAt = performance.now()
    const before = backend.ledger().length
    while (backend.ledger().length === before && performance.now() - backAt < DRAIN_WITHIN_MS) await sleep(5)
    // In the midst of its replay.
    proxy = await again()
    const broken = await drained(proxy, DRAIN_WITHIN_MS)
    const { lost, doubled, disordered } = compareLedger(writers.sent, backend.ledger())
    if (lost.length > 0) broken.push(`${lost.length} acknowledged writes are lost: ${lost.slice(0, 3).join()}`)
    if (doubled.length > 0) broken.push(`${doubled.length} writes were done twice: ${doubled.slice(0, 3).join()}`)
    if (disordered.length > 0) broken.push(`${disordered.length} writes are out of order: ${disordered[0]}`)
    return {
      tally: writers.tally,
      seconds: (performance.now() - startedAt) / 1000,
      lostWrites: lost.length,
      recoveryMs: performance.now() - backAt,
      broken: [...brokenBy(writers.tally), ...broken],
      notes: [
        `${writers.journalled} writes kept and acknowledged, p99 ${writers.tally.waitMs(0.99)} ms; recovery is until the last was sent, over a restart`,
      ],
    }
  },
}
