import t from 'tap'
import { isKept } from '../../../core/contract/fact-share.js'
import { LatencySketch } from '../../../core/history/latency-sketch.js'
import { stepFor, wholesOf } from '../../../core/history/resolution.js'
import { rollDue } from '../../../core/history/rollups.js'

/** Of these, by sorting them. */
function exact(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!
}

t.test('any quantile is within 2 %, of parts added up too, from microseconds to hours', async t => {
  const values = Array.from({ length: 20_000 }, (_, i) => 0.005 * 1.0011 ** ((i * 7919) % 20_000))
  const whole = new LatencySketch()
  const parts = [new LatencySketch(), new LatencySketch(), new LatencySketch()]
  values.forEach((value, i) => {
    whole.add(value)
    parts[i % 3]!.add(value)
  })
  const sum = new LatencySketch()
  for (const part of parts) sum.merge(part.encode())
  t.equal(sum.count, values.length)
  for (const share of [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
    t.equal(sum.quantile(share), whole.quantile(share))
    const error = Math.abs(sum.quantile(share)! / exact(values, share) - 1)
    t.ok(error <= 0.0201, `${share}: ${(error * 100).toFixed(2)} %`)
  }
})

t.test('nothing, nought, and what lasts for days', async t => {
  const sketch = new LatencySketch()
  t.equal(sketch.quantile(0.5), undefined)
  t.same(sketch.encode(), new Uint8Array(0))
  sketch.add(0)
  sketch.add(1e12)
  t.ok(sketch.quantile(0)! <= 0.00103)
  t.ok(sketch.quantile(1)! > 80_000_000)
  const again = new LatencySketch()
  again.merge(sketch.encode())
  t.equal(again.quantile(1), sketch.quantile(1))
  again.add(5, 1_000_000)
  const large = new LatencySketch()
  large.merge(again.encode())
  t.equal(large.count, 1_000_002, 'a count of any size comes back')
})

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

t.test('a window is shown in steps that people can read, made of the coarsest sums that fit', async t => {
  const now = 100 * DAY
  const step = (from: number, to: number, points: number) => {
    const { stepMs, resolution } = stepFor({ from, to }, points, now)
    return [stepMs / 1000, resolution.seconds]
  }
  t.same(step(now - MINUTE, now, 60), [1, 1])
  t.same(step(now - 10 * MINUTE, now, 60), [10, 1])
  t.same(step(now - HOUR, now, 60), [60, 60])
  t.same(step(now - HOUR, now, 59), [120, 60])
  t.same(step(now - 7 * DAY, now, 168), [3600, 3600])
  t.same(step(now - 7 * DAY, now, 100), [7200, 3600])
  t.same(step(now - 3 * DAY, now - 3 * DAY + MINUTE, 60), [60, 60], 'there are no seconds any more')
  t.same(step(0, now, 10), [864_000, 3600])
})

t.test('whole minutes and hours of a window', async t => {
  const now = 100 * DAY
  t.same(wholesOf({ from: now - 90 * MINUTE - 1, to: now - 1 }, now), {
    minutes: { from: now - 90 * MINUTE, to: now - MINUTE },
    hours: { from: now - HOUR, to: now - HOUR },
  })
  const old = wholesOf({ from: now - 3 * DAY + 1000, to: now }, now)
  t.same(old.minutes, { from: now - 3 * DAY, to: now }, 'where there are no seconds its first minute counts as a whole')
})

t.test('sums are rolled up when they are over, and not too many at once', async t => {
  t.equal(rollDue(0, 60, 64_999), undefined, 'what is on its way is waited for')
  t.equal(rollDue(0, 60, 65_000), MINUTE)
  t.equal(rollDue(0, 60, 10 * HOUR), HOUR)
  t.equal(rollDue(HOUR, 3600, HOUR + 10 * MINUTE), undefined)
})

t.test('which exchanges are kept does not change, and is the share that was asked for', async t => {
  const kept = Array.from({ length: 100_000 }, (_, seq) => seq).filter(seq => isKept(seq, 0.1))
  t.ok(Math.abs(kept.length - 10_000) < 300, `${kept.length}`)
  t.same(
    kept.filter(seq => !isKept(seq, 0.2)),
    [],
    'a larger share has the smaller one in it',
  )
  t.ok([1, 2, 3].every(seq => isKept(seq, 1)))
})
