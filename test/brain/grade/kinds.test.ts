import t from 'tap'
import { KindGrades } from '../../../brain/grade/kinds.js'

const BAR = 0.7
const repeat = (grades: KindGrades, route: string, kind: string, score: number, times: number): void => {
  for (let i = 0; i < times; i++) grades.add(route, kind, score)
}

t.test('a way that nobody has tried is not believed', async t => {
  t.ok(new KindGrades().grade('a', 'list whole').lowerBound < BAR)
})

t.test('what worked on other routes is believed of a new one, until that one says otherwise', async t => {
  const grades = new KindGrades()
  repeat(grades, 'a', 'list whole', 1, 10)
  repeat(grades, 'b', 'list whole', 1, 10)
  t.ok(grades.grade('new', 'list whole').lowerBound > BAR)
  t.equal(grades.grade('new', 'list whole').graded, 0)
  repeat(grades, 'new', 'list whole', 0, 4)
  t.ok(grades.grade('new', 'list whole').lowerBound < BAR)
  t.equal(grades.grade('new', 'list whole').graded, 4)
  t.ok(grades.grade('a', 'list whole').lowerBound > grades.grade('new', 'list whole').lowerBound)
})

t.test('what is wrong everywhere else is not believed of a new route either', async t => {
  const grades = new KindGrades()
  repeat(grades, 'a', 'filtered partly', 0, 10)
  t.ok(grades.grade('new', 'filtered partly').confidence < 0.2)
})

t.test('ways that are akin lend a little, but only while they are sound', async t => {
  const sound = new KindGrades()
  repeat(sound, 'a', 'list whole', 1, 20)
  const strange = new KindGrades()
  repeat(strange, 'a', 'absent public', 1, 20)
  t.ok(sound.grade('a', 'list nearly').confidence > strange.grade('a', 'list nearly').confidence)
  t.ok(sound.grade('a', 'list nearly').lowerBound < sound.grade('a', 'list whole').lowerBound)
  const shaky = new KindGrades()
  repeat(shaky, 'a', 'list whole', 1, 10)
  repeat(shaky, 'a', 'list mostly', 0, 10)
  t.ok(shaky.grade('a', 'list nearly').confidence < sound.grade('a', 'list nearly').confidence)
})

t.test('that a record is not there says nothing of places that are not', async t => {
  const grades = new KindGrades()
  repeat(grades, 'a', 'absent public alike', 0, 20)
  t.ok(grades.grade('-', 'absent no-route-settled nobody').confidence > 0.4, 'nothing is told of them')
  repeat(grades, '-', 'absent no-route-settled nobody', 1, 2)
  t.ok(grades.grade('-', 'absent no-route-settled nobody').lowerBound > BAR)
  t.ok(grades.grade('a', 'absent public within').lowerBound < BAR, 'but of other records that are not')
})

t.test('only the latest grades count', async t => {
  const grades = new KindGrades()
  repeat(grades, 'a', 'list whole', 0, 100)
  repeat(grades, 'a', 'list whole', 1, 100)
  t.ok(grades.grade('a', 'list whole').lowerBound > BAR)
})

t.test('when a route becomes part of another its evidence goes along, and only once', async t => {
  const grades = new KindGrades()
  repeat(grades, 'old', 'list whole', 1, 3)
  repeat(grades, 'into', 'list whole', 0, 2)
  grades.move('old', 'into')
  t.match(grades.evidence('into', 'list whole').own, { graded: 5, right: 3, wrong: 2 })
  t.equal(grades.of('old').size, 0)
  grades.move('old', 'into')
  t.equal(grades.evidence('into', 'list whole').own.graded, 5)
})

t.test('is the same after it was written down', async t => {
  const grades = new KindGrades()
  repeat(grades, 'a', 'list whole', 1, 7)
  repeat(grades, 'b', 'list nearly', 0.4, 3)
  const again = KindGrades.fromJSON(structuredClone(grades.toJSON()))
  for (const route of ['a', 'b', 'c'])
    for (const kind of ['list whole', 'list nearly', 'record partly'])
      t.same(again.grade(route, kind), grades.grade(route, kind), `${route} ${kind}`)
})
