// thread: main
// What the admin port tells, read from the parts that know it. Composition: it sees them all, as start.ts and what is in
// core/start/ do.
import { isUtf8 } from 'node:buffer'
import type { Brain } from '../brain/pool.js'
import type { LiveTail } from './admin/live-tail.js'
import { nearestMiss } from './admin/nearest-miss.js'
import type { Anomalies } from './anomalies/anomalies.js'
import { steadyClock } from './clock/clock.js'
import { upstreamListProblems } from './config/setting-types.js'
import { creationPlace } from './contract/creation-form.js'
import type { ComposeExplanation } from './contract/explanation.js'
import { faults } from './contract/faults.js'
import { type GhostAnswer, type Mode, refusals, tiers } from './contract/ghost.js'
import type { IgnoredParam, Lesson } from './contract/lesson.js'
import { type LiveCounter, type LiveSources, type LiveState, liveCounters } from './contract/live.js'
import type { MemoryReader } from './contract/memory.js'
import type { OwnWritesNews } from './contract/own-write.js'
import { routeMethod, routePath } from './contract/question.js'
import { paramsNamed } from './contract/request-key.js'
import { RouteMatcher } from './contract/route-match.js'
import type { Settings } from './contract/settings.js'
import {
  type AdminSources,
  type DrillSources,
  type ExplainedIgnored,
  type MatchExplanation,
  type MatchQuestionByHand,
  type MetricFamily,
  memoryPressureStates,
  type ProxyStatus,
  type SettingStatus,
} from './contract/status.js'
import { splitTarget } from './contract/target.js'
import { drillMetrics } from './drills/drill-metrics.js'
import type { Drills } from './drills/drills.js'
import { readPlan } from './drills/read-plan.js'
import type { Forgetter } from './forget/forgetter.js'
import { answerGhost } from './ghost/answer.js'
import { answerOwn } from './ghost/answer-own.js'
import { labelGhost } from './ghost/label.js'
import { type OwnPending, OwnWrites } from './ghost/own-writes.js'
import { rulesOn } from './ghost/policy.js'
import type { GhostAsk, GhostSources } from './ghost/tier.js'
import { ghostTiers } from './ghost/tiers.js'
import { type Board, type CounterName, faultCodes, latencyBoundsS } from './health/board.js'
import { circuitMetrics } from './health/circuit-metrics.js'
import type { MemoryPressure } from './health/memory-pressure.js'
import { ownProblems } from './health/own-problems.js'
import { type Upstreams, upstreamMetrics } from './health/upstreams.js'
import type { CircuitWatch } from './health/watch.js'
import type { History } from './history/history.js'
import { historyMetrics } from './history/history-metrics.js'
import type { Journal } from './journal/journal.js'
import { journalMetrics } from './journal/journal-metrics.js'
import { type LiveBesideParts, liveBeside } from './outages/live-beside.js'
import { outageMetrics } from './outages/outage-metrics.js'
import type { Outages } from './outages/outages.js'
import { askedOf } from './record/asked.js'
import { scopeOfLines } from './record/credential-lines.js'
import { learnRecorded, type RecordedParts } from './record/recorded.js'
import { Redactor } from './record/redact.js'
import type { Scopes } from './record/scope.js'
import { withoutNoStore } from './record/withheld.js'
import type { Replays } from './replay/replays.js'
import type { SharedDoor } from './shared/shared-door.js'
import { sharedMetrics } from './shared/shared-metrics.js'
import type { Switches } from './switches/switches.js'
import type { Edges } from './threads/edges.js'
import type { PhaseTotals } from './timing/phase-totals.js'
import type { Exporter } from './tracing/exporter.js'
import { traceMetrics } from './tracing/trace-metrics.js'
import type { WarmUpStatus } from './warmup/warm-up.js'
import type { WhatIf } from './whatif/whatif.js'

