// Main and edges of one drill, with a clock of their own and the memory that they share.
import t from 'tap'
import type { DrillNews, DrillPlan, DrillReport, RunningDrill } from '../../../core/contract/drills.js'
import { Drills } from '../../../core/drills/drills.js'
import { EdgeDrills } from '../../../core/drills/edge-drills.js'
import { silentLog } from '../../../core/log/log.js'

const plan: DrillPlan = {
  ...{ kind: 'blackout', share: 1, routes: undefined, rampS: 0, seed: 1, durationS: 60, concurrent: false },
  ...{ latencyMs: 1000, status: 503 },
}

function setUp() {
  const clock = { at: 5000, now: () => clock.at }
  const told: (readonly RunningDrill[])[] = []
  const ended: number[] = []
  const lines: string[] = []
  let ids = 0
  const drills = new Drills({
    steady: clock,
    timeOfDay: { now: () => 1_700_000_000_000 + clock.at },
    newId: () => `id${++ids}`,
    tell: running => told.push(running),
    onEnd: beganAt => ended.push(beganAt),
    log: { ...silentLog, warn: (facts, sentence) => lines.push(`${JSON.stringify(facts)} ${sentence}`) },
  })
  const news: DrillNews[] = []
  const openEdge = () =>
    new EdgeDrills({
      client: { request: () => t.fail('nothing is to be sent') as never },
      ...{ clock, steady: clock, responseTimeoutMs: 1000 },
      redactTarget: target => target,
      redactBody: body => body,
      tell: more => news.push(more),
    })
  return { clock, drills, told, ended, lines, news, openEdge, last: () => told[told.length - 1]! }
}

const begun = (report: ReturnType<Drills['begin']>): DrillReport => {
  if (typeof report === 'string') throw new Error(`it did not begin: ${report}`)
  return report
}

t.test('a drill ends by the clock, and everybody hears of it', async t => {
  const { clock, drills, ended, lines, last } = setUp()
  const report = begun(drills.begin(plan))
  t.match(report, { id: 'id1', state: 'running', because: 'running', plan: { kind: 'blackout' } })
  t.equal(Date.parse(report.endsAt) - Date.parse(report.beganAt), 60_000)
  t.equal(last().length, 1)
  t.ok(drills.isBlackout)
  clock.at += 59_999
  drills.tick()
  t.equal(last().length, 1)
  clock.at += 1
  drills.tick()
  t.same(last(), [])
  t.same(ended, [5000])
  t.match(drills.look('id1'), { state: 'ended', because: 'its time was over' })
  t.notOk(drills.isBlackout)
  t.match(lines, [/"drill":"id1".*begins/, /"drill":"id1".*its time was over.*is over/])
})

t.test('one at a time, unless it is said; not more than may be', async t => {
  const { clock, drills } = setUp()
  begun(drills.begin(plan))
  t.equal(drills.begin(plan), 'busy')
  for (let i = 0; i < 7; i++) begun(drills.begin({ ...plan, concurrent: true }))
  t.equal(drills.begin({ ...plan, concurrent: true }), 'full')
  clock.at += 60_000
  // Nobody has looked since.
  t.match(begun(drills.begin(plan)), { state: 'running' })
  t.equal(drills.running.length, 1)
})

t.test('ended by hand, once; ended with the proxy; the last twenty are remembered', async t => {
  const { drills, ended } = setUp()
  begun(drills.begin(plan))
  t.match(drills.end('id1'), { state: 'ended', because: 'it was ended by hand' })
  t.match(drills.end('id1'), { state: 'ended' })
  t.equal(ended.length, 1)
  t.equal(drills.end('other'), undefined)
  for (let i = 2; i <= 30; i++) {
    begun(drills.begin(plan))
    if (i < 30) drills.end(`id${i}`)
  }
  t.same([drills.reports().length, drills.reports()[0]!.id, drills.reports()[19]!.id], [20, 'id30', 'id11'])
  drills.close()
  t.match(drills.look('id30'), { because: 'the proxy shut down' })
})

t.test('an edge ends a drill by its own clock, however late main is', async t => {
  const { clock, drills, last, openEdge } = setUp()
  begun(drills.begin(plan))
  const edge = openEdge()
  edge.follow(last())
  t.ok(edge.of('GET', undefined)?.isDrawn)
  clock.at += 60_000
  t.equal(edge.of('GET', undefined), undefined)
  t.ok(edge.any, 'nobody has swept')
  edge.sweep()
  t.notOk(edge.any)
})

t.test('an edge that was not told yet sees that it was ended', async t => {
  const { drills, last, openEdge } = setUp()
  begun(drills.begin(plan))
  const edge = openEdge()
  edge.follow(last())
  drills.end('id1')
  t.equal(edge.of('GET', undefined), undefined)
})

