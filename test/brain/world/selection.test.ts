// What is chosen from columns, orders that are mended and results that are kept is what looking at every record one by one
// gives: held against it after each of many random changes.
import t from 'tap'
import { collations, compareRows } from '../../../brain/world/ordering.js'
import { satisfies, tests } from '../../../brain/world/predicate.js'
import { RecordType } from '../../../brain/world/records.js'
import { rowOf } from '../../../brain/world/row.js'
import { type Condition, countOf, type Ordering, type Selected, select } from '../../../brain/world/selection.js'
import { SparseList } from '../../../brain/world/sparse-list.js'
import type { JsonObject } from '../../../brain/world/tree.js'
import { parseJson } from '../../../core/contract/json.js'
import { seededRandom } from '../../support/random.js'

const numbers = ['0', '1', '7', '-3', '2.5', '10', '1e3', '-0', '123456789012345678', '9007199254740993', 'null']
const texts = ['"a"', '"B"', '"b"', '"7"', '"007"', '"10"', '"1e3"', '""', '"2024-05-01"', '"ab cd"', '"Ünder"', 'null']
const all = [...numbers, ...texts, 'true', 'false', '[]', '[7,"b"]', '["a"]', '[7,7]', '{"in":5}', '{"in":"b"}']
const numbersOfAll = ['0', '2', '-2', '7', '2.5']
/** What is put in order is of one kind: nothing says how a number and a text compare. */
const values: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', numbers],
  ['b', texts],
  ['c', all],
])
const members = ['a', 'b', 'c', 'c.in', 'd', '*']
const asked = [
  ...['0', '1', '7', '007', '-3', '2.5', 'b', 'B', 'a', '', 'null', 'true', '1e3', '9007199254740993', 'a,b', '%b%'],
  ...['gte.2', 'not.eq.b', 'in.(a,7)', '>=2', 'lt.b', 'not.is.null'],
]

/** The plain way: every record, one by one. */
function oneByOne(
  rows: readonly Selected[],
  conditions: readonly Condition[],
  { asked, ties, reversed }: Ordering,
): Selected[] {
  const chosen = rows.filter(({ row }) => conditions.every(({ filter, value }) => satisfies(row, filter, value)))
  const plain =
    ties === undefined ? chosen : [...chosen].sort((x, y) => compareRows(x.row, y.row, ties.keys, ties.collation))
  const turned = reversed ? [...plain].reverse() : plain
  if (asked === undefined) return turned
  return [...turned].sort((x, y) => compareRows(x.row, y.row, asked.keys, asked.collation))
}

