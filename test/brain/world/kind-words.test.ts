import t from 'tap'
import { kindWords } from '../../../brain/world/kind-words.js'

t.test('words of different routes go by the same names', async t => {
  const films = kindWords('/v1/films/{id}')
  t.equal(films.get('kind:place as'), 'films')
  t.equal(films.get('kind:place one'), 'film')
  t.equal(films.get('kind:place one named'), 'Film')
  const countries = kindWords('/countries/{id}.json')
  t.equal(countries.get('kind:place one'), 'country')
  t.same([...countries.keys()], [...films.keys()])
})

t.test('a root field is named as it is asked for, and its things as their identifiers begin', async t => {
  const words = kindWords('/graphql/#field.person', 'people:')
  t.equal(words.get('kind:place as'), 'person')
  t.equal(words.get('kind:place one named'), 'Person')
  t.equal(words.get('kind:id as'), 'people')
})

t.test('what ends in an s is not always more than one', async t => {
  t.equal(kindWords('/status/{id}').get('kind:place one'), 'status')
  t.equal(kindWords('/address/{id}').get('kind:place one'), 'address')
})

t.test('where nothing names them there are no words', async t => {
  t.equal(kindWords('/{id}').size, 0)
  t.equal(kindWords('/{id}', '7').size, 0)
})
