// thread: any
// The phases of a request that are timed, and how their counts are laid out when they travel from an edge to main.

/**
 * - connect: waiting for an upstream connection; a request that found one idle is not counted
 * - wait: from the last byte of the request to the head of the answer
 * - receive: from the head of the answer to its last byte
 * - total: from accepting the request to handing over its answer, be it live, a ghost or a refusal
 * - ghost: asking the tiers
 */
export const phases = ['connect', 'wait', 'receive', 'total', 'ghost'] as const
export type Phase = (typeof phases)[number]

/** Index of a phase; a number, because every request looks it up several times. */
export const phaseAt: Readonly<Record<Phase, number>> = { connect: 0, wait: 1, receive: 2, total: 3, ghost: 4 }

/** Upper bounds of the buckets, ms; few, for every route has them five times. The last bucket is +Inf. */
export const phaseBoundsMs = [0.5, 2, 10, 50, 250, 1000, 5000] as const

/** Of one phase of one route: its buckets, then the sum in ms. */
export const PHASE_CELLS = phaseBoundsMs.length + 2
/** Of one route. */
export const ROUTE_CELLS = phases.length * PHASE_CELLS

/** Routes that are told apart; more are counted together, so that no client can make a metric grow without end. */
export const MAX_TIMED_ROUTES = 200
/** Names of what is no learned route. */
export const UNLEARNED = 'unlearned'
export const OTHER = 'other'
/** Places of these two among the names of routes; learned ones come behind them. */
export const UNLEARNED_SLOT = 0
export const OTHER_SLOT = 1

/** What an edge counted since it last told. `counts` holds ROUTE_CELLS numbers for each of `routes`. */
export interface PhaseCounts {
  readonly routes: readonly string[]
  readonly counts: Float64Array<ArrayBuffer>
}