t.test('which requests are hit follows from the seed, at whichever edge they arrive', async t => {
  const run = (seed: number, edgeOf: (i: number) => number): boolean[] => {
    const { drills, last, openEdge } = setUp()
    begun(drills.begin({ ...plan, share: 0.4, seed }))
    const edges = [openEdge(), openEdge()]
    for (const edge of edges) edge.follow(last())
    return Array.from({ length: 500 }, (_, i) => edges[edgeOf(i)]!.of('GET', '/a')?.isDrawn === true)
  }
  const one = run(3, () => 0)
  t.same(
    run(3, i => (i * 7) % 2),
    one,
  )
  t.notSame(
    run(4, () => 0),
    one,
  )
  t.ok(one.includes(true) && one.includes(false))
})

t.test('the share grows while the ramp lasts', async t => {
  const { clock, drills, last, openEdge } = setUp()
  begun(drills.begin({ ...plan, rampS: 10 }))
  const edge = openEdge()
  edge.follow(last())
  const hits = () => Array.from({ length: 1000 }, () => edge.of('GET', '/a')!.isDrawn).filter(Boolean).length
  t.equal(hits(), 0)
  clock.at += 3000
  const some = hits()
  t.ok(some > 200 && some < 400, `${some} of 1000`)
  clock.at += 7000
  t.equal(hits(), 1000)
})

t.test('only its routes are touched; several may run, each on its own', async t => {
  const { drills, last, openEdge } = setUp()
  begun(drills.begin({ ...plan, routes: ['GET /a', '/b'] }))
  begun(drills.begin({ ...plan, routes: ['/c'], concurrent: true }))
  const edge = openEdge()
  edge.follow(last())
  const of = (method: string, pattern: string | undefined) => edge.of(method, pattern)?.id
  t.same(
    [of('GET', '/a'), of('HEAD', '/a'), of('POST', '/a'), of('POST', '/b'), of('GET', '/c'), of('GET', undefined)],
    ['id1', 'id1', undefined, 'id1', 'id2', undefined],
  )
})

t.test('an answer is made up for those who ask alone', async t => {
  const { drills, last, openEdge } = setUp()
  begun(drills.begin({ ...plan, kind: 'soft-failure' }))
  const edge = openEdge()
  edge.follow(last())
  t.ok(edge.of('GET', '/a')?.isDrawn)
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) t.equal(edge.of(method, '/a')?.isDrawn, false, method)
})

t.test('what became of requests is told by route, those that outlive the drill included', async t => {
  const { clock, drills, last, openEdge, news } = setUp()
  begun(drills.begin(plan))
  const edge = openEdge()
  edge.follow(last())
  const requests = ['/a', '/a', '/a', undefined].map(pattern => edge.of('GET', pattern)!)
  for (const request of requests.slice(0, 3)) t.ok(request.sentBy())
  requests[0]!.ended('ghostExact')
  requests[1]!.ended('refusedAnswers')
  requests[3]!.ended('aborted')
  edge.sweep()
  drills.end('id1')
  edge.follow(last())
  requests[2]!.ended('ghostEntity')
  edge.sweep()
  clock.at += 1000
  edge.sweep()
  t.equal(news.length, 2, 'nothing new is not told')
  for (const one of news) drills.heard(one)
  t.equal(drills.hits, 3, 'one was never sent: a circuit was open')
  t.match(drills.look('id1'), {
    totals: { requests: 4, hit: 3, ghosts: { exact: 1, entity: 1 }, refused: 1, unfinished: 1 },
    ifItHadDied: { similarity: null, compared: 0 },
    routes: [
      { route: 'GET /a', requests: 3, ghosts: { exact: 1, entity: 1 }, refused: 1, similarity: null },
      { route: 'GET (not learned)', requests: 1, hit: 0 },
    ],
  })
})

t.test('if it had died now: ghosts by how right they were, silence as nothing, writes left out', async t => {
  const { drills } = setUp()
  begun(drills.begin(plan))
  const counts = {
    requests: 4,
    hit: 4,
    live: 0,
    faulty: 0,
    ghosts: { exact: 3 },
    journalled: 0,
    refused: 1,
    unfinished: 0,
  }
  const compared = [1, 0.5].map(similarity => ({
    ...({ route: 'GET /a', method: 'GET', target: '/a', tier: 'exact', confidence: 1 } as const),
    ...{ ghostStatus: 200, truthStatus: 200, similarity, differences: [{ at: '/x', given: '1', truth: '2' }] },
  }))
  drills.heard({ id: 'id1', counts: [['GET /a', counts]], compared, notAnswered: 2 })
  const writes = { ...counts, ghosts: {}, refused: 9 }
  drills.heard({ id: 'id1', counts: [['PUT /a', writes]], compared: [], notAnswered: 0 })
  drills.heard({ id: 'unknown', counts: [], compared: [], notAnswered: 1 })
  const { ifItHadDied, routes } = drills.look('id1')!
  t.equal(routes[0]!.similarity, 0.75)
  t.match(ifItHadDied, { similarity: (3 * 0.75) / 4, compared: 2, notAnswered: 2, worst: [{ similarity: 0.5 }] })
  t.equal(ifItHadDied!.worst.length, 1, 'what is right is no bad example')
})
