// thread: history
// The history of this proxy, in a thread of its own: neither requests nor main wait for a database.
import { existsSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { type SavedTraffic, TrafficWatch } from '../../brain/learn/anomalies/traffic-watch.js'
import { TrafficThread } from '../anomalies/traffic-thread.js'
import { systemClock } from '../clock/clock.js'
import { ForgetMatcher, type Forgetting, type ForgottenIn } from '../contract/forgetting.js'
import type {
  HistoryForget,
  HistoryQuery,
  HistoryReply,
  HistoryToMain,
  HistoryWorkerData,
  MainToHistory,
} from '../contract/history.js'
import { openLog } from '../log/log.js'
import { Backlog } from './backlog.js'
import { OpenStore } from './open-store.js'
import { Recorder } from './recorder.js'

const TICK_MS = 250
const STATUS_MS = 500
const MEMORY_BYTES = 32 << 20
/** What is written down may come late, what is proxied may not. */
const NICE = 5

const data = workerData as HistoryWorkerData
const port = parentPort!
const log = openLog(data.logLevel)
const send = (message: HistoryToMain, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved)

// Only there is it the priority of this thread, and not that of the process.
if (process.platform === 'linux') setPriority(NICE)

const usesPostgres = data.postgresUrl !== ''
// Neither client is read before it is asked for.
const { keys } = data
const ofStore = { instance: data.instance, keys, clock: systemClock, log }
const embeddedFile = join(data.folder, 'history.duckdb')
const embedded = (meanwhile: string): OpenStore =>
  new OpenStore({
    ...ofStore,
    ...{ kind: 'duckdb', meanwhile },
    open: async () => (await import('./duckdb.js')).openDuckDb(embeddedFile),
  })
const backlog = new Backlog({
  folder: join(data.folder, 'waiting'),
  maxMemoryBytes: MEMORY_BYTES,
  maxDiskBytes: data.maxSpillBytes,
  keys,
  onProblem: (error, file) =>
    log.warn(
      { err: error, file },
      'what waits for the store of the history cannot be kept on the disk; it may be lost',
    ),
})
const recorder = new Recorder({
  keys,
  store: usesPostgres
    ? new OpenStore({
        ...ofStore,
        ...{ kind: 'postgres', meanwhile: 'the embedded one stands in, and what comes waits for its return' },
        open: async () => (await import('./postgres.js')).openPostgres(data.postgresUrl),
      })
    : embedded('what comes waits for it'),
  standIn: usesPostgres ? embedded('nobody stands in for PostgreSQL') : undefined,
  backlog,
  retentionHours: data.retentionHours,
  rowsPerSecond: data.rowsPerSecond,
  maxCaptureBytes: data.maxCaptureBytes,
  maxSpillBytes: data.maxSpillBytes,
  embeddedFile: {
    isThere: () => existsSync(embeddedFile),
    open: async () => (await import('./duckdb.js')).openDuckDb(embeddedFile),
    rewrite: async () => (await import('./duckdb.js')).rewriteDuckDb(embeddedFile),
  },
  clock: systemClock,
  log,
})

const { anomalies } = data
const traffic =
  anomalies &&
  new TrafficThread<SavedTraffic>(data.folder, saved => new TrafficWatch(anomalies, saved), {
    send: signals => send({ kind: 'anomalies', signals }),
    log,
    now: systemClock.now(),
    keys,
  })

port.on('message', (message: MainToHistory) => {
  switch (message.kind) {
    case 'facts':
      recorder.add({ kind: 'facts', batch: traffic?.take(message.batch, systemClock.now()) ?? message.batch })
      send({ kind: 'taken', bytes: message.batch.cells.byteLength })
      break
    case 'captured':
      recorder.add({ kind: 'captured', bytes: message.bytes })
      send({ kind: 'taken', bytes: message.bytes.byteLength })
      break
    case 'outage':
      recorder.add({ kind: 'outage', outage: message.outage })
      break
    case 'readiness':
      recorder.add({ kind: 'readiness', readiness: message.readiness })
      break
    case 'expect-anomaly':
      traffic?.expect(message.name, message.strength, systemClock.now())
      break
    case 'ask':
      void answer(message.query).then(reply => {
        const told: HistoryToMain = { kind: 'reply', askId: message.askId, reply }
        port.postMessage(told, reply.kind === 'captures' || reply.kind === 'recordings' ? [reply.bytes] : [])
      })
      break
    case 'end':
      clearInterval(ticking)
      traffic?.save(systemClock.now())
      void recorder.end(message.by).then(() => {
        tell()
        send({ kind: 'ended' })
      })
      break
  }
})

async function answer(query: HistoryQuery | HistoryForget): Promise<HistoryReply> {
  if (query.kind !== 'forget') return recorder.ask(query)
  return { kind: 'forgot', stores: await forget(query.forgetting, query.dryRun) }
}

async function forget(forgetting: Forgetting, dryRun: boolean): Promise<ForgottenIn[]> {
  const matcher = new ForgetMatcher(forgetting)
  const watched = traffic?.forget(matcher, dryRun, systemClock.now()) ?? 0
  const stores = await recorder.forget(matcher, dryRun)
  if (traffic === undefined) return stores
  const store = 'what watches the traffic'
  const erased = dryRun ? 0 : watched
  return [...stores, { store, found: watched, erased, remaining: watched - erased, what: '', problem: '' }]
}

function tell(): void {
  send({ kind: 'status', status: recorder.status() })
}

const ticking = setInterval(() => {
  traffic?.tick(systemClock.now())
  void recorder.tick()
}, TICK_MS)
setInterval(tell, STATUS_MS)
void recorder.tick().then(tell)