export interface AdminParts {
  readonly settings: Settings
  readonly switches: Switches
  readonly scopes: Scopes
  readonly dataDir: string
  readonly board: Board
  readonly watch: CircuitWatch
  readonly brain: Brain
  readonly edges: Edges
  readonly upstreams: Upstreams
  readonly replaceUpstreams: (urls: readonly string[]) => Promise<void>
  readonly memory: MemoryReader
  readonly phases: PhaseTotals
  /** Undefined: writes are refused, and none waits from before. */
  readonly journal: Journal | undefined
  /** What clients have pending; undefined: there is no journal. */
  readonly ownWrites: OwnWritesNews | undefined
  readonly forgetter: Forgetter
  readonly outages: Outages
  /** Undefined: nobody looks for them. */
  readonly anomalies: Anomalies | undefined
  /** Undefined: it is off. */
  readonly history: History | undefined
  /** Undefined: there is no history. */
  readonly whatIf: WhatIf | undefined
  /** Undefined: this instance learns alone. */
  readonly shared: SharedDoor | undefined
  readonly drills: Drills
  /** Undefined: no traces are made. */
  readonly traces: Exporter | undefined
  readonly replays: Replays
  readonly pressure: MemoryPressure
  /** Where a damaged memory was moved to when this process started; undefined: it was not. */
  readonly memorySetAside: string | undefined
  /** For a drill that names none: 32 bits. */
  readonly newSeed: () => number
  readonly front: string
  readonly workers: number
  readonly startedAt: number
  readonly version: string
  /** What edges tell of requests while somebody watches, and how they are told to. */
  readonly tail: LiveTail
  /** A request of a person, by the own port. */
  readonly askLive: LiveBesideParts['ask']
  readonly listen: (wanted: boolean) => void
  readonly settingsReport: readonly SettingStatus[]
  readonly lesson: () => Lesson
  readonly listening: () => boolean
  /** Undefined: it is off. */
  readonly warmUp: () => WarmUpStatus | undefined
}

const noJournal: AdminSources['journal'] = {
  page: () => ({
    counts: { pending: 0, sending: 0, parked: 0, done: 0, discarded: 0 },
    bytes: 0,
    maxBytes: 0,
    entries: [],
    next: null,
  }),
  look: () => undefined,
  retry: () => Promise.resolve('unknown'),
  discard: () => Promise.resolve('unknown'),
}

/** A person who asks may wait longer than a client. */
const ASK_MS = 2000
/** A question to the history may go over millions of rows. */
const HISTORY_MS = 20_000

