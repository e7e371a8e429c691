// thread: main
// Which learned route has which circuit. Numbers stay with their routes over all lessons; that of a route which is learned no
// more waits a while before another gets it, for edges may still count calls under it.
import { CIRCUITS, circuitName, FIRST_ROUTE_CIRCUIT, SHAPE_CIRCUITS, UPSTREAM_CIRCUIT } from '../contract/circuits.js'
import type { LessonRoute } from '../contract/lesson.js'

export const UPSTREAM_NAME = 'upstream'
/** Longer than requests of before the lesson take. */
const REST_MS = 120_000

interface Holding {
  readonly circuit: number
  /** Its route is in the last lesson, or when it was in one last. */
  goneAt: number | undefined
}

export interface Assignment {
  /** One for each route of the lesson; UPSTREAM_CIRCUIT: it has none of its own. */
  readonly circuits: readonly number[]
  /** Begin from nothing. */
  readonly fresh: readonly number[]
  /** Their routes are gone. */
  readonly gone: readonly number[]
}

export class RouteCircuits {
  readonly #holdings = new Map<string, Holding>()
  readonly #names: (string | undefined)[] = new Array(CIRCUITS)
  #next = FIRST_ROUTE_CIRCUIT

  /** Circuits that count: those of shapes, and of the routes in the last lesson. */
  #live: readonly number[] = shapes

  get live(): readonly number[] {
    return this.#live
  }

  /** For people. */
  nameOf(circuit: number): string {
    if (circuit === UPSTREAM_CIRCUIT) return UPSTREAM_NAME
    return this.#names[circuit] ?? `unlearned, group ${circuit} of ${SHAPE_CIRCUITS}`
  }

  assign(routes: readonly LessonRoute[], now: number): Assignment {
    const fresh: number[] = []
    const names = routes.map(route => (isMatchedByPath(route) ? circuitName(route) : undefined))
    const named = new Set(names)
    const gone: number[] = []
    for (const [name, holding] of this.#holdings) {
      if (named.has(name)) holding.goneAt = undefined
      else if (holding.goneAt === undefined) {
        holding.goneAt = now
        gone.push(holding.circuit)
      }
    }
    const circuits = names.map(name => {
      if (name === undefined) return UPSTREAM_CIRCUIT
      const known = this.#holdings.get(name)
      if (known !== undefined) return known.circuit
      const circuit = this.#vacant(now)
      if (circuit === undefined) return UPSTREAM_CIRCUIT
      this.#holdings.set(name, { circuit, goneAt: undefined })
      this.#names[circuit] = name
      fresh.push(circuit)
      return circuit
    })
    this.#live = [...shapes, ...new Set(circuits.filter(circuit => circuit !== UPSTREAM_CIRCUIT))]
    return { circuits, fresh, gone }
  }

  #vacant(now: number): number | undefined {
    if (this.#next < CIRCUITS) return this.#next++
    for (const [name, { circuit, goneAt }] of this.#holdings) {
      if (goneAt === undefined || now - goneAt < REST_MS) continue
      this.#holdings.delete(name)
      return circuit
    }
    return undefined
  }
}

const shapes: readonly number[] = Array.from({ length: SHAPE_CIRCUITS }, (_, i) => 1 + i)

/** What is asked in a body is learned under names that no path has: see `routePath`. */
function isMatchedByPath({ pattern }: LessonRoute): boolean {
  return !pattern.includes('#')
}
