import t from 'tap'
import { isHit, shareAfter } from '../../../core/drills/chance.js'

const hits = (seed: number, share: number, requests = 20_000): number[] =>
  Array.from({ length: requests }, (_, i) => i).filter(i => isHit(seed, i, share))

t.test('the seed says which requests are hit', async t => {
  t.same(hits(42, 0.3), hits(42, 0.3))
  const [a, b] = [new Set(hits(42, 0.3)), hits(43, 0.3)]
  const both = b.filter(i => a.has(i)).length / 20_000
  t.ok(Math.abs(both - 0.09) < 0.01, `another seed hits others: ${both} of both`)
})

t.test('as many are hit as the share says, and those of a smaller share are among them', async t => {
  for (const share of [0.01, 0.1, 0.5, 0.9])
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const rate = hits(seed, share).length / 20_000
      t.ok(Math.abs(rate - share) < 0.015, `seed ${seed}: ${rate} for ${share}`)
    }
  t.equal(hits(1, 0).length, 0)
  t.equal(hits(1, 1).length, 20_000)
  const more = new Set(hits(5, 0.4))
  t.ok(hits(5, 0.2).every(i => more.has(i)))
})

t.test('a ramp grows in proportion to its full share', async t => {
  const plan = { share: 0.8, rampS: 10 }
  t.same(
    [-1, 0, 2500, 5000, 10_000, 60_000].map(ms => shareAfter(plan, ms)),
    [0, 0, 0.2, 0.4, 0.8, 0.8],
  )
  t.equal(shareAfter({ share: 0.8, rampS: 0 }, 0), 0.8)
})
