// thread: learner
// Answers with status 200 that their route never gave, as the learner judges them: one alone may be anything, and what only one
// request gets may be its answer; some of one kind, to different requests where there are such, are told.

const WITHIN_MS = 600_000
const MIN_FAILURES = 3
const MAX_GROUPS = 500

export class SoftFailures {
  readonly #groups = new Map<string, { count: number; since: number; at: number; targets: Set<string> }>()

  /** How many there were lately, with this one; undefined: too few. `at`: epoch ms. */
  observe(
    route: string,
    target: string,
    sign: string,
    at: number,
  ): { readonly count: number; readonly since: number } | undefined {
    const key = `${route}\n${sign}`
    let group = this.#groups.get(key)
    if (group === undefined || at - group.at > WITHIN_MS) {
      if (group === undefined && this.#groups.size >= MAX_GROUPS) this.#groups.delete(this.#groups.keys().next().value!)
      group = { count: 0, since: at, at, targets: new Set() }
      this.#groups.set(key, group)
    }
    group.count += 1
    group.at = at
    if (group.targets.size < MIN_FAILURES) group.targets.add(target)
    const different = route.includes('{') ? group.targets.size : MIN_FAILURES
    return Math.min(group.count, different) >= MIN_FAILURES ? group : undefined
  }
}
