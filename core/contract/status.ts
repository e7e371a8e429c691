// thread: any
// What the admin port tells. Plain data, so that the dashboard can share the types.

import type { AlertStatus, AnomalyList, AnomalyReport, AnomalyTotals, Feedback } from './anomalies.js'
import type { DrillReport } from './drills.js'
import type { ComposeExplanation, FieldDifference } from './explanation.js'
import type { ForgetReport, ForgetRequest } from './forgetting.js'
import type { Candidate, Mode, Refusal, Tier } from './ghost.js'
import type { HistoryQuery, HistoryReply } from './history.js'
import type { JournalEntryStatus, JournalPage, JournalState, JournalStatus } from './journal.js'
import type { Difference } from './json-differences.js'
import type { LessonRoute } from './lesson.js'
import type { LiveSources, LiveState } from './live.js'
import type { OutageReport, OutageSummary } from './outages.js'
import type { Question } from './question.js'
import type { ReadinessReport } from './readiness.js'
import type { RecordedExchange, RecordedReport } from './recorded.js'
import type { ReplayHandling } from './replays.js'
import type { RoutePolicy } from './route-policy.js'
import type { SwitchSources } from './route-switches.js'
import type { TracesStatus } from './spans.js'
import type { UpstreamStatus } from './upstreams.js'
import type { WhatIfQuery, WhatIfReply } from './whatif.js'

/** A request to be explained, as a person writes it. */
export interface MatchQuestionByHand {
  readonly method: string
  /** Path with query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A parameter of a request that takes no part in its identity. */
export interface ExplainedIgnored {
  readonly name: string
  readonly value: string
  /** The evidence. */
  readonly because: string
}

export interface ExplainedTier {
  readonly tier: Tier
  readonly used: boolean
  /** '' where it was used. */
  readonly because: Refusal | ''
  /** How the answer was found, or more than the reason says; '' for nothing. */
  readonly detail: string
  readonly confidence: number | null
  /** Compared with CHAOS_GHOST_MIN_CONFIDENCE. */
  readonly lowerBound: number | null
  readonly micros: number
}

export interface ExplainedAnswer {
  readonly tier: Tier
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Text, or base64 where it is not UTF-8. */
  readonly body: string
  readonly bodyEncoding: 'utf8' | 'base64'
  readonly confidence: number
  readonly ageS: number
}

/** A request that was answered and is not quite this one. */
export interface NearestMiss {
  /** '' where only its route tells of it. */
  readonly key: string
  readonly method: string
  readonly target: string
  /** Cosine of the embeddings; null where it was found by its fields. */
  readonly similarity: number | null
  readonly because: string
  /** Where the two part; empty where the words alone tell. */
  readonly differs: readonly FieldDifference[]
}

/** What the ghost would answer and why. */
export interface MatchExplanation {
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query: string | null
    /** What kind of question it is; a `write` is never answered. */
    readonly question: Question['kind']
    /** Pattern of its route, or null where none is learned. */
    readonly route: string | null
    readonly params: readonly string[]
    /** Parameters that stand in the request and not in `query`, for they change nothing. */
    readonly ignored: readonly ExplainedIgnored[]
    /** Request fields that select among the answers to it, because `Vary` says so or the data show it. */
    readonly variesBy: readonly string[]
    /** '' for nobody's, else a keyed hash of the credentials. */
    readonly scope: string
    /** The entry of CHAOS_ROUTES_FILE that speaks of it; null: none does. */
    readonly policy: string | null
    /** The route whose switch speaks of it, before that entry; null: none does. */
    readonly switch: string | null
  }
  /** What this client has in the journal and the answer shows of it; null: it has nothing there. */
  readonly pending: { readonly writes: number; readonly isCrowded: boolean; readonly shown: number } | null
  readonly verdict: 'answer' | 'refusal'
  /** Why it would stay silent. */
  readonly reason: Refusal | ''
  readonly minConfidence: number
  readonly tiers: readonly ExplainedTier[]
  /** Stored requests that were looked at, nearest first. */
  readonly candidates: readonly Candidate[]
  /** The nearest stored request, where it was not used; null where nothing came near, or the nearest was used. */
  readonly nearestMiss: NearestMiss | null
  /** How tiers `entity` and `query` came to what they say; null where they were not asked. */
  readonly composed: ComposeExplanation | null
  /** What it would say, labels and all; beside a refusal: what it would say if it were surer. */
  readonly answer: ExplainedAnswer | null
  readonly micros: number
}

