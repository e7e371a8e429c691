import t from 'tap'
import type { Answer } from '../../../bench/fidelity/answers.js'
import type { BackendResult } from '../../../bench/fidelity/results.js'
import { scoresOf } from '../../../bench/fidelity/scores.js'
import {
  isNoStoreMet,
  type Verdict,
  verdictsIgnoring,
  verdictsOf,
  withIgnoring,
} from '../../../bench/fidelity/verdicts.js'
import { made, many } from './answers.js'

function resultOf(answers: readonly Answer[], readiness: number | null = null): BackendResult {
  return {
    backend: 'one',
    training: { requests: 10, sameStatus: 1, sameBody: 1 },
    before: { settled: true, waitedMs: 10, learning: {}, readiness },
    scores: scoresOf(answers),
  }
}

const verdict = (results: readonly BackendResult[], budget: RegExp): Verdict =>
  verdictsOf(results).find(one => budget.test(one.budget))!

const good = [
  ...many(50, { class: 'repeat', f1: 1, confidence: 0.97 }),
  ...many(50, { class: 'param-new', f1: 0.95, confidence: 0.95 }),
  ...many(10, { class: 'not-found' }),
  made({ class: 'identity' }),
  made({ class: 'unsafe' }),
]

t.test('overall and wrong answers are judged by their mean over the backends', async t => {
  const high = resultOf([made({ class: 'repeat', f1: 1 })])
  const low = resultOf([made({ class: 'repeat', f1: 0.6 })])
  t.match(verdict([high, low], /^overall/), { perBackend: ['1.000', '0.600'], mean: '0.800', met: true })
  t.equal(verdict([low], /^overall/).met, false)
  const wrong = resultOf([...many(24, { class: 'repeat', f1: 1 }), made({ class: 'repeat', wrong: 1 })])
  t.match(verdict([high, wrong], /^wrong answers/), { mean: '2.0 %', met: true })
  t.equal(verdict([wrong], /^wrong answers/).met, false)
})

t.test('the others must hold for each backend', async t => {
  const bad = resultOf([
    made({ class: 'repeat', f1: 0.98 }),
    made({ class: 'param-new', f1: 0.89 }),
    made({ class: 'not-found', wrong: 1, status_ok: false }),
    made({ class: 'identity', leak: 1, wrong: 1 }),
    made({ class: 'unsafe', silent: 1 }),
  ])
  for (const budget of [/^repeat/, /^param-new/, /^not-found/, /^leaks/, /^writes/]) {
    t.equal(verdict([resultOf(good)], budget).met, true, String(budget))
    t.equal(verdict([resultOf(good), bad], budget).met, false, String(budget))
  }
})

t.test('a confidence is judged by the worst decile that has enough answers', async t => {
  t.match(verdict([resultOf(good)], /^confidence/), { perBackend: ['0.015'], met: true })
  const boastful = many(50, { class: 'route-neighbour', f1: 0.6, confidence: 0.7 })
  t.match(verdict([resultOf([...good, ...boastful])], /^confidence/), { perBackend: ['0.100'], met: false })
  t.equal(verdict([resultOf([...good, ...boastful.slice(1)])], /^confidence/).met, true, 'too few')
})

t.test('of answers that are sure less than one in a hundred is wrong', async t => {
  const sureAndWrong = made({ class: 'repeat', wrong: 1, confidence: 0.8 })
  t.match(verdict([resultOf([...many(99, { class: 'repeat', f1: 1, confidence: 0.8 }), sureAndWrong])], /^wrong at/), {
    perBackend: ['1.0 %'],
    met: false,
  })
  t.equal(
    verdict([resultOf([...many(100, { class: 'repeat', f1: 1, confidence: 0.8 }), sureAndWrong])], /^wrong at/).met,
    true,
  )
})

t.test('readiness is held against what the outage showed; where nobody can tell, nothing is judged', async t => {
  const answers = [made({ class: 'repeat', f1: 0.9 })]
  t.equal(verdict([resultOf(answers, 0.86)], /^readiness off by ≤ 0\.05$/).met, true)
  t.equal(verdict([resultOf(answers, 0.96)], /^readiness off by ≤ 0\.05$/).met, false, 'too proud')
  t.equal(verdict([resultOf(answers, 0.84)], /^readiness off by ≤ 0\.05$/).met, false, 'too modest')
  t.match(verdict([resultOf(answers)], /^readiness off by ≤ 0\.05$/), { perBackend: [''], met: undefined })
  t.match(verdict([resultOf(answers)], /^param-new/), { perBackend: [''], met: undefined }, 'no such class')
})

t.test('the fairest way to hold readiness against an outage is to let the traffic go on in it', async t => {
  const of = resultOf([made({ class: 'repeat', f1: 0.5 })], 0.9)
  const went = (shown: number) => ({ ...of, goingOn: { readiness: 0.88, shown, count: 10 } })
  t.match(verdict([went(0.85)], /traffic goes on/), { perBackend: ['0.030'], met: true })
  t.equal(verdict([went(0.85), went(0.94)], /traffic goes on/).met, false, 'for each backend')
  t.equal(verdict([of], /traffic goes on/).met, undefined, 'it was not tried')
})

t.test('each question may be held against what was promised of its route', async t => {
  const answers = [...many(2, { class: 'repeat', f1: 1 }), ...many(8, { class: 'param-new', f1: 0.5 })]
  const of = resultOf(answers, 0.9)
  t.match(verdict([{ ...of, promised: 0.62 }], /held against its route/), { perBackend: ['0.020'], met: true })
  t.equal(verdict([{ ...of, promised: 0.7 }], /held against its route/).met, false)
  t.equal(verdict([of], /held against its route/).met, undefined, 'nobody told of routes')
})

t.test('readiness is of the traffic, which repeats itself more often than the questions do', async t => {
  const answers = [...many(2, { class: 'repeat', f1: 1 }), ...many(8, { class: 'param-new', f1: 0.5 })]
  const of = resultOf(answers, 0.9)
  const told = { ...of, before: { ...of.before, repeatedShare: 0.8 } }
  t.match(verdict([told], /weigh as in the traffic/), { perBackend: ['0.000'], met: true })
  t.match(verdict([told], /^readiness off by ≤ 0\.05$/), { perBackend: ['0.150'], met: false })
  const low = { ...told, before: { ...told.before, readiness: 0.8 } }
  t.match(verdict([low], /weigh as in the traffic/), { perBackend: ['0.100'], met: false })
  t.equal(verdict([of], /weigh as in the traffic/).met, undefined, 'nobody told how often it repeats itself')
})

t.test('where no-store is ignored, leaks alone are judged', async t => {
  const said = resultOf([made({ class: 'repeat', f1: 1 })])
  const [plain, strict] = [said, { ...said, backend: 'strict', before: { ...said.before, unstorable: 0.1 } }]
  t.same([isNoStoreMet(plain), isNoStoreMet(strict)], [false, true])
  t.same(verdictsIgnoring([plain, strict], []), [])
  const low = { ...strict, scores: resultOf([made({ class: 'repeat' })]).scores }
  t.match(verdictsIgnoring([plain, strict], [low]), [{ perBackend: ['', '0'], met: true }])
  const leaking = { ...strict, scores: resultOf([made({ class: 'identity', f1: 0, leak: 1 })]).scores }
  t.match(verdictsIgnoring([plain, strict], [leaking]), [{ perBackend: ['', '1'], met: false }])
  t.same(withIgnoring([plain, strict], [low]), [plain, low])
})
