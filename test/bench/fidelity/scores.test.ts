import t from 'tap'
import { confidenceOf, readAnswers } from '../../../bench/fidelity/answers.js'
import { decilesOf, scoresOf } from '../../../bench/fidelity/scores.js'
import { made, many } from './answers.js'

t.test('overall is the mean over the classes of reads, however many questions each has', async t => {
  const scores = scoresOf([
    ...many(3, { class: 'repeat', f1: 1, confidence: 0.9 }),
    made({ class: 'param-new', f1: 0.5, confidence: 0.9 }),
    made({ class: 'unsafe' }),
  ])
  t.equal(scores.overall, 0.75)
  t.equal(scores.f1OfReads, 3.5 / 4)
  t.equal(scores.right, 0.5)
  t.same(
    scores.classes.map(({ name, count }) => [name, count]),
    [
      ['repeat', 3],
      ['param-new', 1],
      ['unsafe', 1],
    ],
    'a class that the backend does not have is not there',
  )
  t.equal(scores.classes[2]!.reads, undefined, 'writes are not compared')
})

t.test('wrong answers, leaks and writes that look done are counted', async t => {
  const { classes, ...scores } = scoresOf([
    made({ class: 'repeat', f1: 1 }),
    made({ class: 'not-found', wrong: 1, wbc: 1, status_ok: false }),
    made({ class: 'not-found' }),
    made({ class: 'identity', wrong: 1, leak: 1 }),
    made({ class: 'unsafe', silent: 1 }),
  ])
  t.equal(scores.wrong, 0.5)
  t.equal(scores.wrongButConfident, 0.25)
  t.equal(scores.leaks, 1)
  t.equal(scores.silent, 1)
  t.equal(scores.answered, 0.75, 'of the reads')
  const notFound = classes.find(({ name }) => name === 'not-found')!.reads!
  t.equal(notFound.sameStatusOrRefused, 0.5, 'a refusal says nothing false')
  t.equal(notFound.sameStatus, 0)
})

t.test('a decile holds the answers that claim its confidence', async t => {
  const deciles = decilesOf([
    made({ class: 'repeat', f1: 1, confidence: 1 }),
    made({ class: 'repeat', f1: 0.8, confidence: 0.9 }),
    made({ class: 'repeat', f1: 0.2, confidence: 0.29 }),
    made({ class: 'repeat' }),
    made({ class: 'repeat', f1: 1 }),
  ])
  t.same(
    deciles.map(({ from, count }) => [from, count]),
    [
      [0.2, 1],
      [0.9, 2],
    ],
  )
  t.equal(deciles[1]!.similarity, 0.9)
  t.equal(deciles[1]!.confidence, 0.95)
})

t.test('sure is from 0.8 on, wrong below a similarity of a half', async t => {
  const { sure, sureAndWrong } = scoresOf([
    made({ class: 'repeat', f1: 0.49, confidence: 0.8 }),
    made({ class: 'repeat', f1: 0.5, confidence: 0.99 }),
    made({ class: 'repeat', f1: 0.1, confidence: 0.79 }),
  ])
  t.same([sure, sureAndWrong], [2, 1])
})

t.test('a confidence counts only on a ghost that answered', async t => {
  t.equal(confidenceOf(made({ class: 'repeat', f1: 1, confidence: 0.5 })), 0.5)
  t.equal(confidenceOf(made({ class: 'repeat', f1: 1 })), undefined)
  t.equal(confidenceOf(made({ class: 'repeat', confidence: 0.5 })), undefined, 'refused')
  t.equal(confidenceOf(made({ class: 'repeat', f1: 1, confidence: 0.5, marked: false })), undefined)
})

t.test('kept answers are read line by line', async t => {
  const answers = [made({ class: 'repeat', f1: 1 }), made({ class: 'unsafe' })]
  t.same(readAnswers(`${answers.map(answer => JSON.stringify(answer)).join('\n')}\n`), answers)
})
