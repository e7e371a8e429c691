import t from 'tap'
import { BodyPace } from '../../../../core/front/strict/body-pace.js'

t.test('silence is too slow after the time limit, however much came before', async t => {
  const pace = new BodyPace()
  pace.begin(100)
  t.notOk(pace.isTooSlow(1099, 1000))
  t.ok(pace.isTooSlow(1100, 1000))
  pace.came(1 << 20, 1099)
  t.notOk(pace.isTooSlow(2098, 1000))
  t.ok(pace.isTooSlow(2099, 1000))
})

t.test('a body that trickles gets a second for 500 octets, and no more', async t => {
  const pace = new BodyPace()
  pace.begin(0)
  for (let now = 0; now < 1000; now += 100) pace.came(10, now)
  pace.came(0, 1100)
  t.notOk(pace.isTooSlow(1199, 1000), '100 octets: 0.2 s')
  t.ok(pace.isTooSlow(1200, 1000))
  pace.begin(5000)
  t.notOk(pace.isTooSlow(5999, 1000), 'what was before the last pause of ours does not count')
})
