import t from 'tap'
import { firstDifferences } from '../../../bench/fidelity/differences.js'
import { explain } from '../../../bench/fidelity/explain.js'
import { made, many } from './answers.js'

const answers = [
  ...many(2, { class: 'param-new', kind: 'page', refused: 'not-learned', truth: { a: 1 } }),
  made({ class: 'param-new', kind: 'page', refused: 'no-candidate' }),
  made({
    class: 'param-new',
    kind: 'page',
    path: '/items?page=2',
    tier: 'query',
    confidence: 0.75,
    f1: 0.5,
    truth: { total: 12, items: [] },
    said: { total: 13, items: [] },
  }),
  made({ class: 'repeat', kind: 'hot', f1: 1 }),
  made({ class: 'unsafe', kind: 'post', refused: 'unsafe-method' }),
]

t.test('each kind has its count, its F1, its tiers and why ghosts stayed silent', async t => {
  const text = explain(answers, { worst: 0 })
  t.match(text, /^repeat +hot +1 +1\.000 +0 +0 +exact 1$/m)
  t.match(text, /^param-new +page +4 +0\.125 +3 +0 +query 1 +not-learned 2, no-candidate 1$/m)
  t.match(text, /^unsafe +post +1 +1 +0 +unsafe-method 1$/m)
  t.ok(text.indexOf('repeat') < text.indexOf('param-new'), 'in the order of the classes')
})

t.test('the worst examples say what was asked, the truth, the answer and where it parts', async t => {
  const [, ...examples] = explain(answers, { worst: 2 }).split('\n\n')
  t.same(examples, [
    [
      'param-new page  F1 0.500  GET /items?page=2',
      '  truth 200 {"total":12,"items":[]}',
      '  ghost 200 (query, confidence 0.75) {"total":13,"items":[]}',
      '    .total: 12 ≠ 13',
    ].join('\n'),
    ['param-new page  F1 0.000  GET /a', '  truth 200 {"a":1}', '  ghost 503 (refused: not-learned)'].join('\n'),
  ])
})

t.test('a long body is cut, and a problem says its detail', async t => {
  const text = explain(
    [
      made({
        class: 'repeat',
        refused: 'low-confidence',
        said: { detail: 'the grade of the route is 0.31' },
        truth: 'x'.repeat(1000),
      }),
    ],
    { worst: 1 },
  )
  t.match(text, '(refused: low-confidence: the grade of the route is 0.31)')
  t.match(text, /^ {2}truth 200 "x{239}…$/m)
})

t.test('differences of JSON values', async t => {
  t.same(firstDifferences({ a: [1, { b: 2 }], c: 3 }, { a: [1, { b: 5 }], d: 4 }, 9), [
    '.a[1].b: 2 ≠ 5',
    '.c: 3 ≠ nothing',
    '.d: nothing ≠ 4',
  ])
  t.same(firstDifferences([1, 2], [1], 9), [': 2 elements ≠ 1'])
  t.same(firstDifferences(1, [1], 9), ['all: 1 ≠ [1]'])
  t.same(firstDifferences({ a: 1, b: 2 }, {}, 1), ['.a: 1 ≠ nothing'])
  t.same(firstDifferences({ a: null }, { a: null }, 1), [])
})
