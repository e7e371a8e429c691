// thread: edge
// How many exchanges an edge ships to the learner. A hot route never starves a rare one: when the budget runs low, only
// routes that used less than their share still get through. Time is handed in.

interface RouteUse {
  second: number
  used: number
}

/** Routes whose use is remembered; forgetting one only makes it look rare for a second. */
const REMEMBERED_ROUTES = 4096

export class Sampler {
  readonly #perSecond: number
  readonly #bytesPerSecond: number
  readonly #routes = new Map<string, RouteUse>()
  #second = 0
  #used = 0
  #usedBytes = 0

  /** `perSecond` exchanges and `bytesPerSecond` of bodies an edge. */
  constructor(perSecond: number, bytesPerSecond: number) {
    this.#perSecond = perSecond
    this.#bytesPerSecond = bytesPerSecond
  }

  /** True: ship it. `route`: pattern, or whatever stands for one before it is learned. */
  take(route: string, bytes: number, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#used = 0
      this.#usedBytes = 0
    }
    let use = this.#routes.get(route)
    if (use === undefined) {
      if (this.#routes.size >= REMEMBERED_ROUTES) this.#routes.delete(this.#routes.keys().next().value!)
      use = { second, used: 0 }
      this.#routes.set(route, use)
    }
    if (use.second !== second) {
      use.second = second
      use.used = 0
    }
    // A tenth of the budget is one route's share; the last quarter is kept for routes below theirs.
    const rare = use.used < this.#perSecond / 10
    const limit = rare ? 1 : 0.75
    if (this.#used >= this.#perSecond * limit || this.#usedBytes + bytes > this.#bytesPerSecond * limit) {
      // A body larger than the whole budget would never get through: the first of a second may overdraw it.
      if (!(rare && this.#usedBytes === 0)) return false
    }
    use.used += 1
    this.#used += 1
    this.#usedBytes += bytes
    return true
  }
}
