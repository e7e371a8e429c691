// A history that is encrypted: what was said in exchanges is not to be read in its file, nor in what waits for it, and is found,
// shown and forgotten all the same.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packExchanges } from '../../../core/contract/exchange-wire.js'
import { ForgetMatcher, forgettingOf } from '../../../core/contract/forgetting.js'
import type { SealingKeys } from '../../../core/contract/sealing.js'
import { Backlog, type Recorded } from '../../../core/history/backlog.js'
import { openDuckDb } from '../../../core/history/duckdb.js'
import { HistoryStore } from '../../../core/history/history-store.js'
import { capturedIn } from '../../../core/history/recorded.js'
import { userExchange } from '../../support/brain.js'
import { noDuckDb } from '../../support/duckdb.js'
import { factBatch } from '../../support/fact-batches.js'
import { temporaryFolder } from '../../support/proxy.js'
import { keysOf } from '../sealing/keys.js'
import { storeSuite } from './store-suite.js'

const one = keysOf('history', 'one')
const NOON = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 12 * 3_600_000
const window = { from: NOON, to: NOON + 3_600_000, limit: 10 }
const traces = ['alice-target', 'alice-query', 'alice-field', 'alice-ask', 'alice-body']
const nothing = { captures: [], outages: [] }

const exchange = {
  ...userExchange(7),
  ...{
    startedAt: NOON + 1,
    completedAt: NOON + 2,
    path: '/alice-target',
    query: 'q=alice-query',
    noted: [7, 1] as const,
  },
  ...{
    requestHeaders: ['x-who', 'alice-field'],
    requestBody: Buffer.from('alice-ask'),
    body: Buffer.from('alice-body'),
  },
}

async function open(file: string, keys: SealingKeys | undefined, told: Error[] = []) {
  const engine = await openDuckDb(file)
  return HistoryStore.open(engine, 'one', NOON, { keys, onUnopened: error => told.push(error) })
}

async function written(keys: SealingKeys | undefined): Promise<string> {
  const file = join(temporaryFolder(), 'history.duckdb')
  const store = await open(file, keys)
  const facts = [factBatch(7, 0, [{ at: NOON + 1, seq: 1, route: 'GET /{id}', target: '/alice-target?q=alice-query' }])]
  await store.write({ ...nothing, facts, captures: capturedIn(packExchanges([exchange])) }, NOON)
  await store.close()
  return file
}

const tracesIn = (file: string): string[] => traces.filter(trace => readFileSync(file).includes(trace))

t.test('the history on DuckDB, encrypted', { skip: noDuckDb }, async t => {
  const folder = temporaryFolder()
  storeSuite(t, name => openDuckDb(join(folder, `${name}.duckdb`)), keysOf('history', 'one', 'older'))
})

t.test('nothing of it is to be read in the file, and all of it is shown', { skip: noDuckDb }, async t => {
  t.same(tracesIn(await written(undefined)), traces, 'without a key it is')
  const file = await written(one)
  t.same(tracesIn(file), [])
  const store = await open(file, keysOf('history', 'two', 'one'))
  const { exchanges } = await store.exchanges(window)
  t.match(exchanges, [{ target: '/alice-target?q=alice-query', route: 'GET /{id}', status: 200 }])
  const detail = await store.exchange(exchanges[0]!.id)
  t.equal(Buffer.from(detail!.captured!.body).toString(), 'alice-body')
  t.equal(Buffer.from(detail!.captured!.requestBody).toString(), 'alice-ask')
  t.same(detail!.captured!.requestHeaders, ['x-who', 'alice-field'])
  await store.close()
})

