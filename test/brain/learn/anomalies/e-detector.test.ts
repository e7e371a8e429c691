import t from 'tap'
import { EDetector, RUN_LENGTH } from '../../../../brain/learn/anomalies/e-detector.js'
import { seededRandom } from '../../../support/random.js'

t.test('what is normal raises nothing, however it is spread and however it comes in clumps', async t => {
  const mean = 0.1
  const kinds: [name: string, value: (unit: () => number, step: number) => number][] = [
    ['all or nothing', unit => (unit() < mean ? 1 : 0)],
    ['always as much', () => mean],
    ['anything', unit => 2 * mean * unit()],
    ['rare and large', unit => (unit() < mean / 2 ? 1 : unit() < 0.5 ? 2 * (mean / 2) : 0)],
  ]
  for (const [name, value] of kinds) {
    let most = 0
    for (let seed = 1; seed <= 20; seed++) {
      const unit = seededRandom(seed)
      const detector = new EDetector()
      for (let step = 0; step < 5_000; step++) {
        detector.observe(value(unit, step), mean)
        most = Math.max(most, detector.evidence)
      }
    }
    t.ok(most < RUN_LENGTH, `${name}: ${most}`)
  }
})

t.test('what the bets are worth is a martingale: on average no more than the steps', async t => {
  let sum = 0
  const runs = 20_000
  for (let seed = 1; seed <= runs; seed++) {
    const unit = seededRandom(seed)
    const detector = new EDetector()
    for (let step = 0; step < 3; step++) detector.observe(unit() < 0.2 ? 1 : 0, 0.2)
    sum += detector.evidence
  }
  t.ok(Math.abs(sum / runs - 3) < 0.3, `${sum / runs}`)
})

t.test('a change is found, the sooner the larger it is, and is over when it is over', async t => {
  const stepsUntil = (value: number): number => {
    const detector = new EDetector()
    let steps = 1
    while (!detector.observe(value, 0.1)) steps += 1
    return steps
  }
  t.ok(stepsUntil(1) <= 10, `${stepsUntil(1)}`)
  t.ok(stepsUntil(0.4) <= 20, `${stepsUntil(0.4)}`)
  t.ok(stepsUntil(0.2) > stepsUntil(0.4))
  const detector = new EDetector()
  while (!detector.observe(1, 0.1));
  for (let i = 0; i < 5; i++) detector.observe(0.05, 0.1)
  detector.observe(1, 0.1)
  t.ok(detector.isRaised, 'not calm for long enough')
  for (let i = 0; i < 6; i++) detector.observe(0.05, 0.1)
  t.notOk(detector.isRaised)
  t.notOk(detector.isSuspicious)
})
