// thread: learner
// Which exemplars of an endpoint, at which everything is asked and written, are not stale yet: a write that says nothing of
// what it touched makes them so, each once until it is seen again. Bounded: what was noted longest ago is forgotten first.

const MAX_KEYS = 100_000

export class EndpointAnswers {
  readonly #maxKeys: number
  /** Path and credential → keys. */
  readonly #fresh = new Map<string, Set<string>>()
  #size = 0

  constructor(maxKeys = MAX_KEYS) {
    this.#maxKeys = maxKeys
  }

  /** An answer was seen. */
  note(path: string, scope: string, key: string): void {
    const name = nameOf(path, scope)
    let keys = this.#fresh.get(name)
    if (keys === undefined) {
      keys = new Set()
      this.#fresh.set(name, keys)
    }
    if (!keys.delete(key)) this.#size += 1
    keys.add(key)
    while (this.#size > this.#maxKeys) this.#forgetOne()
  }

  /** Those that were given to this credential, and to everybody; they are stale from now on. */
  take(path: string, scope: string): readonly string[] {
    const taken: string[] = []
    for (const of of new Set([scope, ''])) {
      const name = nameOf(path, of)
      const keys = this.#fresh.get(name)
      if (keys === undefined) continue
      this.#fresh.delete(name)
      this.#size -= keys.size
      taken.push(...keys)
    }
    return taken
  }

  #forgetOne(): void {
    const [name, keys] = this.#fresh.entries().next().value!
    const [oldest] = keys
    if (oldest !== undefined) {
      keys.delete(oldest)
      this.#size -= 1
    }
    if (keys.size === 0) this.#fresh.delete(name)
  }
}

/** A space is in no path of a request (RFC 9112 §3). */
function nameOf(path: string, scope: string): string {
  return `${path} ${scope}`
}
