import t from 'tap'
import { parseJson } from '../../../core/contract/json.js'
import { differencesOf, shortened } from '../../../core/contract/json-differences.js'

const differ = (given: unknown, truth: unknown) =>
  differencesOf(parseJson(JSON.stringify(given))!, parseJson(JSON.stringify(truth))!)

t.test('each leaf by its place, with both values', async t => {
  t.same(differ({ a: 1, b: { c: 'x' } }, { b: { c: 'x' }, a: 1 }), [], 'order says nothing')
  t.same(differ({ a: 1, b: { 'c/d': 'x' } }, { a: 2, b: { 'c/d': 'y' } }), [
    { at: '/a', given: '1', truth: '2' },
    { at: '/b/c~1d', given: '"x"', truth: '"y"' },
  ])
  t.same(differ({ a: 1 }, { b: null }), [
    { at: '/a', given: '1', truth: null },
    { at: '/b', given: null, truth: 'null' },
  ])
  t.same(differ([1], { a: 1 }), [{ at: '', given: '[1]', truth: '{"a":1}' }])
  t.same(
    differencesOf(parseJson('{"id":9007199254740993}')!, parseJson('{"id":9007199254740992}')!),
    [{ at: '/id', given: '9007199254740993', truth: '9007199254740992' }],
    'numbers are compared as they are written',
  )
})

t.test('a row that came or went does not move all others', async t => {
  const row = (id: number) => ({ id, name: `n${id}` })
  t.same(differ([1, 2, 3, 4].map(row), [1, 2, 4].map(row)), [{ at: '/~', given: '{"id":3,"name":"n3"}', truth: null }])
  t.same(differ([1, 2].map(row), [1, 9, 2].map(row)), [{ at: '/~', given: null, truth: '{"id":9,"name":"n9"}' }])
  t.same(differ({ items: [row(1), row(2)] }, { items: [row(1), { id: 2, name: 'new' }] }), [
    { at: '/items/~/name', given: '"n2"', truth: '"new"' },
  ])
  t.same(differ([1, 1], [1]), [{ at: '/~', given: '1', truth: null }], 'equal ones at both ends count once')
})

t.test('bounded in number and length', async t => {
  const many = (value: number) => Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`m${i}`, value]))
  t.equal(differ(many(1), many(2)).length, 100)
  t.equal([...differ({ a: 'x'.repeat(1000) }, { a: 1 })[0]!.given!].length, 121)
  for (const text of ['😀'.repeat(100), `x${'😀'.repeat(100)}`])
    t.equal(Buffer.from(shortened(text)).toString(), shortened(text), 'no half of a character')
})
