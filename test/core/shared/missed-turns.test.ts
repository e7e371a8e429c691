import t from 'tap'
import { MissedTurns } from '../../../core/shared/missed-turns.js'

t.test('a number that is left out is noticed, one that comes twice is not', async t => {
  const turns = new MissedTurns()
  const seen = [1, 2, 2, 3, 5, 6].map(turn => turns.isAfterGap('a', turn))
  t.same(seen, [false, false, false, false, true, false])
  t.equal(turns.isAfterGap('b', 7), false, 'of one that is new here nothing can be missed')
  turns.forget()
  t.equal(turns.isAfterGap('a', 9), false)
})
