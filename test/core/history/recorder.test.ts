// What becomes of what is noted when stores go, come back, refuse and have no room: with a real DuckDB behind, which is told to
// fail from before it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Backlog, type Recorded } from '../../../core/history/backlog.js'
import { openDuckDb, rewriteDuckDb } from '../../../core/history/duckdb.js'
import { type Engine, StoreError } from '../../../core/history/engine.js'
import { OpenStore } from '../../../core/history/open-store.js'
import { Recorder } from '../../../core/history/recorder.js'
import { noDuckDb } from '../../support/duckdb.js'
import { factBatch } from '../../support/fact-batches.js'
import { temporaryFolder } from '../../support/proxy.js'

/** Today, for a recorder throws away what is old. */
const NOW = Date.now()

interface Switch {
  /** Rejects what is asked of the store; undefined: it works. */
  fails: Error | undefined
  opened: number
}

/** An engine that fails when it is told to. */
function failing(open: () => Promise<Engine>, failure: Switch): () => Promise<Engine> {
  return async () => {
    if (failure.fails !== undefined) throw failure.fails
    failure.opened += 1
    const engine = await open()
    return new Proxy(engine, {
      get: (target, name) => {
        if (name === 'transaction' && failure.fails !== undefined) return () => Promise.reject(failure.fails)
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}

function open(more: { rowsPerSecond?: number; memory?: number; disk?: number; standIn?: boolean } = {}) {
  const folder = temporaryFolder()
  const clock = { now: () => clock.at, at: NOW }
  const lines: { facts: object; sentence: string }[] = []
  const note = (facts: object, sentence: string): void => {
    lines.push({ facts, sentence })
  }
  const log = { info: note, warn: note, error: note }
  const store: Switch = { fails: undefined, opened: 0 }
  const standIn: Switch = { fails: undefined, opened: 0 }
  const parts = { kind: 'duckdb' as const, instance: 'one', clock, log, meanwhile: 'meanwhile' }
  const backlog = new Backlog({
    folder: join(folder, 'waiting'),
    maxMemoryBytes: more.memory ?? 1 << 20,
    maxDiskBytes: more.disk ?? 1 << 20,
    onProblem: () => {},
  })
  const embedded = more.standIn ? 'b.duckdb' : 'a.duckdb'
  const recorder = new Recorder({
    store: new OpenStore({ ...parts, open: failing(() => openDuckDb(join(folder, 'a.duckdb')), store) }),
    standIn: more.standIn
      ? new OpenStore({ ...parts, open: failing(() => openDuckDb(join(folder, 'b.duckdb')), standIn) })
      : undefined,
    backlog,
    retentionHours: 168,
    rowsPerSecond: more.rowsPerSecond ?? 1000,
    maxCaptureBytes: 1 << 20,
    maxSpillBytes: 1 << 20,
    embeddedFile: {
      isThere: () => existsSync(join(folder, embedded)),
      open: () => openDuckDb(join(folder, embedded)),
      rewrite: () => rewriteDuckDb(join(folder, embedded)),
    },
    clock,
    log,
  })
  /** The clock goes on, and the recorder works. */
  const work = async (): Promise<void> => {
    clock.at += 60_000
    await recorder.tick()
  }
  const rows = async (): Promise<number> => {
    const reply = await recorder.ask({ kind: 'exchanges', from: NOW - 1e6, to: NOW + 1e8, limit: 1000 })
    return reply.kind === 'exchanges' ? reply.page.exchanges.length : -1
  }
  return { recorder, clock, lines, store, standIn, work, rows, folder }
}

let batches = 0
const facts = (rows: number): Recorded => ({
  kind: 'facts',
  batch: factBatch(
    1,
    batches++,
    Array.from({ length: rows }, (_, i) => ({ at: NOW + i, seq: i, route: 'GET /a' })),
  ),
})

t.test(
  'a store that is away costs nothing that fits, is told once, and gets all of it when it is back',
  { skip: noDuckDb },
  async t => {
    const { recorder, lines, store, work, rows } = open()
    recorder.add(facts(3))
    await work()
    t.match(recorder.status(), { rows: 3, waitingRows: 0, store: { state: 'up' } })
    store.fails = new StoreError('the disk is full', 'make room')
    recorder.add(facts(4))
    for (let i = 0; i < 5; i++) await work()
    t.match(recorder.status(), {
      ...{ rows: 3, waitingRows: 4, dropped: 0 },
      store: { state: 'down', lastError: 'the disk is full', remedy: 'make room' },
    })
    t.ok(recorder.status().lagS >= 60)
    t.equal(lines.filter(({ sentence }) => /is away; meanwhile/.test(sentence)).length, 1)
    t.match(await recorder.ask({ kind: 'exchange', id: 'a-b-c' }), { kind: 'unanswered', because: /full; make room/ })
    store.fails = undefined
    recorder.add(facts(5))
    await work()
    t.match(recorder.status(), { rows: 12, waitingRows: 0, lagS: 0, store: { state: 'up', lastError: '' } })
    t.equal(await rows(), 12)
    await recorder.end(Date.now() + 5000)
  },
)

t.test(
  'beyond the bounds of the buffer it is dropped and counted, and nothing else is lost',
  { skip: noDuckDb },
  async t => {
    const { recorder, store, work, rows } = open({ memory: 1000, disk: 3000 })
    store.fails = new Error('gone')
    await work()
    for (let i = 0; i < 100; i++) recorder.add(facts(1))
    const { dropped, waitingRows } = recorder.status()
    t.ok(dropped > 0)
    t.equal(dropped + waitingRows, 100)
    store.fails = undefined
    await work()
    t.match(recorder.status(), { rows: waitingRows, dropped, waitingRows: 0 })
    t.equal(await rows(), waitingRows)
    await recorder.end(Date.now() + 5000)
  },
)

t.test(
  'one batch that the store refuses is thrown away, and those beside it are written',
  { skip: noDuckDb },
  async t => {
    const { recorder, work, rows, lines } = open()
    const broken: Recorded = {
      kind: 'outage',
      outage: {
        ...{ id: 'x', since: NOW, until: null, circuit: null as unknown as string, because: '', ghosts: 0, refused: 0 },
      },
    }
    recorder.add(facts(2))
    recorder.add(broken)
    recorder.add(facts(3))
    await work()
    t.match(recorder.status(), { rows: 5, waitingRows: 0, store: { state: 'up' } })
    t.equal(await rows(), 5)
    t.equal(lines.filter(({ sentence }) => /refuses what it was given/.test(sentence)).length, 1)
    await recorder.end(Date.now() + 5000)
  },
)

t.test(
  'what came before a store was found away for the first time is told by the stand-in',
  { skip: noDuckDb },
  async t => {
    const { recorder, store, work, rows } = open({ standIn: true })
    store.fails = new Error('never there')
    recorder.add(facts(3))
    await work()
    t.equal(await rows(), 3)
    store.fails = undefined
    await work()
    await work()
    t.equal(await rows(), 3, 'once, when it is there')
    await recorder.end(Date.now() + 5000)
  },
)

t.test('while it is away the stand-in takes the same, and answers', { skip: noDuckDb }, async t => {
  const { recorder, store, standIn, work, rows } = open({ standIn: true })
  recorder.add(facts(3))
  await work()
  t.equal(standIn.opened, 0, 'it is opened only when it is needed')
  recorder.add(facts(4))
  store.fails = new Error('gone')
  await work()
  recorder.add(facts(5))
  await work()
  t.match(recorder.status(), { store: { state: 'down' }, standIn: { state: 'up' }, waitingRows: 9 })
  t.match(await recorder.ask({ kind: 'outages', from: 0, to: NOW }), { store: { standsIn: true } })
  t.equal(await rows(), 9, 'also what came before anybody knew')
  store.fails = undefined
  await work()
  await work()
  t.match(recorder.status(), { store: { state: 'up' }, standIn: null, waitingRows: 0 })
  t.match(await recorder.ask({ kind: 'outages', from: 0, to: NOW }), { store: { standsIn: false } })
  t.equal(await rows(), 12)
  await recorder.end(Date.now() + 5000)
})

t.test(
  'of more than the rate a share is kept, all of what went wrong, and the sums count every one',
  { skip: noDuckDb },
  async t => {
    const { recorder, work, rows } = open({ rowsPerSecond: 100 })
    const many = Array.from({ length: 1000 }, (_, i) => ({
      ...{ at: NOW, seq: i, route: 'GET /a' },
      status: i % 20 === 0 ? 500 : 200,
    }))
    recorder.add({ kind: 'facts', batch: factBatch(2, 0, many) })
    await work()
    const { rows: kept, sampledOut } = recorder.status()
    t.equal(kept + sampledOut, 1000)
    t.ok(kept > 50 + 80 && kept < 50 + 120, `${kept} are kept`)
    t.equal(await rows(), kept)
    const bad = await recorder.ask({ kind: 'exchanges', from: NOW, to: NOW + 1, status: [500, 599], limit: 1000 })
    t.match(bad, { page: { exchanges: { length: 50 } } })
    const sums = await recorder.ask({ kind: 'series', from: NOW - 1000, to: NOW + 1000, points: 1 })
    t.equal(sums.kind === 'series' && sums.series.points.reduce((sum, { requests }) => sum + requests, 0), 1000)
    await recorder.end(Date.now() + 5000)
  },
)

t.test('what was not written before the end is found by the next process', { skip: noDuckDb }, async t => {
  const { recorder, store, work, folder } = open()
  store.fails = new Error('gone')
  await work()
  recorder.add(facts(6))
  await recorder.end(Date.now())
  const backlog = new Backlog({
    ...{ folder: join(folder, 'waiting'), maxMemoryBytes: 1, maxDiskBytes: 1 << 20, onProblem: () => {} },
  })
  const [next] = backlog.next(1)
  t.equal(next?.kind === 'facts' && next.batch.rows, 6)
})

t.test('an embedded store that can never be opened keeps nothing waiting', async t => {
  const { recorder, store, work, folder } = open({ memory: 0 })
  store.fails = new StoreError('DuckDB is not installed', 'install it', false)
  await work()
  recorder.add(facts(6))
  t.match(recorder.status(), { waitingRows: 0, dropped: 0, store: { state: 'down', remedy: 'install it' } })
  t.notOk(existsSync(join(folder, 'waiting')))
})
