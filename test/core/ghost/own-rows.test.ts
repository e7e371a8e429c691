import t from 'tap'
import { parseJson, printJson } from '../../../core/contract/json.js'
import type { RouteShows } from '../../../core/contract/route-shows.js'
import { layOver, type NewRow, type RowChange, surety } from '../../../core/ghost/own-rows.js'

const list: RouteShows = {
  type: 'book',
  kind: 'many',
  path: ['data'],
  idMember: 'id',
  total: { path: ['meta', 'total'] },
  order: { member: 'id', descending: false },
  pageRows: 3,
  inputs: [
    ['page', { kind: 'page', first: 1 }],
    ['per', { kind: 'limit' }],
    ['sort', { kind: 'sort' }],
    ['state', { kind: 'equals', member: 'state' }],
    ['/0', { kind: 'equals', member: 'shelf' }],
  ],
}

const node = (value: unknown) => parseJson(JSON.stringify(value))!
const changed = (id: number, sent: unknown, isMergePatch = false): RowChange => ({
  kind: 'changed',
  id: String(id),
  sent: sent === undefined ? undefined : node(sent),
  isMergePatch,
})
const gone = (id: number): RowChange => ({ kind: 'gone', id: String(id), sent: undefined, isMergePatch: false })
const made = (row: Record<string, unknown>, isElsewhere = false): NewRow => ({
  kind: 'made',
  id: String(row.id),
  row: node(row) as NonNullable<NewRow['row']>,
  isElsewhere,
})

interface Said {
  readonly ids: number[]
  readonly total: number
  readonly surety: number
  readonly shown: number
  readonly rows: Record<string, unknown>[]
}

function over(
  rows: Record<string, unknown>[],
  total: number,
  changes: (RowChange | NewRow)[],
  query = '',
  shows: RouteShows = list,
  params: string[] = [],
): Said {
  const laid = layOver(node({ data: rows, meta: { total } }), changes, { shows, params, query })!
  const body = JSON.parse(printJson(laid.body)) as { data: Said['rows']; meta: { total: number } }
  return {
    ids: body.data.map(({ id }) => Number(id)),
    total: body.meta.total,
    surety: laid.surety,
    shown: laid.shown,
    rows: body.data,
  }
}

const book = (id: number, more: object = {}): Record<string, unknown> => ({ id, state: 'in', ...more })

t.test('a row is changed member by member, and what was not sent stays', async t => {
  const {
    rows,
    surety: sure,
    shown,
  } = over([book(1, { a: { x: 1, y: 2 }, n: 3 }), book(2)], 2, [
    changed(1, { a: { y: 5 }, n: null, id: 77, secret: '[redacted]' }, true),
  ])
  t.same(rows, [{ id: 1, state: 'in', a: { x: 1, y: 5 } }, book(2)])
  t.equal(sure, surety.told)
  t.equal(shown, 1)
  t.same(
    over([book(1, { n: 3 })], 1, [changed(1, { n: null })]).rows,
    [{ id: 1, state: 'in', n: null }],
    'no merge patch',
  )
  t.same(over([book(1, { n: 3 })], 1, [changed(1, { n: '8' })]).rows[0]!.n, 8, 'a number stays one')
  t.same(
    over([book(1)], 1, [changed(1, { data: { state: 'out' } })]).rows[0]!.state,
    'out',
    'sent in the same envelope',
  )
})

t.test('what cannot be read makes its row unclear, and only that', async t => {
  t.equal(over([book(1), book(2)], 2, [changed(1, undefined)]).surety, surety.unclear)
  t.equal(over([book(1), book(2)], 2, [changed(1, [{ op: 'add' }])]).surety, surety.unclear)
  t.equal(over([book(2)], 2, [{ ...changed(1, undefined), kind: 'unclear' }]).surety, 1)
  t.equal(over([book(2)], 2, [{ ...changed(1, undefined), kind: 'unclear', id: '' }]).surety, surety.unclear)
})

t.test('what is gone leaves its list and the total; of what stands on another page only the total', async t => {
  t.match(over([book(1), book(2)], 2, [gone(1)]), { ids: [2], total: 1, surety: surety.told })
  t.match(over([book(1), book(2), book(3)], 9, [gone(1)]), { ids: [2, 3], total: 8, surety: surety.placed })
  t.match(over([book(1), book(2), book(3)], 9, [gone(8)]), { ids: [1, 2, 3], total: 8, surety: surety.placed })
  t.match(over([book(1)], 1, [gone(8)]), { ids: [1], total: 1, surety: 1 }, 'it was not in this list')
})

