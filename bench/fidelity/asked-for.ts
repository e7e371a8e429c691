// What readiness promised for just the questions that were asked: each route told, for requests asked before and for others,
// what an outage would show; an outage asks of each route more or less than the traffic did (post-stratification: Holt and
// Smith 1979, "Post Stratification"). Pure.
import { type Answer, isRead } from './answers.js'
import type { BeforeTheKill } from './results.js'
import { REPEAT } from './scores.js'

/** One route of `GET /api/readiness`. */
export interface PromisedRoute {
  readonly method: string | null
  /** Null: requests for which no route is known. */
  readonly pattern: string | null
  readonly demand: number
  readonly repeated: Expectation
  readonly unseen: Expectation
}

/** Null: nothing was measured yet. */
export interface Expectation {
  readonly share: number
  readonly readiness: number | null
}

interface Promised {
  readonly routes: readonly PromisedRoute[]
  /** Of all routes. */
  readonly repeated: number
  readonly unseen: number
}

/** Mean over the reads; undefined: there were none, or nobody told of routes. */
export function promisedFor(answers: readonly Answer[], before: BeforeTheKill): number | undefined {
  const { routes, repeated, unseen } = before
  const reads = answers.filter(isRead)
  if (reads.length === 0 || routes === undefined || repeated === undefined || unseen === undefined) return undefined
  let sum = 0
  for (const { req } of reads) sum += promiseOf(req, { routes, repeated, unseen })
  return sum / reads.length
}

function promiseOf({ m, p, class: name }: Answer['req'], { routes, ...overall }: Promised): number {
  const part = name === REPEAT ? 'repeated' : 'unseen'
  const path = p.split('?', 1)[0]!
  const found = routesAt(m, path, routes)
  // Several routes answer at one path, by what is asked in the body: the question is of one of them, as likely as the traffic was.
  let weight = 0
  let sum = 0
  for (const route of found) {
    const { share, readiness } = route[part]
    if (readiness === null) continue
    weight += route.demand * share
    sum += route.demand * share * readiness
  }
  return weight === 0 ? overall[part] : sum / weight
}

function routesAt(method: string, path: string, routes: readonly PromisedRoute[]): readonly PromisedRoute[] {
  const fitting = routes.flatMap(route => {
    if (route.pattern === null) return []
    const pattern = route.pattern.split('#', 1)[0]!
    const isAsked = route.pattern.includes('#')
    // What is asked in a body may be asked by GET as well.
    if (route.method !== method && !isAsked) return []
    const params = paramsAt(pattern, path)
    return params === undefined ? [] : [{ route, params }]
  })
  if (fitting.length === 0) return routes.filter(({ pattern }) => pattern === null)
  const fewest = Math.min(...fitting.map(({ params }) => params))
  return fitting.filter(({ params }) => params === fewest).map(({ route }) => route)
}

/** How many parameters of the pattern the path fills; undefined: it is none of its paths. */
function paramsAt(pattern: string, path: string): number | undefined {
  const segments = path.split('/')
  const parts = pattern.split('/')
  if (segments.length !== parts.length) return undefined
  const isFitting = parts.every((part, i) => part === segments[i] || part.startsWith('{'))
  return isFitting ? parts.filter(part => part.startsWith('{')).length : undefined
}
