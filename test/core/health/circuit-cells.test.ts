import { Worker } from 'node:worker_threads'
import t from 'tap'
import { CIRCUITS, UPSTREAM_CIRCUIT } from '../../../core/contract/circuits.js'
import { Board } from '../../../core/health/board.js'

const windowMs = 10_000
const LAST = CIRCUITS - 1
const cells = (edges = 2, probes = 2) => new Board(Board.create(edges, probes), edges, windowMs).circuits

t.test('outcomes of all edges are summed over the window and forgotten after it', async t => {
  const c = cells()
  c.count(0, LAST, 'ok', 1000)
  c.count(1, LAST, 'failed', 2500)
  c.count(1, LAST, 'slow', 2500)
  t.match(c.window(LAST, 2500, 0), { calls: 3, failed: 1, slow: 1 })
  t.match(c.window(LAST, 11_000, 0), { calls: 2, failed: 1 }, 'the first second has left the window')
  t.match(c.window(LAST, 30_000, 0), { calls: 0, failed: 0 })
  t.match(c.window(LAST - 1, 2500, 0), { calls: 0 }, 'its neighbour')
})

t.test('outcomes from before the circuit closed are not counted', async t => {
  const c = cells()
  c.count(0, 7, 'failed', 3000)
  c.count(0, 7, 'ok', 5000)
  t.match(c.window(7, 6000, 4000), { calls: 1, failed: 0 })
})

t.test('a bucket that is used again starts from nothing', async t => {
  const c = cells()
  c.count(0, 7, 'slow', 1000)
  c.count(0, 7, 'failed', 17_000)
  t.match(c.window(7, 17_000, 0), { calls: 1, failed: 1, slow: 0 })
})

t.test('failures in a row are those of all edges, and a success ends them', async t => {
  const c = cells()
  c.count(0, 7, 'failed', 1000)
  c.count(1, 7, 'failed', 1000)
  t.equal(c.window(7, 1000, 0).inARow, 2)
  c.count(1, 7, 'slow', 1000)
  t.equal(c.window(7, 1000, 0).inARow, 0)
})

t.test('what never reached the upstream counts there and at no route; any answer ends it', async t => {
  const c = cells()
  c.count(0, 7, 'lost', 1000)
  c.count(1, 8, 'lost', 1000)
  t.match(c.window(7, 1000, 0), { calls: 0, inARow: 0 })
  t.match(c.window(UPSTREAM_CIRCUIT, 1000, 0), { calls: 2, failed: 2, inARow: 2 })
  c.count(0, 7, 'failed', 1000)
  t.equal(c.window(UPSTREAM_CIRCUIT, 1000, 0).inARow, 2)
  c.count(0, 8, 'ok', 1000)
  t.equal(c.window(UPSTREAM_CIRCUIT, 1000, 0).inARow, 0)
})

t.test('no more tickets are out than there are, and each is settled once', async t => {
  const c = cells()
  c.open(LAST, 0)
  const [a, b] = [c.take(0, LAST, LAST, 5), c.take(1, LAST, LAST, 7)]
  t.equal(c.take(0, LAST, LAST, 9), undefined)
  t.match(c.probing(LAST, 10), { free: 0, out: 2, oldestOutAt: 5 })
  t.ok(c.giveBack(a!))
  t.ok(c.take(0, LAST, LAST, 11), 'another may have it')
  t.ok(c.settle(b!, 'failed'))
  t.notOk(c.settle(b!, 'ok'))
  t.match(c.probing(LAST, 12), { out: 1, failed: 1, ok: 0, failedRoutes: [LAST], oldestOutAt: 11 })
  t.match(c.probing(LAST - 1, 12), { free: 0, out: 0 }, 'its neighbour has none')
})

t.test('an answer to a probe of before comes too late', async t => {
  const c = cells()
  c.open(7, 0)
  const old = c.take(0, 7, 7, 5)!
  c.open(7, 100)
  t.notOk(c.settle(old, 'ok'))
  t.match(c.probing(7, 100), { free: 2, ok: 0 })
  const late = c.take(0, 7, 7, 105)!
  c.close(7, 110, true)
  t.notOk(c.giveBack(late))
  t.equal(c.take(0, 7, 7, 111), undefined, 'closed: nobody needs one')
})

t.test('tickets of an edge that is gone are free, those of others and settled ones are not', async t => {
  const c = cells(2, 3)
  c.open(7, 0)
  c.take(0, 7, 7, 5)
  c.settle(c.take(0, 7, 7, 5)!, 'ok')
  c.take(1, 7, 7, 6)
  c.releaseTickets(0)
  t.match(c.probing(7, 10), { free: 1, ok: 1, out: 1, oldestOutAt: 6 })
})

t.test('times are kept past 32 bits of milliseconds', async t => {
  const c = cells()
  const now = 2 ** 32 + 2 ** 31 - 10
  c.open(7, now + 100)
  t.equal(c.sinceGateMs(7, now), -100)
  t.equal(c.waitMs(7, now), 100)
  t.equal(c.sinceGateMs(7, now + 150), 50)
  t.equal(c.waitMs(7, now + 150), 0)
})

t.test('threads that take tickets at once never take one twice', async t => {
  const probes = 500
  const memory = Board.create(3, probes)
  const { circuits } = new Board(memory, 3, windowMs)
  circuits.open(7, 0)
  const url = new URL('../../../core/health/board.js', import.meta.url).href
  const taken = await Promise.all(
    [0, 1, 2].map(async edge => {
      const worker = new Worker(
        `import(${JSON.stringify(url)}).then(({ Board }) => { const { workerData, parentPort } = require('node:worker_threads')
         const { circuits } = new Board(workerData, 3, 10000); const places = []
         for (let t; (t = circuits.take(${edge}, 7, 7, 1)); ) places.push(t.place)
         parentPort.postMessage(places) })`,
        { eval: true, workerData: memory },
      )
      const places = await new Promise<number[]>(resolve => worker.once('message', resolve))
      await worker.terminate()
      return places
    }),
  )
  t.equal(taken.flat().length, probes)
  t.equal(new Set(taken.flat()).size, probes)
})
