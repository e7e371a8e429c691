// thread: edge
// Ghosts that nobody asked for and nobody gets: while the upstream is well the edge answers a few of the latest requests for
// itself. So the first ghosts of an outage find code that has run and pages of the memory that are in the memory of the machine.
import type { LessonRoute } from '../contract/lesson.js'
import type { MatchedRoute } from '../contract/route-match.js'
import { answerGhost } from './answer.js'
import { exactTier } from './exact.js'
import { labelGhost } from './label.js'
import type { GhostRules, GhostSources } from './tier.js'

export interface RehearsalParts {
  readonly match: (method: string, path: string) => MatchedRoute | undefined
  readonly sources: GhostSources
  readonly rules: GhostRules
}

const exact = [exactTier]
const plain = { kind: 'plain' } as const

/**
 * `keys`: of exemplars. How many of them would have been ghosts. Nothing is counted and nothing is told: where the memory cannot be
 * read it ends, for that is found out by those who ask in earnest.
 */
export function rehearse(keys: readonly string[], parts: RehearsalParts, now: number): number {
  let said = 0
  try {
    for (const key of keys) if (wouldBeGhost(key, parts, now)) said += 1
  } catch {
    return said
  }
  return said
}

function wouldBeGhost(key: string, { match, sources, rules }: RehearsalParts, now: number): boolean {
  const exemplar = sources.memory.exemplar(key)
  if (exemplar === undefined || 'gone' in exemplar || exemplar.requestBody.length > 0) return false
  const { method, path, query, scope, baseKey } = exemplar
  const matched = match(method, path)
  const route: LessonRoute | undefined = matched?.route
  const result = answerGhost(
    {
      ...{ method, path, query: query === '' ? undefined : query, headers: [], scope, question: plain, route, now },
      identity: { baseKey: () => baseKey, variedKey: () => key },
      hasBody: false,
      body: undefined,
      params: matched?.params ?? [],
      answerBy: 0,
    },
    'auto',
    exact,
    { ...sources, failed: () => {} },
    rules,
  )
  if (result instanceof Promise || result.answer === undefined) return false
  return labelGhost(result.answer, method, [], 'CHAOS_ERR_UPSTREAM_RESET', now) !== undefined
}
