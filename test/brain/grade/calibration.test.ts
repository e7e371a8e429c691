import t from 'tap'
import { Calibration } from '../../../brain/grade/calibration.js'
import { KindGrades } from '../../../brain/grade/kinds.js'
import { seededRandom } from '../../support/random.js'

t.test('claims that were too low are put right by as much, and those of other kinds are not', async t => {
  const calibration = new Calibration()
  const careful = { alpha: 3.5, beta: 0.5 }
  for (let i = 0; i < 90; i++) calibration.add(careful, 1)
  // 90 grades of 0.125 more than was claimed, against 10 that say nothing.
  t.ok(Math.abs(calibration.shift(careful) - 0.1125) < 1e-9)
  t.equal(calibration.shift({ alpha: 35, beta: 5 }), 0, 'as sure, with more behind it')
  t.equal(calibration.shift({ alpha: 2, beta: 2 }), 0, 'less sure')
})

t.test('one grade moves little, and old ones fade', async t => {
  const calibration = new Calibration()
  const claimed = { alpha: 3.5, beta: 0.5 }
  calibration.add(claimed, 1)
  t.ok(calibration.shift(claimed) > 0 && calibration.shift(claimed) < 0.02)
  for (let i = 0; i < 300; i++) calibration.add(claimed, 1)
  for (let i = 0; i < 300; i++) calibration.add(claimed, 0.5)
  t.ok(calibration.shift(claimed) < -0.25)
})

t.test('claims come to what they are worth: ways that are nearly all right, each seen a few times', async t => {
  const random = seededRandom(5)
  const off = (isCalibrated: boolean): number => {
    let [sum, count] = [0, 0]
    const grades = new KindGrades()
    // Each way is its own family, so that no other speaks for it.
    for (let way = 0; way < 300; way++)
      for (let time = 0; time < 4; time++) {
        const score = random() < 0.98 ? 1 : 0
        const of = isCalibrated ? grades : KindGrades.fromJSON({ ...grades.toJSON(), calibration: [] })
        const { confidence } = of.grade('r', `way${way}`)
        if (way >= 100 && time === 3) {
          sum += score - confidence
          count += 1
        }
        grades.add('r', `way${way}`, score)
      }
    return Math.abs(sum / count)
  }
  const without = off(false)
  const withIt = off(true)
  t.ok(without > 0.06, `without: off by ${without}`)
  t.ok(withIt < 0.03, `with it: off by ${withIt}`)
})

t.test('claims that are kept badly let less through, those that are kept well no more', async t => {
  const bound = (score: (route: number) => number): number => {
    const grades = new KindGrades()
    for (let route = 0; route < 60; route++) {
      for (let i = 0; i < 4; i++) grades.add(`r${route}`, `way${route}`, 1)
      for (let i = 0; i < 3; i++) grades.add(`r${route}`, `way${route}`, score(route))
    }
    for (let i = 0; i < 4; i++) grades.add('new', 'a new way', 1)
    return grades.grade('new', 'a new way').lowerBound
  }
  const well = bound(() => 1)
  t.equal(
    well,
    bound(() => 0.93),
  )
  t.ok(bound(() => 0) < well)
})
