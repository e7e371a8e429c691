import t from 'tap'
import {
  type Collation,
  compareRows,
  isDirection,
  isSorted,
  sortableMembers,
  sortKeys,
} from '../../../brain/world/ordering.js'
import { type JsonNode, parseJson } from '../../../core/contract/json.js'

const rows = (...values: unknown[]): JsonNode[] => values.map(value => parseJson(JSON.stringify(value))!)
const inOrder = (values: readonly unknown[], collation: Collation, descending = false): unknown[] =>
  values
    .map(v => ({ v, row: parseJson(JSON.stringify({ v }))! }))
    .sort((a, b) => compareRows(a.row, b.row, [{ member: 'v', descending }], collation))
    .map(({ v }) => v)

t.test('nothing stands where the API puts it, in either direction', async t => {
  const values = [2, null, 1]
  const orders = {
    low: [
      [null, 1, 2],
      [2, 1, null],
    ],
    high: [
      [1, 2, null],
      [null, 2, 1],
    ],
  } as const
  for (const nothing of ['low', 'high'] as const) {
    t.same(inOrder(values, { nothing, texts: 'code' }), orders[nothing][0], nothing)
    t.same(inOrder(values, { nothing, texts: 'code' }, true), orders[nothing][1], `${nothing}, descending`)
  }
  t.same(inOrder(values, { nothing: 'first', texts: 'code' }, true), [null, 2, 1])
  t.same(inOrder(values, { nothing: 'last', texts: 'code' }, true), [2, 1, null])
  t.same(
    inOrder([2, undefined, 1], { nothing: 'last', texts: 'code' }),
    [1, 2, undefined],
    'a member that is not there',
  )
})

t.test('texts stand by code, without case, or as people sort them', async t => {
  const names = ['b', 'A', 'a', 'B', 'é', 'f']
  t.same(inOrder(names, { nothing: 'low', texts: 'code' }), ['A', 'B', 'a', 'b', 'f', 'é'])
  t.same(inOrder(names, { nothing: 'low', texts: 'fold' }), ['A', 'a', 'b', 'B', 'f', 'é'])
  t.same(inOrder(names, { nothing: 'low', texts: 'locale' }), ['a', 'A', 'b', 'B', 'é', 'f'])
})

t.test('numbers stand by value', async t => {
  t.same(inOrder([10, 9, -1, 1.5], { nothing: 'low', texts: 'code' }), [-1, 1.5, 9, 10])
})

t.test('a later key decides where the first does not', async t => {
  const keys = [
    { member: 'a', descending: false },
    { member: 'b', descending: true },
  ]
  const collation: Collation = { nothing: 'low', texts: 'code' }
  t.ok(isSorted(rows({ a: 1, b: 2 }, { a: 1, b: 1 }, { a: 2, b: 9 }), keys, collation))
  t.notOk(isSorted(rows({ a: 1, b: 1 }, { a: 1, b: 2 }), keys, collation))
  t.notOk(isSorted(rows({ a: 2, b: 1 }, { a: 1, b: 2 }), keys, collation))
})

t.test('reads what a parameter says to sort by', async t => {
  const members = sortableMembers(['price', 'first_name', 'owner.name'])
  const up = (member: string) => ({ member, descending: false })
  const down = (member: string) => ({ member, descending: true })
  for (const [value, order, descending, keys] of [
    ['price', undefined, 'never', [up('price')]],
    ['price', undefined, 'always', [down('price')]],
    ['-price,first_name', undefined, 'sign', [down('price'), up('first_name')]],
    ['+price', undefined, 'sign', [up('price')]],
    ['price:desc', undefined, 'word', [down('price')]],
    ['price desc,owner.name asc', undefined, 'word', [down('price'), up('owner.name')]],
    ['first_name_desc', undefined, 'word', [down('first_name')]],
    ['price,DESC', undefined, 'word', [down('price')]],
    ['price,first_name,desc', undefined, 'word', [down('price'), down('first_name')]],
    ['price,desc,first_name,asc', undefined, 'word', [down('price'), up('first_name')]],
    ['price,desc,first_name', undefined, 'word', [down('price'), up('first_name')]],
    ['price:desc,first_name', undefined, 'word', [down('price'), up('first_name')]],
    ['price:asc,first_name,desc', undefined, 'word', [up('price'), down('first_name')]],
    ['price,first_name:desc,owner.name,asc', undefined, 'word', [up('price'), down('first_name'), up('owner.name')]],
    ['desc', undefined, 'word', undefined],
    ['desc,price', undefined, 'word', undefined],
    ['price,desc,asc', undefined, 'word', undefined],
    ['firstName', 'DESC', 'never', [down('first_name')]],
    ['price,firstName', 'desc,asc', 'never', [down('price'), up('first_name')]],
    ['price,firstName', 'desc', 'never', [down('price'), down('first_name')]],
    ['weight', undefined, 'never', undefined],
    ['price,weight', undefined, 'never', undefined],
    ['', undefined, 'never', undefined],
    ['-price', undefined, 'never', [up('price')]],
  ] as const)
    t.same(sortKeys(value, order, descending, members), keys, `${value} ${order ?? ''} ${descending}`)
})

t.test('a name may leave out what its member stands in', async t => {
  const key = (name: string, ...members: string[]) =>
    sortKeys(name, undefined, 'never', sortableMembers(members))?.[0]?.member
  t.equal(key('price', 'type', 'attributes.price'), 'attributes.price')
  t.equal(key('name', 'owner.name', 'name'), 'name')
  t.equal(key('name', 'owner.name', 'editor.name'), 'owner.name', 'the first is tried; lists tell whether it is so')
  t.equal(key('owner.name', 'owner.name', 'name'), 'owner.name')
})

t.test('knows the words of directions', async t => {
  for (const text of ['asc', 'DESC', ' descending ', '-1', 'asc,desc']) t.ok(isDirection(text), text)
  for (const text of ['', 'ascii', 'description', '11', 'price']) t.notOk(isDirection(text), text)
})
