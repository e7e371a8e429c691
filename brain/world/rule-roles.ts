// thread: learner
// What the rules of a route make of each input, and which of them mean something else than before.
import type { ListRules } from './list-rules.js'

/** Inputs that say where in a list and how shown, not which list. */
export function placingOf({ limit, end, windows, presentation, projections }: ListRules): Set<string> {
  return new Set([
    ...(limit === undefined ? [] : [limit]),
    ...(end === undefined ? [] : [end]),
    ...windows.map(({ input }) => input),
    ...presentation,
    ...projections,
  ])
}

/** It selects, sorts or places rows, in a way that other routes may share. */
export function isBorrowable({ limit, end, windows, sorts, filters }: ListRules, input: string): boolean {
  return (
    limit === input ||
    end === input ||
    filters.has(input) ||
    windows.some(window => window.kind !== 'cursor' && window.input === input) ||
    sorts.some(sort => sort.input === input)
  )
}

/** The rules as they would be, had nobody ever asked with this input. */
export function withoutInput(rules: ListRules, input: string): ListRules {
  return {
    ...rules,
    limit: rules.limit === input ? undefined : rules.limit,
    end: rules.end === input ? undefined : rules.end,
    windows: rules.windows.filter(window => window.input !== input),
    sorts: rules.sorts.filter(sort => sort.input !== input && sort.orderInput !== input),
    filters: new Map([...rules.filters].filter(([name]) => name !== input)),
  }
}

/** Inputs that mean something else by the new rules. */
export function changedRoles(before: ListRules, after: ListRules, names: ReadonlySet<string>): Set<string> {
  const changed = new Set<string>()
  for (const name of names) if (roleOf(before, name) !== roleOf(after, name)) changed.add(name)
  // How much a page holds moves all pages.
  if (before.limit !== after.limit || before.defaultLimit !== after.defaultLimit)
    for (const { input } of after.windows) changed.add(input)
  return changed
}

function roleOf(rules: ListRules, name: string): string {
  if (rules.limit === name) return 'limit'
  if (rules.end === name) return 'end'
  const window = rules.windows.find(({ input }) => input === name)
  if (window !== undefined) return JSON.stringify(window)
  const sort = rules.sorts.find(({ input, orderInput }) => input === name || orderInput === name)
  if (sort !== undefined) return JSON.stringify(sort)
  if (rules.presentation.has(name) || rules.projections.has(name)) return 'shown'
  return JSON.stringify(rules.filters.get(name) ?? 'opaque')
}

/** Tells rules that say another thing. */
export function rulesKey(rules: ListRules): string {
  return JSON.stringify({
    ...rules,
    filters: [...rules.filters],
    presentation: [...rules.presentation],
    projections: [...rules.projections],
    opaque: [...rules.opaque],
    proven: [...rules.proven],
    refuted: rules.refuted.size,
  })
}
