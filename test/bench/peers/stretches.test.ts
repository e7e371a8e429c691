import t from 'tap'
import { HELD_UP_MS, STRETCH_MS, Stretches } from '../../../bench/peers/stretches.js'

t.test('one half second in which all stood still says nothing of the others', async t => {
  const stretches = new Stretches()
  for (let stretch = 0; stretch < 5; stretch++)
    for (let i = 0; i < 100; i++) stretches.add(stretch * STRETCH_MS + i, stretch === 3 ? 40 : 0.2)
  t.ok(stretches.percentile(0.99) < 0.3)
  t.equal(stretches.heldUp, 0.2)
})

t.test('a few slow answers in each half second are those of whoever answers', async t => {
  const stretches = new Stretches()
  for (let i = 0; i < 400; i++) stretches.add(i * (STRETCH_MS / 100), i % 20 === 0 ? HELD_UP_MS + 1 : 0.2)
  t.ok(stretches.percentile(0.5) < 0.3)
  t.ok(stretches.percentile(0.99) > HELD_UP_MS)
  t.equal(stretches.heldUp, 1)
})

t.test('where nothing was measured', async t => {
  const stretches = new Stretches()
  t.same([stretches.percentile(0.99), stretches.heldUp], [0, 0])
  stretches.add(2 * STRETCH_MS, 1)
  t.ok(stretches.percentile(0.99) >= 1, 'half seconds in which nothing was due do not count')
})
