// What the thread of the history costs at full traffic: it watches, counts and writes as core/history/history.worker.ts has it do,
// in simulated time. CPU of the process, with that of the threads of the embedded store.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SavedTraffic, TrafficWatch } from '../../brain/learn/anomalies/traffic-watch.js'
import { TrafficThread } from '../../core/anomalies/traffic-thread.js'
import { Backlog } from '../../core/history/backlog.js'
import { openDuckDb } from '../../core/history/duckdb.js'
import { OpenStore } from '../../core/history/open-store.js'
import { Recorder } from '../../core/history/recorder.js'
import { trafficBatch } from './traffic.js'

export interface ThreadCost {
  /** CPU in ms of 100,000 exchanges. */
  readonly watchMs: number
  readonly writeMs: number
}

const PER_SECOND = 25_000
const BATCH_ROWS = 4096
/** As CHAOS_HISTORY_RATE where nobody says otherwise. */
const ROWS_PER_S = 2000
const silent = { info: () => {}, warn: () => {}, error: (facts: object) => console.error(facts) }

/** The first fifth only warms up. */
export async function threadCost(exchanges: number): Promise<ThreadCost> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-bench-history-'))
  let now = Date.UTC(2024, 0, 8)
  const clock = { now: () => now }
  const ofStore = { instance: 'bench', clock, log: silent }
  const file = join(folder, 'history.duckdb')
  const store = new OpenStore({ ...ofStore, kind: 'duckdb', meanwhile: '', open: () => openDuckDb(file) })
  const recorder = new Recorder({
    ...{ store, standIn: undefined, retentionHours: 168, rowsPerSecond: ROWS_PER_S, clock, log: silent },
    ...{ maxCaptureBytes: 0, maxSpillBytes: 0 },
    backlog: new Backlog({
      ...{ folder: join(folder, 'waiting'), maxMemoryBytes: 32 << 20, maxDiskBytes: 0 },
      onProblem: error => console.error(error),
    }),
    embeddedFile: { isThere: () => true, open: () => openDuckDb(file), rewrite: async () => {} },
  })
  const traffic = new TrafficThread<SavedTraffic>(folder, saved => new TrafficWatch({ warmsUp: false }, saved), {
    ...{ send: () => {}, log: silent, now },
  })
  let watchMicros = 0
  let writeMicros = 0
  const spent = (since: NodeJS.CpuUsage): number => {
    const { user, system } = process.cpuUsage(since)
    return user + system
  }
  try {
    await recorder.tick()
    const batches = Math.ceil(exchanges / BATCH_ROWS)
    const first = Math.floor(batches / 5)
    for (let nth = 0; nth < batches + first; nth++) {
      const from = now
      now += Math.round((1000 * BATCH_ROWS) / PER_SECOND)
      const batch = trafficBatch(nth, BATCH_ROWS, from, now)
      const beforeWatch = process.cpuUsage()
      const watched = traffic.take(batch, now)
      traffic.tick(now)
      const watchedMicros = spent(beforeWatch)
      const beforeWrite = process.cpuUsage()
      recorder.add({ kind: 'facts', batch: watched })
      await recorder.tick()
      const wroteMicros = spent(beforeWrite)
      if (nth < first) continue
      watchMicros += watchedMicros
      writeMicros += wroteMicros
    }
    const per = 100_000 / (batches * BATCH_ROWS) / 1000
    return { watchMs: watchMicros * per, writeMs: writeMicros * per }
  } finally {
    await recorder.end(now + 5000)
    await rm(folder, { recursive: true, force: true })
  }
}
