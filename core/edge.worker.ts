// thread: edge
// Composition root of an edge thread: puts the request path together and keeps it supplied with lessons.
import { randomInt } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { steadyClock } from './clock/clock.js'
import { TurnClock } from './clock/turn-clock.js'
import { UPSTREAM_CIRCUIT } from './contract/circuits.js'
import type { JournalReply, JournalWrite } from './contract/journal.js'
import { emptyLesson, type Lesson, type LessonRoute } from './contract/lesson.js'
import type { EdgeToMain, JournalLook, MainToEdge } from './contract/messages.js'
import { RouteMatcher } from './contract/route-match.js'
import { type RouteRules, routePoliciesOf, wantsJournal } from './contract/route-policy.js'
import type { SealingKeys } from './contract/sealing.js'
import type { Settings } from './contract/settings.js'
import type { MemoryPressureState } from './contract/status.js'
import { splitTarget } from './contract/target.js'
import type { UpstreamList } from './contract/upstreams.js'
import { EdgeDrills } from './drills/edge-drills.js'
import { ClientRoom } from './front/client-room.js'
import type { Certificate, DownstreamHandler, EdgeFront } from './front/downstream.js'
import { openStrictEdge } from './front/strict/strict-edge.js'
import { openUwsEdge } from './front/uws.js'
import { loadUws } from './front/uws-loader.js'
import { OwnWrites } from './ghost/own-writes.js'
import { rehearse } from './ghost/rehearse.js'
import { ghostTiers } from './ghost/tiers.js'
import { Board, counter } from './health/board.js'
import { collectGarbage } from './health/collect-garbage.js'
import { Gate } from './health/gate.js'
import { JournalGate } from './journal/gate.js'
import { openLines, openLog } from './log/log.js'
import { mapOnlyOwnErrors } from './log/stack-traces.js'
import { openReader } from './memory/lmdb.js'
import { GivenAnswers } from './outages/given-answers.js'
import type { Edge, EdgeBounds } from './proxy/edge.js'
import { type Forwarding, forwardingTo, headsStay } from './proxy/forwarding.js'
import { Hedges } from './proxy/hedge.js'
import type { JournalDoor } from './proxy/journal-door.js'
import { refuseMalformed, runLifecycle } from './proxy/lifecycle.js'
import { OpenWebSockets } from './proxy/open-websockets.js'
import { replayWrite } from './proxy/replay-write.js'
import { trustedPeers } from './proxy/trusted.js'
import { Tunnels } from './proxy/tunnels.js'
import { runWebSocket, type WebSocketParts } from './proxy/websocket.js'
import { AccessLog } from './record/access-log.js'
import { Capture } from './record/capture.js'
import { ClientNames } from './record/client-names.js'
import { ExchangeFacts } from './record/exchange-facts.js'
import { Outbox } from './record/outbox.js'
import { RecentAnswers } from './record/recent.js'
import { Redactor } from './record/redact.js'
import { RepeatsPace } from './record/repeats-pace.js'
import { Sampler } from './record/sampler.js'
import { Scopes } from './record/scope.js'
import { Tail } from './record/tail.js'
import { AskDesk } from './threads/ask-desk.js'
import { BrainQuestions } from './threads/brain-questions.js'
import { PhaseTimes } from './timing/phase-times.js'
import { RouteSlots } from './timing/route-slots.js'
import { samplerOf } from './tracing/sampler.js'
import { Tracer } from './tracing/tracer.js'
import { parseUpstream, type UpstreamAddress } from './upstream/address.js'
import { readBalance } from './upstream/balancing.js'
import { UpstreamClient, type UpstreamTls } from './upstream/client.js'
import { WebSocketClient } from './upstream/websocket-client.js'

