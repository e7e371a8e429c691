// thread: any
// What WS /api/live says: one look at the proxy a second, for those who watch. Plain data, so that the dashboard can share the
// types. A change that an older reader would misunderstand gets a new version; members may be added at any time.
import type { LiveAnomaly } from './anomalies.js'
import type { DrillKind } from './drills.js'
import { type Mode, type Tier, tiers } from './ghost.js'
import type { CircuitStatus, RouteCircuitStatus } from './status.js'

export const LIVE_VERSION = 1
export const LIVE_TICK_MS = 1000

/** Who answered; `aborted` and `cut`: the client has no whole answer. */
export const answeredBy = ['live', ...tiers, 'journalled', 'refused', 'aborted', 'cut'] as const
export type AnsweredBy = (typeof answeredBy)[number]

/** `none`: nothing was sent. */
export const statusClasses = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const
export type StatusClass = (typeof statusClasses)[number]

/** Confidences of ghosts by tenths; 1 belongs to the last one. */
export const CONFIDENCE_STEPS = 10

/** One request of those that were seen: a sample. Nothing in it is secret. */
export interface LiveRequest {
  /** When it ended, epoch ms. */
  readonly at: number
  readonly method: string
  /** Redacted and shortened; of its query the names alone: `/users?page=…&q=…`. */
  readonly target: string
  /** Pattern of the learned route; null: none is learned. */
  readonly route: string | null
  /** 0: nothing was sent. */
  readonly status: number
  readonly by: AnsweredBy
  /** Of the ghost that answered; null: none did. */
  readonly confidence: number | null
  readonly tookMs: number
  /** Code of the last fault that it met, '' for none. */
  readonly fault: string
}

/** From an edge, since it last told. */
export interface TailBatch {
  readonly requests: readonly LiveRequest[]
  /** All requests, by who answered and class of status: index `by * statusClasses.length + class`. */
  readonly counts: readonly number[]
  /** All ghosts, by tier and confidence: index `tier * CONFIDENCE_STEPS + step`. */
  readonly confidences: readonly number[]
}

export const liveCounters = [
  'requests',
  'live',
  'ghostExact',
  'ghostEntity',
  'ghostQuery',
  'ghostTemplate',
  'ghostSemantic',
  'refusedAnswers',
  'journalled',
  'upstreamFaults',
  'softFailures',
  'clientErrors',
  'internalErrors',
  'aborted',
  'cutShort',
  'retries',
  'heldBack',
  'hedged',
  'captured',
  'bytesIn',
  'bytesOut',
] as const
export type LiveCounter = (typeof liveCounters)[number]

/** What is so at the moment. */
export interface LiveState {
  readonly mode: Mode
  readonly circuit: CircuitStatus
  /** Not closed, or without their full share. */
  readonly routeCircuits: readonly RouteCircuitStatus[]
  readonly outage: {
    readonly id: string
    readonly since: string
    readonly because: string
    readonly ghosts: number
    readonly refused: number
  } | null
  readonly drills: readonly { readonly id: string; readonly kind: DrillKind; readonly endsAt: string }[]
  /** Those that stand, the most severe first; not more than some. */
  readonly anomalies: readonly LiveAnomaly[]
  readonly activeRequests: number
  readonly upstreamConnections: number
  readonly openWebsockets: number
  readonly edgesRunning: number
  readonly edgeRestarts: number
  readonly learnerRestarts: number
}

/** ms, told from the buckets of a histogram. */
export interface LivePercentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

export const liveEventKinds = [
  'circuit-opened',
  'circuit-half-open',
  'circuit-closed',
  'route-circuit-opened',
  'route-circuit-closed',
  'outage-began',
  'outage-ended',
  'drill-began',
  'drill-ended',
  'mode-changed',
  'edge-restarted',
  'learner-restarted',
  'anomaly-began',
  'anomaly-ended',
] as const
export type LiveEventKind = (typeof liveEventKinds)[number]

export interface LiveEvent {
  /** When it was noticed, epoch ms. */
  readonly at: number
  readonly kind: LiveEventKind
  /** For people: the route, the reason. */
  readonly detail: string
}

export interface LiveTick {
  readonly v: typeof LIVE_VERSION
  readonly kind: 'tick'
  /** Grows by one. */
  readonly seq: number
  /** Epoch ms, and how long the time was that its counts are of. */
  readonly at: number
  readonly spanMs: number
  /** During that time. */
  readonly counters: Readonly<Record<LiveCounter, number>>
  /** Requests by who answered and class of status; what is not named did not happen. */
  readonly statuses: Readonly<Partial<Record<AnsweredBy, Readonly<Partial<Record<StatusClass, number>>>>>>
  /** Ghosts by tier and tenth of their confidence, {@link CONFIDENCE_STEPS} numbers each. */
  readonly confidences: Readonly<Partial<Record<Tier, readonly number[]>>>
  /** Null: nothing was answered so during that time. */
  readonly latency: { readonly live: LivePercentiles | null; readonly ghost: LivePercentiles | null }
  readonly state: LiveState
  readonly events: readonly LiveEvent[]
  /** Oldest first. */
  readonly requests: readonly LiveRequest[]
  /** Requests during that time that are not among them. */
  readonly unsampled: number
}

/** The first message, once the client has said {@link LiveHello}. */
export interface LiveWelcome {
  readonly v: typeof LIVE_VERSION
  readonly kind: 'welcome'
  /** Of this process: another one means that the proxy was started again, and that `seq` begins anew. */
  readonly run: string
  /** Of the proxy. */
  readonly version: string
  /** How it is now. */
  readonly state: LiveState
  /** Ticks that are still kept and that the client does not have, oldest first, without their requests. */
  readonly missed: readonly LiveTick[]
  /** Ticks that it does not have and that are not kept any more. */
  readonly lost: number
}

/** In place of ticks that a slow client could not take: the next one is the latest. */
export interface LiveSkipped {
  readonly v: typeof LIVE_VERSION
  readonly kind: 'skipped'
  readonly ticks: number
}

export type LiveMessage = LiveWelcome | LiveTick | LiveSkipped

/** What the client says first, and all that it says. */
export interface LiveHello {
  readonly v: typeof LIVE_VERSION
  readonly kind: 'hello'
  /** In the first message and never in the URL, which ends up in logs. '' where none is set. */
  readonly token: string
  /** Where it was before the connection broke; null: it is new. */
  readonly resume: { readonly run: string; readonly seq: number } | null
}

/** Codes of a Close frame that mean something here (RFC 6455 §7.4.2: 4000–4999 are for private use). */
export const liveCloseCodes = { notHello: 4400, noToken: 4401, tooMany: 4429 } as const

/** What is read once a tick, counted since the start. */
export interface LiveLook {
  readonly counters: Readonly<Record<LiveCounter, number>>
  readonly boundsS: readonly number[]
  /** Cumulative by upper bound, the last one for +Inf. */
  readonly live: readonly number[]
  readonly ghost: readonly number[]
  readonly state: LiveState
}

/** Where the feed gets what it tells. */
export interface LiveSources {
  readonly version: string
  look(): LiveLook
  /** Edges tell of requests from now on, or no more. */
  listen(wanted: boolean): void
  /** Since the last time. */
  take(): TailBatch
}