t.test('as looking at each record one by one', t => {
  const random = seededRandom(11)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  let held = 0
  for (let round = 0; round < 30; round++) {
    const type = new RecordType('t', 'thing', 'id')
    const list = new SparseList()
    const size = round % 3 === 0 ? 700 : 40
    let at = 1
    /** In the order in which they were first shown. */
    const firstShown = new Map<string, string[]>([
      ['', []],
      ['me', []],
    ])
    const write = (scope: string, id: number): void => {
      const parts = [...values].filter(() => random() < 0.9).map(([name, of]) => `"${name}":${pick(of)}`)
      // A number in each row: then no call is made for each of them.
      parts.push(`"d":${pick(numbersOfAll)}`)
      const row = parseJson(`{${[`"id":${id}`, ...parts].join(',')}}`) as JsonObject
      const record = type.take(scope, String(id), row, 'view', at++, `question ${id % 5}`)
      if (random() < 0.5) type.replace(scope, record, row, at++)
      const shown = firstShown.get(scope)!
      if (!shown.includes(String(id))) shown.push(String(id))
    }
    for (let id = 0; id < size; id++) write('', id)
    list.place(
      0,
      Array.from({ length: size }, (_, i) => String((i * 11 + 3) % size)),
      at++,
      true,
      undefined,
    )
    for (let step = 0; step < 12; step++) {
      for (let changes = Math.floor(random() * 6); changes > 0; changes--) {
        const id = Math.floor(random() * (size + 20))
        const scope = random() < 0.2 ? 'me' : ''
        const record = type.scopes.get(scope)?.get(String(id))
        if (record !== undefined && record.goneAt === 0 && random() < 0.3) type.bury(scope, record, at++)
        else if (record !== undefined && record.goneAt > 0)
          // It is there again, and as it was.
          type.take(scope, String(id), rowOf(record), 'view', at++)
        else if (record !== undefined && random() < 0.2) type.doubt(scope, record, at++)
        else write(scope, id)
      }
      for (const scope of ['', 'me']) {
        const seen = (id: string): Selected[] => {
          const record = type.find(scope, id)
          return record === undefined || record.goneAt > 0 ? [] : [{ record, row: rowOf(record) }]
        }
        const conditions = Array.from({ length: Math.floor(random() * 3) }, () => {
          const member = pick(members)
          return {
            filter: { member, test: member === '*' ? 'contains' : pick(tests) },
            value: pick(member === 'd' ? numbersOfAll : asked),
          } as const
        })
        const byMember = {
          keys: [{ member: pick(['a', 'b', 'd']), descending: random() < 0.5 }],
          collation: pick(collations),
        }
        const byId = { keys: [{ member: 'id', descending: random() < 0.2 }], collation: collations[0]! }
        const ordering = { asked: byMember, ties: byId, reversed: random() < 0.3 }
        const known = [...new Set([...firstShown.get('')!, ...firstShown.get('me')!])].flatMap(seen)
        const what = JSON.stringify({ round, step, scope, conditions, ordering })
        const expected = oneByOne(known, conditions, ordering).map(({ record }) => record)
        const found = select(type, scope, conditions, ordering)
        const rows = found.slice(0, found.length)
        if (rows.length !== expected.length || rows.some(({ record }, i) => record !== expected[i]))
          t.same(
            rows.map(({ record }) => record.id),
            expected.map(({ id }) => id),
            what,
          )
        if (rows.some(({ record, row }) => row !== rowOf(record))) t.fail(`an old row: ${what}`)
        if (rows.some(({ record }, i) => found.placeOf(record.id) !== i)) t.fail(`another place: ${what}`)
        if (countOf(type, scope, conditions) !== expected.length) t.fail(`another count: ${what}`)
        const source = `question ${step % 5}`
        const others = expected.filter(record => record.source !== source)
        const without = found.without(source)
        if (
          without.slice(0, without.length).some(({ record }, i) => record !== others[i]) ||
          without.length !== others.length
        )
          t.fail(`what one question showed: ${what}`)

        const asListed: Ordering = pick([
          { asked: undefined, ties: undefined, reversed: false },
          { asked: byMember, ties: undefined, reversed: random() < 0.5 },
          ordering,
        ])
        const inList = oneByOne(
          list.ids.flatMap(id => seen(id!)),
          conditions,
          asListed,
        ).map(({ record }) => record)
        const ofList = select(type, scope, conditions, asListed, list)
        if (
          ofList.length !== inList.length ||
          ofList.slice(0, ofList.length).some(({ record }, i) => record !== inList[i])
        )
          t.fail(`of a list: ${what}`)
        held += rows.length
      }
      if (random() < 0.3) list.place(0, [String(Math.floor(random() * size))], at++, false, undefined)
      if (random() < 0.2) list.remove(String(Math.floor(random() * size)), () => false)
    }
  }
  t.ok(held > 20_000, `${held} rows held against each other`)
  t.end()
})

t.test('what was changed too often to be told one by one is looked at anew', t => {
  const type = new RecordType('t', 'thing', 'id')
  const order: Ordering = { asked: undefined, ties: undefined, reversed: false }
  const row = (id: number, a: number): JsonObject => parseJson(`{"id":${id},"a":${a}}`) as JsonObject
  for (let id = 0; id < 3000; id++) type.take('', String(id), row(id, 1), 'view', 1)
  const isOne = [{ filter: { member: 'a', test: 'gte' }, value: '2' }] as const
  t.equal(select(type, '', isOne, order).length, 0)
  for (let id = 0; id < 3000; id++) type.take('', String(id), row(id, 2), 'write', 2)
  for (let at = 3; at < 1003; at++) for (let id = 0; id < 5; id++) type.take('', String(id), row(id, at), 'write', at)
  t.equal(select(type, '', isOne, order).length, 3000)
  t.end()
})

t.test('above and below a number, also where it is none or less than nothing', t => {
  const type = new RecordType('t', 'thing', 'id')
  const order: Ordering = { asked: undefined, ties: undefined, reversed: false }
  for (const [id, n] of [-2.5, -2, -1, 0, 1, 2, 2.5].entries())
    type.take('', String(id), parseJson(`{"id":${id},"n":${n}}`) as JsonObject, 'view', 1)
  for (const value of ['-2', '0', '2'])
    for (const test of ['gte', 'gt', 'lte', 'lt', 'eq', 'ne'] as const) {
      const condition = { filter: { member: 'n', test }, value }
      const found = select(type, '', [condition], order)
      const expected = [...type.known('')].filter(record => satisfies(rowOf(record), condition.filter, value))
      t.same(
        found.slice(0, found.length).map(({ record }) => record.id),
        expected.map(({ id }) => id),
        `${test} ${value}`,
      )
    }
  t.end()
})
