import { Worker } from 'node:worker_threads'
import t from 'tap'
import { UPSTREAM_CIRCUIT } from '../../../core/contract/circuits.js'
import { Board, faultCodes, latencyBoundsS } from '../../../core/health/board.js'

const windowMs = 10_000
const board = (edges = 2) => new Board(Board.create(edges, 5), edges, windowMs)

t.test('another thread sees circuit, mode and counters in the same memory', async t => {
  const memory = Board.create(1, 5)
  const b = new Board(memory, 1, windowMs)
  b.setMode('forced')
  b.circuits.open(UPSTREAM_CIRCUIT, 0)
  const url = new URL('../../../core/health/board.js', import.meta.url).href
  const worker = new Worker(
    `import(${JSON.stringify(url)}).then(({ Board, counter }) => { const { workerData, parentPort } = require('node:worker_threads')
     const b = new Board(workerData, 1, 10000); b.count(0, counter.requests, 3); parentPort.postMessage([b.circuit, b.mode]) })`,
    { eval: true, workerData: memory },
  )
  const seen = await new Promise(resolve => worker.once('message', resolve))
  await worker.terminate()
  t.same(seen, ['open', 'forced'])
  t.equal(b.total('requests'), 3)
})

t.test('latencies fall into the first bucket that holds them', async t => {
  const b = board(1)
  b.countLatency(0, 'live', latencyBoundsS[0])
  b.countLatency(0, 'live', 99)
  const { cumulative, count, sumS } = b.latency('live')
  t.equal(cumulative[0], 1)
  t.equal(cumulative[cumulative.length - 2], 1)
  t.equal(cumulative[cumulative.length - 1], 2)
  t.equal(count, 2)
  t.equal(sumS, 99 + latencyBoundsS[0])
  t.equal(b.latency('ghost').count, 0)
})

t.test('faults are counted by code, over all edges, beside the other counters', async t => {
  const b = board()
  b.countFault(0, 'CHAOS_ERR_UPSTREAM_RESET')
  b.countFault(1, 'CHAOS_ERR_UPSTREAM_RESET')
  b.countFault(1, faultCodes.at(-1)!)
  t.equal(b.faultTotal('CHAOS_ERR_UPSTREAM_RESET'), 2)
  t.equal(b.faultTotal(faultCodes.at(-1)!), 1, 'the last one has a place of its own')
  t.equal(b.faultTotal('CHAOS_ERR_REQUEST_LOOP'), 0)
  t.equal(b.total('requests'), 0, 'the row of the next edge is untouched')
  t.equal(b.latency('ghost').count, 0)
})

t.test('edges may use all of the capture rate until main says less', async t => {
  const memory = Board.create(1, 5)
  t.equal(new Board(memory, 1, windowMs).captureShare, 1)
  new Board(memory, 1, windowMs).setCaptureShare(0.25)
  t.equal(new Board(memory, 1, windowMs).captureShare, 0.25)
})
