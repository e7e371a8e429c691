// thread: main
// Puts the process together: brain, edges, acceptor, circuit watch, admin. The only file in main that sees everything.
import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { openBrain } from '../brain/pool.js'
import { LiveTail } from './admin/live-tail.js'
import { openAdmin } from './admin/server.js'
import { adminSources } from './admin-sources.js'
import { steadyClock, systemClock } from './clock/clock.js'
import type { ReplayOutcome, ReplayWrite } from './contract/journal.js'
import type { EdgeToMain } from './contract/messages.js'
import type { RoutePolicy } from './contract/route-policy.js'
import type { Settings } from './contract/settings.js'
import type { SettingStatus } from './contract/status.js'
import type { DataDir } from './data/data-dir.js'
import { type ModelFetch, startModelFetch } from './data/model-fetch.js'
import { DrilledCircuit } from './drills/drilled-circuit.js'
import { Drills } from './drills/drills.js'
import type { EdgeWorkerData } from './edge.worker.js'
import type { Acceptor } from './front/acceptor.js'
import type { Certificate } from './front/downstream.js'
import { openStrictAcceptor } from './front/strict/strict-acceptor.js'
import { openUwsAcceptor } from './front/uws-acceptor.js'
import { loadUws } from './front/uws-loader.js'
import { Board } from './health/board.js'
import type { CircuitRules } from './health/circuit.js'
import { HealthProbe } from './health/probe.js'
import { Upstreams } from './health/upstreams.js'
import { CircuitWatch } from './health/watch.js'
import { openJournal } from './journal/open-journal.js'
import { MAX_REPLAYS } from './journal/replayer.js'
import type { Log } from './log/log.js'
import { openReader } from './memory/lmdb.js'
import { AskAgain } from './outages/ask-again.js'
import { heldAgainst } from './outages/held-against.js'
import { Outages } from './outages/outages.js'
import { OutagesFile } from './outages/outages-file.js'
import { captureShare } from './record/backlog.js'
import { Redactor } from './record/redact.js'
import { Scopes } from './record/scope.js'
import { AskDesk } from './threads/ask-desk.js'
import { Edges } from './threads/edges.js'
import { PhaseTotals } from './timing/phase-totals.js'
import { parseUpstream } from './upstream/address.js'
import { askHealth } from './upstream/health-client.js'
import { knock } from './upstream/knock.js'
import { readUpstreamTls } from './upstream/tls-files.js'
import { version } from './version.js'
import { openOwnPort } from './warmup/own-port.js'
import { WarmUp } from './warmup/warm-up.js'

export interface RunningProxy {
  readonly port: number
  readonly adminPort: number
  /** Reads the certificate anew; where it is none, the old one stays and the log says so. */
  reload(): void
  /** Finishes what is in flight, flushes what was learned, closes. */
  stop(): Promise<void>
}

const LOOK_MS = 100
/** While the upstream is not reached: how often it is tried whether it accepts connections. */
const KNOCK_MS = 500
/** Embedding needs few threads: only distinct request shapes are embedded. */
const EMBED_THREADS = 1
/** Exchanges waiting for the learner; more are dropped and counted. */
const MAX_PENDING = 20_000
/** Beside the time limits of the upstream, for an edge to say how a replay went. */
const REPLAY_MARGIN_MS = 5000
const closedCircuit = { state: 'closed', because: '' } as const
/** Longest answer that is held against what a ghost said. */
const MAX_TRUTH_BYTES = 1 << 20
/** Longest wait for every edge to follow a new list of upstreams. */
const FOLLOW_MS = 1000

