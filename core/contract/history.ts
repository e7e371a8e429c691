// thread: any
// The history as it is asked for and told of. Plain data.
import type { AnomalyName, AnomalySignal } from './anomalies.js'
import type { Answerer, FactBatch, Kept } from './facts.js'
import type { Forgetting, ForgottenIn } from './forgetting.js'
import type { EarlierCaptureQuery, RecordingQuery } from './replays.js'
import type { SealingKeys } from './sealing.js'

export const storeKinds = ['duckdb', 'postgres', 'timescale'] as const
export type StoreKind = (typeof storeKinds)[number]

/** Epoch ms; `from` belongs to it, `to` does not. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** Undefined members choose nothing. */
export interface ExchangeFilter extends Window {
  readonly route?: string | undefined
  readonly method?: string | undefined
  /** From the first one up to and with the last one. */
  readonly status?: readonly [number, number] | undefined
  /** Any of these. */
  readonly by?: readonly Answerer[] | undefined
  readonly scope?: string | undefined
}

export interface ExchangeQuery extends ExchangeFilter {
  readonly limit: number
  /** What `next` of the page before said. */
  readonly cursor?: string | undefined
}

/** The facts of one exchange. */
export interface ExchangeFacts {
  readonly id: string
  readonly at: string
  readonly instance: string
  readonly route: string
  readonly method: string
  /** Redacted; null: it was not kept. */
  readonly target: string | null
  /** 0: nothing was sent. */
  readonly status: number
  readonly by: Answerer
  readonly totalMs: number
  /** Null: not passed. */
  readonly connectMs: number | null
  readonly waitMs: number | null
  readonly receiveMs: number | null
  readonly ghostMs: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  /** Null: it was no ghost. */
  readonly confidence: number | null
  readonly fault: string | null
  /** Keyed hash of the credentials; null: there were none. */
  readonly scope: string | null
  /**
   * Bits, see `anomalyFlag`: what one request shows as it ends (callers, parameters, sizes). 0: nothing; what is told of a span of time,
   * or found by the learner later, is not noted here.
   */
  readonly anomalies: number
  /** 1: every exchange like it was kept. Less: it stands for others that were only counted. */
  readonly share: number
  /** Whether its request and answer were kept as well. */
  readonly kept: Kept
}

export interface ExchangePage {
  readonly exchanges: readonly ExchangeFacts[]
  /** For the next page; null: there is none. */
  readonly next: string | null
}

/** Request and response as they were captured: redacted, and without what is of one hop or one client. */
export interface CapturedExchange {
  readonly method: string
  readonly target: string
  readonly scope: string
  readonly status: number
  /** Flat. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: Uint8Array
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

export interface ExchangeDetail {
  readonly facts: ExchangeFacts
  /** Null: not captured, or not kept any more. */
  readonly captured: CapturedExchange | null
  /** What was captured is that of this one, which was answered the same; null: it is its own, or there is none. */
  readonly capturedAs: string | null
}

/** A body as people are shown it. */
export interface ToldBody {
  readonly encoding: 'utf8' | 'base64'
  readonly text: string
  /** In which it was sent, and is not shown; '' for none. */
  readonly coding: string
}

/** What GET /api/exchanges/{id} tells. */
export interface ToldExchange extends ExchangeFacts {
  readonly captured:
    | (Omit<CapturedExchange, 'requestBody' | 'body'> & { readonly requestBody: ToldBody; readonly body: ToldBody })
    | null
  readonly capturedAs: string | null
}

export interface SeriesQuery extends Window {
  /** Undefined: all together. */
  readonly route?: string | undefined
  /** Points at most. */
  readonly points: number
}

