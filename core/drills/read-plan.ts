// thread: main
// What a person asks for, checked as a whole: a plan, or the first thing that is wrong with it. Pure.
import { type DrillKind, type DrillPlan, drillKinds, drillStatuses } from '../contract/drills.js'

export interface PlanProblem {
  readonly field: string
  readonly detail: string
}

export const MAX_DURATION_S = 86_400
export const MAX_LATENCY_MS = 600_000
const MAX_ROUTES = 1000
const DEFAULT_LATENCY_MS = 1000
const DEFAULT_STATUS = 503

const members = ['kind', 'share', 'routes', 'rampS', 'seed', 'durationS', 'concurrent', 'latencyMs', 'status'] as const
type Member = (typeof members)[number]

/** Only there where a member means something. */
const onlyFor: Partial<Record<Member, readonly DrillKind[]>> = {
  latencyMs: ['latency', 'slow-body'],
  status: ['error'],
}

/** `routes`: `GET /users/{id}` for each learned one. `seed`: taken where none is given. */
export function readPlan(
  text: string,
  routes: readonly string[],
  seed: number,
): DrillPlan | { readonly problem: PlanProblem } {
  const given = objectIn(text)
  if (given === undefined)
    return wrong('body', 'the body must be a JSON object such as {"kind": "blackout", "durationS": 60}')
  for (const name of Object.keys(given))
    if (!members.some(member => member === name))
      return wrong(
        name.slice(0, 100),
        `«${name.slice(0, 100)}» is no member of a drill; there are ${members.join(', ')}`,
      )
  const kind = drillKinds.find(kind => kind === given.kind)
  if (kind === undefined)
    return wrong('kind', `kind ${isWrong(given.kind)}; it must be one of ${drillKinds.join(', ')}`)
  for (const [member, kinds] of Object.entries(onlyFor))
    if (given[member] !== undefined && !kinds.includes(kind))
      return wrong(member, `${member} means nothing to the kind ${kind}, only to ${kinds.join(' and ')}`)

  const { durationS } = given
  if (!isWhole(durationS, 1, MAX_DURATION_S))
    return wrong('durationS', `durationS ${isWrong(durationS)}; it must be a whole number from 1 to ${MAX_DURATION_S}`)
  const { share = 1 } = given
  if (typeof share !== 'number' || !(share >= 0 && share <= 1))
    return wrong('share', `share ${isWrong(share)}; it must be a number from 0 to 1`)
  const { rampS = 0 } = given
  if (!isWhole(rampS, 0, durationS))
    return wrong('rampS', `rampS ${isWrong(rampS)}; it must be a whole number from 0 to durationS (${durationS})`)
  const { seed: givenSeed = seed } = given
  if (!isWhole(givenSeed, 0, 0xffffffff))
    return wrong('seed', `seed ${isWrong(givenSeed)}; it must be a whole number from 0 to ${0xffffffff}`)
  const { concurrent = false } = given
  if (typeof concurrent !== 'boolean')
    return wrong('concurrent', `concurrent ${isWrong(concurrent)}; it must be true or false`)
  const { latencyMs = DEFAULT_LATENCY_MS } = given
  if (!isWhole(latencyMs, 1, MAX_LATENCY_MS))
    return wrong('latencyMs', `latencyMs ${isWrong(latencyMs)}; it must be a whole number from 1 to ${MAX_LATENCY_MS}`)
  const status = drillStatuses.find(status => status === (given.status ?? DEFAULT_STATUS))
  if (status === undefined)
    return wrong('status', `status ${isWrong(given.status)}; it must be one of ${drillStatuses.join(', ')}`)
  const chosen = given.routes === undefined || given.routes === 'all' ? undefined : given.routes
  const problem = chosen === undefined ? undefined : routesProblem(chosen, routes)
  if (problem !== undefined) return wrong('routes', problem)
  return {
    kind,
    share,
    routes: chosen as readonly string[] | undefined,
    rampS,
    seed: givenSeed,
    durationS,
    concurrent,
    latencyMs,
    status,
  }
}

function routesProblem(given: unknown, routes: readonly string[]): string | undefined {
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_ROUTES)
    return `routes ${isWrong(given)}; it must be "all" or a list of learned routes such as ["GET /users/{id}"]`
  const known = new Set(routes.flatMap(route => [route, route.slice(route.indexOf(' ') + 1)]))
  for (const route of given)
    if (typeof route !== 'string' || !known.has(route))
      return `no learned route is ${shown(route)}; GET /api/routes lists them: "METHOD pattern", or the pattern alone for every method`
  return undefined
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const given: unknown = JSON.parse(text)
    const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
    return isObject ? (given as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}

function isWrong(value: unknown): string {
  return value === undefined ? 'is missing' : `is ${shown(value)}`
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 100)
}

function wrong(field: string, detail: string): { readonly problem: PlanProblem } {
  return { problem: { field, detail } }
}
