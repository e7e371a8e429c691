// thread: edge
// Which learned route a request belongs to, its circuit, and under which number its times are counted. Matching cuts the path
// into pieces; so what was found is remembered by path until the next lesson, and a request that comes again costs two
// look-ups.
import { Buffer } from 'node:buffer'
import type { RouteBaseline } from '../contract/baseline.js'
import { SHAPE_CIRCUITS, shapeCircuitOf } from '../contract/circuits.js'
import type { LessonRoute } from '../contract/lesson.js'
import { MAX_TIMED_ROUTES, OTHER, OTHER_SLOT, UNLEARNED, UNLEARNED_SLOT } from '../contract/phases.js'
import type { RouteMatcher } from '../contract/route-match.js'

export interface RouteSlot {
  /** Place among the circuits: that of its route, or where none is learned that of its shape. */
  readonly circuit: number
  /** Place among the times of this edge. */
  readonly slot: number
  /** `/users/{id}`; undefined where no route is learned for it. */
  readonly pattern: string | undefined
  /** What its good answers have in common, as far as that is known. */
  readonly baseline: RouteBaseline | undefined
  /** When the last of its answers was learned, epoch ms. */
  readonly seenAt: number
}

/** Paths that are remembered, and how long they and their methods may be: together they bound the memory. */
const REMEMBERED_PATHS = 4096
const REMEMBERED_PATH_LENGTH = 256
const REMEMBERED_METHOD_LENGTH = 12
/** Where paths did not come again, so many are only matched before it is tried anew: remembering costs as much as matching. */
const MATCHED_ONLY = 16 * REMEMBERED_PATHS

/** One for each circuit of shapes: nothing else tells them apart. */
const unlearned: readonly RouteSlot[] = Array.from({ length: 1 + SHAPE_CIRCUITS }, (_, circuit) => ({
  ...{ circuit, slot: UNLEARNED_SLOT, pattern: undefined, baseline: undefined, seenAt: 0 },
}))
const noCircuits: ReadonlyMap<LessonRoute, number> = new Map()

export class RouteSlots {
  /** Name of each slot. Slots stay what they are over all lessons: their counts only grow. */
  readonly names: string[] = [UNLEARNED, OTHER]
  readonly #slotOfName = new Map<string, number>()
  #matcher: RouteMatcher
  #circuits: ReadonlyMap<LessonRoute, number> = noCircuits
  /** By method and pattern: one object a route, whatever its paths. */
  #routes = new Map<string, RouteSlot>()
  /** By method, then by path. */
  #paths = new Map<string, Map<string, RouteSlot>>()
  #remembered = 0
  /** Paths that were found again since the last clearing. */
  #again = 0
  #matchedOnly = 0

  constructor(matcher: RouteMatcher) {
    this.#matcher = matcher
  }

  /** A lesson came: paths may belong to other routes now. `circuits`: of those that have one of their own. */
  learned(matcher: RouteMatcher, circuits: ReadonlyMap<LessonRoute, number> = noCircuits): void {
    this.#matcher = matcher
    this.#circuits = circuits
    this.#routes = new Map()
    this.#matchedOnly = 0
    this.#forgetPaths()
  }

  /** HEAD is timed with GET: it is the same route. */
  of(requestMethod: string, path: string): RouteSlot {
    const method = requestMethod === 'HEAD' ? 'GET' : requestMethod
    const known = this.#paths.get(method)?.get(path)
    if (known === undefined) return this.#find(method, path)
    this.#again += 1
    return known
  }

  #find(method: string, path: string): RouteSlot {
    const route = this.#matcher.match(method, path)?.route
    const found = route === undefined ? unlearned[shapeCircuitOf(method, path)]! : this.#slotOf(method, path, route)
    if (path.length <= REMEMBERED_PATH_LENGTH && method.length <= REMEMBERED_METHOD_LENGTH)
      this.#remember(method, path, found)
    return found
  }

  #slotOf(method: string, path: string, route: LessonRoute): RouteSlot {
    const { pattern, baseline, lastSeenAt } = route
    const name = `${method} ${pattern}`
    let found = this.#routes.get(name)
    if (found === undefined) {
      let slot = this.#slotOfName.get(name)
      if (slot === undefined) {
        slot = this.names.length - 2 < MAX_TIMED_ROUTES ? this.names.push(name) - 1 : OTHER_SLOT
        if (slot !== OTHER_SLOT) this.#slotOfName.set(name, slot)
      }
      const circuit = this.#circuits.get(route) ?? shapeCircuitOf(method, path)
      found = { circuit, slot, pattern, baseline, seenAt: lastSeenAt }
      this.#routes.set(name, found)
    }
    return found
  }

  #remember(method: string, path: string, found: RouteSlot): void {
    if (this.#matchedOnly > 0) {
      this.#matchedOnly -= 1
      return
    }
    if (this.#remembered >= REMEMBERED_PATHS) {
      if (this.#again < REMEMBERED_PATHS) this.#matchedOnly = MATCHED_ONLY
      this.#forgetPaths()
    }
    let paths = this.#paths.get(method)
    if (paths === undefined) {
      paths = new Map()
      this.#paths.set(method, paths)
    }
    // A copy: the path may be a view on the whole head of its request, which would live as long as it.
    paths.set(Buffer.from(path, 'latin1').toString('latin1'), found)
    this.#remembered += 1
  }

  #forgetPaths(): void {
    this.#paths = new Map()
    this.#remembered = 0
    this.#again = 0
  }
}
