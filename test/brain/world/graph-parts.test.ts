import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { project } from '../../../brain/world/graph.js'
import { parseJson } from '../../../core/contract/json.js'
import { questionOf } from '../../../core/contract/question.js'
import { LearningModel } from '../../support/learning-model.js'

const model = (): LearningModel => new LearningModel(new GradeBudget(1, () => 0))

const people = Array.from({ length: 40 }, (_, i) => ({
  id: Buffer.from(`people:${i + 1}`).toString('base64'),
  name: `person ${i + 1}`,
}))

function learnPage(learning: LearningModel, first: number, after: string | undefined, all = people): void {
  const from = after === undefined ? 0 : Number(Buffer.from(after, 'base64').toString().slice(5)) + 1
  const page = all.slice(from, from + first)
  const endCursor = Buffer.from(`from:${from + page.length - 1}`).toString('base64')
  learning.learn({
    method: 'POST',
    path: '/graphql',
    asked: JSON.stringify({
      query:
        'query L($n: Int, $after: String) { everybody(first: $n, after: $after) { totalCount endCursor people { id name } } }',
      variables: { n: first, ...(after === undefined ? {} : { after }) },
    }),
    body: { data: { everybody: { totalCount: all.length, endCursor, people: page } } },
  })
}

const ask = (learning: LearningModel, query: string) =>
  learning.ask({ method: 'POST', path: '/graphql', asked: JSON.stringify({ query }) })

t.test('what is the same on all pages is told where no records are asked for', async t => {
  const learning = model()
  learnPage(learning, 5, undefined)
  learnPage(learning, 10, undefined)
  learnPage(learning, 5, Buffer.from('from:4').toString('base64'))
  const answer = ask(learning, '{ everybody { totalCount } }')
  t.match(answer, { status: 200 })
  if ('status' in answer) t.same(JSON.parse(answer.body), { data: { everybody: { totalCount: 40 } } })
  // Where a page ends is not.
  t.match(ask(learning, '{ everybody { endCursor } }'), { refused: /./ })
  t.match(ask(learning, '{ everybody { people { id } totalCount } }'), { refused: /./ })
})

t.test('what that is worth is known from answers that held records as well', async t => {
  const learning = model()
  for (const first of [5, 10, 4, 8]) learnPage(learning, first, undefined)
  const evidence = (): { graded: number; right: number } | undefined =>
    learning.model.savedGrades().all.find(([kind]) => kind === 'beside whole of a graph')?.[1]
  const before = evidence()
  t.ok(before !== undefined && before.graded >= 1 && before.right > before.graded * 0.9, JSON.stringify(before))
  learnPage(learning, 6, undefined, people.slice(0, 30))
  const after = evidence()
  t.equal(after?.graded, before!.graded + 1)
  t.ok(after!.right < before!.right + 0.75, 'another total is another answer')
})

t.test('an answer that lacks some of what is asked for claims no more than the rest is worth', async t => {
  const learning = model()
  const tell = (query: string, body: unknown): void =>
    learning.learn({ method: 'POST', path: '/graphql', asked: JSON.stringify({ query }), body })
  for (const { id, name } of people)
    tell(`{ person(id: "${Buffer.from(id, 'base64').toString().slice(7)}") { id name } }`, {
      data: { person: { id, name } },
    })
  const gradeOf = (query: string) => {
    const body = Buffer.from(JSON.stringify({ query }))
    const asked = questionOf({ method: 'POST', path: '/graphql', query: '', contentType: 'application/json', body })
    const reply = learning.model.compose({ path: '/graphql', query: '', scope: '' }, asked, undefined)
    return reply.kind === 'answer' ? reply.grade : undefined
  }
  // Each turns out to be worth what was said: the next is believed that far.
  for (let i = 1; i <= 20; i++)
    tell(`{ person(id: "${i}") { id name mass } }`, { data: { person: { ...people[i - 1], mass: i } } })
  const [, evidence] = learning.model.savedGrades().all.find(([kind]) => kind === 'record part of a graph') ?? []
  t.ok(evidence !== undefined && evidence.right / (evidence.right + evidence.wrong) > 0.95, JSON.stringify(evidence))
  const some = gradeOf('{ person(id: "37") { id name mass } }')
  // Of four leaves, the status being one, three are there.
  t.ok(some !== undefined && some.confidence <= 6 / 7 && some.lowerBound > 0.75, JSON.stringify(some))
  const fewer = gradeOf('{ person(id: "37") { id name mass height eyes } }')
  t.ok(fewer !== undefined && fewer.confidence <= 2 / 3 && fewer.lowerBound > 0.55, JSON.stringify(fewer))
})

t.test('what a thing lacks is as large as it is in others', async t => {
  const leaf = (name: string) => ({ name, alias: name, args: [], selection: undefined, onType: undefined })
  const asked = [leaf('id'), { ...leaf('films'), selection: [leaf('id'), leaf('title')] }]
  const thing = parseJson('{"id":"x"}')!
  const counts = { known: 0, missing: 0 }
  project(asked, thing, of => of, counts)
  t.same(counts, { known: 1, missing: 2 })
  const again = { known: 0, missing: 0 }
  project(
    asked,
    thing,
    of => of,
    again,
    (_, { name }) => (name === 'films' ? 12 : undefined),
  )
  t.same(again, { known: 1, missing: 12 })
})
