// thread: any
// A map that forgets what was not asked for of late. Two generations and no deletion: where the oldest entry of a `Map` is deleted
// again and again, each look for the next one walks over all those before.

export class RecentMap<Value> {
  readonly #maxKeys: number
  #now = new Map<string, Value>()
  #before = new Map<string, Value>()

  /** `maxKeys`: more are never kept; the last half of them always are. */
  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  get(key: string): Value | undefined {
    const value = this.#now.get(key)
    if (value !== undefined) return value
    const old = this.#before.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    if (this.#now.size >= this.#maxKeys / 2) {
      this.#before = this.#now
      this.#now = new Map()
    }
    this.#now.set(key, value)
  }
}