/** Rejects with an Error whose message says what to do. */
export async function startProxy(
  settings: Settings,
  policies: readonly RoutePolicy[],
  dataDir: DataDir,
  log: Log,
  settingsReport: readonly SettingStatus[],
): Promise<RunningProxy> {
  const startedAt = systemClock.now()
  const upstreamTls = readUpstreamTls(settings)
  let certificate = readCertificate(settings)
  const { acceptor, useUws, sharedFd, front } = await openAcceptor(settings, certificate, log)
  const workers = useUws || sharedFd !== undefined ? settings.workers : 1
  const board = new Board(Board.create(workers, settings.breakerProbes), workers, settings.breakerWindowMs)
  board.setMode(settings.ghost)
  const watch = new CircuitWatch({
    board,
    rules: circuitRules(settings),
    windowMs: settings.breakerWindowMs,
    clock: steadyClock,
    timeOfDay: systemClock,
    random: Math.random,
    log,
  })

  const brain = openBrain({
    memoryDir: dataDir.memory,
    maxBytes: settings.memoryMaxBytes,
    embedder: settings.embedder,
    modelDir: settings.modelDir,
    embedThreads: EMBED_THREADS,
    maxPending: MAX_PENDING,
    gradeShare: settings.gradePercent / 100,
    rules: {
      minConfidence: settings.ghostMinConfidence,
      maxAgeS: settings.ghostMaxAgeS,
      honour: settings.ghostHonour,
    },
    softFailures: settings.softFailures !== 'off',
    log,
  })
  // The first lesson comes from the disk: a proxy that starts in the middle of an outage knows all that the last one knew.
  let lesson = await brain.start()
  let circuits = watch.learned(lesson.routes)

  const probe = new HealthProbe({
    ask: url =>
      askHealth(parseUpstream(url), {
        path: settings.healthPath,
        waitMs: settings.healthIntervalMs,
        maxHeaderBytes: settings.maxHeaderBytes,
        tls: upstreamTls,
      }),
    onChange: () => {
      const { list } = upstreams
      edges.sendAll({ kind: 'upstreams', list })
      if (list.upstreams.some(({ healthy }) => healthy)) watch.signOfLife()
    },
    clock: systemClock,
    log,
  })
  const upstreams = new Upstreams(settings.upstreams, workers, url => probe.healthOf(url), systemClock)
  probe.follow(upstreams.urls)

  let listening = false
  const tail = new LiveTail()
  let watched = false
  const lost: ReplayOutcome = { kind: 'lost', because: 'the edge that sent it did not say what came of it' }
  /** Which edge was asked. */
  const replaysAt = new Map<number, number>()
  const replays = new AskDesk<ReplayWrite, ReplayOutcome>((askId, write) => {
    const edge = edges.sendToOne({ kind: 'replay-ask', askId, write })
    if (edge === undefined) settleReplay(askId, { kind: 'held' })
    else replaysAt.set(askId, edge)
  }, lost)
  function settleReplay(askId: number, outcome: ReplayOutcome): void {
    replaysAt.delete(askId)
    replays.settle(askId, outcome)
  }
  const replayMs =
    settings.connectTimeoutMs + settings.responseTimeoutMs + 2 * settings.idleTimeoutMs + REPLAY_MARGIN_MS
  const journal = await openJournal({
    folder: dataDir.journal,
    maxBytes: settings.journalMaxBytes,
    takes: settings.ghostWrites === 'journal' || policies.some(({ writes }) => writes === 'journal'),
    allowed: () => {
      if (!listening || board.mode === 'forced' || board.circuit === 'open') return 0
      return board.circuit === 'closed' ? MAX_REPLAYS : 1
    },
    send: write => replays.ask(write, Date.now() + replayMs),
    clock: systemClock,
    log,
  })

  const edges = new Edges({
    count: workers,
    workerUrl: new URL('./edge.worker.js', import.meta.url),
    workerDataOf: edge =>
      ({
        edge,
        edges: workers,
        settings,
        policies,
        upstreams: upstreams.list,
        upstreamTls,
        board: board.memory,
        journalGate: journal?.gate,
        memoryDir: dataDir.memory,
        scopeKey: dataDir.scopeKey,
        useUws,
        sharedFd,
        certificate,
      }) satisfies EdgeWorkerData,
    door: acceptor,
    log,
    onReady: edge => {
      // What its predecessor was sending when it crashed.
      for (const [askId, asked] of replaysAt) if (asked === edge) settleReplay(askId, lost)
      edges.send(edge, { kind: 'lesson', lesson, circuits })
      edges.send(edge, { kind: 'drills', running: drills.running })
      if (watched) edges.send(edge, { kind: 'tail', wanted: true })
    },
    onGone: edge => watch.edgeGone(edge),
    onMessage: (edge, message) => onEdgeMessage(edge, message),
  })
  brain.onLesson(next => {
    lesson = next
    circuits = watch.learned(lesson.routes)
    edges.sendAll({ kind: 'lesson', lesson, circuits })
  })

  const drills = new Drills({
    steady: steadyClock,
    timeOfDay: systemClock,
    newId: () => randomBytes(4).toString('hex'),
    tell: running => edges.sendAll({ kind: 'drills', running }),
    onEnd: beganAt => watch.imitationEnded(beganAt),
    log,
  })

  const drilled = new DrilledCircuit()
  const isOfDrill = (): boolean =>
    drilled.look(board.circuit === 'closed', drills.running.length > 0, systemClock.now())
  const outagesFile = new OutagesFile(dataDir.outages, log)
  const outages = new Outages({
    clock: systemClock,
    steady: steadyClock,
    random: Math.random,
    sample: settings.outageSample,
    circuits: {
      upstream: () => (isOfDrill() || board.circuit === 'closed' ? closedCircuit : watch.status()),
      route: () =>
        drills.running.length > 0 ? '' : (watch.routes().find(({ state }) => state !== 'closed')?.because ?? ''),
    },
    readiness: () => brain.readiness(),
    onEnd: () => edges.sendAll({ kind: 'outage-over' }),
    onKept: reports => outagesFile.write(reports),
    earlier: outagesFile.read(),
    log,
  })

  const phases = new PhaseTotals()
  function onEdgeMessage(edge: number, message: EdgeToMain): void {
    switch (message.kind) {
      case 'exchanges':
        brain.learn(message.bytes, message.count)
        break
      case 'repeats':
        brain.repeated(message.counts)
        break
      case 'match-ask':
        void brain
          .match(message.question, message.answerBy)
          .then(reply => edges.send(edge, { kind: 'match-reply', askId: message.askId, reply }))
        break
      case 'compose-ask':
        void brain
          .compose(message.question, message.answerBy)
          .then(reply => edges.send(edge, { kind: 'compose-reply', askId: message.askId, reply }))
        break
      case 'journal-append':
        void journal?.journal
          .append(message.write, message.answerBy)
          .then(reply => edges.send(edge, { kind: 'journal-reply', askId: message.askId, reply }))
        break
      case 'journal-withdraw':
        journal?.journal
          .withdraw(message.id)
          .catch(error => log.error({ err: error, entry: message.id }, 'a write could not be taken out of the journal'))
        break
      case 'journal-look':
        edges.send(edge, {
          kind: 'journal-look-reply',
          askId: message.askId,
          reply: journal?.journal.look(message.id) ?? 'unknown',
        })
        break
      case 'replay-reply':
        settleReplay(message.askId, message.outcome)
        break
      case 'given':
        if (!isOfDrill() && !drilled.wasOpenAt(message.batch.since)) outages.given(message.batch)
        break
      case 'fault-seen':
        watch.lookSoon()
        break
      case 'phase-times':
        phases.add(message.times)
        break
      case 'drill-news':
        drills.heard(message.news)
        break
      case 'tail':
        tail.add(message.batch)
        break
      case 'upstream-report':
        upstreams.onReport(edge, message.report)
        break
    }
  }

  /** Resolves when no edge begins a request at an upstream that was left out, or when one takes too long to say so. */
  async function replaceUpstreams(urls: readonly string[]): Promise<void> {
    const before = upstreams.urls
    upstreams.replace(urls)
    probe.follow(upstreams.urls)
    edges.sendAll({ kind: 'upstreams', list: upstreams.list })
    log.info({ before, upstreams: upstreams.urls }, 'the list of upstreams was replaced')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, FOLLOW_MS)
    })
    await Promise.race([upstreams.followed(), late])
    clearTimeout(timer)
    watch.upstreamsReplaced()
  }

  const memory = openReader(dataDir.memory)
  let warmUp: WarmUp | undefined
  const sources = adminSources({
    settings,
    routePolicies: policies,
    scopeKey: dataDir.scopeKey,
    dataDir: dataDir.path,
    board,
    watch,
    brain,
    edges,
    upstreams,
    replaceUpstreams,
    memory,
    phases,
    journal: journal?.journal,
    outages,
    drills,
    newSeed: () => randomInt(2 ** 32),
    tail,
    listen: wanted => {
      watched = wanted
      edges.sendAll({ kind: 'tail', wanted })
    },
    settingsReport,
    front,
    workers,
    startedAt,
    version,
    lesson: () => lesson,
    listening: () => listening,
    warmUp: () => warmUp?.status(),
  })
  const admin = await openAdmin({
    host: settings.adminHost,
    port: settings.adminPort,
    token: settings.adminToken,
    log,
    sources,
  })
  await edges.start()
  const port = await acceptor.listen(settings.host, settings.port)
  listening = true
  const timer = setInterval(() => {
    drills.tick()
    watch.look()
    outages.look()
    journal?.tick()
    board.setCaptureShare(captureShare(brain.status().pending, MAX_PENDING))
  }, LOOK_MS)
  const ownPort = openOwnPort({
    host: settings.host,
    port,
    tls: certificate !== undefined,
    authority: parseUpstream(settings.upstreams[0]!).authority,
    userAgent: `chaos-proxy-warmup/${version}`,
    timeoutMs: settings.connectTimeoutMs + settings.responseTimeoutMs,
  })
  const warmingUp = new WarmUp({
    offer: limit => brain.warmTargets(limit),
    fetch: target => ownPort.get(target),
    mayAsk: () => board.circuit === 'closed' && board.mode !== 'forced' && drills.running.length === 0,
    perSecond: settings.warmupPerSecond,
    log,
  })
  if (settings.warmup) warmUp = warmingUp
  const warming = settings.warmup
    ? setInterval(() => void warmingUp.tick(), 1000 / settings.warmupPerSecond)
    : undefined
  const scopes = new Scopes(dataDir.scopeKey, settings.identityHeaders)
  const redactor = new Redactor(settings.redact, secret => scopes.hash(secret))
  const askingAgain = new AskAgain({
    outages,
    ask: question => ownPort.ask(question, MAX_TRUTH_BYTES),
    // While it recovers step by step the upstream is for clients.
    mayAsk: () => board.circuit === 'closed' && board.mode !== 'forced' && watch.status().sharePercent === 100,
    heldAgainst: ({ method, route }, given, truth) => {
      const learned = lesson.routes.find(one => `${one.method} ${one.pattern}` === route)
      return heldAgainst(method, given, truth, body => redactor.body(body).body, learned?.volatile)
    },
    perSecond: settings.warmupPerSecond,
    log,
  })
  const asking =
    settings.outageSample > 0 ? setInterval(() => void askingAgain.tick(), 1000 / settings.warmupPerSecond) : undefined
  let knocking = false
  const knocker = setInterval(() => {
    if (knocking || drills.isBlackout || !watch.waitsForConnection) return
    knocking = true
    void anyAccepts(upstreams.urls, settings.connectTimeoutMs).then(accepted => {
      knocking = false
      if (accepted) watch.signOfLife()
    })
  }, KNOCK_MS)
  const asksHealth = settings.healthPath !== ''
  const probing = asksHealth ? setInterval(() => void probe.round(), settings.healthIntervalMs) : undefined
  if (asksHealth) void probe.round()
  log.info(
    {
      version,
      upstreams: settings.upstreams,
      listening: `${certificate === undefined ? 'http' : 'https'}://${settings.host}:${port}`,
      admin: `http://${settings.adminHost}:${admin.port}`,
      workers,
      front,
      data: dataDir.path,
    },
    'chaos-proxy is up',
  )

  // The proxy serves meanwhile: exact and template ghosts need no model, and what is learned now is embedded later.
  let fetching: ModelFetch | undefined
  let stopped = false
  void brain.embedderOpened().then(async asked => {
    if (asked || stopped || !settings.fetchModel) return
    fetching = startModelFetch(settings.modelDir, log)
    if ((await fetching.arrived) && !stopped) await brain.modelArrived()
  })

  return {
    port,
    adminPort: admin.port,
    reload: () => {
      try {
        certificate = readCertificate(settings)
      } catch (error) {
        log.error({ err: error }, 'the certificate was not read anew; clients are shown the one before')
        return
      }
      if (certificate === undefined) return
      edges.sendAll({ kind: 'certificate', ...certificate })
      log.info({ cert: settings.tlsCert }, 'the certificate was read anew')
    },
    stop: async () => {
      stopped = true
      fetching?.stop()
      acceptor.stop()
      clearInterval(probing)
      clearInterval(knocker)
      clearInterval(warming)
      clearInterval(asking)
      ownPort.close()
      journal?.stopReplays()
      drills.close()
      await edges.close(settings.shutdownMs)
      clearInterval(timer)
      await outagesFile.close(outages.interrupt())
      await journal?.journal.close()
      await brain.flush()
      await brain.close()
      await admin.close()
      await memory.close()
    },
  }
}

