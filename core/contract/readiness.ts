// thread: any
// How good the ghosts would be if the upstream died now, and what is missing for them to be better. Plain data.
import type { Tier } from './ghost.js'

/** Requests that were asked before, or that were not. */
export interface ReadinessPart {
  /** Of recent requests, 0…1. */
  readonly share: number
  /** Null: nothing was measured yet. */
  readonly readiness: number | null
}

export interface RouteReadiness {
  /** Null: requests for which no route is known. */
  readonly id: string | null
  readonly method: string | null
  readonly pattern: string | null
  /** Expected similarity to the truth of what would be said, 0…1, silence counting 0; null: nothing was measured yet. */
  readonly readiness: number | null
  readonly repeated: ReadinessPart
  readonly unseen: ReadinessPart
  /** Share of the recent demand, 0…1. */
  readonly demand: number
  /** How many requests it was measured by. */
  readonly graded: number
  /** Share of recent requests that each tier would have answered, and that nobody would. */
  readonly answers: Readonly<Partial<Record<Tier | 'none', number>>>
  /** Why the last one that nobody would have answered would not have been; '' where there was none. */
  readonly because: string
}

export const missingKinds = ['detail', 'page', 'route'] as const

/** Something that, were it known, would make ghosts better. */
export interface Missing {
  /** `detail`: an id that lists showed, `page`: a part of a list, `route`: less good than CHAOS_GHOST_MIN_CONFIDENCE. */
  readonly kind: (typeof missingKinds)[number]
  readonly routeId: string | null
  readonly method: string | null
  readonly pattern: string | null
  /** What to ask for, path and query; null where that cannot be told. */
  readonly target: string | null
  /** '' for nobody's, else a keyed hash of the credentials that it is missing for. */
  readonly scope: string
  /** Share of the demand that is expected to be lost for want of it, 0…1. */
  readonly demand: number
  readonly because: string
}

export interface ReadinessReport {
  /** Weighted by recent demand; null where nothing was measured: no traffic yet, or CHAOS_GRADE_PERCENT is 0. */
  readonly overall: number | null
  /** The same of requests that were asked before, and of those that were not. */
  readonly repeated: ReadinessPart
  readonly unseen: ReadinessPart
  /** Share of the recent demand whose answers may not be kept (`no-store`): silence in an outage, and counted as that. */
  readonly unstorable: number
  readonly minConfidence: number
  /** Most asked for first. */
  readonly routes: readonly RouteReadiness[]
  /** What costs most first. */
  readonly missing: readonly Missing[]
}
