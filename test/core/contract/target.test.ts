import t from 'tap'
import { pathOf, splitTarget } from '../../../core/contract/target.js'

t.test('a target comes apart at the first question mark, and is nothing but its parts', async t => {
  t.same(splitTarget('/a/b'), { path: '/a/b', query: undefined })
  t.same(splitTarget('/a?'), { path: '/a', query: '' }, 'an empty query is one')
  t.same(splitTarget('/a?x=1?2&y=/b'), { path: '/a', query: 'x=1?2&y=/b' })
  t.same(splitTarget('?x'), { path: '', query: 'x' })
  t.equal(pathOf('/a%3Fb?c?d'), '/a%3Fb')
  t.equal(pathOf(''), '')
})