export interface EdgeWorkerData {
  readonly edge: number
  readonly edges: number
  /** Without the encryption key: no edge has a use for it. */
  readonly settings: Settings & { readonly encryptionKey: '' }
  /** In force when the thread starts; newer ones come by message. */
  readonly routeRules: RouteRules
  /** In force when the thread starts; a newer one comes by message. */
  readonly upstreams: UpstreamList
  readonly upstreamTls: UpstreamTls | undefined
  readonly board: SharedArrayBuffer
  /** Where writes wait; undefined: there is no journal. */
  readonly journalGate: SharedArrayBuffer | undefined
  readonly memoryDir: string
  /** What it is encrypted with; undefined: it is not. */
  readonly memoryKeys: SealingKeys | undefined
  /** Keys the hashes of credentials. */
  readonly scopeKey: Uint8Array
  /** Tells this installation from others. */
  readonly installation: string
  readonly useUws: boolean
  /** Descriptor of the socket that all edges of the strict front accept from; undefined: this one listens by itself. */
  readonly sharedFd: number | undefined
  readonly certificate: Certificate | undefined
}

/** Answers compared with before shipping, an edge. */
const RECENT_BYTES = 16 << 20
const REFRESH_MS = 10_000
/** What may be kept of an answer where memory is tight: it would fit into what a socket takes. */
const TIGHT_BYTES = 4096
const CAPTURE_BYTES_PER_S = 16 << 20
const FAULT_NOTICE_MS = 20
const GAUGES_MS = 250
const REPEATS_MS = 1000
const PHASE_TIMES_MS = 1000
const CLOSE_MS = 50
const DRAIN_LOOK_MS = 20
/** Requests shown to who watches, each time that the gauges are told. */
const TAIL_PLACES = 6
const LAST_LINES_MS = 500
/** Ghosts that make their code fast, and how many of them at each look. */
const REHEARSED = 256
const REHEARSED_AT_ONCE = 4
/** For Close frames to leave, and to be answered. */
const GOODBYE_MS = 200
const WEBSOCKET_SWEEP_MS = 1000
/** Longest wait for the disk to take a write. */
const JOURNAL_MS = 5000
/** For the reply of main to come back: it is main that gives up, before it can send the write. */
const JOURNAL_REPLY_MS = 500
/** Writes on their way to the disk, of this edge. */
const MAX_JOURNALLING = 4096

mapOnlyOwnErrors()

const data = workerData as EdgeWorkerData
const { settings } = data
const port = parentPort!
const log = openLog(settings.logLevel)
const send = (message: EdgeToMain, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved)

const turn = new TurnClock()
const board = new Board(data.board, data.edges, settings.breakerWindowMs)
const scopes = new Scopes(Buffer.from(data.scopeKey), settings.identityHeaders)
const redactor = new Redactor(settings.redact, secret => scopes.hash(secret))
const brain = new BrainQuestions({
  edges: data.edges,
  postMatch: (askId, question, answerBy) => send({ kind: 'match-ask', askId, question, answerBy }),
  postCompose: (askId, question, answerBy) => send({ kind: 'compose-ask', askId, question, answerBy }),
})
const appends = new AskDesk<JournalWrite, JournalReply>(
  (askId, write, answerBy) => send({ kind: 'journal-append', askId, write, answerBy: answerBy - JOURNAL_REPLY_MS }),
  { kind: 'failed' },
  MAX_JOURNALLING,
)
const looks = new AskDesk<string, JournalLook>((askId, id) => send({ kind: 'journal-look', askId, id }), 'late')
const noRoutes = new RouteMatcher(emptyLesson.routes)
const routeSlots = new RouteSlots(noRoutes)
const accessLines =
  settings.accessLog > 0 ? openLines(1, () => board.count(data.edge, counter.accessLogDropped)) : undefined
