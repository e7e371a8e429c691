import t from 'tap'
import { Places, placeOf, placesAbove } from '../../../core/contract/places.js'
import { JournalGate } from '../../../core/journal/gate.js'

t.test('two spellings of one path are one place', async t => {
  for (const path of [
    '/users/7',
    '/Users/7/',
    '//users/./7',
    '/users/%37',
    '/users/8/../7',
    '/users;v=1/7',
    '/users/7.json',
  ])
    t.equal(placeOf(path), '/users/7', path)
  t.equal(placeOf('/'), '')
  t.equal(placeOf('/%zz/1'), '/%zz/1')
  t.same(placesAbove('/a/b'), ['', '/a', '/a/b'])
  t.same(placesAbove(''), [''])
})

const cases: [earlier: string, later: string, touches: boolean][] = [
  ['/users', '/users', true],
  ['/users', '/users/7', true],
  ['/users/7', '/users', true],
  ['/users/7', '/users/7/pets/1', true],
  ['/users/7', '/users/8', false],
  ['/users/7', '/users/70', false],
  ['/users', '/usersets', false],
  ['/', '/anything/at/all', true],
  ['/orders', '/users', false],
]

t.test('a write waits for those to its place, above it and below it', async t => {
  for (const [earlier, later, touches] of cases) {
    const places = new Places()
    places.add(placesAbove(placeOf(earlier)))
    t.equal(places.touches(placesAbove(placeOf(later))), touches, `${earlier}, ${later}`)
  }
})

t.test('the gate says the same to every thread, until nothing waits', async t => {
  for (const [earlier, later, touches] of cases) {
    const memory = JournalGate.create()
    const [main, edge] = [new JournalGate(memory), new JournalGate(memory)]
    t.equal(edge.isWaiting(later), false)
    main.count(placeOf(earlier), 1)
    t.equal(edge.isWaiting(later), touches, `${earlier}, ${later}`)
    main.count(placeOf(earlier), -1)
    t.equal(edge.isWaiting(later), false)
  }
})