/** What is told of the exchanges of a span of time. */
export interface Traffic {
  readonly requests: number
  readonly perSecond: number
  /** Answers with a status of 500 and more, and those that were cut short. */
  readonly errors: number
  readonly ghosts: number
  readonly refusals: number
  /** Null: nothing was answered. */
  readonly meanMs: number | null
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface SeriesPoint extends Traffic {
  readonly at: string
}

export interface Series {
  readonly stepMs: number
  /** Of the sums that it was made of: 1, 60 or 3600. */
  readonly resolutionS: number
  /** Those in which there was traffic. */
  readonly points: readonly SeriesPoint[]
}

export const routeOrders = ['requests', 'errors', 'ghosts', 'refusals', 'p99'] as const
export type RouteOrder = (typeof routeOrders)[number]

export interface RoutesQuery extends Window {
  readonly order: RouteOrder
  readonly limit: number
}

export interface RouteTraffic extends Traffic {
  readonly route: string
}

/** An outage as the time line shows it. */
export interface PastOutage {
  readonly id: string
  readonly since: number
  /** Null: it runs. */
  readonly until: number | null
  readonly circuit: string
  readonly because: string
  readonly ghosts: number
  readonly refused: number
}

export interface OutageOnLine extends Omit<PastOutage, 'since' | 'until'> {
  readonly instance: string
  readonly since: string
  readonly until: string | null
}

/** What the readiness report said at a time; see readiness.ts. Null: nothing was measured. */
export interface NotedReadiness {
  /** Epoch ms. */
  readonly at: number
  readonly overall: number | null
  readonly repeated: number | null
  readonly unseen: number | null
  /** Of the demand, what was not asked before. */
  readonly unseenShare: number
}

export interface ReadinessQuery extends Window {
  readonly instance?: string | undefined
  /** Points at most. */
  readonly points: number
}

export interface ReadinessPoint extends Omit<NotedReadiness, 'at'> {
  readonly at: string
}

/** Captured exchanges as the learner was told of them, newest first; for those who learn once more. */
export interface CapturesQuery extends Window {
  /** Undefined: of all. */
  readonly instance?: string | undefined
  readonly limit: number
  /** No page is much longer. */
  readonly maxBytes: number
  /** What `next` of the page before said. */
  readonly cursor?: string | undefined
}

/** What was asked in a window: exchanges one by one, and where there are more than that evenly chosen ones. */
export interface DemandQuery extends Window {
  readonly instance?: string | undefined
  readonly limit: number
}

/** The facts of one request of the demand. */
export type DemandFacts = Pick<
  ExchangeFacts,
  'id' | 'route' | 'method' | 'target' | 'status' | 'by' | 'scope' | 'share' | 'kept'
> & {
  /** Epoch ms. */
  readonly at: number
  readonly run: number
  readonly seq: number
}

export type HistoryQuery =
  | ({ readonly kind: 'readiness' } & ReadinessQuery)
  | ({ readonly kind: 'captures' } & CapturesQuery)
  | ({ readonly kind: 'demand' } & DemandQuery)
  | ({ readonly kind: 'exchanges' } & ExchangeQuery)
  | { readonly kind: 'exchange'; readonly id: string }
  | ({ readonly kind: 'series' } & SeriesQuery)
  | ({ readonly kind: 'routes' } & RoutesQuery)
  | ({ readonly kind: 'outages' } & Window)
  | ({ readonly kind: 'recordings' } & RecordingQuery)
  | ({ readonly kind: 'earlier-captures' } & EarlierCaptureQuery)

/** In every store there is, and in what waits for one. */
export interface HistoryForget {
  readonly kind: 'forget'
  readonly forgetting: Forgetting
  readonly dryRun: boolean
}

/** Of which store an answer is. */
export interface AnsweringStore {
  readonly kind: StoreKind
  /** It stands in for the one that was asked for, and knows only what happened since it does. */
  readonly standsIn: boolean
}

export type HistoryReply =
  | { readonly kind: 'exchanges'; readonly page: ExchangePage; readonly store: AnsweringStore }
  | { readonly kind: 'exchange'; readonly detail: ExchangeDetail | null; readonly store: AnsweringStore }
  | { readonly kind: 'series'; readonly series: Series; readonly store: AnsweringStore }
  | { readonly kind: 'routes'; readonly routes: readonly RouteTraffic[]; readonly store: AnsweringStore }
  | { readonly kind: 'outages'; readonly outages: readonly OutageOnLine[]; readonly store: AnsweringStore }
  | { readonly kind: 'readiness'; readonly points: readonly ReadinessPoint[]; readonly store: AnsweringStore }
  /** `bytes`: see exchange-wire.ts. */
  | {
      readonly kind: 'captures'
      readonly bytes: ArrayBuffer
      readonly count: number
      readonly next: string | null
      readonly store: AnsweringStore
    }
  /** Each row stands for `every` of them. Oldest first. */
  | {
      readonly kind: 'demand'
      readonly rows: readonly DemandFacts[]
      readonly every: number
      readonly store: AnsweringStore
    }
  /** `bytes`: of recordings.ts; it is moved from thread to thread. */
  | {
      readonly kind: 'recordings'
      readonly bytes: ArrayBuffer
      readonly next: string | null
      readonly store: AnsweringStore
    }
  | { readonly kind: 'forgot'; readonly stores: readonly ForgottenIn[] }
  | { readonly kind: 'unanswered'; readonly because: string }

export const storeStates = ['opening', 'up', 'down'] as const
export type StoreState = (typeof storeStates)[number]

export interface StoreStatus {
  readonly kind: StoreKind
  /** Version and extension, as far as it is known. */
  readonly detail: string
  readonly state: StoreState
  /** '' where all is well. */
  readonly lastError: string
  /** What to do about it; '' where all is well. */
  readonly remedy: string
}

/** How the history is: all counts since the start. */
export interface HistoryStatus {
  /** The store that was asked for. */
  readonly store: StoreStatus
  /** The embedded one, while that is away. */
  readonly standIn: StoreStatus | null
  /** Written to the store. */
  readonly rows: number
  readonly captures: number
  /** Waiting in memory and on the disk. */
  readonly waitingRows: number
  readonly waitingBytes: number
  readonly spilledBytes: number
  readonly maxSpillBytes: number
  /** Only counted in sums, for more came than are kept one by one. */
  readonly sampledOut: number
  /** Thrown away for want of room. */
  readonly dropped: number
  /** Of the oldest that waits. */
  readonly lagS: number
  readonly restarts: number
}

export interface HistoryWorkerData {
  /** '' for none: the embedded one. */
  readonly postgresUrl: string
  /** Of the embedded store and of what waits; made when it is needed. */
  readonly folder: string
  /** What it is encrypted with; undefined: it is not. */
  readonly keys: SealingKeys | undefined
  readonly instance: string
  readonly retentionHours: number
  /** Exchanges a second that are kept one by one. */
  readonly rowsPerSecond: number
  /** Of captured exchanges. */
  readonly maxCaptureBytes: number
  readonly maxSpillBytes: number
  /** What is strange is looked for; undefined: it is not. */
  readonly anomalies: { readonly warmsUp: boolean } | undefined
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

export type MainToHistory =
  | { readonly kind: 'facts'; readonly batch: FactBatch }
  /** See exchange-wire.ts; those without a name of their own are not kept. */
  | { readonly kind: 'captured'; readonly bytes: ArrayBuffer }
  | { readonly kind: 'outage'; readonly outage: PastOutage }
  | { readonly kind: 'readiness'; readonly readiness: NotedReadiness }
  /** A person said of it that it is normal. */
  | { readonly kind: 'expect-anomaly'; readonly name: AnomalyName; readonly strength: number }
  | { readonly kind: 'ask'; readonly askId: number; readonly query: HistoryQuery | HistoryForget }
  /** Write what can be written until then (epoch ms), put the rest on the disk, and end. */
  | { readonly kind: 'end'; readonly by: number }

export type HistoryToMain =
  | { readonly kind: 'reply'; readonly askId: number; readonly reply: HistoryReply }
  /** So much of what was sent is not in the way any more. */
  | { readonly kind: 'taken'; readonly bytes: number }
  /** What is strange, since the last such message. */
  | { readonly kind: 'anomalies'; readonly signals: readonly AnomalySignal[] }
  | { readonly kind: 'status'; readonly status: Omit<HistoryStatus, 'restarts'> }
  | { readonly kind: 'ended' }