const memory = openReader(data.memoryDir, data.memoryKeys)
const balance = readBalance(settings.balance)
const client = new UpstreamClient(
  addressesOf(data.upstreams),
  {
    connectTimeoutMs: settings.connectTimeoutMs,
    responseTimeoutMs: settings.responseTimeoutMs,
    idleTimeoutMs: settings.idleTimeoutMs,
    maxHeaderBytes: settings.maxHeaderBytes,
    maxConnections: settings.maxConnections,
    retries: settings.retries,
    balance: balance.rule,
    ejectFailures: settings.ejectFailures,
    ejectMs: settings.ejectMs,
    slowStartMs: settings.slowStartMs,
    tls: data.upstreamTls,
  },
  turn.monotonic,
  () => turn.turn(),
)
let listVersion = data.upstreams.version
let { routeRules } = data
/** Those that both ends of are spoken by us; on the strict front a WebSocket is a tunnel. */
const relayed = data.useUws ? openRelayed() : undefined
const trustsPeer = trustedPeers(settings.trustedProxies)
const clients =
  settings.history && settings.anomalies
    ? new ClientNames({
        trusts: trustsPeer,
        trustsAny: settings.trustedProxies.length > 0,
        host: settings.host,
        hash: text => scopes.hashOnce(text),
      })
    : undefined
const facts = settings.history
  ? new ExchangeFacts({
      run: randomInt(2 ** 31),
      redactor,
      scopes,
      clients,
      routes: routeSlots.names,
      perSecond: settings.historyRate,
      send: batch => send({ kind: 'facts', batch }, [batch.cells]),
    })
  : undefined
const tracer =
  settings.tracesEndpoint === ''
    ? undefined
    : new Tracer({
        sampler: samplerOf(settings.tracesSampler, settings.tracesRatio),
        turn,
        redact: path => redactor.text(path),
        send: batch => send({ kind: 'spans', batch }, [batch.cells]),
      })
const recent = new RecentAnswers(RECENT_BYTES, REFRESH_MS)
const capture = new Capture({
  scopes,
  redactor,
  recent,
  sampler: new Sampler(() => settings.captureRate * board.captureShare, CAPTURE_BYTES_PER_S),
  outbox: new Outbox((bytes, count) => send({ kind: 'exchanges', bytes, count }, [bytes])),
  honour: settings.ghostHonour,
  run: facts?.run,
  patternOf: (method, path) => routeSlots.of(method, path).pattern,
  mayShare: (method, path) => edge.policies?.of(method, path)?.sharing !== 'own',
})
// The name must tell this installation from another Chaos-Proxy in the chain, and say nothing about the machine.
const viaName = `chaos-proxy-${data.installation}`
let rehearsed = 0
let faultNoticeAt = Number.NEGATIVE_INFINITY

const edge: Edge = {
  id: data.edge,
  settings,
  board,
  gate: new Gate(board.circuits, data.edge, turn.steady, settings.breakerRampMs),
  client,
  capture: settings.capture ? capture : undefined,
  identities: capture,
  tiers: ghostTiers,
  ghostSources: {
    memory,
    askMatch: (question, answerBy) => brain.match(question, answerBy),
    compose: (question, answerBy, route) => brain.compose(question, answerBy, route),
    surestNowhere: scope => brain.surestNowhere(scope),
    failed: (tier, error) => log.error({ err: error, tier }, 'a tier failed; others are asked'),
  },
  ghostRules: {
    minConfidence: settings.ghostMinConfidence,
    maxAgeS: settings.ghostMaxAgeS,
    honour: settings.ghostHonour,
  },
  given: new GivenAnswers(batch => send({ kind: 'given', batch })),
  limits: { viaName, maxBodyBytes: settings.maxBodyBytes },
  hedges: new Hedges(() => {
    turn.turn()
    return turn.tickMs
  }),
  policies: routePoliciesOf(data.routeRules),
  forwarding: forwardingBy(data.upstreams),
  balanceField: balance.field,
  journal: data.journalGate && openJournalDoor(data.journalGate),
  drills: undefined,
  tunnels: new Tunnels(settings.tunnelIdleMs, () => performance.now()),
  clock: turn.timeOfDay,
  turn,
  log,
  accessLog:
    accessLines === undefined
      ? undefined
      : new AccessLog({
          edge: data.edge,
          share: settings.accessLog,
          redactor,
          lines: accessLines,
          random: Math.random,
        }),
  tail: undefined,
  phases: new PhaseTimes(routeSlots, PHASE_TIMES_MS),
  facts,
  tracer,
  routeSlots,
  bounds: boundsAt('calm'),
  routes: noRoutes,
  creations: new Map(),
  draining: false,
  active: 0,
  onIdle: () => {},
  faultSeen: () => {
    const now = performance.now()
    if (now - faultNoticeAt < FAULT_NOTICE_MS) return
    faultNoticeAt = now
    send({ kind: 'fault-seen' })
  },
}

