// The disk of the data folder is full, alive and dead, in mid-run.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { drained } from '../drain.js'
import { compareLedger } from '../ledger.js'
import { Load } from '../load.js'
import { brokenBy } from '../promises.js'
import { recovered } from '../recovery.js'
import type { Report, Scenario, Skipped } from '../scenario.js'
import { smallDisk, startBackend, startProxy, teach } from '../stage.js'
import { Writers } from '../writer.js'

const WRITERS = 4
const DRAIN_WITHIN_MS = 60_000

/** Takes all that is left. */
function fill(folder: string): string {
  const file = join(folder, 'filler')
  const handle = openSync(file, 'w')
  try {
    for (let size = 1 << 20; size >= 1; size = size >> 1) {
      const piece = Buffer.alloc(size)
      try {
        while (writeSync(handle, piece) === size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(handle)
  }
  return file
}

export const diskFull: Scenario = {
  name: 'disk-full',
  promise: 'no room on the disk: reads go on, writes are refused honestly, what was acknowledged is kept',
  async run({ seconds, connections, short }): Promise<Report | Skipped> {
    let disk: string
    try {
      disk = smallDisk('64m')
    } catch (error) {
      return { skipped: `no small disk can be mounted here: ${(error as Error).message.trim().split('\n').at(-1)}` }
    }
    const backend = await startBackend()
    const proxy = await startProxy(backend.url, {
      dataDir: join(disk, 'data'),
      env: { CHAOS_GHOST_WRITES: 'journal', CHAOS_MEMORY_MAX_BYTES: '32MiB' },
    })
    await teach(proxy)
    const startedAt = performance.now()
    const load = new Load({ port: proxy.port, connections }).start()
    const writers = new Writers()
    writers.mayRefuse = true
    writers.start(proxy.port, WRITERS)
    await sleep(250 * seconds)
    const filler = fill(disk)
    await sleep(250 * seconds)
    await backend.kill()
    await sleep(1000 * seconds)
    rmSync(filler)
    // There is room again, and the journal takes writes.
    const before = writers.journalled
    const end = performance.now() + 10_000
    while (writers.journalled === before && performance.now() < end) await sleep(50)
    const takesAgain = writers.journalled > before
    await writers.stop()
    await backend.start()
    const { recoveryMs, broken } = await recovered(load, { short })
    broken.push(...(await drained(proxy, DRAIN_WITHIN_MS)))
    if (!takesAgain) broken.push('no write was journalled in 10 s after there was room again')
    if (proxy.ended() !== undefined) broken.push(proxy.ended()!)
    const tally = await load.stop()
    tally.merge(writers.tally)
    const { lost, doubled } = compareLedger(writers.sent, backend.ledger())
    if (lost.length > 0) broken.push(`${lost.length} acknowledged writes are lost: ${lost.slice(0, 3).join()}`)
    if (doubled.length > 0) broken.push(`${doubled.length} writes were done twice: ${doubled.slice(0, 3).join()}`)
    if (writers.refused === 0) broken.push('no write was refused: the disk was not full, it shows nothing')
    return {
      tally,
      seconds: (performance.now() - startedAt) / 1000,
      lostWrites: lost.length,
      recoveryMs,
      broken: [...brokenBy(tally), ...broken],
      notes: [`${writers.journalled} writes journalled, ${writers.refused} refused with Retry-After`],
    }
  },
}
