import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { LearningModel } from '../../support/learning-model.js'

const model = (): LearningModel => new LearningModel(new GradeBudget(1, () => 0))

const query = (field: string, id: number): string =>
  JSON.stringify({ query: `query One($id: ID) { ${field}(id: $id) { id name } }`, variables: { id: String(id) } })

const inline = (field: string, id: number): string => JSON.stringify({ query: `{ ${field}(id: "${id}") { id name } }` })

const globalId = (kind: string, id: number): string => Buffer.from(`${kind}:${id}`).toString('base64')

/** Things of three kinds, of which only the first `asked` were ever asked for what is not there. */
function graph(asked: number): LearningModel {
  const learning = model()
  const kinds = ['person people', 'planet planets', 'ship ships'].map(names => names.split(' ') as [string, string])
  const tell = (question: string, body: unknown): void =>
    learning.learn({ method: 'POST', path: '/graphql', asked: question, body })
  for (let id = 1; id <= 9; id++)
    for (const [field, plural] of kinds)
      tell(query(field, id), { data: { [field]: { id: globalId(plural, id), name: `${field} ${id}` } } })
  for (let i = 0; i < 6; i++)
    for (const [field, plural] of kinds.slice(0, asked)) {
      const id = 900 + i
      const message = `no entry for http://api/${plural}/${id}/`
      for (const [ask, column] of [
        [query, 22],
        [inline, 3],
      ] as const)
        tell(ask(field, id + column), {
          errors: [{ message: message.replace(String(id), String(id + column)), locations: [{ line: 1, column }] }],
          data: { [field]: null },
        })
    }
  return learning
}

t.test('a field that was never asked for what is not there says what the others say, in its own words', async t => {
  const learning = graph(2)
  for (const [asked, column] of [
    [query('ship', 7777), 22],
    [inline('ship', 7777), 3],
  ] as const) {
    const answer = learning.ask({ method: 'POST', path: '/graphql', asked })
    t.match(answer, { status: 200 })
    if (!('status' in answer)) continue
    t.same(JSON.parse(answer.body), {
      errors: [{ message: 'no entry for http://api/ships/7777/', locations: [{ line: 1, column }] }],
      data: { ship: null },
    })
    t.match(answer.because, /absent sibling far-above/)
  }
})

t.test('where one field alone said it, in words of its own, nobody knows what another says', async t => {
  t.match(graph(1).ask({ method: 'POST', path: '/graphql', asked: query('ship', 7777) }), { refused: /./ })
})

t.test('what siblings say is graded by fields that were asked', async t => {
  const { model: api } = graph(3)
  const [, evidence] = api.savedGrades().all.find(([kind]) => kind === 'absent sibling far-above') ?? []
  t.ok(evidence !== undefined && evidence.graded >= 10, `${evidence?.graded} graded`)
  t.ok(evidence !== undefined && evidence.right / (evidence.right + evidence.wrong) > 0.9)
})

/** `/films/7` and the like. */
function shop(asked: readonly string[]): LearningModel {
  const learning = model()
  for (const kind of ['films', 'directors', 'countries'])
    for (let id = 1; id <= 9; id++) learning.learn({ path: `/${kind}/${id}`, body: { id, name: `${kind} ${id}` } })
  for (const [kind, one] of [
    ['films', 'Film'],
    ['directors', 'Director'],
  ] as const)
    for (let id = 900; asked.includes(kind) && id < 906; id++)
      learning.learn({ path: `/${kind}/${id}`, status: 404, body: { error: `${one} ${id} not found` } })
  return learning
}

t.test('so it is with paths', async t => {
  const answer = shop(['films', 'directors']).ask({ path: '/countries/950' })
  t.match(answer, { status: 404 })
  if ('status' in answer) t.same(JSON.parse(answer.body), { error: 'Country 950 not found' })
  t.match(shop(['films']).ask({ path: '/countries/950' }), { refused: /./ })
})

t.test('what is known to be there is not said not to be', async t => {
  t.match(shop(['films', 'directors']).ask({ path: '/countries/7' }), { status: 200 })
})