export function adminSources(parts: AdminParts): AdminSources {
  const { board, brain, edges, upstreams } = parts
  const explain = explainer(parts)
  const redactor = new Redactor(parts.settings.redact, secret => parts.scopes.hash(secret))
  return {
    ready: () => {
      const because: string[] = []
      if (!parts.listening()) because.push('not listening yet')
      if (edges.running === 0) because.push('no edge thread runs')
      return { ready: because.length === 0, because }
    },
    status: () => statusOf(parts),
    learning: () => {
      const {
        captured,
        learned,
        pending,
        dropped,
        embedded,
        toEmbed,
        routes,
        exemplars,
        embedder,
        embedderReason,
        untaught,
      } = brain.status()
      return {
        captured: board.total('captured'),
        received: captured,
        learned,
        pending: pending + toEmbed,
        untaught,
        dropped,
        embedded,
        routes,
        exemplars,
        unchanged: board.total('capturedUnchanged'),
        sampledOut: board.total('captureSampledOut'),
        embedder,
        embedderReason,
      }
    },
    routes: () => parts.lesson().routes,
    switches: parts.switches,
    settings: () => ({ settings: parts.settingsReport, routePolicies: parts.switches.rules.entries }),
    readiness: () => brain.readiness(),
    match: explain,
    beside: question =>
      liveBeside(question, {
        explain,
        ask: parts.askLive,
        redact: body => redactor.body(body).body,
        volatileOf: (method, pattern) =>
          parts.lesson().routes.find(route => route.method === method && route.pattern === pattern)?.volatile,
      }),
    learnRecorded: exchanges => learnRecorded(exchanges, recordedParts(parts)),
    mode: () => board.mode,
    setMode: (mode: Mode) => board.setMode(mode),
    upstreams: () => ({ upstreams: upstreams.status(), leaving: upstreams.leaving() }),
    setUpstreams: async urls => {
      const problems = upstreamListProblems(urls)
      if (problems.length === 0) await parts.replaceUpstreams(urls)
      return problems
    },
    get journal() {
      return parts.journal ?? noJournal
    },
    forget: {
      scopeOf: lines => scopeOfLines(lines, parts.scopes, parts.settings.identityHeaders),
      run: (request, how) => parts.forgetter.run(request, how),
    },
    outages: parts.outages,
    history: historySources(parts),
    whatIf: parts.whatIf,
    anomalies: parts.anomalies,
    drills: parts.settings.drills ? drillSources(parts) : undefined,
    replays: parts.replays,
    metrics: () => metricsOf(parts),
    live: liveSources(parts),
  }

  function statusOf({ watch, version, startedAt, front, workers }: AdminParts): ProxyStatus {
    const { learnerRestarts, learnerHangs, embedderRestarts, embedderHangs, failing, ...learning } = brain.status()
    const { embedder, embedderReason, vectors, bytes, sharedVectors } = learning
    const shared = parts.shared?.status()
    return {
      version,
      health: healthOf(
        shared?.problem?.says,
        sharedVectors?.problem,
        ...ownProblems({
          learningFails: failing,
          journal: parts.journal?.status(),
          memory: parts.pressure.state,
          edges: workers,
          edgesRunning: edges.running,
          traces: parts.traces?.status(),
        }),
      ),
      uptimeS: Math.round((Date.now() - startedAt) / 1000),
      mode: board.mode,
      upstreams: upstreams.status(),
      upstreamUrls: upstreams.urls,
      circuit: watch.status(),
      routeCircuits: watch.routes(),
      requests: counts([
        'requests',
        'live',
        'refused',
        'journalled',
        'upstreamFaults',
        'softFailures',
        'heldBack',
        'hedged',
        'clientErrors',
        'internalErrors',
        'cutShort',
        'aborted',
        'retries',
        'activeRequests',
        'upstreamConnections',
        'websockets',
        'openWebsockets',
      ]),
      ghosts: Object.fromEntries(tiers.map(tier => [tier, board.total(ghostCounter(tier))])),
      threads: {
        front,
        edges: workers,
        edgesRunning: edges.running,
        edgeRestarts: edges.restarts,
        edgeHangs: edges.hangs,
        learnerRestarts,
        learnerHangs,
        embedderRestarts,
        embedderHangs,
      },
      memory: parts.pressure.status(),
      outage: parts.outages.running(),
      journal: parts.journal?.status() ?? 'off',
      drills: parts.settings.drills ? { running: runningDrills(parts.drills) } : 'off',
      anomalies: anomalyStatus(parts.anomalies),
      warmup: parts.warmUp() ?? 'off',
      traces: parts.traces?.status() ?? 'off',
      drops: { learner: brain.status().dropped, sampledOut: board.total('captureSampledOut') },
      stores: {
        memory: { kind: 'lmdb', dir: parts.dataDir, bytes, failing, setAside: parts.memorySetAside ?? null },
        vectors: { count: vectors, embedder, embedderReason, shared: sharedVectors ?? 'off' },
        shared: shared === undefined ? 'off' : { kind: 'redis', ...shared, problem: shared.problem ?? null },
        history: parts.history?.status() ?? 'off',
      },
    }
  }

  function counts(names: readonly CounterName[]): Record<string, number> {
    return Object.fromEntries(names.map(name => [name, board.total(name)]))
  }
}

function anomalyStatus(anomalies: Anomalies | undefined): ProxyStatus['anomalies'] {
  if (anomalies === undefined) return 'off'
  return { open: anomalies.list().totals.open, alerts: anomalies.alerts() ?? 'off' }
}

function historySources(parts: AdminParts): AdminSources['history'] {
  if (!parts.settings.history) return undefined
  // Looked up with each question: it is opened late, and handed over.
  const closed = { kind: 'unanswered', because: 'the history is not open just now; try again' } as const
  return { ask: async query => (await parts.history?.ask(query, steadyClock.now() + HISTORY_MS)) ?? closed }
}

/** `yellow`: all requests are served, and something that was asked for does not work. */
function healthOf(...problems: readonly (string | undefined)[]): {
  colour: 'green' | 'yellow'
  because: readonly string[]
} {
  const because = problems.filter(problem => problem !== undefined && problem !== '') as string[]
  return { colour: because.length === 0 ? 'green' : 'yellow', because }
}