const drills = new EdgeDrills({
  client,
  clock: turn.monotonic,
  steady: turn.steady,
  responseTimeoutMs: settings.responseTimeoutMs,
  redactTarget: target => {
    const { path, query } = splitTarget(target)
    const redacted = redactor.text(path)
    return query === undefined ? redacted : `${redacted}?${redactor.query(query).query}`
  },
  redactBody: body => redactor.body(body).body,
  tell: news => send({ kind: 'drill-news', news }),
})

function boundsAt(state: MemoryPressureState): EdgeBounds {
  const { holdBytes, captureMaxBodyBytes } = settings
  return state === 'calm'
    ? { holdBytes, captureMaxBodyBytes, sheds: false }
    : {
        holdBytes: Math.min(holdBytes, TIGHT_BYTES),
        captureMaxBodyBytes: Math.min(captureMaxBodyBytes, TIGHT_BYTES),
        sheds: state === 'full',
      }
}

/** While none runs the request path looks at one field. */
function setDrills(): void {
  edge.drills = drills.any ? drills : undefined
}

function circuitsOf({ routes }: Lesson, circuits: readonly number[]): ReadonlyMap<LessonRoute, number> {
  const found = new Map<LessonRoute, number>()
  routes.forEach((route, i) => {
    if (circuits[i] !== UPSTREAM_CIRCUIT) found.set(route, circuits[i]!)
  })
  return found
}

function openJournalDoor(gate: SharedArrayBuffer): JournalDoor {
  const shared = new JournalGate(gate)
  return {
    takes: settings.ghostWrites === 'journal' || wantsJournal(data.routeRules),
    gate: shared,
    own: new OwnWrites(() => shared.newsVersion),
    statusPath: `${settings.journalPath}/`,
    append: write => appends.ask(write, steadyClock.now() + JOURNAL_MS + JOURNAL_REPLY_MS),
    look: id => looks.ask(id, steadyClock.now() + JOURNAL_MS),
  }
}

function addressesOf({ upstreams }: UpstreamList): UpstreamAddress[] {
  return upstreams.map(({ url }) => parseUpstream(url))
}

function forwardingBy(list: UpstreamList): Forwarding {
  return forwardingTo(addressesOf(list), settings.forwardHost, {
    viaName,
    forwarded: settings.forwarded,
    passesTrailers: !data.useUws,
    credentials: settings.identityHeaders,
    trusts: trustsPeer,
  })
}

/** A new list, or news of the health of one: main sends the whole each time. */
function follow(list: UpstreamList): void {
  if (list.version !== listVersion) {
    const forwarding = forwardingBy(list)
    client.setUpstreams(addressesOf(list), headsStay(edge.forwarding, forwarding))
    edge.forwarding = forwarding
    listVersion = list.version
  }
  for (const { url, healthy } of list.upstreams) client.setHealthy(url, healthy)
}

/** For requests that begin from now on: what is under way ends by what held when it came. */
function followRules(rules: RouteRules): void {
  const concernsOwners = saysSharing(routeRules) || saysSharing(rules)
  routeRules = rules
  edge.policies = routePoliciesOf(rules)
  if (edge.journal !== undefined) edge.journal.takes = settings.ghostWrites === 'journal' || wantsJournal(rules)
  if (concernsOwners) capture.ownersChanged()
  reportRules()
}

function saysSharing({ entries, switches }: RouteRules): boolean {
  return [...entries, ...switches].some(({ sharing }) => sharing !== undefined)
}

/** Who changed them waits for every edge to say that it follows. */
function reportRules(): void {
  send({ kind: 'rules-followed', version: routeRules.version })
}

