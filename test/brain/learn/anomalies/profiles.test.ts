// What is normal: by time of day, by size, by peak.
import t from 'tap'
import { DayProfile } from '../../../../brain/learn/anomalies/day-profile.js'
import { DecayingSketch } from '../../../../brain/learn/anomalies/decaying-sketch.js'
import { Peak } from '../../../../brain/learn/anomalies/peak.js'
import { RecentCounts } from '../../../../brain/learn/anomalies/recent-counts.js'
import { SizeWatch } from '../../../../brain/learn/anomalies/size-watch.js'
import { Walks } from '../../../../brain/learn/anomalies/walks.js'
import { seededRandom } from '../../../support/random.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const seen = (value: number, count: number): DecayingSketch => {
  const sketch = new DecayingSketch()
  for (let i = 0; i < count; i++) sketch.add(value)
  return sketch
}

t.test('a sketch tells quantiles within its buckets, forgets, and comes back from the disk', async t => {
  const sketch = new DecayingSketch()
  for (let ms = 1; ms <= 1000; ms++) sketch.add(ms)
  for (const [share, is] of [
    [0.5, 500],
    [0.95, 950],
  ] as const) {
    const quantile = sketch.quantile(share)
    t.ok(quantile >= is / 1.08 && quantile <= is * 1.08, `${share}: ${quantile}`)
  }
  const again = new DecayingSketch(JSON.parse(JSON.stringify(sketch)))
  t.equal(again.quantile(0.95), sketch.quantile(0.95))
  for (let i = 0; i < 20; i++) again.fade(0.5)
  t.equal(again.count, 0, 'old ones are gone at last')
})

t.test('what is normal at night is not what is normal at noon', async t => {
  const profile = new DayProfile()
  for (let day = 0; day < 3; day++) {
    for (let at = 0; at < DAY; at += HOUR / 4)
      profile.add(seen(at >= 11 * HOUR && at < 14 * HOUR ? 100 : 10, 200), day * DAY + at)
  }
  const noon = profile.quantile(0.95, 3 * DAY + 12.5 * HOUR)!
  const night = profile.quantile(0.95, 3 * DAY + 3 * HOUR)!
  t.ok(noon >= 100 && noon < 110, `${noon}`)
  t.ok(night >= 10 && night < 11, `${night}`)
  t.equal(new DayProfile(JSON.parse(JSON.stringify(profile))).quantile(0.95, 3 * DAY + 3 * HOUR), night)
})

t.test('on the first day the last hours are normal; before ten minutes nothing is', async t => {
  const profile = new DayProfile()
  profile.add(seen(10, 400), DAY)
  t.equal(profile.quantile(0.95, DAY + 60_000), undefined)
  profile.add(seen(10, 400), DAY + 300_000)
  t.ok(profile.quantile(0.95, DAY + 601_000)! < 11)
})

t.test('sizes: the limit follows from the tail that there is', async t => {
  const unit = seededRandom(1)
  const even = new SizeWatch()
  const tooLarge = (watch: SizeWatch, count: number, size: () => number): number =>
    Array.from({ length: count }, () => watch.observe(size(), DAY)).filter(is => is).length
  t.equal(
    tooLarge(even, 1000, () => 400 + Math.floor(unit() * 50)),
    0,
  )
  t.notOk(even.observe(1500, DAY), 'four times as large, and yet small')
  t.ok(even.observe(40_000, DAY))
  const wide = new SizeWatch()
  // Pareto: no size is ever the largest for long.
  t.equal(
    tooLarge(wide, 20_000, () => 1000 / (1 - unit())),
    0,
  )
  even.accept(40_000)
  t.notOk(even.observe(40_000, DAY), 'a person said that it is normal')
})

t.test('a peak is believed when nothing was told since', async t => {
  const peak = new Peak()
  peak.seen(30, 1000)
  t.equal(peak.valueAt(2000), 0, 'it may be the beginning of something')
  t.equal(peak.valueAt(1_300_000), 30)
  peak.seen(100, 1_300_000)
  peak.doubt(1_400_000)
  t.equal(peak.valueAt(3_000_000), 30)
  t.ok(peak.valueAt(1_300_000 + 10 * DAY) < 1, 'it fades')
})

t.test('different names within a minute', async t => {
  const counts = new RecentCounts(2)
  for (let i = 0; i < 10; i++) counts.count('a', `x${i % 5}`, 60_000 + i)
  t.equal(counts.count('a', 'x0', 61_000), 5)
  t.equal(counts.count('a', 'y', 120_000 + 30_000), 1 + 5 / 2, 'half of the window before reaches into the minute')
  for (let i = 0; i < 1000; i++) counts.count('b', `${i}`, 120_000)
  t.equal(counts.count('b', 'z', 120_001), 1001, 'names that are not kept are counted')
  counts.count('c', '', 120_000)
  t.equal(counts.count('a', 'y', 150_001), 1, 'the one that nobody asked for longest made room')
})

t.test('a walk is followed through whatever comes between, chance makes none', async t => {
  const unit = seededRandom(3)
  const walks = new Walks(10)
  let most = 0
  for (let i = 0; i < 20_000; i++) most = Math.max(most, walks.step('k', Math.floor(unit() * 300), i * 100)?.steps ?? 0)
  t.ok(most < 20, `by chance ${most}`)
  let steps = 0
  for (let id = 0; id < 60; id++) {
    for (let other = 0; other < 4; other++) walks.step('k', 10_000 + Math.floor(unit() * 1e6), 3e6 + id * 100)
    steps = Math.max(steps, walks.step('k', 5000 - id * 2, 3e6 + id * 100)?.steps ?? 0)
  }
  t.equal(steps, 59)
})