function liveSources(parts: AdminParts): LiveSources {
  const { anomalies, board, brain, drills, edges, outages, tail, watch } = parts
  const state = (): LiveState => ({
    mode: board.mode,
    circuit: watch.status(),
    routeCircuits: watch.routes(),
    outage: outages.running(),
    drills: drills
      .reports()
      .filter(({ state }) => state === 'running')
      .map(({ id, plan: { kind }, endsAt }) => ({ id, kind, endsAt })),
    anomalies: anomalies?.live() ?? [],
    activeRequests: board.total('activeRequests'),
    upstreamConnections: board.total('upstreamConnections'),
    openWebsockets: board.total('openWebsockets'),
    edgesRunning: edges.running,
    edgeRestarts: edges.restarts,
    learnerRestarts: brain.status().learnerRestarts,
  })
  return {
    version: parts.version,
    look: () => {
      const counters = {} as Record<LiveCounter, number>
      for (const name of liveCounters) counters[name] = board.total(name)
      return {
        counters,
        boundsS: latencyBoundsS,
        live: board.latency('live').cumulative,
        ghost: board.latency('ghost').cumulative,
        state: state(),
      }
    },
    listen: wanted => {
      // What was told to nobody is old.
      tail.take()
      parts.listen(wanted)
    },
    take: () => tail.take(),
  }
}

function drillSources({ drills, lesson, newSeed }: AdminParts): DrillSources {
  return {
    begin: text => {
      // Those of questions are told by what is in a body, which no drill looks at.
      const routes = lesson().routes.filter(({ pattern }) => !pattern.includes('#'))
      const names = routes.map(({ method, pattern }) => `${method} ${pattern}`)
      const plan = readPlan(text, names, newSeed())
      return 'problem' in plan ? plan : drills.begin(plan)
    },
    end: id => drills.end(id),
    look: id => drills.look(id),
    reports: () => drills.reports(),
  }
}

/** For one who is called because of an outage. */
function runningDrills(drills: Drills): object[] {
  return drills
    .reports()
    .filter(({ state }) => state === 'running')
    .map(({ id, plan: { kind, share, routes = 'all' }, beganAt, endsAt }) => ({
      ...{ id, kind, share, routes, beganAt, endsAt },
      says: 'an outage may be this drill; DELETE /api/drills/{id} ends it',
    }))
}

function recordedParts(parts: AdminParts): RecordedParts {
  const { brain, lesson, scopes, settings, switches } = parts
  const routes = new RouteMatcher(lesson().routes)
  return {
    scopes,
    redactor: new Redactor(settings.redact, secret => scopes.hash(secret)),
    honour: settings.ghostHonour,
    maxBodyBytes: settings.captureMaxBodyBytes,
    patternOf: (method, path) => routes.match(method, path)?.route.pattern,
    mayShare: (method, path) => switches.policies.of(method, path)?.sharing !== 'own',
    learn: (bytes, count) => {
      const told = settings.ghostHonour === 'ignore-no-store' ? withoutNoStore({ bytes, count }) : { bytes, count }
      if (told.count > 0) parts.shared?.append(told.bytes, told.count)
      return brain.learnShared(bytes, undefined)
    },
  }
}