t.test('what is made stands where the newest stand, on their page', async t => {
  const row = book(2_000_000_001)
  t.match(over([book(1), book(2)], 2, [made(row)]), { ids: [1, 2, row.id], total: 3, surety: surety.told, shown: 1 })
  t.match(over([book(1), book(2), book(3)], 7, [made(row)]), { ids: [1, 2, 3], total: 8, shown: 0 }, 'on the last page')
  t.match(over([book(7)], 7, [made(row)], 'page=3'), { ids: [7, row.id], total: 8 })
  t.match(
    over([book(4), book(5), book(6)], 6, [made(row)], 'page=2'),
    { ids: [4, 5, 6], total: 7 },
    'on a page of its own',
  )
  const newestFirst: RouteShows = { ...list, order: { member: 'id', descending: true } }
  t.match(over([book(9), book(8), book(7)], 9, [made(row)], '', newestFirst), { ids: [row.id, 9, 8], total: 10 })
  t.match(over([book(6), book(5)], 9, [made(row)], 'page=2&per=2', newestFirst), { ids: [6, 5], total: 10 })
  const byName: RouteShows = { ...list, order: { member: 'name', descending: false } }
  const names = [book(1, { name: 'a' }), book(2, { name: 'm' })]
  t.match(over(names, 2, [made({ ...row, name: 'c' })], '', byName), { ids: [1, row.id, 2] })
  t.match(over([book(1)], 1, [made(row)], 'sort=name'), { surety: surety.placed })
})

t.test('filters decide whether it belongs; where nobody can tell, that it may be missing is said', async t => {
  const row = book(2_000_000_001)
  t.match(over([book(1)], 1, [made(row)], 'state=in'), { ids: [1, row.id], total: 2 })
  t.match(over([], 0, [made(row)], 'state=out'), { ids: [], total: 0, surety: 1 })
  const { state: _, ...stateless } = row
  t.match(over([book(1)], 1, [made(stateless)], 'state=in'), { ids: [1], total: 1, surety: surety.missing })
  t.match(over([book(1)], 1, [made(row)], 'q=emma'), { ids: [1], total: 1, surety: surety.missing })
  t.match(over([book(1), book(2)], 2, [changed(1, { state: 'out' })], 'state=in'), { ids: [2], total: 1 })
  t.match(over([book(2)], 1, [changed(1, { state: 'in' })], 'state=in'), { ids: [2], surety: surety.missing })
  t.match(over([book(2)], 1, [changed(1, { title: 'x' })], 'state=in'), { ids: [2], surety: 1 })
})

t.test('a list elsewhere that shows the same things has it where the path is known to say so', async t => {
  const row: Record<string, unknown> = { ...book(2_000_000_001), shelf: '7' }
  t.match(over([book(1)], 1, [made(row, true)], '', list, ['7']), { ids: [1, row.id] })
  t.match(over([book(1)], 1, [made(row, true)], '', list, ['8']), { ids: [1], surety: 1 })
  t.match(over([book(1)], 1, [made(row, true)]), { ids: [1], surety: 1 })
})

t.test('it went through meanwhile: what is there already is not there twice', async t => {
  t.match(over([book(1), book(2)], 2, [made(book(2))]), { ids: [1, 2], total: 2 })
})

t.test('several, in their order', async t => {
  const row = book(2_000_000_001)
  const changes = [
    made(row),
    changed(row.id as number, { state: 'lent' }),
    gone(1),
    made(book(2_000_000_002)),
    gone(2_000_000_002),
  ]
  t.match(over([book(1), book(2)], 2, changes), { ids: [2, row.id], total: 2, rows: [{}, { state: 'lent' }] })
})

t.test('where the body has no such place nothing is laid over it', async t => {
  t.equal(layOver(node({ rows: [] }), [gone(1)], { shows: list, params: [], query: '' }), undefined)
  t.equal(layOver(node({ data: [1] }), [gone(1)], { shows: list, params: [], query: '' }), undefined)
})
