import t from 'tap'
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
    log: silentLog,
  })
  for (const bytes of [10, 85, 86, 93, 88, 20]) {
    used = bytes
    pressure.look()
  }
  t.strictSame(states, ['tight', 'full', 'calm'])
  t.match(pressure.status(), { state: 'calm', changes: 3, usedBytes: 20, limitBytes: 100 })
})

t.test('no limit: no pressure', async t => {
  const pressure = new MemoryPressure({
    limitBytes: 0,
    used: () => 1e12,
    onChange: () => t.fail('it changed'),
    log: silentLog,
  })
  pressure.look()
  t.equal(pressure.status().state, 'calm')
})
