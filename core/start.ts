// thread: main
// Puts the process together, in the order in which it starts. What a part takes to be opened, or to be left, stands in a file of
// its own in core/start/.
import { randomInt } from 'node:crypto'
import { adminSources } from './admin-sources.js'
import { openAnomalies } from './anomalies/open-anomalies.js'
import { steadyClock, systemClock } from './clock/clock.js'
import type { RoutePolicy } from './contract/route-policy.js'
import type { Settings } from './contract/settings.js'
import type { SettingStatus } from './contract/status.js'
import type { DataDir } from './data/data-dir.js'
import type { EdgeWorkerData } from './edge.worker.js'
import type { Predecessor } from './handover/predecessor.js'
import type { Command } from './handover/successor.js'
import { Board } from './health/board.js'
import type { Log } from './log/log.js'
import { openReader } from './memory/lmdb.js'
import { captureShare } from './record/backlog.js'
import { Redactor } from './record/redact.js'
import { Scopes } from './record/scope.js'
import { openReplays } from './replay/open-replays.js'
import { givenKeysIn } from './sealing/given-keys.js'
import { openAcceptor } from './start/acceptor.js'
import { openAdminPort } from './start/admin-port.js'
import { ShownCertificate } from './start/certificate.js'
import { CircuitNews } from './start/circuit-news.js'
import { openCircuits } from './start/circuits.js'
import { clientsWithRoom } from './start/client-limit.js'
import { DataOwner } from './start/data-owner.js'
import { openDrills } from './start/drills.js'
import { greetEdge } from './start/edge-greeting.js'
import { hearEdge } from './start/edge-messages.js'
import { openForgetter } from './start/forgetter.js'
import { HandOver } from './start/hand-over.js'
import { KeptHistory } from './start/history.js'
import { openWriteJournal } from './start/journal.js'
import { MAX_PENDING, openLearner } from './start/learner.js'
import { Lessons } from './start/lessons.js'
import { MemoryDamage } from './start/memory-damage.js'
import { openMemoryPressure } from './start/memory-pressure.js'
import { fetchMissingModel } from './start/missing-model.js'
import { OtherInstances } from './start/other-instances.js'
import { KeptOutages } from './start/outages.js'
import { type OwnQuestions, openOwnQuestions } from './start/own-questions.js'
import { Rounds } from './start/rounds.js'
import type { RunningParts } from './start/running-parts.js'
import { stopProxy } from './start/stop.js'
import { SwitchesInForce } from './start/switches.js'
import { UpstreamsInForce } from './start/upstreams.js'
import { Watchers } from './start/watchers.js'
import { WriteReplays } from './start/write-replays.js'
import { Edges } from './threads/edges.js'
import { PhaseTotals } from './timing/phase-totals.js'
import { openExporter } from './tracing/open-exporter.js'
import { readUpstreamTls } from './upstream/tls-files.js'
import { version } from './version.js'
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
  // Threads get the settings, and what they need of the keys beside.
  const settings = { ...configured, maxClients: clientsWithRoom(configured, log), encryptionKey: '' as const }
  const given = givenKeysIn(configured.encryptionKey)
  const memoryKeys = given?.of('memory')
  const fileKeys = given?.of('files')
  const upstreamTls = readUpstreamTls(settings)
  const traces = openExporter(settings, { installation: dataDir.installation, version, log })
  const certificate = new ShownCertificate(settings)
  const { acceptor, front, useUws, sharedFd, isShareable } = await openAcceptor(
    settings,
    certificate.now,
    log,
    predecessor,
  )
  const workers = isShareable ? settings.workers : 1
  const board = new Board(Board.create(workers, settings.breakerProbes), workers, settings.breakerWindowMs)
  board.setMode(settings.ghost)
  const { watch, hints } = openCircuits({ settings, board, upstreamsName: () => upstreams.name, log })
  // They are known from here on, and start last: what is told to them before is told to nobody.
  const edges: Edges = new Edges({
    count: workers,
    workerUrl: new URL('./edge.worker.js', import.meta.url),
    workerDataOf: edge =>
      ({
        edge,
        edges: workers,
        settings,
        routeRules: switches.known.rules,
        upstreams: upstreams.known.list,
        upstreamTls,
        board: board.memory,
        journalGate: journal?.gate,
        memoryDir: dataDir.memory,
        memoryKeys,
        scopeKey: others.scopeKey,
        installation: dataDir.installation,
        useUws,
        sharedFd,
        certificate: certificate.now,
      }) satisfies EdgeWorkerData,
    door: acceptor,
    log,
    now: () => steadyClock.now(),
    mayTerminate: !useUws,
    onReady: edge => greetEdge(edge, greeting),
    onGone: edge => watch.edgeGone(edge),
    onMessage: (edge, message) => hearEdge(edge, message, listeners),
  })

  const { brain, lesson, setAside } = await openLearner(settings, dataDir, predecessor, memoryKeys, log)
  const lessons = new Lessons(lesson, watch)
  const scopes = new Scopes(dataDir.scopeKey, settings.identityHeaders)
  const others = new OtherInstances({
    ...{ settings, dataDir, memoryKeys, sharedKeys: given?.of('shared'), scopes, brain, edges, hints, log },
  })
  others.join()
  const upstreams: UpstreamsInForce = new UpstreamsInForce({ settings, tls: upstreamTls, workers, edges, watch, log })
  // Not before: until then the process before may still change them.
  const switches: SwitchesInForce = new SwitchesInForce({
    ...{ settings, entries, file: dataDir.switches, board, lessons, workers, edges, log },
    hasJournal: () => journal !== undefined,
    mayWrite: () => owner.ownsData,
  })

  let listening = false
  const redactor = new Redactor(settings.redact, secret => scopes.hash(secret))
  const replays = new WriteReplays(edges)
  // Edges that hashed credentials under another key would have to be told, and ghosts would be late.
  await others.tried()
  // All that takes its time has been read: from here until this process is up, writes wait.
  await predecessor?.journal()
  const journal = await openWriteJournal({
    ...{ settings, switches: switches.known, folder: dataDir.journal, board, replays, redactor, edges, log },
    listening: () => listening,
    keys: given?.of('journal'),
  })
  lessons.follow(brain, edges)

  const pressure = openMemoryPressure(settings, edges, log)
  const drills = openDrills(edges, watch, log)
  const outages = new KeptOutages({
    ...{ settings, file: dataDir.outages, keys: fileKeys, board, watch, drills, brain, edges, log },
    mayWrite: () => owner.ownsData,
    tellHistory: outage => history.now?.outage(outage),
  })
  const anomalies = openAnomalies(settings, {
    file: dataDir.anomalies,
    keys: fileKeys,
    isDrilling: () => drills.running.length > 0,
    mayWrite: () => owner.ownsData,
    expect: (name, strength) => {
      history.now?.expectAnomaly(name, strength)
      brain.expectAnomaly(name)
    },
    log,
  })
  brain.onAnomalies(signals => anomalies?.take(signals))
  const history: KeptHistory = new KeptHistory(settings, dataDir, given?.of('history'), anomalies, log)
  const owner: DataOwner = new DataOwner({
    ...{ brain, journal, history, others, outages, edges, log },
    withholdsNoStore: settings.ghostHonour === 'ignore-no-store',
  })
  const circuitNews = new CircuitNews({ others, upstreams, drills, watch })

  const phases = new PhaseTotals()
  const watchers = new Watchers(edges)
  const { tail } = watchers
  const greeting = { edges, replays, lessons, drills, journal, pressure, watchers }
  const listeners = { edges, owner, brain, replays, watch, phases, drills, tail, upstreams, switches, traces }

  const whatIf = openWhatIf(
    settings,
    () => switches.known.rules,
    dataDir,
    query => history.ask(query),
    given !== undefined,
  )
  let ownPorts: readonly number[] = []
  const trafficReplays = openReplays(settings, {
    ask: (query, answerBy) => history.now?.ask(query, answerBy),
    lesson: () => lessons.lesson,
    ownPorts: () => ownPorts,
    installation: dataDir.installation,
    version,
    scopeKey: () => others.scopeKey,
    tls: upstreamTls,
    log,
  })
  const forgetter = openForgetter({
    ...{ settings, dataDir, brain, others, history, journal, anomalies, trafficReplays, log },
    outages: outages.known,
  })
  const memory = openReader(dataDir.memory, memoryKeys)
  let ownQuestions: OwnQuestions | undefined
  const sources = adminSources({
    ...{
      settings,
      settingsReport,
      switches: switches.known,
      dataDir: dataDir.path,
      version,
      startedAt,
      front,
      workers,
    },
    ...{ scopes, board, watch, brain, edges, memory, phases, anomalies, whatIf, drills, pressure, tail, traces },
    forgetter,
    upstreams: upstreams.known,
    replaceUpstreams: urls => upstreams.replace(urls),
    outages: outages.known,
    replays: trafficReplays,
    memorySetAside: setAside,
    get shared() {
      return others.door
    },
    get journal() {
      return journal?.journal
    },
    get ownWrites() {
      return journal?.own.whole()
    },
    get history() {
      return history.now
    },
    newSeed: () => randomInt(2 ** 32),
    askLive: async question => ownQuestions?.ask(question),
    listen: wanted => watchers.listen(wanted),
    lesson: () => lessons.lesson,
    listening: () => listening,
    warmUp: () => ownQuestions?.warmUp(),
  })
  const openAdmin = () => openAdminPort({ settings, auditFile: dataDir.audit, predecessor, sources, log })
  // The process before answers there until this one takes connections.
  const adminEarly = predecessor === undefined ? await openAdmin() : undefined
  await edges.start()
  const port = await acceptor.listen(settings.host, predecessor?.inheritance.port ?? settings.port)
  listening = true
  const admin = adminEarly ?? (await openAdmin())
  ownPorts = [port, admin.port]
  // Not before the start can no longer fail: a process that ends while a DuckDB opens is aborted by it.
  history.open()

  const damage = new MemoryDamage(brain, () => memoryIsDamaged?.(), log)
  const looks = new Rounds()
  looks.every(LOOK_MS, () => {
    drills.tick()
    watch.look()
    circuitNews.look()
    outages.known.look()
    anomalies?.tick()
    journal?.tick()
    pressure.look()
    edges.look()
    damage.look()
    board.setCaptureShare(captureShare(brain.status().pending, MAX_PENDING))
  })
  const rounds = new Rounds()
  outages.keepHistoryTold(rounds)
  history.keepReadinessNoted(brain, rounds)
  const questions = openOwnQuestions({
    ...{ settings, port, brain, board, watch, drills, lessons, redactor, rounds, log },
    tls: certificate.now !== undefined,
    outages: outages.known,
  })
  ownQuestions = questions
  upstreams.lookAfter(rounds, () => drills.isBlackout)
  log.info(
    {
      version,
      upstreams: settings.upstreams,
      listening: `${certificate.now === undefined ? 'http' : 'https'}://${settings.host}:${port}`,
      admin: `http://${settings.adminHost}:${admin.port}`,
      workers,
      front,
      data: dataDir.path,
    },
    'chaos-proxy is up',
  )
  const model = fetchMissingModel(brain, settings, log)
  serves?.()
  predecessor?.ready(({ edge, message }) => owner.do(message, reply => predecessor.reply({ edge, message: reply })))

  const running: RunningParts = {
    ...{ settings, acceptor, edges, brain, memory, journal, history, others, outages, anomalies, drills },
    ...{ trafficReplays, admin, looks, traces, log },
    endBackground: () => {
      model.stop()
      rounds.end()
      whatIf?.close()
      questions.close()
    },
  }
  const handOver = new HandOver({
    ...{ ...running, owner, damage, port, sharedFd, isShareable },
    onLeft: () => {
      listening = false
    },
  })
  return {
    port,
    adminPort: admin.port,
    handOver: command => handOver.begin(command),
    reload: () => {
      switches.known.reload()
      certificate.reload(edges, log)
    },
    stop: async () => {
      if (!(await handOver.giveUp())) await stopProxy(running)
    },
  }
}
