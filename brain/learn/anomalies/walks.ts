// thread: any
// Identifiers that one caller asks for in order: 1041, 1042, 1043 … For each caller and route a few walks are followed at once, so
// that what it asks for between does not end one, and callers without credentials can share a name.
import { RecentMap } from './recent-map.js'

/** Steps that are taken for one: the next one, or one left out; up or down. */
const MAX_STEP = 2
const HEADS = 8
/** A walk that stands still for so long, or while so much else is asked for, has ended: by chance one goes on for ever. */
const REST_MS = 120_000
const REST_REQUESTS = 24

interface Walk {
  last: number
  /** 1 or -1; 0: it has not moved yet. */
  direction: number
  steps: number
  first: number
  since: number
  at: number
  /** Number of the request. */
  nth: number
}

interface Caller {
  requests: number
  readonly walks: Walk[]
}

export class Walks {
  readonly #keys: RecentMap<Caller>

  constructor(maxKeys: number) {
    this.#keys = new RecentMap(maxKeys)
  }

  /** The walk that this is a step of; undefined: of none. `at`: epoch ms. */
  step(key: string, id: number, at: number): Readonly<Walk> | undefined {
    let caller = this.#keys.get(key)
    if (caller === undefined) {
      caller = { requests: 0, walks: [] }
      this.#keys.set(key, caller)
    }
    const nth = ++caller.requests
    const { walks } = caller
    const hasEnded = (walk: Walk): boolean => at - walk.at > REST_MS || nth - walk.nth > REST_REQUESTS
    for (const walk of walks) {
      if (hasEnded(walk)) continue
      const by = id - walk.last
      const direction = Math.sign(by)
      if (by === 0) return undefined
      if (Math.abs(by) > MAX_STEP || (walk.direction !== 0 && direction !== walk.direction)) continue
      walk.direction = direction
      walk.last = id
      walk.steps += 1
      walk.at = at
      walk.nth = nth
      return walk
    }
    const fresh: Walk = { last: id, direction: 0, steps: 0, first: id, since: at, at, nth }
    if (walks.length < HEADS) walks.push(fresh)
    else walks[leastOf(walks, walk => (hasEnded(walk) ? -1 : walk.steps))] = fresh
    return undefined
  }
}

/** The one of lowest rank, and of these the one that rests for longest. */
function leastOf(walks: readonly Walk[], rank: (walk: Walk) => number): number {
  let least = 0
  walks.forEach((walk, i) => {
    const now = walks[least]!
    if (rank(walk) < rank(now) || (rank(walk) === rank(now) && walk.nth < now.nth)) least = i
  })
  return least
}
