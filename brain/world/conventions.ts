// thread: learner
// Parameters mean the same all over an API: what `_sort` or `price__gte` proved to be on one route is a good guess on another,
// where it was never seen. Pure.
import type { ListRules, Window } from './list-rules.js'
import type { SortRule } from './ordering.js'
import { type Filter, namedFilters, type Test } from './predicate.js'

export interface Conventions {
  readonly limits: ReadonlySet<string>
  readonly ends: ReadonlySet<string>
  readonly windows: ReadonlyMap<string, Window>
  readonly sorts: ReadonlyMap<string, SortRule>
  /** What stands before and behind the name of a member, with the test that it means: `__gte`. */
  readonly affixes: ReadonlyMap<string, Test>
  readonly searches: ReadonlySet<string>
  /** Expressions name the members themselves. */
  readonly expressions: ReadonlySet<string>
}

export function conventionsOf(all: readonly ListRules[]): Conventions {
  const limits = new Set<string>()
  const ends = new Set<string>()
  const windows = new Map<string, Window>()
  const sorts = new Map<string, SortRule>()
  const affixes = new Map<string, Test>()
  const searches = new Set<string>()
  const expressions = new Set<string>()
  // Those that rest on the most lists have the last word.
  for (const rules of [...all].sort((a, b) => a.evidence - b.evidence)) {
    if (rules.end !== undefined) ends.add(rules.end)
    if (rules.limit !== undefined) limits.add(rules.limit)
    for (const window of rules.windows) if (window.kind !== 'cursor') windows.set(window.input, window)
    for (const sort of rules.sorts) sorts.set(sort.input, sort)
    for (const [input, { member, test }] of rules.filters) {
      if (member === '*') searches.add(input)
      else if (test === 'expression') expressions.add(input)
      else {
        const affix = affixOf(input, member)
        if (affix !== undefined) affixes.set(affix, test)
      }
    }
  }
  return { limits, ends, windows, sorts, affixes, searches, expressions }
}

/** `price__gte` for the member `price` → `*__gte`; undefined where the member is not named so. */
function affixOf(input: string, member: string): string | undefined {
  if (input.startsWith('/')) return undefined
  const at = input.toLowerCase().indexOf(member.toLowerCase())
  return at < 0 ? undefined : `${input.slice(0, at)}*${input.slice(at + member.length)}`
}

/** The rules, with what the API's conventions say of inputs that this route never saw. Undefined: they do not say. */
export function extend(
  rules: ListRules,
  names: Iterable<string>,
  members: readonly string[],
  { limits, ends, windows, sorts, affixes, searches, expressions }: Conventions,
): ListRules | undefined {
  let extended = rules
  const directions = new Set([...sorts.values()].map(({ orderInput }) => orderInput))
  for (const name of names) {
    const window = windows.get(name)
    const sort = sorts.get(name)
    if (limits.has(name) && extended.limit === undefined) extended = { ...extended, limit: name }
    else if (ends.has(name) && extended.end === undefined) extended = { ...extended, end: name }
    else if (window !== undefined) extended = { ...extended, windows: [...extended.windows, window] }
    else if (sort !== undefined) extended = { ...extended, sorts: [...extended.sorts, sort] }
    else if (searches.has(name))
      extended = {
        ...extended,
        filters: new Map([...extended.filters, [name, { member: '*', test: 'contains' } satisfies Filter]]),
      }
    else if (expressions.has(name))
      extended = {
        ...extended,
        filters: new Map([...extended.filters, [name, { member: '', test: 'expression' } satisfies Filter]]),
      }
    else if (!directions.has(name)) {
      const filter =
        members
          .map(member => ({ member, test: affixes.get(affixOf(name, member) ?? '') }))
          .find((found): found is Filter => found.test !== undefined) ?? equality(name, members, affixes)
      if (filter === undefined) return undefined
      extended = { ...extended, filters: new Map([...extended.filters, [name, filter]]) }
    }
  }
  return extended
}

/** A parameter with the name of a member, where other routes filter so. */
function equality(name: string, members: readonly string[], affixes: ReadonlyMap<string, Test>): Filter | undefined {
  if (affixes.get('*') !== 'eq' || !members.includes(name)) return undefined
  return namedFilters(name, members).find(({ test }) => test === 'eq')
}
