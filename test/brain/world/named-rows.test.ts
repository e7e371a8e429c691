// A list that is filtered by an identifier has one row at most: neither an order nor the whole list need be known.
import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { LearningModel } from '../../support/learning-model.js'

/** In no order that any member has. */
const noteOf = (who: string) => (i: number) => {
  const id = ((i * 7) % 31) + 100
  return { id: `${who}${id}`, text: `note ${id} of ${who}`, kind: ['memo', 'idea'][i % 2]! }
}
const notesOf = (who: string) => Array.from({ length: 30 }, (_, i) => noteOf(who)(i + 1))

/** Somebody's notes as a list that may go on, and each by a query that answers with a list as well. */
function api(): LearningModel {
  const learning = new LearningModel(new GradeBudget(1, () => 0))
  for (const who of ['a', 'b']) {
    const notes = notesOf(who)
    for (let page = 1; page <= 3; page++)
      learning.learn({
        path: '/notes',
        query: `page=${page}`,
        scope: who,
        body: notes.slice((page - 1) * 10, page * 10),
      })
    for (const note of notes.slice(0, 12))
      learning.learn({ path: '/note', query: `id=${note.id}`, scope: who, body: [note] })
  }
  return learning
}

t.test('the row that a filter names is the whole answer', async t => {
  const learning = api()
  const last = notesOf('a').at(-1)!
  const answer = learning.ask({ path: '/note', query: `id=${last.id}`, scope: 'a' })
  t.match(answer, { status: 200, because: /is named, and is all that can be there \[named whole\]/ })
  if ('status' in answer) t.same(JSON.parse(answer.body), [last])
})

t.test('it is given to nobody else, and not where another filter leaves it out', async t => {
  const learning = api()
  const last = notesOf('a').at(-1)!
  for (const scope of ['b', '']) {
    const answer = learning.ask({ path: '/note', query: `id=${last.id}`, scope })
    t.notMatch(JSON.stringify(answer), last.text, `scope ${scope}`)
  }
  for (const note of notesOf('a').slice(0, 8))
    learning.learn({ path: '/note', query: `id=${note.id}&kind=${note.kind}`, scope: 'a', body: [note] })
  const right = learning.ask({ path: '/note', query: `id=${last.id}&kind=${last.kind}`, scope: 'a' })
  t.match(JSON.stringify(right), last.text)
  const other = last.kind === 'memo' ? 'idea' : 'memo'
  t.notMatch(
    JSON.stringify(learning.ask({ path: '/note', query: `id=${last.id}&kind=${other}`, scope: 'a' })),
    last.text,
  )
})