/** What the ghost would have said, beside what the upstream says to the very same request. */
export interface LiveBeside {
  /** From before the upstream was asked: its answer is learned. */
  readonly explanation: MatchExplanation
  /** Redacted, without its coding; null: it was not to be had. */
  readonly live: Pick<ExplainedAnswer, 'status' | 'body' | 'bodyEncoding'> | null
  /** Why there is none, or why the two were not compared; '' where they were. */
  readonly because: string
  /** 0…1; null: they were not compared. */
  readonly similarity: number | null
  /** Where they part, but for what is new in each answer. */
  readonly differences: readonly Difference[]
}

/** A circuit, for people. */
export interface CircuitStatus {
  readonly state: 'closed' | 'open' | 'half-open'
  readonly since: string
  readonly because: string
  /** When the next request may try; null where all may, or where those that try now are waited for. */
  readonly nextProbeAt: string | null
  /** Times since the start. */
  readonly opened: number
  /** Times without a stable recovery between: each made the next one longer. */
  readonly openings: number
  /** Those under way, and those that succeeded, of as many as are needed to close it. */
  readonly probes: { readonly needed: number; readonly out: number; readonly ok: number }
  /** Since the start. */
  readonly probesOk: number
  readonly probesFailed: number
  /** Of the traffic that may go to the upstream: less than 100 for a while after it closed. */
  readonly sharePercent: number
}

export interface RouteCircuitStatus extends CircuitStatus {
  /** `GET /users/{id}` */
  readonly route: string
}

/** `tight`: nothing is learned, answers are not held. `full`: new requests are refused. */
export const memoryPressureStates = ['calm', 'tight', 'full'] as const
export type MemoryPressureState = (typeof memoryPressureStates)[number]

export interface MemoryPressureStatus {
  readonly state: MemoryPressureState
  /** Times that it became another. */
  readonly changes: number
  readonly usedBytes: number
  /** 0: there is none. */
  readonly limitBytes: number
}

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  /** Behind the family's name: `_bucket`, `_sum`, `_count`; '' for plain ones. */
  readonly suffix: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Why a person cannot have it their way with an entry of the journal. */
export type JournalRefusal = 'unknown' | 'not-parked' | 'unreadable' | 'failed'

/** The journal as a person handles it. */
export interface JournalSources {
  page(state: JournalState | undefined, after: number, limit: number): JournalPage
  look(id: string): JournalEntryStatus | undefined
  /** Undefined: it was done. */
  retry(id: string): Promise<JournalRefusal | undefined>
  discard(id: string): Promise<JournalRefusal | undefined>
}

/** Erases what one credential, one route or one text is about, wherever it is kept. */
export interface ForgetSources {
  /** The keyed hash of a credential, one header a line; or what is wrong with it. */
  scopeOf(lines: readonly string[]): string | { readonly problem: string }
  run(
    request: ForgetRequest,
    how: { readonly dryRun: boolean; readonly pending: boolean },
  ): Promise<ForgetReport | 'busy'>
}

/** Past outages, and the one that runs. */
export interface OutageSources {
  /** Newest first. */
  list(): readonly OutageSummary[]
  report(id: string): OutageReport | undefined
}

/** The history as a person asks it. */
export interface HistorySources {
  /** Never rejects. */
  ask(query: HistoryQuery): Promise<HistoryReply>
}

/** Outages that did not happen, as a person asks for them. */
export interface WhatIfSources {
  /** Never rejects. */
  ask(query: WhatIfQuery): Promise<WhatIfReply>
}

/** What is strange, and what a person says of it. */
export interface AnomalySources {
  list(): AnomalyList
  report(id: string): AnomalyReport | undefined
  /** Undefined: there is none of that name. */
  feedback(id: string, feedback: Feedback): AnomalyReport | undefined
}

/** Drills as a person handles them. */
export interface DrillSources {
  /** All of it or nothing. `text`: the body of the request. */
  begin(
    text: string,
  ): DrillReport | 'busy' | 'full' | { readonly problem: { readonly field: string; readonly detail: string } }
  /** Undefined: there is none of that name. */
  end(id: string): DrillReport | undefined
  look(id: string): DrillReport | undefined
  /** Newest first. */
  reports(): readonly DrillReport[]
}

