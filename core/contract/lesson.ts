// thread: any
import type { RouteBaseline } from './baseline.js'
import type { CreationForm } from './creation-form.js'
import type { Tier } from './ghost.js'
import type { NegotiatingField, OfferedForms } from './negotiation.js'
import type { RouteShows } from './route-shows.js'
import type { VolatileMap } from './volatile.js'

/** One segment of a path pattern: a constant, or a parameter of a type seen in traffic. */
export type Segment =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string; readonly type: ParamType }

export const paramTypes = ['int', 'uuid', 'hex', 'date', 'slug', 'opaque'] as const
export type ParamType = (typeof paramTypes)[number]

/** How good a tier has proven on a route. See brain/grade/posterior.ts. */
export interface TierGrade {
  /** Expected similarity to the truth, 0…1: mean of the posterior. */
  readonly confidence: number
  /** Its lower bound: what gates serving. */
  readonly lowerBound: number
  /** How many answers of this tier were compared with the truth. */
  readonly graded: number
}

/**
 * What is believed of a tier before any of its answers was compared with the truth. An answer seen before is trusted at
 * once; one put together is not until it has proven itself. The Beta priors behind these numbers are in
 * brain/grade/posterior.ts: Beta(9, 0.5) and Beta(1, 1), lower bound one standard deviation below the mean.
 */
export function priorGrade(tier: Tier): TierGrade {
  return tier === 'exact'
    ? { confidence: 0.947, lowerBound: 0.878, graded: 0 }
    : { confidence: 0.5, lowerBound: 0.211, graded: 0 }
}

/**
 * What is believed of an answer seen before that shows something which was written since, until such answers were compared
 * with the truth: most of it is as it was. Beta(6, 1).
 */
export const priorStaleGrade: TierGrade = { confidence: 0.857, lowerBound: 0.733, graded: 0 }

/** A parameter of the query that was found to change nothing. */
export interface IgnoredParam {
  /** As it is written in the query. */
  readonly name: string
  /** Requests that it was seen in, of late; its values (nearly) never came twice. */
  readonly seen: number
  /** Answers that were equal to that of another request, equal but for it. */
  readonly equal: number
}

export interface LessonRoute {
  /** Stable for one method and pattern; fit for a URL. */
  readonly id: string
  readonly method: string
  /** `/users/{id}` */
  readonly pattern: string
  readonly segments: readonly Segment[]
  readonly grades: Partial<Record<Tier, TierGrade>>
  /** How good exact answers have proven that a write had made stale. Undefined: nothing is known. */
  readonly staleGrade?: TierGrade
  /** Exchanges learned, repeats counted. */
  readonly seen: number
  readonly exemplars: number
  /** 0 where the route has no template; grows with each change of it. */
  readonly templateVersion: number
  readonly lastSeenAt: number
  /** Leaves of its answers that are made anew each time; undefined: none are known. */
  readonly volatile?: VolatileMap
  /** Parameters that take no part in the identity of a request; undefined: all do. */
  readonly ignored?: readonly IgnoredParam[]
  /** Its answers have several media types, by what is asked for; undefined: one, or it is not known that they do. */
  readonly offered?: OfferedForms
  /** What its answers say, and not only in which form, depends on these fields of the request; undefined: on none. */
  readonly differsBy?: readonly NegotiatingField[]
  /** What its good answers have in common; undefined: too few were seen. */
  readonly baseline?: RouteBaseline
  /** Where its answers show records; undefined: it is not known. */
  readonly shows?: RouteShows
}

/**
 * How sure the surest answer is to a plain request for which no route is known, by who asks: a lower bound of confidence, 0…1. That
 * there is nothing at such a path is all that is ever said of it.
 */
export interface Nowhere {
  readonly nobody: number
  /** Who shows credentials. */
  readonly others: number
}

/** What the brain hands to the edges: a whole, versioned snapshot. */
export interface Lesson {
  readonly version: number
  readonly routes: readonly LessonRoute[]
  /** Undefined: nobody knows, and the brain is to be asked. */
  readonly nowhere?: Nowhere
  /** How things were seen to be made; undefined: none were. */
  readonly creations?: readonly CreationForm[]
}

export const emptyLesson: Lesson = { version: 0, routes: [] }
