#!/usr/bin/env node
// How fast each store of the history takes rows in batches, and how long what a dashboard asks takes then. Exit 1 when a budget
// is missed. No proxy, no network but to the database.
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
import { formatTable } from '../table.js'
import { timeQueries } from './queries.js'
import { routeName, trafficBatch } from './traffic.js'

const usage = `npm run bench:history [-- options]
  --rows N       exchanges (default 1000000; the budget of the queries is meant for 10000000)
  --quick        a tenth of it: does it run at all
  --hours N      over which they are spread (default: 24 for 10000000, less for fewer)
  --engines LIST of duckdb, postgres, timescale (default: those that can be had)`

const BUDGET_ROWS_PER_S = 20_000
const BUDGET_QUERY_MS = 200
const BATCH_ROWS = 8192
const HOUR_MS = 3_600_000

const kinds = ['duckdb', 'postgres', 'timescale'] as const
type Kind = (typeof kinds)[number]

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    quick: { type: 'boolean', default: false },
    hours: { type: 'string' },
    engines: { type: 'string', default: kinds.join(',') },
    help: { type: 'boolean', default: false },
  },
})
const rows = Number(values.rows ?? (values.quick ? 100_000 : 1_000_000))
/** As dense as the budget is meant: sparse traffic has as many sums as exchanges. */
const hours = Number(values.hours ?? (24 * rows) / 10_000_000)
const engines = values.engines.split(',')
if (values.help || !(rows >= BATCH_ROWS) || !(hours > 0) || engines.some(name => !kinds.includes(name as Kind))) {
  console.error(usage)
  process.exit(values.help ? 0 : 64)
}

console.log((await machineOf([], 'the store shares the machine with whatever else runs')).lines.join('\n'))
let missed = false
for (const kind of engines as Kind[]) missed = !(await measure(kind)) || missed
process.exit(missed ? 1 : 0)

/** False: a budget was missed. */
async function measure(kind: Kind): Promise<boolean> {
  const missing = kind === 'duckdb' ? '' : services[kind].missing()
  if (missing !== '') {
    console.log(`\n${kind}: left out, ${missing}`)
    return true
  }
  const folder = await mkdtemp(join(tmpdir(), 'chaos-bench-history-'))
  const server = kind === 'duckdb' ? undefined : await services[kind].start()
  let engine: Engine | undefined
  try {
    engine = server === undefined ? await openDuckDb(join(folder, 'history.duckdb')) : await openPostgres(server.url)
    return await report(engine)
  } finally {
    await engine?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function report(engine: Engine): Promise<boolean> {
  const to = Math.floor(Date.now() / 1000) * 1000
  const from = to - hours * HOUR_MS
  const store = await HistoryStore.open(engine, 'bench', from)
  const batches = Math.floor(rows / BATCH_ROWS)
  const stepMs = (to - from) / batches
  let spentMs = 0
  for (let batch = 0; batch < batches; batch++) {
    const facts = trafficBatch(
      batch,
      BATCH_ROWS,
      Math.floor(from + batch * stepMs),
      Math.floor(from + (batch + 1) * stepMs),
    )
    const startedTick = performance.now()
    await store.write({ facts: [facts], captures: [], outages: [] }, from)
    spentMs += performance.now() - startedTick
  }
  const perSecond = Math.round((batches * BATCH_ROWS) / (spentMs / 1000))
  const rolledTick = performance.now()
  await store.roll(to)
  const rolledMs = Math.round(performance.now() - rolledTick)
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20)
  console.log(
    `\n${engine.detail}: ${batches * BATCH_ROWS} rows, ${perSecond} rows/s (budget ${BUDGET_ROWS_PER_S}), sums rolled up in ${rolledMs} ms, RSS ${memory} MiB`,
  )
  const timed = await timeQueries(store, from, to, routeName(3))
  console.log(
    formatTable(
      ['query', 'median ms', 'slowest ms', `budget ${BUDGET_QUERY_MS} ms`],
      timed.map(({ name, medianMs, slowestMs }) => [
        name,
        medianMs.toFixed(1),
        slowestMs.toFixed(1),
        medianMs <= BUDGET_QUERY_MS ? 'kept' : 'MISSED',
      ]),
      new Set([0, 3]),
    ),
  )
  return perSecond >= BUDGET_ROWS_PER_S && timed.every(({ medianMs }) => medianMs <= BUDGET_QUERY_MS)
}
