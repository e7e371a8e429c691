// thread: main
// The nearest miss of a request that no stored answer fits: a candidate by meaning, else the one by its fields. Pure.
import type { ComposeExplanation, FieldDifference } from '../contract/explanation.js'
import type { Candidate } from '../contract/ghost.js'
import { queryParams } from '../contract/query-params.js'
import type { NearestMiss } from '../contract/status.js'
import { splitTarget } from '../contract/target.js'

export interface AskedTarget {
  readonly method: string
  readonly path: string
  readonly query: string
}

/** Null where nothing came near, or the nearest was used. */
export function nearestMiss(
  asked: AskedTarget,
  candidates: readonly Candidate[],
  composed: ComposeExplanation | null,
): NearestMiss | null {
  const [candidate] = candidates
  if (candidate !== undefined)
    return candidate.because === '' ? null : { ...candidate, differs: differencesOf(asked, candidate.target) }
  const nearest = composed?.nearest
  if (nearest === undefined || nearest === null || nearest.differs.length === 0) return null
  const { target, differs } = nearest
  return { key: '', method: asked.method, target, similarity: null, because: sentenceOf(differs), differs }
}

function differencesOf({ path, query }: AskedTarget, target: string): FieldDifference[] {
  const { path: knownPath, query: knownQuery = '' } = splitTarget(target)
  const known = new Map(queryParams(knownQuery))
  const own = new Map(queryParams(query))
  const differs: FieldDifference[] = path === knownPath ? [] : [{ field: 'path', asked: path, known: knownPath }]
  for (const name of new Set([...own.keys(), ...known.keys()]))
    if (own.get(name) !== known.get(name))
      differs.push({ field: name, asked: own.get(name) ?? null, known: known.get(name) ?? null })
  return differs
}

function sentenceOf(differs: readonly FieldDifference[]): string {
  const value = (text: string | null): string => (text === null ? 'nothing' : `«${text}»`)
  return differs
    .map(({ field, asked, known }) => `${field}: ${value(asked)} is asked for, ${value(known)} is known`)
    .join('; ')
}
