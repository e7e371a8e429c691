// What a watcher hears: ticks of what happened in between, what it missed, and what it was too slow for.
import t, { type Test } from 'tap'
import { eventsBetween } from '../../../core/admin/live-events.js'
import { LiveFeed, type LiveWatcher } from '../../../core/admin/live-feed.js'
import { percentilesBetween } from '../../../core/admin/live-percentiles.js'
import { LiveTail } from '../../../core/admin/live-tail.js'
import {
  answeredBy,
  type LiveCounter,
  type LiveLook,
  type LiveMessage,
  type LiveSources,
  type LiveState,
  liveCounters,
  type TailBatch,
} from '../../../core/contract/live.js'

const calm: LiveState = {
  mode: 'auto',
  circuit: {
    ...{ state: 'closed', since: '2026-01-01T00:00:00.000Z', because: '', nextProbeAt: null, opened: 0, openings: 0 },
    ...{ probes: { needed: 5, out: 0, ok: 0 }, probesOk: 0, probesFailed: 0, sharePercent: 100 },
  },
  ...{
    routeCircuits: [],
    outage: null,
    drills: [],
    anomalies: [],
    activeRequests: 0,
    upstreamConnections: 0,
    openWebsockets: 0,
  },
  ...{ edgesRunning: 2, edgeRestarts: 0, learnerRestarts: 0 },
}
const opened: LiveState = { ...calm, circuit: { ...calm.circuit, state: 'open', opened: 1, because: 'it is gone' } }

class Sources implements LiveSources {
  readonly version = '1.2.3'
  readonly tail = new LiveTail()
  readonly listened: boolean[] = []
  requests = 0
  state = calm
  look(): LiveLook {
    const counters = Object.fromEntries(liveCounters.map(name => [name, 0])) as Record<LiveCounter, number>
    counters.requests = this.requests
    return {
      counters,
      boundsS: [0.001, 0.01],
      live: [0, this.requests, this.requests],
      ghost: [0, 0, 0],
      state: this.state,
    }
  }
  listen(wanted: boolean): void {
    this.listened.push(wanted)
  }
  take(): TailBatch {
    return this.tail.take()
  }
}

function open(t: Test): { feed: LiveFeed; sources: Sources; clock: { ms: number } } {
  const sources = new Sources()
  const clock = { ms: 0 }
  const feed = new LiveFeed({ sources, run: 'r1', now: () => 1000 + clock.ms, steady: () => clock.ms })
  t.teardown(() => feed.close())
  return { feed, sources, clock }
}

function watcher(): LiveWatcher & { heard: LiveMessage[]; isSlow: boolean } {
  return {
    heard: [],
    isSlow: false,
    offer(text) {
      if (this.isSlow) return false
      this.heard.push(JSON.parse(text) as LiveMessage)
      return true
    },
  }
}

t.test('nothing runs before somebody watches; then each tick tells what came in between', async t => {
  const { feed, sources, clock } = open(t)
  feed.tick()
  t.same(sources.listened, [], 'edges are left alone')
  const one = watcher()
  sources.requests = 40
  feed.join(one, null)
  t.same(sources.listened, [true])
  t.match(one.heard, [{ kind: 'welcome', run: 'r1', version: '1.2.3', missed: [], lost: 0, state: { mode: 'auto' } }])
  sources.requests = 50
  sources.state = opened
  const counts = new Array<number>(answeredBy.length * 6).fill(0)
  counts[answeredBy.indexOf('live') * 6 + 2] = 7
  counts[answeredBy.indexOf('entity') * 6 + 4] = 3
  const confidences = new Array<number>(50).fill(0)
  confidences[18] = 3
  sources.tail.add({ requests: [], counts, confidences })
  clock.ms = 1004
  feed.tick()
  t.match(one.heard[1], {
    ...{ kind: 'tick', seq: 1, at: 2004, spanMs: 1004, counters: { requests: 10 }, unsampled: 10 },
    statuses: { live: { '2xx': 7 }, entity: { '4xx': 3 } },
    confidences: { entity: [0, 0, 0, 0, 0, 0, 0, 0, 3, 0] },
    latency: { live: { p50: 5.5 }, ghost: null },
    events: [{ kind: 'circuit-opened', detail: 'it is gone' }],
  })
  feed.tick()
  t.match(one.heard[2], { seq: 2, counters: { requests: 0 }, events: [], statuses: {} })
})

