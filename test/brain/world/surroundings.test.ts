import t from 'tap'
import { circumstancesOf } from '../../../brain/world/circumstances.js'
import { inputsOf } from '../../../brain/world/inputs.js'
import { compose, derive, type Example, noTally, unknownAt } from '../../../brain/world/surroundings.js'
import { parseJson, printJson } from '../../../core/contract/json.js'

interface Page {
  readonly query: string
  readonly start: number
  readonly limit: number
  readonly total: number
}

const circumstances = ({ query, start, limit, total }: Page) =>
  circumstancesOf('/books', query, inputsOf([], query)!, {
    columns: ['id'],
    rows: [],
    n: Math.max(0, Math.min(limit, total - start)),
    slice: { start, limit },
    total,
  })

const page = (page: number, total = 95, more = ''): Page => ({
  query: `page=${page}&per_page=10${more}`,
  start: (page - 1) * 10,
  limit: 10,
  total,
})

/** What is derived from the pages that `around` tells of, said of another page. */
function said(around: (of: Page) => object, seen: readonly Page[], asked: Page): unknown {
  const example = (of: Page): Example => ({
    node: parseJson(JSON.stringify(around(of)))!,
    circumstances: circumstances(of),
  })
  const tally = noTally()
  const node = compose(derive(seen.map(example)), circumstances(asked), tally)
  return node === undefined ? undefined : JSON.parse(printJson(node))
}

const seen = [page(1), page(2), page(3, 23), page(10), page(1, 23), page(1, 4), page(3, 95, '&genre=poetry')]

t.test('totals, pages, flags and echoes follow from the question and the place of its rows', async t => {
  const around = ({ start, limit, total }: Page): object => ({
    meta: {
      total,
      pages: Math.ceil(total / limit),
      page: Math.floor(start / limit) + 1,
      per_page: limit,
      more: start + limit < total,
    },
    version: 'v3',
  })
  for (const asked of [page(4), page(2, 61, '&genre=travel'), page(7, 61)])
    t.same(said(around, seen, asked), around(asked), asked.query)
  const echo = ({ query }: Page): object => ({ filter: `genre is ${new URLSearchParams(query).get('genre')}` })
  const byGenre = [page(1, 9, '&genre=poetry'), page(1, 9, '&genre=fable'), page(2, 30, '&genre=history')]
  t.same(said(echo, byGenre, page(1, 9, '&genre=travel')), { filter: 'genre is travel' })
})

t.test('links to other pages are there where there is another page', async t => {
  const at = (n: number): string => `/books?page=${n}&per_page=10`
  const around = ({ start, limit, total }: Page): object => {
    const here = Math.floor(start / limit) + 1
    return { next: start + limit < total ? at(here + 1) : null, previous: here > 1 ? at(here - 1) : null }
  }
  const plain = seen.filter(({ query }) => !query.includes('genre'))
  t.same(said(around, plain, page(5)), { next: at(6), previous: at(4) })
  t.same(said(around, plain, page(7, 61)), { next: null, previous: at(6) })
  t.same(said(around, plain, page(1, 12)), { next: at(2), previous: null })
})

t.test('what follows from nothing is left out, and counted', async t => {
  let turn = 0
  const around = ({ total }: Page): object => ({ total, requestId: `x${turn++ * 7919}` })
  t.same(said(around, seen, page(4)), { total: 95 })
  const examples = seen.map(of => ({ node: parseJson(JSON.stringify(around(of)))!, circumstances: circumstances(of) }))
  const tally = noTally()
  compose(derive(examples), circumstances(page(4)), tally)
  t.match(tally, { known: 1, missing: 1 })
})

t.test('what nobody can derive is left out, whatever the examples say', async t => {
  const around = ({ total }: Page): object => ({ total, meta: { sum: total, count: total } })
  const examples = seen.map(of => ({ node: parseJson(JSON.stringify(around(of)))!, circumstances: circumstances(of) }))
  const derived = unknownAt(derive(examples), ['/meta/sum'])
  t.same(JSON.parse(printJson(compose(derived, circumstances(page(4)), noTally())!)), {
    total: 95,
    meta: { count: 95 },
  })
})
