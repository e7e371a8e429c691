// Rows without an identifier make the lists of their route unsure, not those of other routes that show the same things.
import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { LearningModel } from '../../support/learning-model.js'

const cities = ['Rome', 'Oslo', 'Lima']
const guides = ['Ada', 'Bo']
const trip = (id: number) => ({ id, city: cities[id % 3]!, seats: id * 7, guide: guides[id % 2]! })
const all = Array.from({ length: 60 }, (_, i) => trip(i + 1))

/** Lists that were never seen whole, and reports on the same things. `counts`: one of those shows only how many there are. */
function api(counts: boolean): LearningModel {
  const learning = new LearningModel(new GradeBudget(1, () => 0))
  const list = (query: string, belongs: (one: (typeof all)[number]) => boolean, limit: number) =>
    learning.learn({ path: '/trips', query: `${query}limit=${limit}`, body: all.filter(belongs).slice(0, limit) })
  for (const limit of [15, 10, 5]) {
    list('', () => true, limit * 3)
    for (const city of cities) list(`city=${city}&`, one => one.city === city, limit)
    for (const guide of guides) list(`guide=${guide}&`, one => one.guide === guide, limit)
  }
  for (const from of [4, 9, 20])
    learning.learn({ path: '/reports', query: `ask=${from}`, body: all.slice(from, from + 6) })
  const body = cities.map(city => ({ city, trips: 20 }))
  if (counts) learning.learn({ path: '/reports', query: 'ask=counts', body })
  return learning
}

const narrowed = { path: '/trips', query: 'city=Rome&guide=Ada&limit=4' }

t.test('a report without identifiers says nothing against the lists of another route', async t => {
  const learning = api(true)
  const { model, routes } = learning
  const [trips, reports] = ['/trips', '/reports'].map(path => model.world.route(routes.match('GET', path)!.route.id)!)
  t.equal(trips!.type, reports!.type, 'both show the same things')
  t.same([trips!.isIrregular, reports!.isIrregular], [false, true])
  const answer = learning.ask(narrowed)
  t.same(answer, api(false).ask(narrowed), 'as if that report had never been')
  t.match(answer, { status: 200 })
  if (!('status' in answer)) return
  const truth = all.filter(({ city, guide }) => city === 'Rome' && guide === 'Ada')
  t.same(JSON.parse(answer.body), truth.slice(0, 4))
})

t.test('of which route it is so outlives a restart', async t => {
  const { world } = api(true).model
  const saved = [...world.routes()].map(route => structuredClone(route.saved()))
  t.same(saved.map(({ pattern, isIrregular }) => [pattern, isIrregular]).sort(), [
    ['/reports', true],
    ['/trips', false],
  ])
  const again = new LearningModel().model.world
  for (const route of saved) again.restoreRoute(route)
  t.same(
    [...again.routes()].map(({ pattern, isIrregular }) => [pattern, isIrregular]),
    saved.map(({ pattern, isIrregular }) => [pattern, isIrregular]),
  )
})
