import t from 'tap'
import { learnListRules, type Sighting } from '../../../brain/world/list-rules.js'
import { parseJson } from '../../../core/contract/json.js'

interface Film {
  readonly id: number
  readonly score: number | null
}

/** Every third has no score. */
const films: readonly Film[] = Array.from({ length: 60 }, (_, i) => ({ id: i + 1, score: i % 3 === 0 ? null : i % 7 }))

/** Nothing comes first where it goes down, as `lodash.orderBy` has it. */
const scored = [...films].sort((a, b) => {
  if (a.score === null || b.score === null) return a.score === b.score ? a.id - b.id : a.score === null ? -1 : 1
  return b.score - a.score || a.id - b.id
})

function page(of: readonly Film[], number: number, more: readonly (readonly [string, string])[] = []): Sighting {
  const rows = of.slice((number - 1) * 10, number * 10)
  return {
    inputs: new Map([['page', String(number)], ['limit', '10'], ...more]),
    scope: '',
    rows: rows.map(row => parseJson(JSON.stringify(row))!),
    shown: new Set(['id', 'score']),
    ids: rows.map(({ id }) => String(id)),
    tokens: new Set(),
    numbers: new Map(),
  }
}

const down = [
  ['sort', 'score'],
  ['order', 'desc'],
] as const

t.test('where rows without a value come is told by several pages together', async t => {
  const plain = [1, 2, 3, 4, 5, 6].map(number => page(films, number))
  // Each of these pages is sorted for itself, wherever nothing comes.
  const sorted = [page(scored, 1, down), page(scored, 4, down)]
  const { windows, sorts } = learnListRules([...plain, ...sorted, ...plain])
  t.same(windows, [{ kind: 'page', input: 'page', first: 1 }])
  t.equal(sorts[0]?.collation.nothing, 'high')
})

t.test('what no order of theirs explains is still no page', async t => {
  const plain = [1, 2, 3, 4, 5, 6].map(number => page(films, number))
  // The lowest scores: more comes before them than a first or a second page leaves room for.
  const elsewhere = { ...page(scored, 6, down), inputs: new Map([['page', '1'], ['limit', '10'], ...down]) }
  const { windows } = learnListRules([...plain, elsewhere, elsewhere, ...plain])
  t.same(windows, [])
})
