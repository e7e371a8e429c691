// thread: any
// What stands in a target, read once for all requests that repeat it. Bounded.
import { queryParams } from '../../../core/contract/query-params.js'
import { splitTarget } from '../../../core/contract/target.js'
import { type SeenValue, seenValue } from './value-traits.js'

export interface AskedTarget {
  /** `/orders/1041/items?x=1` → 1041; undefined: there is none. */
  readonly id: number | undefined
  /** Names and values of its query. */
  readonly values: readonly (readonly [string, SeenValue])[]
}

const REMEMBERED = 4096

export class AskedTargets {
  #known = new Map<string, AskedTarget>()

  of(target: string): AskedTarget {
    let asked = this.#known.get(target)
    if (asked === undefined) {
      asked = readTarget(target)
      if (this.#known.size >= REMEMBERED) this.#known = new Map()
      this.#known.set(target, asked)
    }
    return asked
  }
}

function readTarget(target: string): AskedTarget {
  const { path, query = '' } = splitTarget(target)
  const id = /\/(\d{1,15})(?:\.[a-z]{2,7})?(?:\/[^\d/][^/]*)*$/.exec(path)
  return {
    id: id === null ? undefined : Number(id[1]),
    values: queryParams(query).map(([name, value]) => [name, seenValue(value)]),
  }
}
