import t from 'tap'
import { namedFilters, satisfies } from '../../../brain/world/predicate.js'
import { operationsOf } from '../../../brain/world/value-operators.js'
import { nodeOf } from '../../support/study.js'

const book = nodeOf({ price: 20, genre: 'Poetry', tags: ['new'], rating: null, publisher: { city: 'Oslo' } })

t.test('the name of a parameter says which member it asks of, and how', async t => {
  const of = (name: string) => namedFilters(name, ['price', 'createdAt', 'publisher.city'])[0]
  t.same(of('min_price'), { member: 'price', test: 'gte' })
  t.same(of('price[lte]'), { member: 'price', test: 'lte' })
  t.same(of('createdBefore'), { member: 'createdAt', test: 'lt' })
  t.same(of('publisher.city'), { member: 'publisher.city', test: 'eq' })
  t.same(of('filters[price][$gte]'), { member: 'price', test: 'gte' })
  t.same(of('q[price_lteq]'), { member: 'price', test: 'lte' })
  t.same(namedFilters('search_count', ['search_count'])[0], { member: 'search_count', test: 'eq' })
  t.equal(of('filter'), undefined)
  t.equal(of('colour'), undefined)
})

t.test('what holds of a record', async t => {
  t.ok(satisfies(book, { member: 'price', test: 'gte' }, '20'))
  t.notOk(satisfies(book, { member: 'price', test: 'gt' }, '20'))
  t.notOk(satisfies(book, { member: 'genre', test: 'eq' }, 'poetry'))
  t.ok(satisfies(book, { member: 'genre', test: 'eqi' }, 'poetry'))
  t.ok(satisfies(book, { member: 'tags', test: 'eq' }, 'new'))
  t.notOk(satisfies(book, { member: 'rating', test: 'lte' }, '5'), 'nothing is neither more nor less')
  t.ok(satisfies(book, { member: '*', test: 'contains' }, 'oslo'))
  t.notOk(satisfies(book, { member: '*', test: 'contains', but: ['publisher'] }, 'oslo'))
})

t.test('a value may say how to compare', async t => {
  const asks = (member: string, value: string): boolean => satisfies(book, { member, test: 'op' }, value)
  for (const value of ['gte.20', 'gte:20', '>=20', 'not.lt.20', 'in.(10,20)', 'neq.10', 'gt.5\u0001lt.50'])
    t.ok(asks('price', value), value)
  for (const value of ['gt.20', '>20', 'not.gte.20', 'in.(1,2)', 'neq.20', 'gt.5\u0001lt.10'])
    t.notOk(asks('price', value), value)
  t.ok(asks('genre', 'like.P*'))
  t.ok(asks('rating', 'is.null'))
  t.notOk(asks('rating', 'not.is.null'))
  t.notOk(asks('rating', 'neq.5'), 'what is not known is neither 5 nor another number')
  for (const value of ['20', 'near.20', '.20', 'eq', '']) t.equal(operationsOf(value), undefined, value)
})
