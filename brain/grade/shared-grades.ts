// thread: learner
// What grading has shown, told among instances. All of them learn from the same traffic: of one route the one that graded more
// knows better, and nothing is added up, for most of it is the same evidence. Pure.
import type { SavedKinds } from './kinds.js'
import type { Evidence, GradedMatch } from './posterior.js'

export interface RouteGrades {
  readonly exact: Evidence
  readonly stale: Evidence
  readonly template: Evidence
  readonly matches: readonly GradedMatch[]
}

export interface SharedGrades {
  readonly routes: readonly (readonly [routeId: string, RouteGrades])[]
  readonly kinds: SavedKinds
}

export function sharedGrades(known: Iterable<readonly [string, RouteGrades]>, kinds: SavedKinds): SharedGrades {
  const routes = [...known]
    .map(([id, { exact, stale, template, matches }]) => [id, { exact, stale, template, matches }] as const)
    .filter(
      ([, { exact, stale, template, matches }]) => exact.graded + stale.graded + template.graded + matches.length > 0,
    )
  return { routes, kinds }
}

/** Of each tier the evidence of who graded it more. */
export function surer(
  own: RouteGrades,
  others: RouteGrades | undefined,
): {
  exact: Evidence
  stale: Evidence
  template: Evidence
  matches: GradedMatch[]
} {
  const more = (mine: Evidence, theirs: Evidence | undefined): Evidence =>
    theirs !== undefined && theirs.graded > mine.graded ? theirs : mine
  return {
    exact: more(own.exact, others?.exact),
    stale: more(own.stale, others?.stale),
    template: more(own.template, others?.template),
    matches: [...((others?.matches.length ?? 0) > own.matches.length ? others!.matches : own.matches)],
  }
}

/** How many answers that were put together were graded. */
export function gradedKinds({ all }: SavedKinds): number {
  return all.reduce((sum, [, { graded }]) => sum + graded, 0)
}
