import t from 'tap'
import { MAX_GAPPED, standsFor } from '../../../brain/world/id-gaps.js'
import { LearningModel } from '../../support/learning-model.js'

const sum = (of: Iterable<[string, number]> | undefined): number => [...(of ?? [])].reduce((all, [, n]) => all + n, 0)

t.test('a gap is shared out among its neighbours', async t => {
  const stands = standsFor(['1', '2', '3', '8', '9'], 4)
  t.same(
    [...stands!],
    [
      ['1', 0],
      ['2', 0],
      ['3', 2],
      ['8', 2],
      ['9', 0],
    ],
  )
})

t.test('no more are missing than are believed to be', async t => {
  // Some that are gone left gaps, too.
  t.ok(Math.abs(sum(standsFor(['1', '2', '3', '8', '9'], 1)) - 1) < 1e-9)
  // Those behind the last one may be of any kind.
  const stands = standsFor(['1', '2', '3', '4'], 8)
  t.same(
    [...stands!].map(([, n]) => n),
    [2, 2, 2, 2],
  )
})

t.test('identifiers that are not given out one after the other do not tell', async t => {
  t.equal(standsFor(['a', 'b'], 4), undefined)
  t.equal(standsFor(['7', '9000', '123456'], 4), undefined)
  t.equal(standsFor(['1', '2', '99999999999999999999'], 4), undefined)
  t.equal(standsFor(['1'], 4), undefined)
  t.equal(
    standsFor(
      Array.from({ length: MAX_GAPPED + 1 }, (_, i) => String(i)),
      4,
    ),
    undefined,
  )
})

/** Films of two kinds, numbered by kind; of the 60 old ones all were listed, of the 60 new ones every third. */
function listed(): LearningModel {
  const learning = new LearningModel()
  const film = (id: number) => ({ id, kind: id <= 60 ? 'old' : 'new', score: (id * 7) % 11 })
  const headers = ['x-total-count', '120']
  for (let page = 1; page <= 6; page++)
    learning.learn({
      path: '/films',
      query: `_page=${page}&_limit=10`,
      headers,
      body: Array.from({ length: 10 }, (_, i) => film((page - 1) * 10 + i + 1)),
    })
  for (let id = 61; id <= 120; id += 3) learning.learn({ path: `/films/${id}`, body: film(id) })
  for (const [kind, score] of [
    ['old', 3],
    ['new', 3],
    ['old', 5],
    ['new', 5],
  ] as const) {
    const all = Array.from({ length: 120 }, (_, i) => film(i + 1)).filter(
      one => one.kind === kind && one.score === score,
    )
    learning.learn({
      path: '/films',
      query: `kind=${kind}&score=${score}&_limit=10`,
      headers: ['x-total-count', String(all.length)],
      body: all.slice(0, 10),
    })
  }
  return learning
}

t.test('rows whose neighbours are all known are believed to be all there are', async t => {
  const learning = listed()
  const share = (query: string): number => {
    const answer = learning.ask({ path: '/films', query })
    const because = 'because' in answer ? answer.because : answer.refused
    return Number(/about (\d+) %/.exec(because)?.[1])
  }
  const old = share('kind=old&score=7&_limit=10')
  const recent = share('kind=new&score=7&_limit=10')
  t.ok(old >= 95, `${old} %`)
  t.ok(recent <= 60, `${recent} %`)
})
