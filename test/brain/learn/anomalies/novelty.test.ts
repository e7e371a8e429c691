import t from 'tap'
import { Novelty } from '../../../../brain/learn/anomalies/novelty.js'
import { seededRandom } from '../../../support/random.js'

t.test('what is rare, and as rare as ever, is no news', async t => {
  let news = 0
  for (const share of [0.1, 0.01, 0.001])
    for (let seed = 1; seed <= 200; seed++) {
      const unit = seededRandom(seed)
      let before = 0
      while (unit() >= share) before += 1
      const novelty = new Novelty({ before })
      novelty.look(true)
      while (!novelty.isSettled && !novelty.isNovel) novelty.look(unit() < share)
      if (novelty.isNovel) news += 1
    }
  t.equal(news, 0)
})

t.test('what was never there and now is, is news after some times', async t => {
  const novelty = new Novelty({ before: 2000 })
  for (let i = 0; i < 3; i++) novelty.look(true)
  t.equal(novelty.isNovel, false, 'three may be chance')
  novelty.look(true)
  t.equal(novelty.isNovel, true)
  const again = new Novelty(JSON.parse(JSON.stringify(novelty)))
  t.equal(again.chance, novelty.chance, 'it is kept between runs')
  const few = new Novelty({ before: 5 })
  for (let i = 0; i < 6; i++) few.look(true)
  t.same([few.isNovel, few.isSettled], [false, true], 'five times without it say next to nothing')
})
