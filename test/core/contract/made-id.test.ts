import t from 'tap'
import { type Makes, madeIdIn } from '../../../core/contract/made-id.js'

const ids = { isNumber: true, prefix: '', format: { style: 'count', max: 9 } } as const
const named = (body: string, location: string, how: Omit<Makes, 'ids'> = {}) =>
  madeIdIn(body, location, { ids, ...how })

t.test('where the answers always have it, else by its name, else by the place that is named', async t => {
  const body = '{"data":{"id":12345678901234567890,"key":"k"}}'
  t.same(named(body, '/books/9', { idAt: ['data', 'key'] }), { id: 'k', isNumber: false })
  t.same(named(body, '', { idMember: 'id' }), { id: '12345678901234567890', isNumber: true }, 'without loss')
  t.same(named('{"id":9}', '/books/9', { idMember: 'id' }), { id: '9', isNumber: true })
  t.same(named(body, 'https://api.example/books/9'), { id: '9', isNumber: true }, 'as such ids are')
  t.same(named('no json', '/books/a%20b', { idMember: 'id' }), { id: 'a b', isNumber: false })
  t.same(named('', '/books/9/status', { location: { isBelowPath: true, before: '/', after: '/status' } }), {
    id: '9',
    isNumber: true,
  })
})

t.test('what names two is not guessed', async t => {
  const two = '{"user":{"id":1},"order":{"id":5}}'
  t.equal(named(two, '', { idMember: 'id' }), undefined)
  t.same(named(two, '/orders/5', { idMember: 'id' }), { id: '5', isNumber: true })
  t.same(
    named(two, '/jobs/77', { idAt: ['order', 'id'] }),
    { id: '5', isNumber: true },
    'a Location of which nothing is known',
  )
  t.equal(named('{"id":5}', '/jobs/77', { idMember: 'id' }), undefined)
  const location = { isBelowPath: true, before: '/', after: '' }
  t.equal(named(two, '/orders/6', { idAt: ['order', 'id'], location }), undefined)
})

t.test('what names nothing is not guessed', async t => {
  t.equal(named('{"id":null}', '', { idMember: 'id' }), undefined)
  t.equal(named('', '/books?id=9'), undefined)
  t.equal(named('[{"id":1}]', '', { idMember: 'id' }), undefined)
})
