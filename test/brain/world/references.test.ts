// Things that nobody was shown, but that others name: they are there, and what stands around their like is known.
import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { LearningModel } from '../../support/learning-model.js'

const planeOf = (i: number) => ({ tail: `N${100 + i}`, seats: 50 + i, maker: ['A', 'B'][i % 2]! })
const around = { table: 'planes', columns: ['tail', 'seats', 'maker'], keys: ['tail'], licence: 'open', source: 'book' }

function api({ references = true } = {}): LearningModel {
  const learning = new LearningModel(new GradeBudget(1, () => 0))
  for (let page = 0; page < 3; page++)
    learning.learn({
      path: '/flights',
      query: `page=${page + 1}`,
      body: Array.from({ length: 10 }, (_, i) => {
        const id = page * 10 + i + 1
        return { id, hour: id % 24, ...(references ? { tail: planeOf(id).tail } : {}) }
      }),
    })
  for (let i = 1; i <= 18; i++)
    learning.learn({ path: `/planes/${planeOf(i).tail}`, body: { rows: [planeOf(i)], ...around } })
  return learning
}

t.test('what others name is there: all that is known around it is said, and nothing of it but its name', async t => {
  const answer = api().ask({ path: '/planes/N125' })
  t.match(answer, { status: 200, because: /N125 was never seen, but .* tail names it \[record-name part\]/ })
  if ('status' in answer) t.same(JSON.parse(answer.body), { rows: [{ tail: 'N125' }], ...around })
})

t.test('what nobody names is not made up', async t => {
  t.match(api().ask({ path: '/planes/N999' }), { refused: /N999 was never seen/ })
  t.match(api({ references: false }).ask({ path: '/planes/N125' }), { refused: /N125 was never seen/ })
})

t.test('where the name is nearly all that is known, nothing is said, and not that it is not there', async t => {
  const learning = new LearningModel(new GradeBudget(1, () => 0))
  const books = Array.from({ length: 12 }, (_, i) => ({ id: i + 1, title: `t${i}`, authorId: 501 + i }))
  learning.learn({ path: '/books', body: books })
  for (let i = 0; i < 8; i++)
    learning.learn({
      path: `/authors/${501 + i}`,
      body: {
        id: 501 + i,
        name: `n${i}`,
        born: 1900 + i,
        town: `w${i}`,
        prize: `p${i}`,
        page: `g${i}`,
        tongue: `l${i}`,
      },
    })
  for (const id of [901, 902, 903, 904])
    learning.learn({ path: `/authors/${id}`, status: 404, body: { error: 'none' } })
  t.match(learning.ask({ path: '/authors/511' }), { refused: /511 was never seen, but .* authorId names it/ })
  t.match(learning.ask({ path: '/authors/905' }), { status: 404 })
})

t.test('what one was shown names nothing to another', async t => {
  const learning = new LearningModel(new GradeBudget(1, () => 0))
  for (const scope of ['a', 'b'])
    learning.learn({
      path: '/flights',
      scope,
      body: Array.from({ length: 8 }, (_, i) => ({
        id: `${scope}${i}`,
        tail: planeOf(scope === 'a' ? i : i + 40).tail,
      })),
    })
  for (let i = 1; i <= 6; i++)
    learning.learn({ path: `/planes/${planeOf(i).tail}`, body: { rows: [planeOf(i)], ...around } })
  t.match(learning.ask({ path: '/planes/N145', scope: 'a' }), { refused: /N145 was never seen$/ })
  t.match(learning.ask({ path: '/planes/N145', scope: 'b' }), { status: 200 })
})
