import t from 'tap'
import {
  addEvidence,
  addGrade,
  type Evidence,
  type GradedMatch,
  gradeOf,
  matchGrade,
  noEvidence,
  priorOf,
} from '../../../brain/grade/posterior.js'
import { priorGrade } from '../../../core/contract/lesson.js'

const BAR = 0.7
const graded = (scores: readonly number[], from: Evidence = noEvidence): Evidence => scores.reduce(addGrade, from)
const times = (count: number, score: number): number[] => Array.from({ length: count }, () => score)

t.test('the priors are those that the edges believe before there is a lesson', async t => {
  t.same(gradeOf(priorOf('exact'), noEvidence), priorGrade('exact'))
  t.same(gradeOf(priorOf('template'), noEvidence), priorGrade('template'))
  t.same(matchGrade([], 1, 'none'), priorGrade('semantic'))
})

t.test('exact is trusted at once and loses that when answers change', async t => {
  t.ok(gradeOf(priorOf('exact'), noEvidence).lowerBound >= BAR)
  t.ok(gradeOf(priorOf('exact'), graded(times(10, 0.2))).lowerBound < BAR)
})

t.test('what is put together earns its place, and one wrong answer sets it back', async t => {
  const bound = (scores: number[]): number => gradeOf(priorOf('template'), graded(scores)).lowerBound
  t.ok(bound([]) < BAR)
  t.ok(bound(times(2, 1)) < BAR)
  t.ok(bound(times(5, 1)) >= BAR)
  t.ok(bound([...times(5, 1), 0]) < BAR)
  t.ok(bound(times(1000, 0.6)) < BAR, 'mediocre stays mediocre, however often')
})

t.test('old evidence fades: an API that changed is noticed, and forgiven again', async t => {
  const good = graded(times(10_000, 1))
  t.ok(gradeOf(priorOf('exact'), good).confidence > 0.99)
  const broken = graded(times(120, 0), good)
  t.ok(gradeOf(priorOf('exact'), broken).lowerBound < BAR)
  t.ok(gradeOf(priorOf('exact'), graded(times(500, 1), broken)).lowerBound >= BAR)
  t.equal(gradeOf(priorOf('exact'), broken).graded, 10_120)
})

t.test('evidence of two routes that became one adds up', async t => {
  t.same(addEvidence(graded([1, 0.5]), graded([0])), { right: 1.5, wrong: 1.5, graded: 3 })
})

t.test('a match no nearer than a wrong one is not trusted, one nearer than right ones is', async t => {
  const match = (similarity: number, score: number): GradedMatch => ({ similarity, score, difference: 'words' })
  const right = Array.from({ length: 20 }, () => match(0.9, 1))
  const wrong = Array.from({ length: 20 }, () => match(0.7, 0))
  const at = (similarity: number): number => matchGrade([...right, ...wrong], similarity, 'words').lowerBound
  t.ok(at(0.95) >= BAR)
  t.ok(at(0.8) < BAR, 'nothing that was right was as far away')
  t.ok(at(0.7) < BAR)
  t.ok(at(0.95) >= at(0.9) && at(0.9) >= at(0.7))
  t.equal(matchGrade([...right, ...wrong], 0.95, 'order').graded, 0, 'each kind of difference for itself')
})
