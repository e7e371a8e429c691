import t from 'tap'
import { type Makes, madeIdIn } from '../../../core/contract/made-id.js'

const ids = { isNumber: true, prefix: '', format: { style: 'count', max: 9 } } as const
const named = (body: string, location: string, how: Omit<Makes, 'ids'> = {}) =>
  madeIdIn(body, location, { ids, ...how })

t.test('where the answers always have it, else by its name, else by the place that is named', async t => {
  const body = '{"data":{"id":12345678901234567890,"key":"k"}}'
  t.same(named(body, '/books/9', { idAt: ['data', 'key'] }), { id: 'k', isNumber: false })
  t.same(named(body, '/books/9', { idMember: 'id' }), { id: '12345678901234567890', isNumber: true }, 'without loss')
  t.same(named(body, 'https://api.example/books/9'), { id: '9', isNumber: false })
  t.same(named('no json', '/books/a%20b', { idMember: 'id' }), { id: 'a b', isNumber: false })
  t.same(named('', '/books/9/status', { location: { isBelowPath: true, before: '/', after: '/status' } }), {
    id: '9',
    isNumber: false,
  })
})

t.test('what names nothing is not guessed', async t => {
  t.equal(named('{"id":null}', '', { idMember: 'id' }), undefined)
  t.equal(named('', '/books?id=9'), undefined)
  t.equal(named('[{"id":1}]', '', { idMember: 'id' }), undefined)
})
