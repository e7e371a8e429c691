import t from 'tap'
import { paintFor } from '../../../../core/commands/paint.js'
import { isWell, ratesBetween, type StatusLook, statusLines } from '../../../../core/commands/status/status-text.js'
import { frameOf, readStatusOptions } from '../../../../core/commands/status.js'
import type { CircuitStatus, ProxyStatus } from '../../../../core/contract/status.js'

const AT = Date.parse('2030-01-01T12:00:10Z')
const closed: CircuitStatus = {
  state: 'closed',
  since: '2030-01-01T12:00:00.000Z',
  because: '',
  nextProbeAt: null,
  opened: 0,
  openings: 0,
  probes: { needed: 5, out: 0, ok: 0 },
  probesOk: 0,
  probesFailed: 0,
  sharePercent: 100,
}
const open: CircuitStatus = {
  ...closed,
  state: 'open',
  because: '10 of 10 requests failed',
  nextProbeAt: '2030-01-01T12:00:13.000Z',
  opened: 2,
}
const well: ProxyStatus = {
  version: '1.2.3',
  health: { colour: 'green', because: [] },
  uptimeS: 3725,
  mode: 'auto',
  upstreams: [
    {
      ...{ url: 'http://u', healthy: true, available: true, full: false, outstanding: 2, connections: 1 },
      ...{ requests: 7, failures: 0, ejectedBy: 0, ejectedUntil: null, lastProbe: null },
    },
  ],
  upstreamUrls: ['http://u'],
  circuit: closed,
  routeCircuits: [],
  requests: { requests: 100, live: 90, refused: 1, journalled: 0, upstreamFaults: 3, activeRequests: 4 },
  ghosts: { exact: 5, entity: 1, query: 0, template: 0, semantic: 0 },
  threads: {
    ...{ front: 'uws', edges: 2, edgesRunning: 2, edgeRestarts: 0, edgeHangs: 0, learnerRestarts: 0 },
    ...{ learnerHangs: 0, embedderRestarts: 0, embedderHangs: 0 },
  },
  memory: { state: 'calm', changes: 0, usedBytes: 200 << 20, limitBytes: 0 },
  outage: null,
  anomalies: 'off',
  journal: 'off',
  drills: 'off',
  traces: 'off',
  warmup: 'off',
  drops: { learner: 0, sampledOut: 0 },
  stores: {
    memory: { kind: 'lmdb', dir: '/d', bytes: 1536, failing: '', setAside: null },
    vectors: { count: 3, embedder: 'lexical-384', embedderReason: '', shared: 'off' },
    shared: 'off',
    history: 'off',
  },
}
const looked = (status: ProxyStatus, at = AT): StatusLook => ({
  status,
  readiness: undefined,
  learning: { routes: 1, exemplars: 12, pending: 0 },
  at,
})
const plain = paintFor(false, {})
const told = (status: ProxyStatus, rates = {}): string => statusLines(looked(status), rates, plain).join('\n')

t.test('one that is well', async t => {
  const text = told(well, { requests: 12.34, live: 11, ghosts: 1, refused: 0, journalled: 0, upstreamFaults: 0.5 })
  for (const line of [
    /^chaos-proxy 1\.2\.3 {2}up 1 h 2 min, mode auto$/m,
    /^state +green$/m,
    /^circuit +closed$/m,
    /^upstreams +http:\/\/u healthy, 2 under way, 1 connection, 7 requests, 0 failures$/m,
    /^traffic +12\.3\/s: live 11\.0 {2}ghosts 1\.0 {2}refused 0\.0 {2}faults 0\.5, 4 under way$/m,
    /^ghosts +exact 5 {2}entity 1 {2}query 0 {2}template 0 {2}semantic 0, since the start$/m,
    /^readiness +the learner does not answer$/m,
    /^learned +1 route, 12 answers, 0 waiting, 0 dropped$/m,
    /^journal +off$/m,
    /^stores +memory 1\.5 KiB, vectors 3 \(lexical-384\), shared off, history off$/m,
    /^process +2 of 2 edges \(uws\), 0 restarts, 200 MiB$/m,
  ])
    t.match(text, line)
  t.notMatch(text, /\u001b|OUTAGE|DRILL/)
})