function openRelayed(): WebSocketParts {
  const open = new OpenWebSockets()
  setInterval(() => open.sweep(), WEBSOCKET_SWEEP_MS)
  return {
    open,
    client: new WebSocketClient(client, {
      connectTimeoutMs: settings.connectTimeoutMs,
      responseTimeoutMs: settings.responseTimeoutMs,
      maxHeaderBytes: settings.maxHeaderBytes,
      tls: data.upstreamTls,
    }),
  }
}

function reportUpstreams(): void {
  send({ kind: 'upstream-report', report: { version: listVersion, ...client.report() } })
}

let front: EdgeFront | undefined

port.on('message', (message: MainToEdge) => {
  switch (message.kind) {
    case 'lesson':
      edge.routes = new RouteMatcher(message.lesson.routes)
      edge.creations = new Map(message.lesson.creations?.map(form => [form.place, form]))
      routeSlots.learned(edge.routes, circuitsOf(message.lesson, message.circuits))
      brain.learned(message.lesson)
      break
    case 'match-reply':
      brain.matched(message.askId, message.reply)
      break
    case 'compose-reply':
      brain.composed(message.askId, message.reply)
      break
    case 'journal-reply':
      if (!appends.settle(message.askId, message.reply)) withdraw(message.reply)
      break
    case 'journal-look-reply':
      looks.settle(message.askId, message.reply)
      break
    case 'own-writes':
      edge.journal?.own.take(message.news)
      break
    case 'replay-ask':
      replayWrite(edge, message.write, outcome => send({ kind: 'replay-reply', askId: message.askId, outcome }))
      break
    case 'memory-pressure':
      edge.bounds = boundsAt(message.state)
      edge.capture = settings.capture && message.state === 'calm' ? capture : undefined
      break
    case 'collect-garbage':
      collectGarbage()
      break
    case 'certificate':
      renewCertificate(message)
      break
    case 'upstreams':
      follow(message.list)
      // Who replaced the list waits for every edge to say that it follows.
      reportUpstreams()
      break
    case 'scope-key':
      scopes.rekey(Buffer.from(message.key))
      clients?.forget()
      capture.ownersChanged()
      break
    case 'route-rules':
      followRules(message.rules)
      break
    case 'outage-over':
      edge.given.outageOver()
      break
    case 'drills':
      drills.follow(message.running)
      setDrills()
      break
    case 'tail':
      edge.tail = message.wanted ? new Tail({ redactor, now: () => Date.now(), places: TAIL_PLACES }) : undefined
      break
    case 'drain':
      drain(message.leaveIdleMs)
      break
    case 'end':
      end(0)
      break
  }
})

function renewCertificate(certificate: Certificate): void {
  try {
    const descriptor = front?.renewCertificate(certificate)
    if (descriptor !== undefined) send({ kind: 'descriptor', edge: data.edge, descriptor })
  } catch (error) {
    log.error({ err: error, edge: data.edge }, 'the new certificate was not taken; clients are shown the one before')
  }
}

/** Its client was told that it is not taken. What an earlier request with the same key was told stays true. */
function withdraw(reply: JournalReply): void {
  if (reply.kind === 'journalled' && !reply.again) send({ kind: 'journal-withdraw', id: reply.id })
}

function drain(leaveIdleMs: number): void {
  edge.draining = true
  front?.stopAccepting(leaveIdleMs === 0)
  const drained = (): void => {
    // The last answer may still be on its way to the socket.
    setImmediate(() => {
      capture.flush()
      tellUnshipped()
      edge.given.flush()
      facts?.flush(Date.now())
      tracer?.flush()
      send({ kind: 'drained', edge: data.edge })
    })
  }
  if (leaveIdleMs === 0) {
    edge.onIdle = drained
    if (edge.active === 0) drained()
    return
  }
  const endAt = performance.now() + leaveIdleMs
  const timer = setInterval(() => {
    if (edge.active > 0 || (front?.connections !== 0 && performance.now() < endAt)) return
    clearInterval(timer)
    drained()
  }, DRAIN_LOOK_MS)
}

/**
 * Ends the thread. Its sockets must be closed, and the loop must have seen that, before: Node aborts the whole process
 * where a thread ends with handles of the uWebSockets.js binary still open.
 */
