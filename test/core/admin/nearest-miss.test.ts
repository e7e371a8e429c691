import t from 'tap'
import { nearestMiss } from '../../../core/admin/nearest-miss.js'

const asked = { method: 'GET', path: '/search', query: 'q=red+shoes&size=2' }
const candidate = { key: 'k', method: 'GET', target: '/search?q=green+hats&size=2', similarity: 0.4 }

t.test('a candidate by meaning comes first, with what differs in its target', async t => {
  t.match(nearestMiss(asked, [{ ...candidate, because: 'not near enough' }], null), {
    key: 'k',
    similarity: 0.4,
    differs: [{ field: 'q', asked: 'red shoes', known: 'green hats' }],
  })
  t.equal(nearestMiss(asked, [{ ...candidate, because: '' }], null), null, 'it was used')
})

t.test('a parameter that only one of them has, and another path', async t => {
  const target = '/find?q=red%20shoes&lang=de'
  t.same(nearestMiss(asked, [{ ...candidate, target, because: 'x' }], null)!.differs, [
    { field: 'path', asked: '/search', known: '/find' },
    { field: 'size', asked: '2', known: null },
    { field: 'lang', asked: null, known: 'de' },
  ])
})

t.test('nothing near, or the request itself: no miss', async t => {
  t.equal(nearestMiss(asked, [], null), null)
  const tally = { count: 0, similarity: null }
  const evidence = { kind: '', onThisRoute: tally, onAllRoutes: tally, akin: tally, completeness: null, source: '' }
  const nearest = { target: '/search?q=red+shoes&size=2', differs: [] }
  t.equal(nearestMiss(asked, [], { inputs: [], steps: [], evidence, nearest }), null)
})
