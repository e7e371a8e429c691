import t from 'tap'
import { canonicalGraph, fieldKey, type GraphField, parseGraphRequest } from '../../../core/contract/graphql-request.js'
import { type JsonNode, parseJson } from '../../../core/contract/json.js'

const read = (text: string, variables?: string, name?: string) =>
  parseGraphRequest(text, variables === undefined ? undefined : parseJson(variables), name)
const spelled = (text: string, variables?: string, name?: string): string | undefined => {
  const request = read(text, variables, name)
  return request === undefined ? undefined : canonicalGraph(request)
}

t.test('white space, comments, names, variables and fragments do not show in the canonical text', async t => {
  const plain = 'query{film(id:1){title}}'.replace('film(id:1)', 'film({"id":1})')
  for (const [text, variables] of [
    ['{film(id:1){title}}'],
    ['query Named { # a comment\n  film(id: 1) { title, } }'],
    ['query($id: Int!) { film(id: $id) { title } }', '{"id":1}'],
    ['query($id: Int = 1) { film(id: $id) { title } }'],
    ['query($id: Int = 1) { film(id: $id) { title } }', '{"other":2}'],
    ['{ film(id: 1) { title } film(id: 1) { title } }'],
    ['{ ... { film(id: 1) { title } } }'],
    [
      'query($no: Boolean!) { film(id: 1) { title year @skip(if: $no) } more @include(if: false) { x } }',
      '{"no":true}',
    ],
  ] as const)
    t.equal(spelled(text, variables), plain, text)
})

t.test('what asks for something else is another text', async t => {
  const texts = [
    '{a}',
    '{b}',
    '{x:a}',
    '{a b}',
    '{b a}',
    '{a(x:1)}',
    '{a(x:1.0)}',
    '{a(x:"1")}',
    '{a(x:[1])}',
    '{a(x:null)}',
    '{a{b}}',
    '{...on T{a}}',
    '{...on U{a}}',
    '{...on T{...on U{a}}}',
    'mutation{a}',
    'subscription{a}',
  ]
  const canonical = texts.map(text => spelled(text))
  t.notOk(canonical.includes(undefined))
  t.equal(new Set(canonical).size, texts.length)
})

t.test('the order of arguments and of members of an input does not matter', async t => {
  t.equal(spelled('{a(x:1,y:{c:1,b:2})}'), spelled('{a(y:{b:2,c:1},x:1)}'))
})

t.test('fields are merged, and keep what fragments say of their type', async t => {
  const request = read(
    'query A { a { x } ...F } fragment F on Query { a { y } ... on Other { a { z } } }',
    undefined,
    'A',
  )
  const outline = (fields: readonly GraphField[]): unknown =>
    fields.map(({ alias, onType, selection }) => [alias, onType, selection && outline(selection)])
  t.same(outline(request!.fields), [
    ['a', undefined, [['x', undefined, undefined]]],
    ['a', 'Query', [['y', undefined, undefined]]],
    ['a', 'Query&Other', [['z', undefined, undefined]]],
  ])
  t.equal(request!.operationName, 'A')
  t.same(outline(read('{a{x{p}} a{x{q} y}}')!.fields), [
    [
      'a',
      undefined,
      [
        [
          'x',
          undefined,
          [
            ['p', undefined, undefined],
            ['q', undefined, undefined],
          ],
        ],
        ['y', undefined, undefined],
      ],
    ],
  ])
})

t.test('values are lossless', async t => {
  const [field] = read(
    'query($v: [In]) { a(big: 12345678901234567890, e: RED, s: """\n  two\n  lines\n""", v: $v, u: 1e3) }',
    '{"v":[{"n":0.10}]}',
  )!.fields
  t.equal(fieldKey(field!), 'a({"big":12345678901234567890,"e":"RED","s":"two\\nlines","u":1e3,"v":[{"n":0.10}]})')
  t.equal(fieldKey(read('{a}')!.fields[0]!), 'a')
  t.equal(
    fieldKey(read('query($x: Int) {a(x:$x, l:[$x], o:{x:$x})}')!.fields[0]!),
    'a({"l":[null],"o":{}})',
    'what was not given',
  )
  t.equal(fieldKey(read('query($x: Int = 2) {a(x:$x)}', '{"x":null}')!.fields[0]!), 'a({"x":null})', 'null is given')
  t.equal(fieldKey(read('{a(__proto__: {constructor: 1})}')!.fields[0]!), 'a({"__proto__":{"constructor":1}})')
})

