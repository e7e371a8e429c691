// thread: any
// Recorded traffic that is sent again, to another place, and what came of it. Plain data.
import type { CapturedExchange, ExchangeFilter, HistoryQuery, HistoryReply } from './history.js'
import type { Difference } from './json-differences.js'
import type { Segment } from './lesson.js'
import type { VolatileMap } from './volatile.js'

/** What may be said of a replay and told to anybody; beside these there are only the secrets. */
export const replayMembers = [
  ...['source', 'target', 'from', 'to', 'routes', 'methods', 'status', 'scope', 'sample', 'seed', 'limit', 'exchange'],
  ...['pace', 'speed', 'perSecond', 'connections', 'writes', 'timeoutMs', 'compareFields', 'ignored'],
] as const

export const replaySources = ['history', 'har'] as const
/** `har`: what is posted to it before it is begun. */
export type ReplaySource = (typeof replaySources)[number]

/** When each request is sent. */
export type ReplayPace =
  /** As it came, so many times faster. */
  | { readonly kind: 'original'; readonly speed: number }
  | { readonly kind: 'rate'; readonly perSecond: number }
  /** As soon as one of the connections is free. */
  | { readonly kind: 'fast' }

/** What a person asked for, checked. Nothing in it is secret. */
export interface ReplayPlan {
  readonly source: ReplaySource
  /** Origin, and what is put in front of each path. */
  readonly target: string
  /** Epoch ms; of a HAR file all is taken. */
  readonly from: number
  readonly to: number
  /** As the history names them, `GET /users/{id}`; undefined: all. */
  readonly routes: readonly string[] | undefined
  readonly methods: readonly string[] | undefined
  readonly status: readonly [number, number] | undefined
  /** Keyed hash of credentials. */
  readonly scope: string | undefined
  /** Share of the exchanges, 0–1. */
  readonly sample: number
  /** Which ones are in the sample follows from it. */
  readonly seed: number
  readonly limit: number
  /** This one alone, by its id in the history; undefined: all that the others choose. */
  readonly exchange: string | undefined
  readonly pace: ReplayPace
  readonly connections: number
  /** Methods that are not safe are sent too. */
  readonly writes: boolean
  /** From the end of a request to the head of its answer. */
  readonly timeoutMs: number
  /** Response fields that are compared beside the usual ones. */
  readonly compareFields: readonly string[]
  /** Places in bodies that are not compared, as in volatile.ts. */
  readonly ignored: readonly string[]
}

/** What stands in the place of what was redacted. It is never stored, logged or told. */
export interface ReplaySecrets {
  /** Request fields by the scope that they are for; `*`: for every scope that is not named. */
  readonly scopes: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Texts by the hash that was put in their place in a path, a query or a body. */
  readonly values: Readonly<Record<string, string>>
}

/** One exchange as it was recorded. */
export interface Recording {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly endedAt: number
  /** `GET /users/{id}`; '' where nobody knows. */
  readonly route: string
  readonly method: string
  /** Redacted; null: it was not kept. */
  readonly target: string | null
  /** Keyed hash of credentials; '' for none. */
  readonly scope: string
  /** Whose request it is, for the order; '' where nobody knows. */
  readonly client: string
  readonly status: number
  /** Length of its request body. */
  readonly bytesIn: number
  /** Null: not captured; a GET like it may have been. */
  readonly captured: CapturedExchange | null
}

/** For a page of recordings, oldest first. */
export interface RecordingQuery extends ExchangeFilter {
  readonly routes?: readonly string[] | undefined
  readonly methods?: readonly string[] | undefined
  /** The id of one, within the window. */
  readonly exchange?: string | undefined
  readonly limit: number
  /** What `next` of the page before said. */
  readonly cursor?: string | undefined
}

/** Which captured exchange of each of these was the last one before. */
export interface EarlierCaptureQuery {
  readonly before: number
  readonly of: readonly { readonly method: string; readonly target: string }[]
}

/** Why a recorded exchange is not sent. */
export const replaySkips = [
  'write',
  'no-target',
  'no-body',
  'no-credentials',
  'redacted',
  'not-a-request',
  'not-sampled',
] as const
export type ReplaySkip = (typeof replaySkips)[number]

/** In what an answer differs from the recorded one. */
export const replayPartings = ['status', 'fields', 'shape', 'values'] as const
export type ReplayParting = (typeof replayPartings)[number]

