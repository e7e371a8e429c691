// thread: main
// Puts the process together: brain, edges, acceptor, circuit watch, admin. The only file in main that sees everything.
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { type Brain, openBrain } from '../brain/pool.js'
import { openAudit } from './admin/audit.js'
import { LiveTail } from './admin/live-tail.js'
import { type AdminServer, openAdmin } from './admin/server.js'
import { adminSources } from './admin-sources.js'
import type { Anomalies } from './anomalies/anomalies.js'
import { openAnomalies } from './anomalies/open-anomalies.js'
import { steadyClock, systemClock } from './clock/clock.js'
import { type EdgeWork, isJournalWork, type OwnersWork } from './contract/handover.js'
import type { HistoryQuery, HistoryReply } from './contract/history.js'
import type { ReplayOutcome, ReplayWrite } from './contract/journal.js'
import type { EdgeToMain, MainToEdge } from './contract/messages.js'
import { type RoutePolicy, wantsJournal } from './contract/route-policy.js'
import type { Settings } from './contract/settings.js'
import type { SettingStatus } from './contract/status.js'
import type { DataDir } from './data/data-dir.js'
import { type ModelFetch, startModelFetch } from './data/model-fetch.js'
import { DrilledCircuit } from './drills/drilled-circuit.js'
import { Drills } from './drills/drills.js'
import type { EdgeWorkerData } from './edge.worker.js'
import type { Acceptor } from './front/acceptor.js'
import type { Certificate } from './front/downstream.js'
import { clientsWithin, openFilesLimit } from './front/open-files.js'
import { openStrictAcceptor } from './front/strict/strict-acceptor.js'
import { openUwsAcceptor } from './front/uws-acceptor.js'
import { loadUws } from './front/uws-loader.js'
import { HeldWork } from './handover/held-work.js'
import type { Predecessor } from './handover/predecessor.js'
import { type Command, Successor } from './handover/successor.js'
import { Board } from './health/board.js'
import type { CircuitRules } from './health/circuit.js'
import { CircuitHints } from './health/circuit-hints.js'
import { collectGarbage } from './health/collect-garbage.js'
import { MemoryPressure } from './health/memory-pressure.js'
import { memoryLimit, usedBytes } from './health/own-memory.js'
import { HealthProbe } from './health/probe.js'
import { Upstreams } from './health/upstreams.js'
import { CircuitWatch } from './health/watch.js'
import { History } from './history/history.js'
import { OutageLine } from './history/outage-line.js'
import { NOTE_READINESS_MS, noteReadiness } from './history/readiness-notes.js'
import { openJournal } from './journal/open-journal.js'
import { MAX_REPLAYS } from './journal/replayer.js'
import type { Log } from './log/log.js'
import { isDamage, openReader, resetMemory, setAsideIfDamaged } from './memory/lmdb.js'
import { AskAgain } from './outages/ask-again.js'
import { heldAgainst } from './outages/held-against.js'
import { Outages } from './outages/outages.js'
import { OutagesFile } from './outages/outages-file.js'
import { captureShare } from './record/backlog.js'
import { Redactor } from './record/redact.js'
import { Scopes } from './record/scope.js'
import { openReplays } from './replay/open-replays.js'
import { parseRedisUrl } from './shared/redis-url.js'
import { openSharedDoor, type SharedDoor } from './shared/shared-door.js'
import { Switches } from './switches/switches.js'
import { AskDesk } from './threads/ask-desk.js'
import { Edges } from './threads/edges.js'
import { Followed } from './threads/followed.js'
import { PhaseTotals } from './timing/phase-totals.js'
import { parseUpstream } from './upstream/address.js'
import { askHealth } from './upstream/health-client.js'
import { knock } from './upstream/knock.js'
import { readUpstreamTls } from './upstream/tls-files.js'
import { version } from './version.js'
import { type OwnPortClient, openOwnPort } from './warmup/own-port.js'
import { WarmUp } from './warmup/warm-up.js'
import { openWhatIf } from './whatif/open-whatif.js'

