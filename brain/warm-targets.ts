// thread: learner
// What may be fetched to be known before an outage, most wanted first: GETs of routes that many such requests without
// credentials have shown to be safe. Pure.
import { queryParams } from '../core/contract/query-params.js'
import { saysDoing } from '../core/contract/question-words.js'
import type { Missing } from '../core/contract/readiness.js'
import { splitTarget } from '../core/contract/target.js'
import type { RouteWorld } from './world/route-world.js'

/** Different requests of a route that were answered well to nobody in particular. */
const MANY = 8

export interface WarmTarget {
  readonly routeId: string
  /** Path and query. */
  readonly target: string
}

/** `missing`: see readiness-report.ts, what costs most first. */
export function warmTargets(missing: Iterable<Missing>, routeOf: (id: string) => RouteWorld | undefined): WarmTarget[] {
  const proven = new Map<string, boolean>()
  const targets: WarmTarget[] = []
  for (const { method, scope, target, routeId } of missing) {
    if (method !== 'GET' || scope !== '' || target === null || routeId === null) continue
    let isProven = proven.get(routeId)
    if (isProven === undefined) {
      const route = routeOf(routeId)
      isProven = route !== undefined && answeredToNobody(route) >= MANY
      proven.set(routeId, isProven)
    }
    if (isProven && !soundsLikeDoing(target)) targets.push({ routeId, target })
  }
  return targets
}

function answeredToNobody({ observations }: RouteWorld): number {
  const targets = new Set<string>()
  for (const { scope, path, query, status } of observations)
    if (scope === '' && status === 200) targets.add(`${path}?${query}`)
  return targets.size
}

/** A GET should change nothing (RFC 9110 §9.2.1); there are APIs where it does, and their names say so. */
function soundsLikeDoing(target: string): boolean {
  const { path, query = '' } = splitTarget(target)
  const words = [...path.split('/'), ...queryParams(query).flat()]
  return words.some(saysDoing)
}
