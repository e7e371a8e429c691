import t from 'tap'
import { readKeyValues } from '../../../core/contract/key-values.js'

t.test('pairs as OpenTelemetry writes them', async t => {
  t.same(readKeyValues(''), { pairs: [] })
  t.same(readKeyValues(' a = 1 ,b=x%20y,, c.d=e=f,k='), {
    pairs: [
      ['a', '1'],
      ['b', 'x y'],
      ['c.d', 'e=f'],
      ['k', ''],
    ],
  })
})

t.test('what is none is refused, and not repeated', async t => {
  for (const bad of [
    'secret',
    'a=1,secret',
    'a b=secret',
    '=secret',
    'a=%zzsecret',
    'a=secret%0d%0ax: y',
    'a=%e9secret',
  ]) {
    const read = readKeyValues(bad)
    t.match(read, { problem: /^has a (part|value), number \d, / }, bad)
    t.notMatch(JSON.stringify(read), 'secret', bad)
  }
})
