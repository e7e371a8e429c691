// thread: any
// The parameters that the requests of each route have, and what their values look like: what never came before, and cannot be
// chance, is told. Bounded in routes, in parameters of a route, and in names that wait for a verdict.
import type { AnomalyExample, AnomalySignal } from '../../../core/contract/anomalies.js'
import { told } from './example.js'
import { NOVEL_CHANCE, Novelty, type SavedNovelty } from './novelty.js'
import { ParameterShape, type SavedParameter } from './parameter-shape.js'
import type { SeenValue } from './value-traits.js'

const MAX_ROUTES = 300
const MAX_PARAMETERS = 64
const MAX_PENDING = 32
const MAX_NAME = 64
/** Requests of a route before one of its parameters is called unseen. */
const MIN_REQUESTS = 200
/** What redaction put in the place of a secret. */
const redacted = /^~[\w-]{22}$/

export interface SavedRouteShapes {
  readonly requests: number
  readonly parameters: readonly (readonly [string, SavedParameter])[]
  readonly pending: readonly (readonly [string, SavedNovelty])[]
}
export type SavedRequestShapes = readonly (readonly [string, SavedRouteShapes])[]

interface RouteShapes {
  requests: number
  readonly parameters: Map<string, ParameterShape>
  readonly pending: Map<string, Novelty>
}

/** What the parameters are called, for people: `parameter` of a query, `member` of a body. */
export type PlaceOfParameters = 'parameter' | 'member'

export class RequestShapes {
  readonly #place: PlaceOfParameters
  readonly #routes = new Map<string, RouteShapes>()
  /** That of the last request. */
  #newest: RouteShapes | undefined

  constructor(place: PlaceOfParameters, saved: SavedRequestShapes = []) {
    this.#place = place
    for (const [route, { requests, parameters, pending }] of saved)
      this.#routes.set(route, {
        requests,
        parameters: new Map(parameters.map(([name, parameter]) => [name, new ParameterShape(parameter)])),
        pending: new Map(pending.map(([name, novelty]) => [name, new Novelty(novelty)])),
      })
  }

  /** One request of `route` with these names and values. */
  observe(
    route: string,
    values: readonly (readonly [string, SeenValue])[],
    example: () => AnomalyExample,
    at: number,
  ): AnomalySignal[] {
    const shapes = this.#shapesOf(route)
    const signals: AnomalySignal[] = []
    const unknown: string[] = []
    for (const [name, value] of values) {
      if (name.length > MAX_NAME || redacted.test(value.text)) continue
      const parameter = this.#known(shapes, name, unknown)
      if (parameter === undefined) continue
      const normal = parameter.isInDoubt ? parameter.says : ''
      for (const { name: how, novelty } of parameter.observe(value))
        signals.push(this.#breakSignal({ route, name, how, novelty, normal, value: value.text }, example(), at))
    }
    for (const [name, novelty] of shapes.pending) {
      const isThere = unknown.includes(name)
      novelty.look(isThere)
      if (novelty.isSettled) this.#settle(shapes, name)
      else if (isThere && novelty.isNovel) signals.push(this.#unseenSignal({ route, name, novelty }, example(), at))
    }
    shapes.requests += 1
    return signals
  }

  /** It is normal from now on. `detail`: that of the signal. */
  expect(route: string, detail: string): void {
    const shapes = this.#routes.get(route)
    if (shapes === undefined) return
    if (shapes.pending.has(detail)) {
      this.#settle(shapes, detail)
      return
    }
    const mark = detail.indexOf(': ')
    if (mark > 0) shapes.parameters.get(detail.slice(0, mark))?.expect(detail.slice(mark + 2))
  }

  toJSON(): SavedRequestShapes {
    return [...this.#routes].map(([route, { requests, parameters, pending }]) => [
      route,
      {
        requests,
        parameters: [...parameters].map(([name, parameter]) => [name, parameter.toJSON()] as const),
        pending: [...pending].map(([name, novelty]) => [name, novelty.toJSON()] as const),
      },
    ])
  }

  #shapesOf(route: string): RouteShapes {
    let shapes = this.#routes.get(route)
    if (shapes === undefined) {
      if (this.#routes.size >= MAX_ROUTES) this.#routes.delete(this.#routes.keys().next().value!)
      shapes = { requests: 0, parameters: new Map(), pending: new Map() }
    } else if (shapes === this.#newest) return shapes
    else this.#routes.delete(route)
    this.#routes.set(route, shapes)
    this.#newest = shapes
    return shapes
  }

  /** Undefined: it waits for a verdict, or there is no room. */
  #known(shapes: RouteShapes, name: string, unknown: string[]): ParameterShape | undefined {
    const known = shapes.parameters.get(name)
    if (known !== undefined) return known
    unknown.push(name)
    if (shapes.pending.has(name)) return undefined
    if (shapes.requests < MIN_REQUESTS) return this.#settle(shapes, name)
    if (shapes.pending.size < MAX_PENDING) shapes.pending.set(name, new Novelty({ before: shapes.requests }))
    return undefined
  }

  #settle(shapes: RouteShapes, name: string): ParameterShape | undefined {
    shapes.pending.delete(name)
    if (shapes.parameters.size >= MAX_PARAMETERS) return undefined
    const parameter = new ParameterShape()
    shapes.parameters.set(name, parameter)
    return parameter
  }

  #unseenSignal(
    { route, name, novelty }: { route: string; name: string; novelty: Novelty },
    example: AnomalyExample,
    at: number,
  ): AnomalySignal {
    const { before, since, hits } = novelty
    return {
      ...{ kind: 'unseen-parameter', subject: route, detail: name, severity: 'low' },
      ...{ at, count: 1, strength: strengthOf(novelty), unit: 'requests', example },
      says: `the ${this.#place} «${name}» was in none of ${told(before)} requests before, and is in ${hits} of the last ${told(since)}`,
      evidence: { [this.#place]: name, before: Math.round(before), since, hits, chance: novelty.chance },
      falseAlarms,
    }
  }

  #breakSignal(
    found: { route: string; name: string; how: string; novelty: Novelty; normal: string; value: string },
    example: AnomalyExample,
    at: number,
  ): AnomalySignal {
    const { route, name, how, novelty, normal, value } = found
    const { before, since, hits } = novelty
    const isHostile = how.endsWith(' in it')
    return {
      ...{ kind: 'parameter-break', subject: route, detail: `${name}: ${how}` },
      ...{
        severity: isHostile ? 'high' : 'medium',
        at,
        count: 1,
        strength: strengthOf(novelty),
        unit: 'requests',
        example,
      },
      says: `the ${this.#place} «${name}» was ${normal} in ${told(before)} requests; now ${hits} of ${told(since)} have a value that is unlike: ${how}, such as «${shortened(value)}»`,
      evidence: { [this.#place]: name, how, before: Math.round(before), since, hits, chance: novelty.chance },
      falseAlarms,
    }
  }
}

const falseAlarms = `by chance alone with a probability below ${NOVEL_CHANCE} for each thing that is new`

/** Powers of ten by which chance is less likely than the limit, and 1. */
export function strengthOf({ chance }: Novelty): number {
  return 1 + Math.log10(NOVEL_CHANCE / Math.max(chance, 1e-300)) / 10
}

function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value
}