t.test('an outage: why, since when, and when the next probe is', async t => {
  const text = told({
    ...well,
    health: { colour: 'yellow', because: ['Redis is away'] },
    circuit: open,
    routeCircuits: [{ ...open, route: 'GET /a', state: 'half-open', nextProbeAt: null }],
    outage: { id: 'x', since: '2030-01-01T11:58:09.000Z', because: 'refused', ghosts: 1, refused: 3 },
  })
  t.match(text, 'OUTAGE since 11:58:09 UTC (2 min 1 s): refused; 1 ghost, 3 refused')
  t.match(text, /^circuit +open for 10 s: 10 of 10 requests failed; next probe in 3 s, opened 2 times$/m)
  t.match(text, /GET \/a: half-open for 10 s: 10 of 10 requests failed; 0 of 5 probes went well, opened 2 times/)
  t.match(text, /^state +yellow: Redis is away$/m)
})

t.test('journal, readiness and stores', async t => {
  const status: ProxyStatus = {
    ...well,
    journal: {
      ...{ takes: true, bytes: 2048, maxBytes: 128 << 20, full: true, failing: '', accepted: 9, refusedFull: 1 },
      counts: { pending: 3, sending: 1, parked: 2, done: 5, discarded: 0 },
      ...{ refusedFailed: 0, replayed: 5, oldestWaiting: '2030-01-01T11:59:10.000Z' },
    },
    stores: { ...well.stores, shared: { state: 'down' }, history: { store: { kind: 'duckdb', state: 'up' } } },
  }
  const part = { share: 0.5, readiness: 0.5 }
  const readiness = { overall: 0.876, repeated: part, unseen: { share: 0.5, readiness: null }, unstorable: 0.1 }
  const look = { ...looked(status), readiness: { ...readiness, minConfidence: 0.7, routes: [], missing: [] } }
  const text = statusLines(look, undefined, plain).join('\n')
  t.match(text, /^journal +4 waiting, the oldest for 1 min 0 s, 2 parked, 5 done; 2\.0 KiB of 128 MiB; full$/m)
  t.match(text, /^readiness +88 % like .* \(asked before 50 %, new –; 10 % may not be kept\)$/m)
  t.match(text, /shared down, history duckdb up$/m)
  t.match(text, /^traffic +100 requests since the start, 4 under way$/m)
})

t.test('rates', async t => {
  const later = { ...well, requests: { ...well.requests, requests: 150, live: 139 }, ghosts: { exact: 7 } }
  t.match(ratesBetween(looked(well, AT), looked(later, AT + 2000)), { requests: 25, live: 24.5, ghosts: 0.5 })
  t.equal(ratesBetween(undefined, looked(well)), undefined)
  t.equal(ratesBetween(looked(later, AT), looked(well, AT + 2000)), undefined, 'it was started anew between')
})

t.test('what the exit code tells', async t => {
  t.equal(isWell(well), true)
  t.equal(isWell({ ...well, circuit: open }), false)
  t.equal(isWell({ ...well, outage: { id: '', since: '', because: '', ghosts: 0, refused: 0 } }), false)
})

t.test('a frame: cut to the screen, colours kept, nothing left of what stood there', async t => {
  const red = paintFor(true, {}).bad
  t.equal(
    frameOf([`a${red('bcd')}e`, 'x', 'y'], { columns: 3, rows: 3 }),
    '\u001b[Ha\u001b[31mbc\u001b[39m\u001b[K\nx\u001b[K\u001b[J',
  )
})

t.test('options', async t => {
  t.match(readStatusOptions(['--interval', '2s'], { CHAOS_ADMIN_PORT: '1' }), {
    address: { host: '127.0.0.1', port: 1 },
    intervalMs: 2000,
    once: false,
    json: false,
  })
  t.equal(readStatusOptions(['-h'], {}), 'help')
  for (const [args, problem] of [
    [['--interval', '1ms'], /--interval 1ms is no time/],
    [['--often'], /--often/],
    [['now'], /now/],
    [['--admin', 'ftp://x'], /no address/],
  ] as const)
    t.match(readStatusOptions(args, {}), { problem }, args.join(' '))
})
