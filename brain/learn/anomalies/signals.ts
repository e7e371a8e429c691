// thread: any
// What detectors said since it was last taken, one signal a group: however many requests it is about.
import { type AnomalySignal, groupKey, severer } from '../../../core/contract/anomalies.js'

/** More groups at once say no more; the rest is counted by those that are told later. */
const MAX_GROUPS = 200

export class Signals {
  readonly #groups = new Map<string, AnomalySignal>()

  add(signal: AnomalySignal): void {
    const key = groupKey(signal)
    const before = this.#groups.get(key)
    if (before === undefined) {
      if (this.#groups.size < MAX_GROUPS) this.#groups.set(key, signal)
      return
    }
    const worse = signal.strength >= before.strength || before.over === true ? signal : before
    this.#groups.set(key, {
      ...worse,
      at: signal.at,
      count: before.count + signal.count,
      severity: severer(before.severity, signal.severity),
      points: [...(before.points ?? []), ...(signal.points ?? [])],
    })
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  take(): AnomalySignal[] {
    const taken = [...this.#groups.values()]
    this.#groups.clear()
    return taken
  }
}
