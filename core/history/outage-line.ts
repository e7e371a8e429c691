// thread: main
// Which news of outages the history has not been told yet.
import type { PastOutage } from '../contract/history.js'
import type { OutageSummary } from '../contract/outages.js'

export class OutageLine {
  readonly #tell: (outage: PastOutage) => void
  /** By id, what was told last. */
  readonly #told = new Map<string, string>()

  constructor(tell: (outage: PastOutage) => void) {
    this.#tell = tell
  }

  /** All that are known. */
  look(outages: readonly OutageSummary[]): void {
    const ids = new Set<string>()
    for (const { id, since, until, circuit, because, ghosts, refused } of outages) {
      ids.add(id)
      const news = `${until} ${circuit} ${ghosts} ${refused}`
      if (this.#told.get(id) === news) continue
      this.#told.set(id, news)
      const [sinceAt, untilAt] = [Date.parse(since), until === null ? null : Date.parse(until)]
      this.#tell({ id, since: sinceAt, until: untilAt, circuit, because, ghosts, refused })
    }
    for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id)
  }
}
