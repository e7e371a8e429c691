// Two questions that differ are never taken for one, whatever stands in them.
import t from 'tap'
import { inputsKey, inputsOf } from '../../../brain/world/inputs.js'
import { parseJson } from '../../../core/contract/json.js'

type Asked = { readonly params?: readonly string[]; readonly query?: string; readonly body?: string }

/** undefined: it is not looked at, so that only the very same request is answered. */
const keyOf = ({ params = [], query = '', body }: Asked): string | undefined => {
  const inputs = inputsOf(params, query, body === undefined ? undefined : parseJson(body))
  return inputs === undefined ? undefined : inputsKey(inputs, new Set())
}

const pairs: (readonly [what: string, Asked, Asked])[] = [
  ['an equals sign in a name', { query: 'a=b%3Dc' }, { query: 'a%3Db=c' }],
  ['what ends a pair', { query: 'a=1%02b=2' }, { query: 'a=1&b=2' }],
  ['what ends a pair, in a name', { query: 'a%02b=1' }, { query: 'a&b=1' }],
  ['what joins the values of one name', { query: 'a=1%012' }, { query: 'a=1&a=2' }],
  ['a parameter that is named like a part of the path', { params: ['7'], query: '' }, { query: '/0=7' }],
  ['the same, beside the path', { params: ['7'], query: '/0=8' }, { params: ['7\u00018'] }],
  ['a parameter that is named like a leaf of the body', { query: '.id=7' }, { body: '{"id":"7"}' }],
  ['a broken escape', { query: 'a=%25zz' }, { query: 'a=%zz' }],
  ['octets that are no UTF-8', { params: ['%FF'] }, { params: ['%25FF'] }],
  ['a dot in a name', { body: '{"a.b":1}' }, { body: '{"a":{"b":1}}' }],
  ['a list in a list', { body: '{"a":[[1]]}' }, { body: '{"a":[[2]]}' }],
  ['objects in a list', { body: '{"a":[{"b":1}]}' }, { body: '{"a":[{"b":2}]}' }],
  ['an empty object', { body: '{"a":{},"b":1}' }, { body: '{"b":1}' }],
  ['control characters in a list', { body: '{"a":["1\\u00012"]}' }, { body: '{"a":["1","2"]}' }],
  [
    'what lies deep',
    { body: `${'{"a":'.repeat(12)}1${'}'.repeat(12)}` },
    { body: `${'{"a":'.repeat(12)}2${'}'.repeat(12)}` },
  ],
  ['64-bit numbers', { query: 'id=9007199254740993' }, { query: 'id=9007199254740992' }],
  ['upper and lower case', { params: ['aB'] }, { params: ['ab'] }],
  ['names that objects have anyway', { query: '__proto__=1' }, { query: 'constructor=1' }],
]

t.test('what differs has another key, or none', t => {
  for (const [what, a, b] of pairs) {
    const keys = [keyOf(a), keyOf(b)]
    t.ok(keys[0] === undefined || keys[1] === undefined || keys[0] !== keys[1], what)
  }
  t.end()
})

t.test('what is not out of the ordinary is looked at', t => {
  t.same(
    [...inputsOf(['42.json'], 'q=a+b&tag=x&tag=y', parseJson('{"filter":{"year":[1,2]}}'))!],
    [
      ['/0', '42'],
      ['/0.', 'json'],
      ['q', 'a b'],
      ['tag', 'x\u0001y'],
      ['.filter.year', '1\u00012'],
    ],
  )
  t.end()
})

t.test('a question that says too much is not looked at', t => {
  t.equal(inputsOf([], Array.from({ length: 10_000 }, (_, i) => `p${i}=1`).join('&')), undefined)
  t.equal(inputsOf([], 'a=1&'.repeat(1000)), undefined, 'one parameter a thousand times')
  t.equal(inputsOf(['x'.repeat(100_000)], ''), undefined, 'an identifier of 100 KB')
  t.equal(inputsOf([], '', parseJson(`[${'1,'.repeat(100_000)}1]`)), undefined, 'a hundred thousand values')
  t.end()
})
