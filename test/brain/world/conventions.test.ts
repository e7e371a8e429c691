import t from 'tap'
import { conventionsOf, extend } from '../../../brain/world/conventions.js'
import { type ListRules, noRules } from '../../../brain/world/list-rules.js'
import { collations, noTies, type SortRule } from '../../../brain/world/ordering.js'

const sort: SortRule = {
  input: '_sort',
  descending: 'never',
  orderInput: '_order',
  collation: collations[0]!,
  ties: noTies,
}
const known: ListRules = {
  ...noRules,
  evidence: 20,
  limit: '_limit',
  windows: [
    { kind: 'page', input: '_page', first: 1 },
    { kind: 'cursor', input: 'after' },
  ],
  sorts: [sort],
  filters: new Map([
    ['price__gte', { member: 'price', test: 'gte' }],
    ['genre', { member: 'genre', test: 'eq' }],
    ['q', { member: '*', test: 'contains' }],
  ]),
}
const conventions = conventionsOf([known])
const members = ['id', 'year', 'city']

t.test('what parameters mean on one route they mean on another, where it never saw them', async t => {
  const rules = extend(noRules, ['_limit', '_page', '_sort', '_order', 'q', 'year__gte', 'city'], members, conventions)!
  t.equal(rules.limit, '_limit')
  t.same(rules.windows, [{ kind: 'page', input: '_page', first: 1 }])
  t.same(rules.sorts, [sort])
  t.same(
    [...rules.filters],
    [
      ['q', { member: '*', test: 'contains' }],
      ['year__gte', { member: 'year', test: 'gte' }],
      ['city', { member: 'city', test: 'eq' }],
    ],
  )
})

t.test('what no route says nobody knows', async t => {
  for (const name of ['nothing', 'price__gte', 'year__lte', 'after', 'cities'])
    t.equal(extend(noRules, [name], members, conventions), undefined, name)
  const without = conventionsOf([{ ...known, filters: new Map() }])
  t.equal(extend(noRules, ['city'], members, without), undefined, 'nobody filters by names of members')
})

t.test('where routes disagree, the one that rests on most lists is right', async t => {
  const other: ListRules = { ...noRules, evidence: 3, windows: [{ kind: 'page', input: '_page', first: 0 }] }
  for (const all of [
    [known, other],
    [other, known],
  ])
    t.same(conventionsOf(all).windows.get('_page'), { kind: 'page', input: '_page', first: 1 })
})