/** A setting in force, for people; secrets are masked. */
export interface SettingStatus {
  /** With its prefix. */
  readonly name: string
  readonly value: string
  readonly origin: 'default' | 'environment' | 'command line'
  /** What may be written, and what it means. */
  readonly range: string
  readonly doc: string
}

export interface SettingsReport {
  readonly settings: readonly SettingStatus[]
  /** The entries of CHAOS_ROUTES_FILE, in their order: the first one that speaks of a request counts. */
  readonly routePolicies: readonly RoutePolicy[]
}

/** What GET /api/status tells. */
export interface ProxyStatus {
  readonly version: string
  /** `yellow`: all requests are served, and something that was asked for does not work. */
  readonly health: { readonly colour: 'green' | 'yellow'; readonly because: readonly string[] }
  readonly uptimeS: number
  readonly mode: Mode
  readonly upstreams: readonly UpstreamStatus[]
  readonly upstreamUrls: readonly string[]
  readonly circuit: CircuitStatus
  readonly routeCircuits: readonly RouteCircuitStatus[]
  /** By name of counter or gauge. */
  readonly requests: Readonly<Record<string, number>>
  readonly ghosts: Readonly<Record<string, number>>
  readonly threads: {
    readonly front: string
    readonly edges: number
    readonly edgesRunning: number
    readonly edgeRestarts: number
    readonly edgeHangs: number
    readonly learnerRestarts: number
    readonly learnerHangs: number
    readonly embedderRestarts: number
    readonly embedderHangs: number
  }
  readonly memory: MemoryPressureStatus
  readonly outage: LiveState['outage']
  readonly journal: JournalStatus | 'off'
  readonly drills: { readonly running: readonly object[] } | 'off'
  readonly anomalies: { readonly open: AnomalyTotals['open']; readonly alerts: AlertStatus | 'off' } | 'off'
  readonly traces: TracesStatus | 'off'
  readonly warmup: { readonly asked: number; readonly answered: number; readonly refused: number } | 'off'
  readonly drops: { readonly learner: number; readonly sampledOut: number }
  readonly stores: {
    readonly memory: {
      readonly kind: string
      readonly dir: string
      readonly bytes: number
      /** Why what was learned last could not be written down; '' where it could. */
      readonly failing: string
      /** Where a damaged one was moved to at the start. */
      readonly setAside: string | null
    }
    readonly vectors: {
      readonly count: number
      readonly embedder: string
      readonly embedderReason: string
      readonly shared: object | 'off'
    }
    readonly shared: object | 'off'
    readonly history: object | 'off'
  }
}

/** Where the admin port gets what it tells; see core/admin-sources.ts. */
export interface AdminSources {
  ready(): { readonly ready: boolean; readonly because: readonly string[] }
  status(): ProxyStatus
  learning(): object
  routes(): readonly LessonRoute[]
  readonly switches: SwitchSources
  settings(): SettingsReport
  /** Undefined: the learner does not answer. */
  readiness(): Promise<ReadinessReport | undefined>
  match(question: MatchQuestionByHand): Promise<MatchExplanation>
  /** `not-safe`: it may change something, and is not sent. */
  beside(question: MatchQuestionByHand): Promise<LiveBeside | 'not-safe'>
  /** What was recorded elsewhere. */
  learnRecorded(exchanges: readonly RecordedExchange[]): Promise<RecordedReport>
  mode(): Mode
  setMode(mode: Mode): void
  upstreams(): {
    readonly upstreams: readonly UpstreamStatus[]
    /** Not listed any more, with requests under way: not to be stopped yet. */
    readonly leaving: readonly { readonly url: string; readonly outstanding: number }[]
  }
  /** All of `urls` at once, or, where anything is wrong with them, none: then it tells what. */
  setUpstreams(urls: readonly string[]): Promise<readonly string[]>
  readonly journal: JournalSources
  readonly forget: ForgetSources
  readonly outages: OutageSources
  /** Undefined: it is switched off. */
  readonly history: HistorySources | undefined
  /** Undefined: there is no history. */
  readonly whatIf: WhatIfSources | undefined
  /** Undefined: nobody looks for them. */
  readonly anomalies: AnomalySources | undefined
  /** Undefined: they are switched off. */
  readonly drills: DrillSources | undefined
  readonly replays: ReplayHandling
  metrics(): readonly MetricFamily[]
  readonly live: LiveSources
}
