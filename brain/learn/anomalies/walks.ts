// thread: any
// Identifiers that one caller asks for in order: 1041, 1042, 1043 … For each caller and route a few walks are followed at once, so
// that what it asks for between does not end one, and callers without credentials can share a name.

/** Steps that are taken for one: the next one, or one left out; up or down. */
const MAX_STEP = 2
const HEADS = 8
/** A walk that stands still for so long has ended. */
const REST_MS = 120_000

interface Walk {
  last: number
  /** 1 or -1; 0: it has not moved yet. */
  direction: number
  steps: number
  first: number
  since: number
  at: number
}

export class Walks {
  readonly #maxKeys: number
  readonly #keys = new Map<string, Walk[]>()

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  /** The walk that this is a step of; undefined: of none. `at`: epoch ms. */
  step(key: string, id: number, at: number): Readonly<Walk> | undefined {
    let walks = this.#keys.get(key)
    if (walks === undefined) {
      if (this.#keys.size >= this.#maxKeys) this.#keys.delete(this.#keys.keys().next().value!)
      walks = []
    } else this.#keys.delete(key)
    this.#keys.set(key, walks)
    for (const walk of walks) {
      const by = id - walk.last
      const direction = Math.sign(by)
      if (by === 0 && at - walk.at <= REST_MS) return undefined
      if (at - walk.at > REST_MS || Math.abs(by) > MAX_STEP) continue
      if (walk.direction !== 0 && direction !== walk.direction) continue
      walk.direction = direction
      walk.last = id
      walk.steps += 1
      walk.at = at
      return walk
    }
    const fresh: Walk = { last: id, direction: 0, steps: 0, first: id, since: at, at }
    if (walks.length < HEADS) walks.push(fresh)
    else walks[leastOf(walks, at)] = fresh
    return undefined
  }
}

/** One that has ended, or else the shortest one. */
function leastOf(walks: readonly Walk[], at: number): number {
  let least = 0
  walks.forEach((walk, i) => {
    const now = walks[least]!
    if (rank(walk, at) < rank(now, at) || (rank(walk, at) === rank(now, at) && walk.at < now.at)) least = i
  })
  return least
}

function rank(walk: Walk, at: number): number {
  return at - walk.at > REST_MS ? -1 : walk.steps
}
