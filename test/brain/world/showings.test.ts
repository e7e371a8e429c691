import t from 'tap'
import { Records } from '../../../brain/world/records.js'
import { Showings } from '../../../brain/world/showings.js'

t.test('gives the exemplars that show a record once, and follows types that become one', t => {
  const records = new Records()
  const [movies, films] = [records.make('movie', 'id'), records.make('film', 'id')]
  const showings = new Showings()
  for (const key of ['a', 'b', 'a']) showings.note(movies, '7', key)
  showings.note(films, '7', 'c')
  showings.note(films, '8', 'c')
  t.equal(showings.size, 4)
  showings.merge(films, movies)
  t.same([...showings.take(movies, '7')].sort(), ['a', 'b', 'c'])
  t.same(showings.take(movies, '7'), [])
  t.same(showings.take(movies, '8'), ['c'])
  t.equal(showings.size, 0)
  t.end()
})

t.test('is bounded: what was noted longest ago is forgotten', t => {
  const type = new Records().make('movie', 'id')
  const showings = new Showings(1000)
  for (let i = 0; i < 5000; i++) showings.note(type, String(i), `k${i}`)
  t.ok(showings.size <= 1000 && showings.size >= 900)
  t.same(showings.take(type, '4999'), ['k4999'])
  t.same(showings.take(type, '0'), [])
  for (let i = 0; i < 5000; i++) showings.note(type, 'everywhere', `k${i}`)
  t.ok(showings.take(type, 'everywhere').length <= 1000)
  t.ok(showings.size >= 0)
  t.end()
})
