// thread: any
// How many different things were named under a key within about a minute: two windows, of which the older one counts for as much
// as it still reaches into the minute. Bounded in keys and in names.
import { RecentMap } from './recent-map.js'

export const WINDOW_MS = 60_000
const MAX_NAMES = 256

interface Counted {
  /** Number of the window. */
  window: number
  now: Set<string>
  more: number
  before: number
}

export class RecentCounts {
  readonly #maxNames: number
  readonly #keys: RecentMap<Counted>

  /** `maxNames`: more of a key are not told apart: they count once each all the same. */
  constructor(maxKeys: number, maxNames = MAX_NAMES) {
    this.#keys = new RecentMap(maxKeys)
    this.#maxNames = maxNames
  }

  /** How many there were within the minute, with this one. `at`: epoch ms. */
  count(key: string, name: string, at: number): number {
    const window = Math.floor(at / WINDOW_MS)
    let counted = this.#keys.get(key)
    if (counted === undefined) {
      counted = { window, now: new Set(), more: 0, before: 0 }
      this.#keys.set(key, counted)
    } else if (counted.window !== window) {
      counted.before = window - counted.window === 1 ? counted.now.size + counted.more : 0
      counted.now = new Set()
      counted.more = 0
      counted.window = window
    }
    if (counted.now.size < this.#maxNames) counted.now.add(name)
    else if (!counted.now.has(name)) counted.more += 1
    const left = 1 - (at % WINDOW_MS) / WINDOW_MS
    return counted.now.size + counted.more + counted.before * left
  }
}
