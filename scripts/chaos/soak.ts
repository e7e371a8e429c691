// The long form: load for minutes, a backend that dies and comes back, and a look at the proxy every second.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { drained } from './drain.js'
import { growthOf, type Sample } from './growth.js'
import { compareLedger } from './ledger.js'
import { Load } from './load.js'
import { brokenBy } from './promises.js'
import type { Report, Scenario, Skipped } from './scenario.js'
import { type ProxyProcess, startBackend, startProxy, teach } from './stage.js'
import { Writers } from './writer.js'

const HALF_MS = 5000
const LOOK_MS = 1000
/** Few and slow: what each of them sent is compared, one by one, in the end. */
const WRITERS = 8
const WRITER_PAUSE_MS = 50
const DRAIN_WITHIN_MS = 60_000

async function look(proxy: ProxyProcess): Promise<Sample> {
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${proxy.pid}/status`, 'utf8'))
  const askedAt = performance.now()
  await proxy.admin('/api/learning')
  return {
    rssMiB: Number(rss![1]) / 1024,
    handles: readdirSync(`/proc/${proxy.pid}/fd`).length,
    delayMs: performance.now() - askedAt,
  }
}

export function soakOf(minutes: number): Scenario {
  return {
    name: 'soak',
    promise: `${minutes} minutes of load and writes, up 5 s, down 5 s: none fails, all are marked, no write is lost or doubled, nothing grows`,
    async run({ connections }): Promise<Report | Skipped> {
      if (process.platform !== 'linux') return { skipped: 'memory and file handles are read from /proc' }
      const backend = await startBackend()
      const proxy = await startProxy(backend.url, { env: { CHAOS_GHOST_WRITES: 'journal' } })
      await teach(proxy)
      const startedAt = performance.now()
      const load = new Load({ port: proxy.port, connections }).start()
      const writers = new Writers().start(proxy.port, WRITERS, WRITER_PAUSE_MS)
      const samples: Sample[] = []
      let isUp = true
      for (let changeAt = startedAt + HALF_MS; performance.now() < startedAt + minutes * 60_000; await sleep(LOOK_MS)) {
        samples.push(await look(proxy))
        if (performance.now() < changeAt) continue
        if (isUp) await backend.kill()
        else await backend.start()
        isUp = !isUp
        changeAt += HALF_MS
      }
      const tally = await load.stop()
      const seconds = (performance.now() - startedAt) / 1000
      await writers.stop()
      if (!isUp) await backend.start()
      const undone = await drained(proxy, DRAIN_WITHIN_MS)
      const { lost, doubled, disordered } = compareLedger(writers.sent, backend.ledger())
      const writes = {
        'acknowledged writes are lost': lost,
        'writes were done twice': doubled,
        'writes are out of order': disordered,
      }
      for (const [what, which] of Object.entries(writes))
        if (which.length > 0) undone.push(`${which.length} ${what}: ${which.slice(0, 3).join()}`)
      const [first, last] = [samples[0]!, samples.at(-1)!]
      const grown = growthOf(samples).map(sentence => `growth: ${sentence}`)
      return {
        tally,
        seconds,
        lostWrites: lost.length,
        broken: [...brokenBy(tally), ...brokenBy(writers.tally), ...undone, ...grown],
        notes: [
          `memory ${first.rssMiB.toFixed(0)} → ${last.rssMiB.toFixed(0)} MiB, handles ${first.handles} → ${last.handles}`,
          `${writers.sent.length} writes, ${writers.journalled} of them kept and acknowledged while the backend was down`,
        ],
      }
    },
  }
}
