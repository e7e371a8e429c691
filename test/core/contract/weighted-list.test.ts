import t from 'tap'
import { weightedList } from '../../../core/contract/weighted-list.js'

t.test('elements in their order, with their weights', async t => {
  t.same(weightedList('Text/HTML;Level=1; q = 0.5 , */*;q=0,gzip,, '), [
    { name: 'text/html', parameters: ['level=1'], q: 0.5 },
    { name: '*/*', parameters: [], q: 0 },
    { name: 'gzip', parameters: [], q: 1 },
  ])
  t.same(weightedList(''), [])
  t.same(weightedList(' ;q=1'), [])
})

t.test('a weight that cannot be read is none that is known', async t => {
  for (const weight of ['q=', 'q=high', 'q=-1', 'q=0.5.1'])
    t.match(weightedList(`a;${weight}`), [{ name: 'a', q: Number.NaN }], weight)
  t.same(weightedList('a;q=high')[0]!.parameters, ['q=high'])
})
