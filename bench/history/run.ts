#!/usr/bin/env node
// How fast each store of the history takes rows in batches, how long what a dashboard asks takes then, and what the thread costs
// that feeds it. Exit 1 when a budget is missed. No proxy, no network but to the database.
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { openDuckDb } from '../../core/history/duckdb.js'
import type { Engine } from '../../core/history/engine.js'
import { HistoryStore } from '../../core/history/history-store.js'
import { openPostgres } from '../../core/history/postgres.js'
import { services } from '../../scripts/services/known.js'
import { machineOf } from '../machine.js'
import { atLeast, atMost, type Figure } from '../measure/figure.js'
import { isMet, type Measured, markdownReport, terminalReport } from '../measure/report.js'
import { timeQueries } from './queries.js'
import { threadCost } from './thread.js'
import { routeName, trafficBatch } from './traffic.js'

const RESULTS = 'bench/HISTORY.md'
const WHOLE_ROWS = 10_000_000

const usage = `npm run bench:history [-- options]
  --rows N       exchanges (default 1000000; the budget of the queries is meant for ${WHOLE_ROWS})
  --quick        a tenth of it: does it run at all
  --hours N      over which they are spread (default: 24 for ${WHOLE_ROWS}, less for fewer)
  --only LIST    of duckdb, postgres, timescale, thread (default: those that can be had)
The results of all of it with at least ${WHOLE_ROWS} rows go to ${RESULTS}: it takes about half an hour and 10 GB.`

const BUDGET_ROWS_PER_S = 20_000
const BUDGET_QUERY_MS = 200
/** Of one core, at the 25,000 exchanges a second that thread.ts makes. */
const BUDGET_THREAD_MS = 400
const BATCH_ROWS = 8192
const HOUR_MS = 3_600_000
const THREAD_EXCHANGES = 1_000_000

const stores = ['duckdb', 'postgres', 'timescale'] as const
type Store = (typeof stores)[number]
const parts = [...stores, 'thread'] as const

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    quick: { type: 'boolean', default: false },
    hours: { type: 'string' },
    only: { type: 'string', default: parts.join(',') },
    help: { type: 'boolean', default: false },
  },
})
const rows = Number(values.rows ?? (values.quick ? 100_000 : 1_000_000))
/** As dense as the budget is meant: sparse traffic has as many sums as exchanges. */
const hours = Number(values.hours ?? (24 * rows) / WHOLE_ROWS)
const only = values.only.split(',') as (typeof parts)[number][]
if (values.help || !(rows >= BATCH_ROWS) || !(hours > 0) || only.some(name => !parts.includes(name))) {
  console.error(usage)
  process.exit(values.help ? 0 : 64)
}

const { lines } = await machineOf([], 'the store shares the machine with whatever else runs')
console.log(lines.join('\n'))
const all: Measured[] = []
for (const name of parts) {
  if (!only.includes(name)) continue
  const missing = name === 'duckdb' || name === 'thread' ? '' : services[name].missing()
  if (missing !== '') {
    console.log(`${name}: left out, ${missing}`)
    continue
  }
  console.log(name)
  all.push(name === 'thread' ? await measuredThread() : await measuredStore(name))
}
console.log(`\n${terminalReport(all)}`)
if (rows >= WHOLE_ROWS && all.length === parts.length)
  writeFileSync(RESULTS, markdownReport('What the history comes to', 'bench:history', lines, all))
process.exit(isMet(all) ? 0 : 1)

async function measuredStore(name: Store): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-bench-history-'))
  const server = name === 'duckdb' ? undefined : await services[name].start()
  let engine: Engine | undefined
  try {
    engine = server === undefined ? await openDuckDb(join(folder, 'history.duckdb')) : await openPostgres(server.url)
    const question = `${engine.detail}: ${rows.toLocaleString('en-US')} exchanges of ${hours} hours, written as the proxy writes them, and what a dashboard asks then`
    return { name, question, figures: await storeFigures(engine) }
  } finally {
    await engine?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function storeFigures(engine: Engine): Promise<Figure[]> {
  const to = Math.floor(Date.now() / 1000) * 1000
  const from = to - hours * HOUR_MS
  const store = await HistoryStore.open(engine, 'bench', from)
  const batches = Math.floor(rows / BATCH_ROWS)
  const stepMs = (to - from) / batches
  let spentMs = 0
  for (let batch = 0; batch < batches; batch++) {
    const [since, until] = [Math.floor(from + batch * stepMs), Math.floor(from + (batch + 1) * stepMs)]
    const facts = trafficBatch(batch, BATCH_ROWS, since, until)
    const startedTick = performance.now()
    await store.write({ facts: [facts], captures: [], outages: [] }, from)
    // As far as it is due, which the thread looks for after each write.
    await store.roll(until)
    spentMs += performance.now() - startedTick
  }
  const perSecond = (batches * BATCH_ROWS) / (spentMs / 1000)
  const timed = await timeQueries(store, from, to, routeName(3))
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20)
  return [
    atLeast('rows/s, with their sums', BUDGET_ROWS_PER_S, perSecond, '', `${memory} MiB RSS at the end`),
    ...timed.map(({ name, medianMs, slowestMs }) =>
      atMost(name, BUDGET_QUERY_MS, medianMs, 'ms', `the slowest of five ${slowestMs.toFixed(1)} ms`),
    ),
  ]
}

async function measuredThread(): Promise<Measured> {
  const { watchMs, writeMs } = await threadCost(Math.min(THREAD_EXCHANGES, rows))
  return {
    name: 'thread',
    question: 'CPU of the thread of the history for 100,000 exchanges at 25,000/s, with an embedded store',
    figures: [
      atMost(
        'all of it',
        BUDGET_THREAD_MS,
        watchMs + writeMs,
        'ms',
        `${Math.round(watchMs)} ms to watch for anomalies, ${Math.round(writeMs)} ms for sums and rows`,
      ),
    ],
  }
}
