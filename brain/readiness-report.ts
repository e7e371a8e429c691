// thread: learner
// From what was measured and what the world knows to what an operator reads: how ready each route is, and what is missing,
// ranked by what it is expected to cost. Bounded, whatever the API.
import type { Missing, ReadinessPart, ReadinessReport, RouteReadiness } from '../core/contract/readiness.js'
import { NO_ROUTE } from './api-model.js'
import type { Part, Readiness } from './grade/readiness.js'
import { gapsOf } from './world/coverage.js'
import type { World } from './world/world.js'

/** A route as far as a report needs it. */
export interface NamedRoute {
  readonly id: string
  readonly method: string
  readonly pattern: string
}

const MAX_ROUTES = 500
const MAX_MISSING = 100
/** Routes that are searched for what is missing: those most asked for. */
const MAX_SEARCHED = 50

export function readinessReport(
  readiness: Readiness,
  world: World,
  routeOf: (id: string) => NamedRoute | undefined,
  minConfidence: number,
): ReadinessReport {
  const standings = readiness.routes().slice(0, MAX_ROUTES)
  const routes = standings.map(
    ([id, { demand, readiness: expected, repeated, unseen, graded, ways, because }]): RouteReadiness => {
      const { method, pattern } = routeOf(id) ?? { method: null, pattern: null }
      return {
        id: id === NO_ROUTE ? null : id,
        method,
        pattern,
        readiness: rounded(expected),
        repeated: part(repeated),
        unseen: part(unseen),
        demand: round(demand),
        graded,
        answers: Object.fromEntries(
          [...ways].filter(([, share]) => share >= 0.0005).map(([way, share]) => [way, round(share)]),
        ),
        because,
      }
    },
  )
  const overall = readiness.overall
  return {
    overall: rounded(overall.readiness),
    repeated: part(overall.repeated),
    unseen: part(overall.unseen),
    unstorable: round(readiness.unstorable),
    minConfidence,
    routes,
    missing: [...belowBar(readiness, routeOf, minConfidence), ...gaps(readiness, world, routeOf)]
      .sort((a, b) => b.demand - a.demand)
      .slice(0, MAX_MISSING)
      .map(missing => ({ ...missing, demand: Math.round(missing.demand * 1e6) / 1e6 })),
  }
}

function belowBar(
  readiness: Readiness,
  routeOf: (id: string) => NamedRoute | undefined,
  minConfidence: number,
): Missing[] {
  return readiness.routes().flatMap(([id, { demand, readiness: expected, because }]): Missing[] => {
    if (expected === undefined || expected >= minConfidence) return []
    const route = routeOf(id)
    return [
      {
        kind: 'route',
        routeId: id === NO_ROUTE ? null : id,
        method: route?.method ?? null,
        pattern: route?.pattern ?? null,
        target: null,
        scope: '',
        demand: demand * (1 - expected),
        because: because === '' ? 'what is answered is not what the upstream says' : because,
      },
    ]
  })
}

/** All that is known to be there and is not known itself, what costs most first. */
export function gapsByDemand(
  readiness: Readiness,
  world: World,
  routeOf: (id: string) => NamedRoute | undefined,
): Missing[] {
  return gaps(readiness, world, routeOf).sort((a, b) => b.demand - a.demand)
}

function gaps(readiness: Readiness, world: World, routeOf: (id: string) => NamedRoute | undefined): Missing[] {
  return readiness
    .routes()
    .slice(0, MAX_SEARCHED)
    .flatMap(([id, { demand }]) => {
      const route = routeOf(id)
      const known = world.route(id)
      if (route === undefined || known === undefined) return []
      return gapsOf(known).map(
        ({ kind, target, scope, share, because }): Missing => ({
          kind,
          routeId: id,
          method: route.method,
          pattern: route.pattern,
          target: target ?? null,
          scope,
          demand: demand * share,
          because,
        }),
      )
    })
}

function part({ share, readiness }: Part): ReadinessPart {
  return { share: round(share), readiness: rounded(readiness) }
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : round(value)
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
