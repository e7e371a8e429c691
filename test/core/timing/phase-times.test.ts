import t from 'tap'
import { PHASE_CELLS, phaseAt, phaseBoundsMs, ROUTE_CELLS } from '../../../core/contract/phases.js'
import { RouteMatcher } from '../../../core/contract/route-match.js'
import { PhaseTimes } from '../../../core/timing/phase-times.js'
import { PhaseTotals } from '../../../core/timing/phase-totals.js'
import { RouteSlots } from '../../../core/timing/route-slots.js'

const open = () => new PhaseTimes(new RouteSlots(new RouteMatcher([])), 1000)

t.test('a time falls into the first bucket that holds it, and into the sum', async t => {
  const times = open()
  times.observe(0, phaseAt.wait, phaseBoundsMs[0])
  times.observe(0, phaseAt.wait, phaseBoundsMs[1] + 0.1)
  times.observe(1, phaseAt.total, 1e6)
  const { routes, counts } = times.take(0)!
  t.same(routes, ['unlearned', 'other'])
  const cells = (slot: number, phase: number) => {
    const at = slot * ROUTE_CELLS + phase * PHASE_CELLS
    return [...counts.subarray(at, at + PHASE_CELLS)]
  }
  t.same(cells(0, phaseAt.wait), [1, 0, 1, 0, 0, 0, 0, 0, 2.6])
  t.same(cells(1, phaseAt.total), [0, 0, 0, 0, 0, 0, 0, 1, 1e6])
})

t.test('main is told what is new, and no more often than it asked for', async t => {
  const times = open()
  t.equal(times.take(0), undefined, 'nothing came')
  times.observe(0, 0, 1)
  t.ok(times.take(0))
  times.observe(0, 0, 1)
  t.equal(times.take(999), undefined)
  t.equal(times.take(1000)!.counts[1], 1, 'one, not both')
  t.equal(times.take(5000), undefined)
})

t.test('slots far out are counted, too', async t => {
  const slots = new RouteSlots(new RouteMatcher([]))
  for (let i = 0; i < 150; i++) slots.names.push(`GET /r${i}`)
  const times = new PhaseTimes(slots, 0)
  times.observe(0, 0, 1)
  times.observe(151, phaseAt.ghost, 1)
  const { routes, counts } = times.take(0)!
  t.equal(routes[151], 'GET /r149')
  t.equal(counts[151 * ROUTE_CELLS + phaseAt.ghost * PHASE_CELLS + 1], 1)
  t.equal(counts[1], 1, 'and what was there before has stayed')
})

t.test('what edges tell adds up, whatever their slots; an edge that began again takes nothing away', async t => {
  const totals = new PhaseTotals()
  const told = (routes: string[], ms: number[]) => {
    const counts = new Float64Array(routes.length * ROUTE_CELLS)
    ms.forEach((value, i) => {
      const at = i * ROUTE_CELLS + phaseAt.total * PHASE_CELLS
      counts[at] = 1
      counts[at + PHASE_CELLS - 1] = value
    })
    return { routes, counts }
  }
  totals.add(told(['unlearned', 'other', 'GET /a', 'GET /b'], [0, 0, 0.25, 0.5]))
  totals.add(told(['unlearned', 'other', 'GET /b'], [0, 0, 0.5]))
  const { name, type, samples } = totals.family()
  t.equal(name, 'chaos_phase_duration_seconds')
  t.equal(type, 'histogram')
  const of = (suffix: string, route: string) =>
    samples.filter(sample => sample.suffix === suffix && sample.labels.route === route)
  t.match(of('_count', 'GET /b'), [{ labels: { phase: 'total' }, value: 2 }])
  t.match(of('_sum', 'GET /b'), [{ value: 0.001 }])
  t.match(of('_count', 'GET /a'), [{ value: 1 }])
  t.same(
    of('_bucket', 'GET /b').map(({ labels, value }) => [labels.le, value]),
    ['0.0005', '0.002', '0.01', '0.05', '0.25', '1', '5', '+Inf'].map(le => [le, 2]),
  )
})

t.test('main keeps to the bound as well', async t => {
  const totals = new PhaseTotals()
  for (let i = 0; i < 300; i++) {
    const counts = new Float64Array(ROUTE_CELLS)
    counts[0] = 1
    totals.add({ routes: [`GET /r${i}`], counts })
  }
  const counts = totals.family().samples.filter(({ suffix }) => suffix === '_count')
  t.equal(counts.length, 201)
  t.match(
    counts.find(({ labels }) => labels.route === 'other'),
    { value: 100 },
  )
})