t.test('who comes back gets what it missed and is told what is lost; of another run nothing is assumed', async t => {
  const { feed } = open(t)
  const one = watcher()
  feed.join(one, null)
  for (let i = 0; i < 5; i++) feed.tick()
  feed.leave(one)
  feed.tick()
  const back = watcher()
  feed.join(back, { run: 'r1', seq: 5 })
  t.match(back.heard, [{ kind: 'welcome', missed: [{ seq: 6 }], lost: 0 }])
  const [welcome] = back.heard
  t.equal(welcome?.kind === 'welcome' && welcome.missed.length, 1)
  for (let i = 0; i < 200; i++) feed.tick()
  const late = watcher()
  feed.join(late, { run: 'r1', seq: 6 })
  t.match(late.heard, [{ lost: 80, missed: [{ seq: 87 }] }])
  const other = watcher()
  feed.join(other, { run: 'r0', seq: 3 })
  t.match(other.heard, [{ run: 'r1', lost: 0, missed: [{ seq: 87 }] }])
})

t.test('a slow watcher loses ticks, hears how many, and goes on with the latest; others lose none', async t => {
  const { feed } = open(t)
  const [slow, quick] = [watcher(), watcher()]
  feed.join(slow, null)
  feed.join(quick, null)
  feed.tick()
  slow.isSlow = true
  for (let i = 0; i < 3; i++) feed.tick()
  slow.isSlow = false
  feed.tick()
  t.match(
    slow.heard.map(({ kind }) => kind),
    ['welcome', 'tick', 'skipped', 'tick'],
  )
  t.match(slow.heard.slice(2), [{ ticks: 3 }, { seq: 5 }])
  t.equal(quick.heard.length, 6)
})

t.test('when nobody has watched for two minutes the edges are told to stop', async t => {
  const { feed, sources } = open(t)
  const one = watcher()
  feed.join(one, null)
  feed.leave(one)
  for (let i = 0; i < 120; i++) feed.tick()
  t.same(sources.listened, [true], 'one may come back')
  feed.tick()
  t.same(sources.listened, [true, false])
  feed.join(one, null)
  t.same(sources.listened, [true, false, true])
})

t.test('what waits to be told is bounded, and the newest is kept', async t => {
  const tail = new LiveTail()
  const request = {
    method: 'GET',
    target: '/',
    route: null,
    status: 200,
    by: 'live',
    confidence: null,
    tookMs: 1,
    fault: '',
  } as const
  for (let at = 0; at < 500; at++) tail.add({ requests: [{ ...request, at }], counts: [1], confidences: [] })
  const { requests, counts } = tail.take()
  t.equal(requests.length, 120)
  t.equal(requests.at(-1)?.at, 499)
  t.same(counts, [500])
  t.same(tail.take(), { requests: [], counts: [], confidences: [] })
})

t.test('percentiles are those of the time in between', async t => {
  const bounds = [0.001, 0.01, 0.1]
  t.equal(percentilesBetween([5, 5, 5, 5], [5, 5, 5, 5], bounds), null)
  t.same(percentilesBetween([1000, 1000, 1000, 1000], [1000, 1100, 1100, 1100], bounds), {
    p50: 5.5,
    p90: 9.1,
    p99: 9.91,
  })
  t.same(percentilesBetween([], [0, 0, 0, 4], bounds), { p50: 100, p90: 100, p99: 100 }, 'beyond the last bound')
})

t.test('what happened between two looks', async t => {
  const kinds = (before: LiveState, after: LiveState): string[] =>
    eventsBetween(before, after, 1).map(({ kind }) => kind)
  t.same(kinds(calm, calm), [])
  t.same(kinds(opened, calm), ['circuit-closed'])
  t.same(kinds(calm, { ...calm, circuit: { ...calm.circuit, opened: 1 } }), ['circuit-opened', 'circuit-closed'])
  const outage = { id: 'o', since: '', because: 'gone', ghosts: 0, refused: 0 }
  t.same(kinds(calm, { ...calm, outage }), ['outage-began'])
  t.same(kinds({ ...calm, outage }, calm), ['outage-ended'])
  const route = { ...calm.circuit, route: 'GET /a', state: 'open' } as const
  t.same(kinds(calm, { ...calm, routeCircuits: [route] }), ['route-circuit-opened'])
  t.same(kinds({ ...calm, routeCircuits: [route] }, { ...calm, routeCircuits: [{ ...route, state: 'closed' }] }), [
    'route-circuit-closed',
  ])
  const drills = [{ id: 'd', kind: 'blackout', endsAt: '' }] as const
  t.same(kinds(calm, { ...calm, drills }), ['drill-began'])
  t.same(kinds({ ...calm, drills }, calm), ['drill-ended'])
  const anomalies = [{ id: 'a', kind: 'slow', severity: 'low', says: 'GET /a: slow' }] as const
  t.same(kinds(calm, { ...calm, anomalies }), ['anomaly-began'])
  t.same(kinds({ ...calm, anomalies }, calm), ['anomaly-ended'])
  t.same(kinds(calm, { ...calm, mode: 'off', edgeRestarts: 1, learnerRestarts: 1 }), [
    ...['mode-changed', 'edge-restarted', 'learner-restarted'],
  ])
})
