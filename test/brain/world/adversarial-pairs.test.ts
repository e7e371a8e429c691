import t from 'tap'
import { describeRequest } from '../../../brain/text.js'
import { styles } from '../../support/api-styles.js'
import { SmallApi, type Style } from '../../support/small-api.js'
import { difference, examine, Student } from '../../support/study.js'

const style: Style = styles['page and per_page from 1, meta, signed sort, min_ and max_']
const pairs = [
  ['another id', '/books/7', '/books/8'],
  ['a range the other way round', '/books?min_price=20', '/books?max_price=20'],
  ['a range of something else', '/books?min_price=3', '/books?min_rating=3'],
  ['a negation', '/books?genre=poetry', '/books?genre_ne=poetry'],
  ['a negation in words', '/books?q=with tags', '/books?q=without tags'],
  ['the order the other way round', '/books?sort=price', '/books?sort=-price'],
  ['another page', '/books?page=1&per_page=5', '/books?page=2&per_page=5'],
  ['another parent', '/authors/1/books', '/authors/2/books'],
  ['true for false', '/books?inStock=true', '/books?inStock=false'],
  ['another language', '/books?q=red shoes&lang=en', '/books?q=red shoes&lang=de'],
] as const

const split = (target: string): { path: string; query: string } => {
  const [path, query = ''] = target.split('?') as [string, string?]
  return { path, query }
}

for (const [name, known, asked] of pairs) {
  t.test(`${name}: one is not answered with what the other was told`, async t => {
    const api = new SmallApi({ ...style, ids: 'int' }, 5)
    const student = new Student()
    for (let i = 0; i < 3; i++)
      student.learn({ ...split(known), credential: '' }, api.answer({ ...split(known), credential: '' }))
    const answer = student.answer({ ...split(asked), credential: '' })
    if (answer !== undefined && / whole$/.test(answer.kind))
      t.equal(difference(answer, api.answer({ ...split(asked), credential: '' })), undefined)
    const text = (target: string) =>
      describeRequest({ method: 'GET', pattern: '/any', ...split(target), scope: '' }).partition
    t.not(text(known), text(asked), 'and they never meet in a search by meaning')
  })
}

t.test('other credentials never meet in a search by meaning', async t => {
  const of = (scope: string) =>
    describeRequest({ method: 'GET', pattern: '/books', path: '/books', query: 'q=red+shoes', scope }).partition
  t.not(of('a'), of('b'))
  t.not(of('a'), of(''))
})

t.test('after much is learned, reversed ranges still come out as the API has them', async t => {
  const api = new SmallApi({ ...style, ids: 'int' }, 5)
  const student = new Student()
  examine(api, 5, 300, 1, student)
  let whole = 0
  for (const value of [5, 20, 40, 60])
    for (const query of [`min_price=${value}`, `max_price=${value}`, `min_price=${value}&max_price=${value}`]) {
      const asked = { path: '/books', query, credential: '' }
      const answer = student.answer(asked)
      if (answer === undefined || !/ whole$/.test(answer.kind)) continue
      whole += 1
      t.equal(difference(answer, api.answer(asked)), undefined, query)
    }
  t.ok(whole > 6, `${whole} of 12 answered`)
})