export interface ReplayCounts {
  sent: number
  /** Answered as it was recorded. */
  same: number
  /** In anything. */
  different: number
  /** Of these; one may differ in several. */
  partings: Record<ReplayParting, number>
  /** Answered, and nothing but the status was there to compare with. */
  uncompared: number
  /** No answer. */
  failed: number
}

export interface ReplayLatency {
  /** Null: none was measured. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

export interface ReplayRoute extends ReplayCounts {
  readonly route: string
  readonly recorded: ReplayLatency
  readonly replayed: ReplayLatency
}

/** One answer that was not as recorded, or none. Nothing in it is secret. */
export interface ReplayDifference {
  /** Of the recorded exchange. */
  readonly exchange: string
  readonly route: string
  readonly method: string
  /** As it was recorded. */
  readonly target: string
  readonly recordedStatus: number
  /** 0: no answer. */
  readonly status: number
  readonly partings: readonly ReplayParting[]
  /** Why there was no answer, the code of a fault; '' where there was one. */
  readonly fault: string
  /** `given`: recorded. `truth`: what was answered now. `:name` is a field. */
  readonly differences: readonly Difference[]
}

export const replayStates = ['loading', 'running', 'paused', 'ended'] as const
export type ReplayState = (typeof replayStates)[number]

export interface ReplayReport {
  readonly id: string
  readonly plan: ReplayPlan
  /** The addresses that the name of the target stood for when it was checked, of which the first one is used. */
  readonly addresses: readonly string[]
  readonly state: ReplayState
  /** One sentence: why it ended, or waits. */
  readonly because: string
  /** It ended, and everything that was to be sent was. */
  readonly complete: boolean
  readonly beganAt: string
  /** Null: not yet. */
  readonly endedAt: string | null
  /** Read from the source. */
  readonly selected: number
  /** Of these, how many are to be sent. */
  readonly toSend: number
  readonly skipped: Readonly<Record<ReplaySkip, number>>
  readonly totals: ReplayCounts
  /** Sent more than a tenth of a second after their time. */
  readonly late: number
  /** Ids of earlier answers that were put into later requests. */
  readonly rewritten: number
  readonly perSecond: number
  readonly recorded: ReplayLatency
  readonly replayed: ReplayLatency
  /** Most requests first. */
  readonly routes: readonly ReplayRoute[]
  /** The first ones, some of each route. */
  readonly differences: readonly ReplayDifference[]
}

export type ReplaySummary = Omit<ReplayReport, 'routes' | 'differences'>

/** Replays as a person handles them. */
export interface ReplayHandling {
  /** All of it or nothing. `text`: the body of the request. */
  begin(text: string): Promise<ReplayReport | ReplayRefusal>
  look(id: string): ReplayReport | undefined
  /** Newest first. */
  list(): readonly ReplaySummary[]
  /** Undefined: there is none of that name. */
  pause(id: string): ReplayReport | undefined
  resume(id: string): ReplayReport | undefined
  stop(id: string): Promise<ReplayReport | undefined>
  /** More to be sent, for one that takes it from HAR files and is not begun yet: how many entries that were. */
  add(id: string, har: string): Promise<{ readonly entries: number } | ReplayRefusal | undefined>
}

export interface ReplayRefusal {
  readonly refused: 'plan' | 'target' | 'busy' | 'har' | 'begun'
  readonly field: string
  readonly detail: string
}

/** A learned route, as far as an answer is compared by it. */
export interface ComparedRoute {
  readonly id: string
  readonly method: string
  readonly pattern: string
  readonly segments: readonly Segment[]
  readonly volatile: VolatileMap | undefined
}

export type MainToReplay =
  | { readonly kind: 'reply'; readonly askId: number; readonly reply: HistoryReply }
  | { readonly kind: 'har'; readonly askId: number; readonly text: string }
  | { readonly kind: 'pause' | 'resume' }
  | { readonly kind: 'stop'; readonly because: string }

export type ReplayToMain =
  | { readonly kind: 'ask'; readonly askId: number; readonly query: HistoryQuery }
  | { readonly kind: 'har-reply'; readonly askId: number; readonly reply: { entries: number } | { problem: string } }
  /** `fresh`: differences since the last one. */
  | {
      readonly kind: 'news'
      readonly report: Omit<ReplayReport, 'id' | 'plan' | 'addresses' | 'beganAt' | 'differences'>
      readonly fresh: readonly ReplayDifference[]
    }
