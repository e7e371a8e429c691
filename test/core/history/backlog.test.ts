import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Backlog, type Recorded } from '../../../core/history/backlog.js'
import { factBatch } from '../../support/fact-batches.js'
import { temporaryFolder } from '../../support/proxy.js'

const facts = (batch: number, rows = 1): Recorded => ({
  kind: 'facts',
  batch: factBatch(
    1,
    batch,
    Array.from({ length: rows }, (_, i) => ({ at: 1e12 + i, seq: i, route: 'GET /a' })),
  ),
})
const numbersOf = (recorded: readonly Recorded[]): number[] =>
  recorded.map(one => (one.kind === 'facts' ? one.batch.batch : -1))
/** All that waits, in its order. */
function drain(backlog: Backlog, maxRows = 100): number[] {
  const seen: number[] = []
  for (;;) {
    const next = backlog.next(maxRows)
    if (next.length === 0) return seen
    seen.push(...numbersOf(next))
    backlog.done(next.length)
  }
}
/** What a batch of one row weighs. */
const WEIGHT = 56 + 'unlearned'.length + 'other'.length + 'GET /a'.length

function open(more: { memory?: number; disk?: number; folder?: string } = {}) {
  const problems: string[] = []
  const folder = more.folder ?? join(temporaryFolder(), 'waiting')
  const backlog = new Backlog({
    folder,
    maxMemoryBytes: more.memory ?? 3 * WEIGHT,
    maxDiskBytes: more.disk ?? 1 << 20,
    onProblem: error => problems.push(error.message),
  })
  return { backlog, folder, problems }
}

t.test('what fits in memory never touches the disk', async t => {
  const { backlog, folder } = open()
  for (let i = 0; i < 3; i++) t.ok(backlog.push(facts(i), 0))
  t.notOk(existsSync(folder))
  t.same(numbersOf(backlog.next(2)), [0, 1], 'no more rows than asked for')
  t.same(numbersOf(backlog.next(2)), [0, 1], 'they stay until they are done')
  backlog.done(2)
  t.same(drain(backlog), [2])
  t.ok(backlog.isEmpty)
  t.equal(backlog.bytes, 0)
})

t.test('more goes to the disk, and all comes back in its order', async t => {
  const { backlog, folder } = open()
  for (let i = 0; i < 50; i++) t.ok(backlog.push(facts(i), 0))
  t.equal(readdirSync(folder).length, 1)
  t.equal(backlog.rows, 50)
  t.same(numbersOf(backlog.next(100)), [0, 1, 2])
  backlog.done(3)
  backlog.push(facts(50), 0)
  t.same(
    drain(backlog, 7),
    Array.from({ length: 48 }, (_, i) => i + 3),
    'what came meanwhile does not overtake',
  )
  t.same(readdirSync(folder), [])
  t.equal(backlog.bytes, 0)
  t.equal(backlog.rows, 0)
  t.ok(backlog.push(facts(51), 0))
  t.same(readdirSync(folder), [], 'and memory is used again')
})

t.test('beyond the bound it is dropped and counted, and there is room again afterwards', async t => {
  const { backlog } = open({ disk: 5000 })
  let kept = 0
  while (backlog.push(facts(kept, 2), 0)) kept += 1
  t.ok(backlog.diskBytes <= 5000)
  t.equal(backlog.dropped, 2)
  t.notOk(backlog.push(facts(999, 3), 0))
  t.equal(backlog.dropped, 5)
  t.equal(drain(backlog).length, kept)
  t.ok(backlog.push(facts(1000), 0))
})

t.test('with no room on the disk memory is all there is', async t => {
  const { backlog, folder } = open({ disk: 0 })
  for (let i = 0; i < 3; i++) t.ok(backlog.push(facts(i), 0))
  t.notOk(backlog.push(facts(3), 0))
  t.notOk(existsSync(folder))
})

t.test('the next process finds what was not written, in memory or on the disk', async t => {
  const { backlog, folder } = open()
  for (let i = 0; i < 10; i++) backlog.push(facts(i), 0)
  backlog.next(2)
  backlog.done(2)
  backlog.close()
  const next = open({ folder }).backlog
  t.notOk(next.isEmpty)
  t.same(drain(next), [2, 3, 4, 5, 6, 7, 8, 9], 'in its order: a store takes what is older for written')
  const last = open({ folder }).backlog
  t.ok(last.isEmpty, 'once')
})

t.test('an end torn by a crash, and what is no batch at all, cost themselves alone', async t => {
  const { backlog, folder, problems } = open({ memory: 0 })
  for (let i = 0; i < 3; i++) backlog.push(facts(i), 0)
  backlog.close()
  const [segment] = readdirSync(folder)
  appendFileSync(join(folder, segment!), Buffer.from([200, 0, 0, 0, 1, 2, 3]))
  writeFileSync(join(folder, '2000000000.waiting'), Buffer.alloc(100, 7))
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  const next = open({ folder, memory: 0 })
  next.backlog.push(facts(3), 0)
  t.same(drain(next.backlog), [0, 1, 2, 3])
  t.ok(next.problems.length >= 2, 'and it is said')
  t.same(problems, [])
  t.same(readdirSync(folder), ['notes.txt'])
})

t.test('one that is larger than what is read at once comes back', async t => {
  const { backlog } = open({ memory: 0, disk: 64 << 20 })
  backlog.push({ kind: 'captured', bytes: new ArrayBuffer(9 << 20) }, 0)
  backlog.push(facts(1), 0)
  const [first] = backlog.next(1)
  t.equal(first?.kind === 'captured' && first.bytes.byteLength, 9 << 20)
  backlog.done(backlog.next(1).length)
  t.same(drain(backlog), [1])
})
