// thread: main
// Which version of what main tells all edges each of them has said that it follows.

export class Followed {
  readonly #edges: number
  readonly #versions = new Map<number, number>()
  readonly #waiting = new Set<{ readonly version: number; readonly tell: () => void }>()

  /** `edges`: how many there are. */
  constructor(edges: number) {
    this.#edges = edges
  }

  heard(edge: number, version: number): void {
    this.#versions.set(edge, version)
    for (const one of this.#waiting) if (this.#isFollowed(one.version)) one.tell()
  }

  /** Resolves when every edge follows this version or a later one; after `withinMs` in any case, for one may hang. */
  by(version: number, withinMs: number): Promise<void> {
    if (this.#isFollowed(version)) return Promise.resolve()
    return new Promise(resolve => {
      const waiting = {
        version,
        tell: () => {
          clearTimeout(timer)
          this.#waiting.delete(waiting)
          resolve()
        },
      }
      const timer = setTimeout(waiting.tell, withinMs)
      this.#waiting.add(waiting)
    })
  }

  #isFollowed(version: number): boolean {
    const versions = [...this.#versions.values()]
    return versions.length >= this.#edges && versions.every(one => one >= version)
  }
}