function circuitRules(settings: Settings): CircuitRules {
  return {
    errorPercent: settings.breakerErrorPercent,
    minRequests: settings.breakerMinRequests,
    failuresInARow: settings.breakerFailures,
    slowPercent: settings.breakerSlowPercent,
    openMs: settings.breakerOpenMs,
    maxOpenMs: settings.breakerMaxOpenMs,
    probes: settings.breakerProbes,
    // The edges give up before; this is for what they do not see.
    probeDeadlineMs: settings.connectTimeoutMs + settings.responseTimeoutMs + 1000,
    rampMs: settings.breakerRampMs,
    stableMs: settings.breakerWindowMs,
  }
}

/** One is enough. */
async function anyAccepts(urls: readonly string[], waitMs: number): Promise<boolean> {
  const answers = await Promise.all(urls.map(url => knock(parseUpstream(url), waitMs)))
  return answers.includes(true)
}

async function openAcceptor(
  settings: Settings,
  certificate: Certificate | undefined,
  log: Log,
): Promise<{ acceptor: Acceptor; useUws: boolean; sharedFd: number | undefined; front: string }> {
  if (settings.front === 'uws') {
    const loaded = await loadUws(settings.maxHeaderBytes)
    if (loaded.ok)
      return { acceptor: openUwsAcceptor(loaded.uws, certificate), useUws: true, sharedFd: undefined, front: 'uws' }
    log.warn(
      { because: loaded.because },
      'no uWebSockets.js binary loads on this system: the strict front takes over; see the README for the systems that have one',
    )
  }
  const acceptor = await openStrictAcceptor(settings.host, settings.port)
  if (acceptor.sharedFd === undefined)
    log.warn({}, 'this system cannot share a listening socket between threads: the strict front runs one edge')
  return { acceptor, useUws: false, sharedFd: acceptor.sharedFd, front: 'strict' }
}

/** Undefined where clients are spoken to in plain HTTP. Throws a sentence that says which file is wrong. */
function readCertificate({ tlsCert, tlsKey }: Settings): Certificate | undefined {
  if (tlsCert === '') return undefined
  try {
    const [cert, key] = [readFileSync(tlsCert, 'utf8'), readFileSync(tlsKey, 'utf8')]
    createSecureContext({ cert, key })
    return { cert, key, certFile: resolve(tlsCert), keyFile: resolve(tlsKey) }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw new Error(
      `CHAOS_TLS_CERT=${tlsCert} and CHAOS_TLS_KEY=${tlsKey} are no certificate with its key: ${because}; give PEM files that belong together`,
    )
  }
}
