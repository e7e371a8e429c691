import t from 'tap'
import { EndpointAnswers } from '../../../brain/learn/endpoint-answers.js'

t.test('answers of a credential and of everybody are taken once, until they are noted again', async t => {
  const answers = new EndpointAnswers()
  answers.note('/graphql', 'alice', 'a')
  answers.note('/graphql', 'bob', 'b')
  answers.note('/graphql', '', 'c')
  answers.note('/rpc', 'alice', 'd')
  t.same(answers.take('/graphql', 'alice'), ['a', 'c'])
  t.same(answers.take('/graphql', 'alice'), [])
  answers.note('/graphql', 'alice', 'a')
  t.same(answers.take('/graphql', 'alice'), ['a'])
  t.same(answers.take('/graphql', ''), [])
  t.same(answers.take('/graphql', 'bob'), ['b'])
})

t.test('it is bounded: what was noted longest ago is forgotten', async t => {
  const answers = new EndpointAnswers(3)
  for (const key of ['a', 'b', 'a', 'c', 'd']) answers.note('/graphql', '', key)
  t.same(answers.take('/graphql', ''), ['a', 'c', 'd'])
  for (let i = 0; i < 10; i++) answers.note(`/${i}`, '', 'x')
  t.same(
    Array.from({ length: 10 }, (_, i) => answers.take(`/${i}`, '').length),
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1],
  )
})