/** Answers as an edge would, with the same code, and tells how it came to that. */
function explainer(parts: AdminParts): (question: MatchQuestionByHand) => Promise<MatchExplanation> {
  const { settings, switches, scopes, brain, memory, lesson } = parts
  const redactor = new Redactor(settings.redact, secret => scopes.hash(secret))
  const rules = {
    minConfidence: settings.ghostMinConfidence,
    maxAgeS: settings.ghostMaxAgeS,
    honour: settings.ghostHonour,
  }
  return async ({ method, path: target, headers, body }) => {
    const startedTick = performance.now()
    const flat = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value])
    const asked = askedOf(
      {
        method,
        ...splitTarget(target),
        headers: flat,
        body: body === '' ? undefined : Buffer.from(body),
      },
      redactor,
      scopes,
    )
    const { question } = asked
    const { path } = asked.identity
    const { routes, creations = [] } = lesson()
    const matcher = new RouteMatcher(routes)
    const matched = matcher.match(routeMethod(question, method), routePath(question, path))
    const identity = asked.identity.without(matched?.route.ignored)
    const { query } = identity
    const { policies } = switches
    const policy = policies.of(method, path)
    const speaking = policies.speakingOf(method, path)
    const here = policy === undefined ? rules : rulesOn(policy, rules)
    const now = Date.now()
    let composed: ComposeExplanation | null = null
    const ask: GhostAsk = {
      method,
      path,
      query,
      headers: flat,
      scope: identity.scope,
      identity,
      hasBody: body !== '',
      body: asked.body,
      question,
      route: matched?.route,
      params: matched?.params ?? [],
      now,
      answerBy: steadyClock.now() + ASK_MS,
    }
    const sources: GhostSources = {
      memory,
      askMatch: (question, answerBy) => brain.match(question, answerBy),
      compose: async (question, answerBy) => {
        const reply = await brain.compose({ ...question, explain: true }, answerBy)
        composed = reply.explained ?? null
        return reply
      },
      // The attempt says that it failed; the log of the edges says why.
      failed: () => {},
    }
    // Whose request it is, by its credentials alone: as an edge tells writers apart.
    const bare = { method: 'GET', path, query: undefined, headers: flat, body: undefined }
    const own = pendingOf(parts.ownWrites, askedOf(bare, redactor, scopes).identity.scope)
    // What would be said if the upstream failed, whatever the mode is just now.
    const mode = policy?.ghost ?? 'auto'
    const places = new Map(creations.map(form => [form.place, form]))
    const result = await (own === undefined
      ? answerGhost(ask, mode, ghostTiers, sources, here)
      : answerOwn(
          {
            ask,
            own,
            routeOf: at => matcher.match('GET', at),
            creationAt: at => places.get(creationPlace(at)),
          },
          mode,
          ghostTiers,
          sources,
          here,
        ))
    const wouldSay = result.answer ?? result.attempts.map(({ answer }) => answer).find(answer => answer !== undefined)
    // A candidate that was chosen and then withheld says why, too.
    const candidates = result.attempts.flatMap(({ refused, candidates: looked }) =>
      looked.map(candidate =>
        candidate.because === '' && refused !== '' ? { ...candidate, because: refused } : candidate,
      ),
    )
    return {
      request: {
        method,
        path,
        query: query ?? null,
        question: question.kind,
        route: matched?.route.pattern ?? null,
        params: matched?.params ?? [],
        ignored: ignoredIn(asked.identity.query ?? '', matched?.route.ignored ?? []),
        variesBy: memory.vary(identity.baseKey(method, identity.scope)) ?? [],
        scope: identity.scope,
        policy: speaking.entry?.route ?? null,
        switch: speaking.flipped?.route ?? null,
      },
      pending:
        own === undefined
          ? null
          : { writes: own.writes.length, isCrowded: own.isCrowded, shown: result.answer?.pending?.shown ?? 0 },
      verdict: result.answer === undefined ? 'refusal' : 'answer',
      reason: result.answer === undefined ? result.refused : '',
      minConfidence: here.minConfidence,
      tiers: result.attempts.map(({ tier, refused, answer, because, micros }) => ({
        tier,
        used: refused === '',
        because: refused,
        detail: because,
        confidence: answer?.confidence ?? null,
        lowerBound: answer?.lowerBound ?? null,
        micros,
      })),
      candidates,
      nearestMiss:
        result.answer?.tier === 'exact'
          ? null
          : nearestMiss({ method, path, query: query ?? '' }, candidates, composed),
      composed,
      answer: wouldSay === undefined ? null : shown(wouldSay, method, now),
      micros: Math.round((performance.now() - startedTick) * 1000),
    }
  }
}

/** What the client has in the journal, as the edges were told; undefined: nothing. */
function pendingOf(news: OwnWritesNews | undefined, writer: string): OwnPending | undefined {
  if (news === undefined || writer === '') return undefined
  const all = new OwnWrites(() => news.version)
  all.take(news)
  const own = all.now(writer)
  return own.writes.length === 0 && !own.isCrowded ? undefined : own
}

function ignoredIn(query: string, params: readonly IgnoredParam[]): ExplainedIgnored[] {
  return params.flatMap(({ name, seen, equal }) =>
    paramsNamed(query, new Set([name])).map(([, value]) => ({
      name,
      value,
      because: `${seen} requests had other values each; ${equal} answers were equal to the last one to a request that was equal but for it`,
    })),
  )
}