t.test('the operation is the one that is named, or the only one', async t => {
  const two = 'query A { a ...F } query B { b } fragment F on Q { f }'
  t.equal(spelled(two, undefined, 'B'), 'query{b}')
  t.equal(spelled(two), undefined)
  t.equal(spelled(two, undefined, 'C'), undefined)
  t.equal(spelled('{a}', undefined, ''), 'query{a}')
  t.equal(read('subscription S { a }')!.operation, 'subscription')
})

t.test('what is broken, ambiguous or means more than we know is not read', async t => {
  const refused: [string, string?][] = [
    [''],
    ['{'],
    ['{}'],
    ['not graphql'],
    ['type T { a: Int }'],
    ['{a} type T { a: Int }'],
    ['{a @stream(initialCount: 1)}'],
    ['query @live {a}'],
    ['{a @skip}'],
    ['{a @skip(if: 1)}'],
    ['query($no: Boolean) {a @skip(if: $no)}'],
    ['{...F}'],
    ['{a} fragment F on Q { a }'],
    ['{...F} fragment F on Q { ...F }'],
    ['{...F} fragment F on Q { a { ...G } } fragment G on Q { b { ...F } }'],
    ['{...F} fragment F on Q { a } fragment F on Q { b }'],
    ['{x:a x:b}'],
    ['{a(x:1) a(x:2)}'],
    ['{a a{b}}'],
    ['{a(x:1, x:2)}'],
    ['{a(x:$x)}'],
    ['query($x: Int) {a}'],
    ['query($x: Int!) {a(x:$x)}'],
    ['query($x: Int!) {a(x:$x)}', '{"x":null}'],
    ['query($x: Int, $x: Int) {a(x:$x)}'],
    ['query($x: Int) {a(x:$x)}', '[1]'],
  ]
  for (const [text, variables] of refused) t.equal(read(text, variables), undefined, text)
})

t.test('limits hold, and nothing overflows', async t => {
  const nested = (depth: number) => `${'{a'.repeat(depth)}${'}'.repeat(depth)}`
  t.ok(read(nested(40)))
  for (const depth of [60, 5000, 30_000]) t.equal(read(nested(depth)), undefined, `${depth} selections`)
  t.equal(read(`{a(x:${'['.repeat(20_000)}${']'.repeat(20_000)})}`), undefined)
  t.equal(read(`query($x:${'['.repeat(9000)}Int${']'.repeat(9000)}){a(x:$x)}`), undefined)
  t.equal(read(`{a(x:"${'x'.repeat(70_000)}")}`), undefined)
  t.equal(read(`{${'a '.repeat(20_000)}}`), undefined)
  const doubling = Array.from({ length: 30 }, (_, i) => `fragment F${i} on Q { ...F${i + 1} ...F${i + 1} }`).join(' ')
  t.equal(read(`{...F0} ${doubling} fragment F30 on Q { a }`), undefined)
  const chain = Array.from({ length: 200 }, (_, i) => `fragment F${i} on Q { ...F${i + 1} }`).join(' ')
  t.equal(read(`{...F0} ${chain} fragment F200 on Q { a }`), undefined)
  t.ok(
    read(`{a(x:"${'{'.repeat(1000)}") # ${'{'.repeat(1000)}\n b(y:"""${'['.repeat(1000)}\\""" """)}`),
    'brackets in text do not count',
  )
})

t.test('a document that comes again is read the same, whatever its variables', async t => {
  const text = 'query($x: Int) {a(x:$x)}'
  for (const x of [1, 2, 1]) t.equal(spelled(text, `{"x":${x}}`), `query{a({"x":${x}})}`)
  for (let i = 0; i < 600; i++) t.equal(spelled(`{a${i}}`), `query{a${i}}`)
  const deep: JsonNode = { kind: 'object', entries: [['x', { kind: 'number', raw: '3' }]] }
  t.equal(canonicalGraph(parseGraphRequest(text, deep, undefined)!), 'query{a({"x":3})}')
})