t.test('without its key it is shown without what was said, and stays as it is', { skip: noDuckDb }, async t => {
  const file = await written(one)
  for (const keys of [undefined, keysOf('history', 'two')]) {
    const told: Error[] = []
    const store = await open(file, keys, told)
    const { exchanges } = await store.exchanges(window)
    t.match(exchanges, [{ target: null, route: 'GET /{id}', status: 200 }])
    t.equal((await store.exchange(exchanges[0]!.id))!.captured, null)
    t.match(told[0]!.message, /is encrypted with the key [0-9a-f]{8}/)
    const matcher = new ForgetMatcher(forgettingOf({ kind: 'match', text: 'alice-body' }, NOON + 10))
    t.match(await store.forget(matcher, false), { found: 0, problem: /2 rows are encrypted with a key/ })
    await store.close()
  }
  const store = await open(file, one)
  t.match((await store.exchanges(window)).exchanges, [{ target: '/alice-target?q=alice-query' }])
  await store.close()
})

t.test('what is plain from before is shown and forgotten beside what is not', { skip: noDuckDb }, async t => {
  const file = await written(undefined)
  const store = await open(file, one)
  const facts = [factBatch(7, 1, [{ at: NOON + 5, seq: 2, route: 'GET /{id}', target: '/alice-target?q=alice-query' }])]
  const later = { ...exchange, startedAt: NOON + 5, completedAt: NOON + 6, noted: [7, 2] as const }
  await store.write({ ...nothing, facts, captures: capturedIn(packExchanges([later])) }, NOON)
  t.match((await store.exchanges(window)).exchanges, [{ target: /alice-target/ }, { target: /alice-target/ }])
  const matcher = new ForgetMatcher(forgettingOf({ kind: 'match', text: 'alice-query' }, NOON + 10))
  t.match(await store.forget(matcher, false), { found: 4, remaining: 0, problem: '' })
  t.same((await store.exchanges(window)).exchanges, [])
  await store.close()
})

const waiting: Recorded = { kind: 'captured', bytes: packExchanges([exchange]) }

function backlogIn(folder: string, keys: SealingKeys | undefined, memory = 0) {
  const problems: string[] = []
  const onProblem = (error: Error): number => problems.push(error.message)
  return { backlog: new Backlog({ folder, maxMemoryBytes: memory, maxDiskBytes: 1 << 20, keys, onProblem }), problems }
}

const octetsIn = (folder: string): Buffer =>
  Buffer.concat(readdirSync(folder).map(name => readFileSync(join(folder, name))))
const waits = (folder: string): string[] => traces.filter(trace => octetsIn(folder).includes(trace))

t.test('what waits for the store is not to be read on the disk either', async t => {
  for (const memory of [0, 1 << 20])
    for (const [keys, there] of [
      [undefined, ['alice-field', 'alice-ask', 'alice-body']],
      [one, []],
    ] as const) {
      const folder = join(temporaryFolder(), 'waiting')
      const { backlog } = backlogIn(folder, keys, memory)
      t.ok(backlog.push(waiting, 0))
      backlog.close()
      t.ok(there.every(trace => waits(folder).includes(trace)))
      if (keys !== undefined) t.same(waits(folder), [])
      const next = backlogIn(folder, keysOf('history', 'two', 'one'))
      t.match(next.backlog.next(10), [{ kind: 'captured' }])
      t.same(next.problems, [])
    }
})

t.test('what waits and cannot be decrypted stays where it is, and what comes takes another place', async t => {
  const folder = join(temporaryFolder(), 'waiting')
  const first = backlogIn(folder, one).backlog
  first.push(waiting, 0)
  first.close()
  const before = octetsIn(folder)
  const other = backlogIn(folder, keysOf('history', 'two'))
  t.match(other.problems, [/encrypted with a key/])
  t.same(other.backlog.next(10), [])
  t.ok(other.backlog.push(waiting, 0))
  t.equal(other.backlog.next(10).length, 1)
  other.backlog.done(1)
  other.backlog.close()
  t.ok(octetsIn(folder).equals(before))
  t.equal(backlogIn(folder, one).backlog.next(10).length, 1)
})