function shown(answer: GhostAnswer, method: string, now: number): MatchExplanation['answer'] {
  // Decoded and labelled as a client would get it that takes no coding.
  const wire = labelGhost(answer, method, [], 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN', now)
  const fields = wire?.headers ?? answer.headers
  const body = wire === undefined ? answer.body : (wire.body ?? new Uint8Array(0))
  const headers: Record<string, string> = {}
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    headers[name] = headers[name] === undefined ? fields[i + 1]! : `${headers[name]}, ${fields[i + 1]}`
  }
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const text = isUtf8(bytes)
  return {
    tier: answer.tier,
    status: answer.status,
    headers,
    body: bytes.toString(text ? 'utf8' : 'base64'),
    bodyEncoding: text ? 'utf8' : 'base64',
    confidence: answer.confidence,
    ageS: Math.max(0, Math.floor((now - answer.capturedAt) / 1000)),
  }
}

function ghostCounter(tier: (typeof tiers)[number]): CounterName {
  return `ghost${tier[0]!.toUpperCase()}${tier.slice(1)}` as CounterName
}

function metricsOf({
  anomalies,
  board,
  brain,
  drills,
  edges,
  history,
  journal,
  outages,
  phases,
  shared,
  pressure,
  switches,
  traces,
  upstreams,
  warmUp,
  watch,
}: AdminParts): MetricFamily[] {
  const learning = brain.status()
  const memory = pressure.status()
  const plain = (name: string, type: 'counter' | 'gauge', help: string, value: number): MetricFamily => ({
    name: `chaos_${name}`,
    help,
    type,
    samples: [{ suffix: '', labels: {}, value }],
  })
  const of = (name: string, counter: CounterName, help: string): MetricFamily =>
    plain(name, 'counter', help, board.total(counter))
  return [
    of('requests_total', 'requests', 'Requests accepted.'),
    of('live_answers_total', 'live', 'Answers that came from the upstream.'),
    {
      name: 'chaos_ghost_answers_total',
      help: 'Answers that a ghost gave.',
      type: 'counter',
      samples: tiers.map(tier => ({ suffix: '', labels: { tier }, value: board.total(ghostCounter(tier)) })),
    },
    of('journalled_answers_total', 'journalled', 'Writes that were acknowledged with 202.'),
    of('ghost_refusals_total', 'refused', 'Times that a ghost was asked and stayed silent.'),
    {
      name: 'chaos_ghost_refusals_by_reason_total',
      help: 'The same, by why: the reasons of x-ghost-refused.',
      type: 'counter',
      samples: refusals.map(reason => ({ suffix: '', labels: { reason }, value: board.refusalTotal(reason) })),
    },
    plain(
      'brain_questions',
      'gauge',
      'Questions of ghosts that the learner and the embedders have just now.',
      board.total('brainQuestions'),
    ),
    plain(
      'brain_questions_most',
      'gauge',
      'Sum over the edges of the most that each of them had there at once.',
      board.total('brainQuestionsMost'),
    ),
    of('upstream_faults_total', 'upstreamFaults', 'Requests that the upstream failed.'),
    of('soft_failures_total', 'softFailures', 'Answers with status 200 that their route never gives.'),
    {
      name: 'chaos_faults_total',
      help: 'Requests that met a fault, whatever became of them, by its code and whose fault it is.',
      type: 'counter',
      samples: faultCodes.map(code => ({
        suffix: '',
        labels: { code, side: faults[code].side },
        value: board.faultTotal(code),
      })),
    },
    of('client_errors_total', 'clientErrors', 'Requests that were refused for their form or size.'),
    of('internal_errors_total', 'internalErrors', 'Requests that failed inside the proxy.'),
    of('answers_cut_short_total', 'cutShort', 'Answers that broke off after their first byte.'),
    of('aborted_total', 'aborted', 'Requests whose client went away.'),
    of('upstream_retries_total', 'retries', 'Requests sent again on another connection.'),
    of('received_bytes_total', 'bytesIn', 'Request body bytes.'),
    of('sent_bytes_total', 'bytesOut', 'Response body bytes.'),
    plain('active_requests', 'gauge', 'Requests in flight.', board.total('activeRequests')),
    plain('open_clients', 'gauge', 'Open connections of clients.', board.total('openClients')),
    plain('upstream_connections', 'gauge', 'Open connections to upstreams.', board.total('upstreamConnections')),
    ...upstreamMetrics(upstreams.status()),
    of('websockets_total', 'websockets', 'WebSockets that the upstream agreed to.'),
    plain('open_websockets', 'gauge', 'WebSockets that are open.', board.total('openWebsockets')),
    {
      name: 'chaos_websocket_messages_total',
      help: 'Messages passed on, from the client (in) and to it (out).',
      type: 'counter',
      samples: [
        { suffix: '', labels: { direction: 'in' }, value: board.total('websocketMessagesIn') },
        { suffix: '', labels: { direction: 'out' }, value: board.total('websocketMessagesOut') },
      ],
    },
    ...circuitMetrics(watch),
    of(
      'held_back_total',
      'heldBack',
      'Ghosts given while the upstream, come back a moment ago, gets its share step by step.',
    ),
    of('hedged_total', 'hedged', 'Ghosts given because the upstream had not answered after CHAOS_GHOST_HEDGE_MS.'),
    plain('edges_running', 'gauge', 'Edge threads that take connections.', edges.running),
    plain('edge_restarts_total', 'counter', 'Edge threads that were started again.', edges.restarts),
    plain('edge_hangs_total', 'counter', 'Edge threads that said nothing for ten seconds.', edges.hangs),
    plain('learner_restarts_total', 'counter', 'Learner threads that were started again.', learning.learnerRestarts),
    plain('learner_hangs_total', 'counter', 'Of these, those that hung and were ended.', learning.learnerHangs),
    plain('embedder_restarts_total', 'counter', 'Embedder threads that were started again.', learning.embedderRestarts),
    plain('embedder_hangs_total', 'counter', 'Of these, those that hung and were ended.', learning.embedderHangs),
    plain(
      'memory_failing',
      'gauge',
      '1 where what was learned last could not be written.',
      learning.failing === '' ? 0 : 1,
    ),
    of('captured_total', 'captured', 'Exchanges handed to the learner.'),
    of(
      'captured_unchanged_total',
      'capturedUnchanged',
      'Exchanges counted and not handed over, for nothing had changed.',
    ),
    of('capture_sampled_out_total', 'captureSampledOut', 'Exchanges left out for the rate limit.'),
    plain('capture_share', 'gauge', 'Share of its capture rate that an edge may use just now.', board.captureShare),
    of('access_log_dropped_total', 'accessLogDropped', 'Lines of the access log that could not be written.'),
    plain('learned_total', 'counter', 'Exchanges learned.', learning.learned),
    plain('learning_dropped_total', 'counter', 'Exchanges thrown away before they were learned.', learning.dropped),
    plain('learning_pending', 'gauge', 'Exchanges that wait for the learner.', learning.pending),
    plain('warmup_requests_total', 'counter', 'Requests that the warm-up sent.', warmUp()?.asked ?? 0),
    plain('warmup_refused_total', 'counter', 'Of these, how many brought nothing.', warmUp()?.refused ?? 0),
    ...drillMetrics(drills),
    plain('route_switches', 'gauge', 'Routes that somebody has switched by hand.', switches.rules.switches.length),
    ...(anomalies?.metrics() ?? []),
    ...journalMetrics(journal?.status(), Date.now()),
    ...historyMetrics(history?.status()),
    ...sharedMetrics(shared?.status()),
    ...outageMetrics(outages.totals(), outages.running() !== null),
    ...traceMetrics(traces?.status()),
    plain('process_memory_bytes', 'gauge', 'What the process uses, without files mapped.', memory.usedBytes),
    plain('process_memory_limit_bytes', 'gauge', 'What it may use; 0: there is no limit.', memory.limitBytes),
    plain('memory_pressure', 'gauge', '0 calm, 1 tight, 2 full.', memoryPressureStates.indexOf(memory.state)),
    plain('exemplars', 'gauge', 'Stored answers.', learning.exemplars),
    plain('routes', 'gauge', 'Learned routes.', learning.routes),
    histogram(board, 'live', 'live_duration_seconds', 'From accepting a request to handing over its live answer.'),
    histogram(board, 'ghost', 'ghost_duration_seconds', 'From accepting a request to handing over its ghost.'),
    phases.family(),
  ]
}

function histogram(board: Board, kind: 'live' | 'ghost', name: string, help: string): MetricFamily {
  const { cumulative, sumS, count } = board.latency(kind)
  const buckets = cumulative.map((value, i) => ({
    suffix: '_bucket',
    labels: { le: String(latencyBoundsS[i] ?? '+Inf') },
    value,
  }))
  return {
    name: `chaos_${name}`,
    help,
    type: 'histogram',
    samples: [...buckets, { suffix: '_sum', labels: {}, value: sumS }, { suffix: '_count', labels: {}, value: count }],
  }
}
