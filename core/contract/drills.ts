// thread: any
// A drill: a fault of the upstream that is imitated on purpose, for a while.

import type { Tier } from './ghost.js'
import type { Difference } from './json-differences.js'

export const drillKinds = [
  'blackout',
  'latency',
  'error',
  'reset',
  'slow-body',
  'truncated-body',
  'malformed',
  'soft-failure',
] as const
export type DrillKind = (typeof drillKinds)[number]

/** Statuses that are failures of the upstream; see faultOfStatus. */
export const drillStatuses = [500, 502, 503, 504] as const

/** What a person asked for, checked. */
export interface DrillPlan {
  readonly kind: DrillKind
  /** Of the requests, 0–1. */
  readonly share: number
  /** `GET /users/{id}`, or `/users/{id}` for every method; undefined: all, learned or not. */
  readonly routes: readonly string[] | undefined
  /** Until the full share, s; 0: at once. */
  readonly rampS: number
  /** Which requests are hit follows from it. */
  readonly seed: number
  readonly durationS: number
  /** May run beside others. */
  readonly concurrent: boolean
  /** latency: the call begins so much later. slow-body: the body takes so long. */
  readonly latencyMs: number
  /** error: what is answered. */
  readonly status: number
}

/** What edges are told. */
export interface RunningDrill {
  readonly id: string
  readonly plan: DrillPlan
  /** Steady ms. */
  readonly beganAt: number
  readonly endsAt: number
  /** See core/drills/drill-cells.ts. */
  readonly cells: SharedArrayBuffer
}

/** What became of the requests of one route, or since the last time that an edge told. */
export interface DrillCounts {
  /** On the routes of the drill while it ran. */
  requests: number
  /** Of these, those that met the fault. */
  hit: number
  live: number
  /** The client got an answer that the drill made up: no ghost knew better. */
  faulty: number
  ghosts: Partial<Record<Tier, number>>
  journalled: number
  /** The client was told that there is no answer. */
  refused: number
  /** Broke off, the client went away, or its request was too large. */
  unfinished: number
}

/** What a ghost said beside what the upstream said in the shadow. Nothing in it is secret. */
export interface DrillComparison {
  readonly route: string
  readonly method: string
  readonly target: string
  readonly tier: Tier
  readonly confidence: number
  readonly ghostStatus: number
  readonly truthStatus: number
  /** 0–1; see similarity.ts. */
  readonly similarity: number
  readonly differences: readonly Difference[]
}

/** From an edge: what happened since it last told. */
export interface DrillNews {
  readonly id: string
  readonly counts: readonly (readonly [route: string, counts: DrillCounts])[]
  readonly compared: readonly DrillComparison[]
  /** Requests in the shadow that brought no truth to compare with. */
  readonly notAnswered: number
}

export interface DrillRouteReport extends DrillCounts {
  readonly route: string
  /** Ghosts that were held against the truth. */
  readonly compared: number
  /** Their mean similarity to the truth; null where none was compared. */
  readonly similarity: number | null
}

export type DrillEnd = 'running' | 'its time was over' | 'it was ended by hand' | 'the proxy shut down'

export interface DrillReport {
  readonly id: string
  readonly plan: DrillPlan
  readonly state: 'running' | 'ended'
  readonly because: DrillEnd
  readonly beganAt: string
  /** When it ended, or will. */
  readonly endsAt: string
  readonly totals: DrillCounts
  /** Blackout alone: what an outage would have looked like. */
  readonly ifItHadDied: {
    /** Of all GETs that needed a ghost, silence counting 0; null where nothing was compared. */
    readonly similarity: number | null
    readonly compared: number
    readonly notAnswered: number
    /** The least similar ones. */
    readonly worst: readonly DrillComparison[]
  } | null
  readonly routes: readonly DrillRouteReport[]
}