export interface RunningProxy {
  readonly port: number
  readonly adminPort: number
  /** Reads the certificate and CHAOS_ROUTES_FILE anew; where one is wrong, what was before stays and the log says so. */
  reload(): void
  /**
   * Starts another process that takes over without a connection refused or an acknowledged write lost. Resolves when what was in
   * flight here is finished: the process may end. Rejects with why the other one did not take over; then all is as before.
   */
  handOver(command: Command): Promise<void>
  /** Finishes what is in flight, flushes what was learned, closes. Nothing after a hand-over. */
  stop(): Promise<void>
}

export interface TakingOver {
  /** The process that this one follows. */
  readonly predecessor?: Predecessor | undefined
  /** Called once, where the memory turns out to be damaged while the proxy runs: only another process can begin a new one. */
  readonly memoryIsDamaged?: () => void
  /** Called once, when connections are taken and before the predecessor hears of it: whoever follows the process by its file must not find the old number then. */
  readonly serves?: () => void
}

const LOOK_MS = 100
/** Longest wait of a start for the first word of Redis; it goes on by itself. */
const JOIN_MS = 1000
/** A memory that fails for so long, and in no way that passes, is damaged. */
const DAMAGED_AFTER_MS = 2000
/** Where no other process took over. */
const LOOK_AGAIN_MS = 60_000
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
/** How often the history is told of the outage that runs. */
const OUTAGE_NEWS_MS = 5000
/** A question of ours to the history. */
const HISTORY_MS = 20_000
/** When the proxy stops: for what the history has not written yet; the rest goes to the disk. */
const HISTORY_END_MS = 2000
/** Longest wait for every edge to follow what was changed: upstreams, rules of routes. */
const FOLLOW_MS = 1000
/** For a new process to read its settings. */
const PREPARE_MS = 30_000
/** For it to read a large memory. */
const OPEN_MS = 120_000
/** For it to read the journal and to start its edges; writes wait no longer than an edge lets them, see edge.worker.ts. */
const TAKE_OVER_MS = 60_000
/** For a journalled write that is being sent, when another process is to send the next. */
const REPLAY_END_MS = 10_000