function end(code: number): void {
  const exit = (): void => {
    if (accessLines === undefined) process.exit(code)
    void accessLines.close(LAST_LINES_MS).then(() => process.exit(code))
  }
  const close = (): void => {
    front?.close()
    setTimeout(exit, CLOSE_MS)
  }
  if ((relayed?.open.goAway() ?? 0) + edge.tunnels.goAway() > 0) setTimeout(close, GOODBYE_MS)
  else close()
}

// A bug outside of a request: main takes this edge out and starts another one.
process.on('uncaughtException', error => {
  log.error({ err: error, edge: data.edge }, 'an edge thread failed')
  send({ kind: 'crashed', edge: data.edge, error: error.message })
  end(1)
})

setInterval(() => {
  board.set(data.edge, 'activeRequests', edge.active)
  board.set(data.edge, 'brainQuestions', brain.out)
  board.set(data.edge, 'brainQuestionsMost', brain.mostOut)
  edge.tunnels.sweep()
  board.set(data.edge, 'openWebsockets', edge.tunnels.size + (relayed?.open.size ?? 0))
  const { open, retries } = client.stats()
  board.set(data.edge, 'upstreamConnections', open)
  board.set(data.edge, 'retries', retries)
  turn.turn()
  drills.sweep()
  setDrills()
  reportUpstreams()
  edge.given.flush()
  facts?.flush(Date.now())
  tracer?.flush()
  edge.journal?.own.sweep(Date.now())
  const times = edge.phases.take(performance.now())
  if (times !== undefined) send({ kind: 'phase-times', times }, [times.counts.buffer])
  accessLines?.flush()
  rehearseSome()
  const batch = edge.tail?.take()
  if (batch !== undefined) send({ kind: 'tail', batch })
}, GAUGES_MS)

const repeatsPace = new RepeatsPace()
setInterval(() => {
  if (repeatsPace.isDue(performance.now())) tellUnshipped()
}, REPEATS_MS)

/** So that the first ghosts of an outage are no slower than the others. Few at a time: live requests wait for it. */
function rehearseSome(): void {
  if (board.mode === 'off') return
  const keys = recent.someKeys(rehearsed < REHEARSED ? REHEARSED_AT_ONCE : 1)
  const { ghostSources: sources, ghostRules: rules } = edge
  rehearsed += rehearse(keys, { match: (method, path) => edge.routes.match(method, path), sources, rules }, Date.now())
}

function tellUnshipped(): void {
  const demand = capture.takeUnshipped()
  if (demand === undefined) return
  send({ kind: 'unshipped', demand })
  repeatsPace.told(demand.repeats.length, performance.now())
}

const handler: DownstreamHandler = {
  onRequest: downstream => runLifecycle(edge, downstream),
  refuse: (code, detail) => refuseMalformed(edge, code, detail),
}

const room = new ClientRoom(settings.maxClients, {
  set: open => board.set(data.edge, 'openClients', open),
  total: () => board.total('openClients'),
})
if (relayed !== undefined) {
  const loaded = await loadUws(settings.maxHeaderBytes)
  if (!loaded.ok) throw new Error(`uWebSockets.js loaded in main but not in an edge: ${loaded.because}`)
  front = await openUwsEdge(loaded.uws, {
    room,
    certificate: data.certificate,
    handler,
    upgrade: asked => runWebSocket(edge, relayed, asked),
  })
} else {
  front = await openStrictEdge({
    host: settings.host,
    port: settings.port,
    sharedFd: data.sharedFd,
    limits: {
      maxHeaderBytes: settings.maxHeaderBytes,
      headerTimeoutMs: settings.clientHeaderTimeoutMs,
      idleTimeoutMs: settings.clientIdleTimeoutMs,
      keepAliveMs: settings.clientKeepAliveMs,
    },
    room,
    certificate: data.certificate,
    handler,
  })
}
for (const { url, healthy } of data.upstreams.upstreams) client.setHealthy(url, healthy)
send({ kind: 'ready', edge: data.edge, descriptor: front.descriptor })
reportUpstreams()
reportRules()
