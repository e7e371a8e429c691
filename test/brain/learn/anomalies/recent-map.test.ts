import t from 'tap'
import { RecentMap } from '../../../../brain/learn/anomalies/recent-map.js'

t.test('what is asked for stays, what nobody asks for goes, and there are never more than that', async t => {
  const map = new RecentMap<number>(10)
  map.set('kept', 1)
  for (let i = 0; i < 100; i++) {
    map.set(`n${i}`, i)
    t.equal(map.get('kept'), 1)
  }
  for (let i = 96; i < 100; i++) t.equal(map.get(`n${i}`), i, 'the last ones are there')
  const there = Array.from({ length: 100 }, (_, i) => map.get(`n${i}`)).filter(value => value !== undefined)
  t.ok(there.length < 10, `${there.length}`)
  map.set('kept', 2)
  t.equal(map.get('kept'), 2, 'the newer value holds')
})
