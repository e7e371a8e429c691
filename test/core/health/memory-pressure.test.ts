import t from 'tap'
import { collectGarbage } from '../../../core/health/collect-garbage.js'
import { MemoryPressure, pressureOf } from '../../../core/health/memory-pressure.js'
import { silentLog } from '../../../core/log/log.js'

t.test('up at one mark, down at a lower one', async t => {
  t.equal(pressureOf(0.79, 'calm'), 'calm')
  t.equal(pressureOf(0.8, 'calm'), 'tight')
  t.equal(pressureOf(0.76, 'tight'), 'tight')
  t.equal(pressureOf(0.74, 'tight'), 'calm')
  t.equal(pressureOf(0.95, 'calm'), 'full')
  t.equal(pressureOf(0.88, 'full'), 'full')
  t.equal(pressureOf(0.86, 'full'), 'tight')
  t.equal(pressureOf(0.5, 'full'), 'calm')
})

t.test('told once for each change, and counted', async t => {
  const states: string[] = []
  let used = 10
  const pressure = new MemoryPressure({
    limitBytes: 100,
    used: () => used,
    onChange: state => states.push(state),
    collect: () => {},
    steady: { now: () => 0 },
    log: silentLog,
  })
  for (const bytes of [10, 85, 86, 93, 88, 20]) {
    used = bytes
    pressure.look()
  }
  t.strictSame(states, ['tight', 'full', 'calm'])
  t.match(pressure.status(), { state: 'calm', changes: 3, usedBytes: 20, limitBytes: 100 })
})

t.test(
  'garbage is collected as soon as it gets tight, often while requests are refused, and never while it is calm',
  async t => {
    let used = 10
    let at = 0
    let collected = 0
    const pressure = new MemoryPressure({
      limitBytes: 100,
      used: () => used,
      onChange: () => {},
      collect: () => {
        collected += 1
      },
      steady: { now: () => at },
      log: silentLog,
    })
    const after = (ms: number, bytes: number): number => {
      at += ms
      used = bytes
      pressure.look()
      return collected
    }
    t.equal(after(0, 10), 0)
    t.equal(after(100, 85), 1)
    t.equal(after(1900, 85), 1)
    t.equal(after(100, 95), 2, 'full two seconds later')
    t.equal(after(1999, 95), 2)
    t.equal(after(1, 95), 3)
    t.equal(after(60_000, 10), 3)
    // What would not be found without it is found.
    const garbage = new WeakRef(Buffer.alloc(1 << 20).buffer)
    await new Promise(resolve => setImmediate(resolve))
    collectGarbage()
    t.equal(garbage.deref(), undefined)
  },
)

t.test('no limit: no pressure', async t => {
  const pressure = new MemoryPressure({
    limitBytes: 0,
    used: () => 1e12,
    onChange: () => t.fail('it changed'),
    collect: () => t.fail('it collected'),
    steady: { now: () => 0 },
    log: silentLog,
  })
  pressure.look()
  t.equal(pressure.status().state, 'calm')
})
