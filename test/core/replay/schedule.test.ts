import t from 'tap'
import { Schedule } from '../../../core/replay/schedule.js'

t.test('the original pace, as much faster as was asked for', async t => {
  const schedule = new Schedule({ kind: 'original', speed: 4 }, 50_000, 1000)
  t.equal(schedule.dueAt(0, 50_000), 1000)
  t.equal(schedule.dueAt(1, 54_000), 2000)
  t.equal(schedule.dueAt(9, 49_000), 1000, 'before the first one there is nothing')
  t.equal(schedule.isDue(1, 54_000, 1999), false)
  t.equal(schedule.isDue(1, 54_000, 2000), true)
})

t.test('a fixed rate goes by the number, not by when it was recorded', async t => {
  const schedule = new Schedule({ kind: 'rate', perSecond: 200 }, 50_000, 1000)
  t.equal(schedule.dueAt(0, 99_000), 1000)
  t.equal(schedule.dueAt(100, 50_000), 1500)
})

t.test('as fast as it goes: all is due', async t => {
  t.equal(new Schedule({ kind: 'fast' }, 50_000, 1000).isDue(1_000_000, 90_000, 1000), true)
})

t.test('a pause moves all that is to come, and nothing is due in it', async t => {
  const schedule = new Schedule({ kind: 'rate', perSecond: 10 }, 0, 1000)
  schedule.pause(1100)
  schedule.pause(1150)
  t.equal(schedule.isPaused, true)
  t.equal(schedule.isDue(0, 0, 9000), false)
  schedule.resume(3100)
  schedule.resume(5000)
  t.equal(schedule.dueAt(5, 0), 3500)
  t.equal(schedule.isDue(5, 0, 3500), true)
})
