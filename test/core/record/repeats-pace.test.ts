import t from 'tap'
import { RepeatsPace } from '../../../core/record/repeats-pace.js'

t.test('the more was told the later comes the next', async t => {
  const pace = new RepeatsPace()
  t.ok(pace.isDue(0), 'at once at first')
  pace.told(20, 0)
  t.notOk(pace.isDue(199))
  t.ok(pace.isDue(200))
  pace.told(2000, 200)
  t.notOk(pace.isDue(20_199))
  t.ok(pace.isDue(20_200))
  pace.told(0, 20_200)
  t.ok(pace.isDue(20_200), 'nothing costs nothing')
})