/** Rejects with an Error whose message says what to do. */
export async function startProxy(
  configured: Settings,
  entries: readonly RoutePolicy[],
  dataDir: DataDir,
  log: Log,
  settingsReport: readonly SettingStatus[],
  takingOver: TakingOver = {},
): Promise<RunningProxy> {
  const { predecessor, memoryIsDamaged, serves } = takingOver
  const startedAt = systemClock.now()
  const maxClients = clientsWithRoom(configured, log)
  const settings = { ...configured, maxClients }
  const upstreamTls = readUpstreamTls(settings)
  let certificate = readCertificate(settings)
  const { acceptor, useUws, sharedFd, front } = await openAcceptor(settings, certificate, log, predecessor)
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
    openElsewhere: () => hints.open(),
    log,
  })
  const hints = new CircuitHints({
    clock: steadyClock,
    upstreams: () => upstreamsName,
    onRecovery: () => watch.signOfLife(),
  })
  let upstreamsName = nameOfUpstreams(settings.upstreams)

  const newBrain = (): Brain =>
    openBrain({
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
      anomalies: settings.anomalies ? { watchesQueries: !settings.history } : undefined,
      sharedVectors: sharedVectorsAt(settings),
      log,
    })
  let brain = newBrain()
  await predecessor?.memory()
  let setAside = predecessor?.inheritance.memoryIsDamaged
    ? resetMemory(dataDir.memory)
    : setAsideIfDamaged(dataDir.memory)
  const scopes = new Scopes(dataDir.scopeKey, settings.identityHeaders)
  // The first lesson comes from the disk: a proxy that starts in the middle of an outage knows all that the last one knew.
  let lesson = await brain.start().catch(async error => {
    if (!isDamage(error.message)) throw error
    await brain.close()
    setAside = resetMemory(dataDir.memory)
    brain = newBrain()
    return brain.start()
  })
  if (setAside !== undefined)
    log.error({ setAside }, 'the memory is damaged: it was moved aside, not deleted, and a new one is begun')
  let circuits = watch.learned(lesson.routes)

  let scopeKey = dataDir.scopeKey
  let hasEdges = false
  const joinOthers = (): SharedDoor | undefined =>
    settings.redisUrl === ''
      ? undefined
      : openSharedDoor({
          url: settings.redisUrl,
          prefix: settings.redisPrefix,
          maxBytes: settings.redisMaxBytes,
          scopeKey,
          isScopeKeySet: settings.scopeKey !== '',
          memoryDir: dataDir.memory,
          log,
          learn: (bytes, position) => brain.learnShared(bytes, position),
          grades: () => brain.grades(),
          adoptGrades: json => brain.adoptGrades(json),
          onScopeKey: key => {
            scopeKey = key
            scopes.rekey(key)
            dataDir.keepSharedScopeKey(key)
            if (hasEdges) edges.sendAll({ kind: 'scope-key', key })
            log.info(
              {},
              'credentials are hashed under the key of the other instances; what was learned under them before is not found any more',
            )
          },
          onCircuits: circuits => hints.hear(circuits),
        })
  let shared = joinOthers()

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
  const upstreams = new Upstreams(settings.upstreams, url => probe.healthOf(url), systemClock)
  const upstreamsFollowed = new Followed(workers)
  probe.follow(upstreams.urls)

  const rulesFollowed = new Followed(workers)
  // Not before: until then the process before may still change them.
  const switches = new Switches({
    file: dataDir.switches,
    entries,
    settings,
    mode: () => board.mode,
    learned: () => lesson.routes,
    hasJournal: () => journal !== undefined,
    mayWrite: () => ownsData,
    tell: rules => {
      edges.sendAll({ kind: 'route-rules', rules })
      return rulesFollowed.by(rules.version, FOLLOW_MS)
    },
    log,
  })

  let listening = false
  let edgesUp = false
  const redactor = new Redactor(settings.redact, secret => scopes.hash(secret))
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
  // Edges that hashed credentials under another key would have to be told, and ghosts would be late.
  await shared?.tried(JOIN_MS)
  // All that takes its time has been read: from here until this process is up, writes wait.
  await predecessor?.journal()
  const journal = await openJournal({
    folder: dataDir.journal,
    maxBytes: settings.journalMaxBytes,
    get takes() {
      return settings.ghostWrites === 'journal' || wantsJournal(switches.rules)
    },
    allowed: () => {
      if (!listening || board.mode === 'forced' || board.circuit === 'open') return 0
      return board.circuit === 'closed' ? MAX_REPLAYS : 1
    },
    send: write => replays.ask(write, steadyClock.now() + replayMs),
    own: {
      // What is there when the journal is opened each edge gets when it starts.
      tell: news => edgesUp && edges.sendAll({ kind: 'own-writes', news }),
      redactPath: path => redactor.text(path),
      redactBody: body => redactor.body(body).body,
    },
    clock: systemClock,
    steady: steadyClock,
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
        routeRules: switches.rules,
        upstreams: upstreams.list,
        upstreamTls,
        board: board.memory,
        journalGate: journal?.gate,
        memoryDir: dataDir.memory,
        scopeKey,
        installation: dataDir.installation,
        useUws,
        sharedFd,
        certificate,
      }) satisfies EdgeWorkerData,
    door: acceptor,
    log,
    now: () => steadyClock.now(),
    mayTerminate: !useUws,
    onReady: edge => {
      // What its predecessor was sending when it crashed.
      for (const [askId, asked] of replaysAt) if (asked === edge) settleReplay(askId, lost)
      edges.send(edge, { kind: 'lesson', lesson, circuits })
      edges.send(edge, { kind: 'drills', running: drills.running })
      if (journal !== undefined) edges.send(edge, { kind: 'own-writes', news: journal.own.whole() })
      edges.send(edge, { kind: 'memory-pressure', state: pressure.state })
      if (watched) edges.send(edge, { kind: 'tail', wanted: true })
    },
    onGone: edge => watch.edgeGone(edge),
    onMessage: (edge, message) => onEdgeMessage(edge, message),
  })
  edgesUp = true
  brain.onLesson(next => {
    lesson = next
    circuits = watch.learned(lesson.routes)
    edges.sendAll({ kind: 'lesson', lesson, circuits })
  })

  const pressure = new MemoryPressure({
    limitBytes: memoryLimit(settings.processMaxBytes),
    used: usedBytes,
    onChange: state => edges.sendAll({ kind: 'memory-pressure', state }),
    collect: () => {
      edges.sendAll({ kind: 'collect-garbage' })
      collectGarbage()
    },
    steady: steadyClock,
    log,
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
  /** False: another process has it, or is about to. */
  let ownsData = true
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
    onKept: reports => {
      if (ownsData) outagesFile.write(reports)
      outageLine?.look(outages.list())
    },
    earlier: outagesFile.read(),
    log,
  })

  const anomalies = openAnomalies(settings, {
    file: dataDir.anomalies,
    isDrilling: () => drills.running.length > 0,
    mayWrite: () => ownsData,
    expect: (name, strength) => {
      history?.expectAnomaly(name, strength)
      brain.expectAnomaly(name)
    },
    log,
  })
  brain.onAnomalies(signals => anomalies?.take(signals))

  const keepHistory = (): History | undefined =>
    settings.history ? openHistory(settings, dataDir, anomalies, log) : undefined
  let history: History | undefined
  const outageLine = settings.history ? new OutageLine(outage => history?.outage(outage)) : undefined
  const phases = new PhaseTotals()
  const doHere = ({ edge, message }: EdgeWork): void => doOwnersWork(message, reply => edges.send(edge, reply))
  const learnersWork = new HeldWork<EdgeWork>(doHere)
  const journalWork = new HeldWork<EdgeWork>(doHere)
  function doOwnersWork(message: OwnersWork, reply: (message: MainToEdge) => void): void {
    switch (message.kind) {
      case 'exchanges':
        // Before learning moves it away.
        history?.captured(message.bytes)
        shared?.append(message.bytes, message.count)
        brain.learn(message.bytes, message.count)
        break
      case 'unshipped':
        brain.unshipped(message.demand)
        break
      case 'facts':
        history?.facts(message.batch)
        break
      case 'given':
        if (!isOfDrill() && !drilled.wasOpenAt(message.batch.since)) outages.given(message.batch)
        break
      case 'journal-append': {
        const { askId, write, answerBy } = message
        if (journal === undefined) reply({ kind: 'journal-reply', askId, reply: { kind: 'failed' } })
        void journal?.journal.append(write, answerBy).then(said => reply({ kind: 'journal-reply', askId, reply: said }))
        break
      }
      case 'journal-withdraw':
        journal?.journal
          .withdraw(message.id)
          .catch(error => log.error({ err: error, entry: message.id }, 'a write could not be taken out of the journal'))
        break
      case 'journal-look':
        reply({
          kind: 'journal-look-reply',
          askId: message.askId,
          reply: journal?.journal.look(message.id) ?? 'unknown',
        })
        break
    }
  }

  function onEdgeMessage(edge: number, message: EdgeToMain): void {
    switch (message.kind) {
      case 'exchanges':
      case 'unshipped':
      case 'facts':
      case 'given':
      case 'journal-append':
      case 'journal-withdraw':
      case 'journal-look':
        ;(isJournalWork(message) ? journalWork : learnersWork).give({ edge, message })
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
      case 'replay-reply':
        settleReplay(message.askId, message.outcome)
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
        upstreamsFollowed.heard(edge, message.report.version)
        break
      case 'rules-followed':
        rulesFollowed.heard(edge, message.version)
        break
    }
  }

  /** Resolves when no edge begins a request at an upstream that was left out, or when one takes too long to say so. */
  async function replaceUpstreams(urls: readonly string[]): Promise<void> {
    const before = upstreams.urls
    upstreams.replace(urls)
    upstreamsName = nameOfUpstreams(urls)
    probe.follow(upstreams.urls)
    edges.sendAll({ kind: 'upstreams', list: upstreams.list })
    log.info({ before, upstreams: upstreams.urls }, 'the list of upstreams was replaced')
    await upstreamsFollowed.by(upstreams.list.version, FOLLOW_MS)
    watch.upstreamsReplaced()
  }

  let circuitsTold = ''
  /** What is imitated here is nothing to others. */
  function tellCircuits(): void {
    if (shared === undefined) return
    const open = drills.running.length > 0 ? [] : watch.notClosed()
    const said = `${upstreamsName}\n${open.join('\n')}`
    if (said === circuitsTold) return
    circuitsTold = said
    shared.circuits(upstreamsName, open)
  }

  let ownPortNow: OwnPortClient | undefined
  const whatIf = openWhatIf(
    settings,
    () => switches.rules,
    dataDir,
    query => history?.ask(query, steadyClock.now() + HISTORY_MS),
  )
  let ownPorts: readonly number[] = []
  const trafficReplays = openReplays(settings, {
    ask: (query, answerBy) => history?.ask(query, answerBy),
    lesson: () => lesson,
    ownPorts: () => ownPorts,
    installation: dataDir.installation,
    version,
    scopeKey: () => scopeKey,
    tls: upstreamTls,
    log,
  })
  const memory = openReader(dataDir.memory)
  let warmUp: WarmUp | undefined
  const sources = adminSources({
    settings,
    switches,
    scopes,
    get shared() {
      return shared
    },
    dataDir: dataDir.path,
    board,
    watch,
    brain,
    edges,
    upstreams,
    replaceUpstreams,
    memory,
    phases,
    get journal() {
      return journal?.journal
    },
    get ownWrites() {
      return journal?.own.whole()
    },
    outages,
    anomalies,
    get history() {
      return history
    },
    whatIf,
    drills,
    replays: trafficReplays,
    memorySetAside: setAside,
    pressure,
    newSeed: () => randomInt(2 ** 32),
    tail,
    askLive: async question => ownPortNow?.ask(question, MAX_TRUTH_BYTES),
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
  const openAdminPort = (): Promise<AdminServer> =>
    openAdmin({
      host: settings.adminHost,
      port: settings.adminPort,
      inheritedFd: predecessor?.inheritance.adminFd,
      names: settings.adminNames,
      token: settings.adminToken,
      viewToken: settings.adminViewToken,
      audit: openAudit(dataDir.audit, log, () => systemClock.now()),
      log,
      sources,
    })
  // The process before answers there until this one takes connections.
  const adminEarly = predecessor === undefined ? await openAdminPort() : undefined
  hasEdges = true
  await edges.start()
  const port = await acceptor.listen(settings.host, predecessor?.inheritance.port ?? settings.port)
  listening = true
  const admin = adminEarly ?? (await openAdminPort())
  ownPorts = [port, admin.port]
  // Not before the start can no longer fail: a process that ends while a DuckDB opens is aborted by it.
  history = keepHistory()
  let damagedSince: number | undefined
  let isDamaged = false
  let lookAgainAt = 0
  function lookAtMemory(): void {
    if (isDamaged || steadyClock.now() < lookAgainAt) return
    if (!isDamage(brain.status().failing)) damagedSince = undefined
    else if (damagedSince === undefined) damagedSince = steadyClock.now()
    else if (steadyClock.now() - damagedSince >= DAMAGED_AFTER_MS) {
      isDamaged = true
      log.error({ because: brain.status().failing }, 'the memory is damaged: proxying goes on, nothing is learned')
      memoryIsDamaged?.()
    }
  }
  const timer = setInterval(() => {
    drills.tick()
    watch.look()
    tellCircuits()
    outages.look()
    anomalies?.tick()
    journal?.tick()
    pressure.look()
    edges.look()
    lookAtMemory()
    board.setCaptureShare(captureShare(brain.status().pending, MAX_PENDING))
  }, LOOK_MS)
  const outageNews =
    outageLine === undefined
      ? undefined
      : setInterval(() => {
          if (outages.running() !== null) outageLine.look(outages.list())
        }, OUTAGE_NEWS_MS)
  void noteReadiness(brain, () => history, systemClock)
  const readinessNotes = settings.history
    ? setInterval(() => void noteReadiness(brain, () => history, systemClock), NOTE_READINESS_MS)
    : undefined
  const ownPort = openOwnPort({
    host: settings.host,
    port,
    tls: certificate !== undefined,
    authority: parseUpstream(settings.upstreams[0]!).authority,
    userAgent: `chaos-proxy-warmup/${version}`,
    timeoutMs: settings.connectTimeoutMs + settings.responseTimeoutMs,
  })
  ownPortNow = ownPort
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

  serves?.()
  predecessor?.ready(({ edge, message }) => doOwnersWork(message, reply => predecessor.reply({ edge, message: reply })))

  let successor: Successor | undefined
  let handing: Promise<void> | undefined
  let handedOver = false

  async function handOver(command: Command): Promise<void> {
    if ((!useUws && sharedFd === undefined) || admin.fd === undefined)
      throw new Error('this system cannot hand a listening socket to another process')
    const estate = { port, listenFd: sharedFd, adminFd: admin.fd, memoryIsDamaged: isDamaged }
    const next = new Successor(command, estate, ({ edge, message }) => edges.send(edge, message))
    successor = next
    let waitFrom = 0
    try {
      await next.prepared(PREPARE_MS)
      learnersWork.hold()
      anomalies?.flush()
      ownsData = false
      drills.close()
      await trafficReplays.close()
      await leaveStores()
      // What is in a damaged memory, and what would have come into it, is lost.
      await brain.rest().catch(error => {
        if (!isDamaged) throw error
      })
      await outagesFile.close(outages.interrupt())
      await next.opened(OPEN_MS)
      await journal?.quiet(REPLAY_END_MS)
      journalWork.hold()
      waitFrom = steadyClock.now()
      await journal?.rest()
      await next.takeOver(TAKE_OVER_MS)
    } catch (error) {
      await next.end()
      successor = undefined
      isDamaged = false
      lookAgainAt = steadyClock.now() + LOOK_AGAIN_MS
      if (!ownsData) {
        brain.resume()
        await journal?.resume()
        journalWork.goOn(doHere)
        shared ??= joinOthers()
        history ??= keepHistory()
        trafficReplays.reopen()
        ownsData = true
        learnersWork.goOn(doHere)
      }
      throw error
    }
    handedOver = true
    const writesWaitedMs = Math.round(steadyClock.now() - waitFrom)
    for (const work of [journalWork, learnersWork]) work.goOn(done => next.give(done))
    await acceptor.leave()
    listening = false
    stopTimers()
    await admin.close()
    log.info({ successor: next.pid, writesWaitedMs }, 'another process took over; what is in flight here is finished')
    await edges.close(2 * settings.shutdownMs, settings.shutdownMs)
    clearInterval(timer)
    await next.leave()
    await brain.close()
    await memory.close()
  }

  /** What others or another process go on with. */
  async function leaveStores(): Promise<void> {
    outageLine?.look(outages.list())
    await Promise.all([history?.close(HISTORY_END_MS), shared?.close()])
    history = shared = undefined
  }

  function stopTimers(): void {
    stopped = true
    fetching?.stop()
    clearInterval(probing)
    clearInterval(knocker)
    clearInterval(warming)
    clearInterval(asking)
    clearInterval(outageNews)
    clearInterval(readinessNotes)
    whatIf?.close()
    ownPort.close()
  }

  return {
    port,
    adminPort: admin.port,
    handOver: command => {
      if (handing !== undefined) return Promise.reject(new Error('another process is taking over already'))
      handing = handOver(command)
      const settled = (): void => {
        if (!handedOver) handing = undefined
      }
      handing.then(settled, settled)
      return handing
    },
    reload: () => {
      switches.reload()
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
      // One that takes over in this moment would outlive the order to stop.
      if (!handedOver) await successor?.end()
      await handing?.catch(() => {})
      if (handedOver) return
      acceptor.stop()
      stopTimers()
      journal?.stopReplays()
      drills.close()
      await trafficReplays.close()
      await edges.close(settings.shutdownMs)
      clearInterval(timer)
      await outagesFile.close(outages.interrupt())
      await leaveStores()
      anomalies?.close()
      await journal?.journal.close()
      await brain.flush()
      await brain.close()
      await admin.close()
      await memory.close()
    },
  }
}

function openHistory(settings: Settings, dataDir: DataDir, anomalies: Anomalies | undefined, log: Log): History {
  return new History({
    data: {
      postgresUrl: settings.postgresUrl,
      folder: dataDir.history,
      instance: dataDir.installation,
      retentionHours: settings.historyRetentionHours,
      rowsPerSecond: settings.historyRate,
      maxCaptureBytes: settings.historyMaxBytes,
      maxSpillBytes: settings.historyBufferBytes,
      anomalies: anomalies && { warmsUp: settings.warmup },
      logLevel: settings.logLevel,
    },
    desk: post =>
      new AskDesk<HistoryQuery, HistoryReply>(post, { kind: 'unanswered', because: 'it takes too long; ask for less' }),
    onAnomalies: signals => anomalies?.take(signals),
    log,
  })
}

/** CHAOS_MAX_CLIENTS, or fewer where the limit of open files has no room for them. */
function clientsWithRoom({ front, maxClients, workers }: Settings, log: Log): number {
  const openFiles = openFilesLimit()
  const room = openFiles === undefined ? maxClients : clientsWithin(openFiles, workers)
  if (room >= maxClients) return maxClients
  log.warn(
    { openFiles, clients: room, front },
    front === 'strict'
      ? 'the limit of open files has room for fewer clients than CHAOS_MAX_CLIENTS: further ones get 503; raise it (ulimit -n, LimitNOFILE)'
      : 'the limit of open files has room for fewer clients than CHAOS_MAX_CLIENTS: further ones wait to be accepted; raise it (ulimit -n, LimitNOFILE)',
  )
  return room
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

/** One index lies on one server: Sentinels and clusters are left out. What is wrong with the URL the door says. */
function sharedVectorsAt({ redisUrl, redisPrefix }: Settings): { url: string; prefix: string } | undefined {
  const place = redisUrl === '' ? undefined : parseRedisUrl(redisUrl)
  if (place === undefined || 'problem' in place || place.kind !== 'single') return undefined
  return { url: redisUrl, prefix: redisPrefix }
}

/** Instances with the same upstreams tell each other how these are. */
function nameOfUpstreams(urls: readonly string[]): string {
  return createHash('sha256')
    .update([...urls].sort().join('\n'))
    .digest('base64url')
    .slice(0, 16)
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
  predecessor: Predecessor | undefined,
): Promise<{ acceptor: Acceptor; useUws: boolean; sharedFd: number | undefined; front: string }> {
  if (settings.front === 'uws') {
    const loaded = await loadUws(settings.maxHeaderBytes)
    if (loaded.ok)
      return {
        acceptor: openUwsAcceptor(loaded.uws, certificate, predecessor !== undefined),
        useUws: true,
        sharedFd: undefined,
        front: 'uws',
      }
    log.warn(
      { because: loaded.because },
      'no uWebSockets.js binary loads on this system: the strict front takes over; see the README for the systems that have one',
    )
  }
  const acceptor = await openStrictAcceptor(settings.host, settings.port, predecessor?.inheritance.listenFd)
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
