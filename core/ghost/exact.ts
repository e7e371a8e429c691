// thread: any
// Tier `exact`: the very request was seen, with the very credentials (or its answer was public), and nothing that we saw
// has changed it since. What its route has anew in each answer is anew here as well.
import { randomBytes } from 'node:crypto'
import type { GhostAnswer } from '../contract/ghost.js'
import { priorGrade, priorStaleGrade, type TierGrade } from '../contract/lesson.js'
import type { Exemplar, MemoryReader, Tombstone } from '../contract/memory.js'
import { withId } from './echo-id.js'
import { isBelieved, refuseExemplar } from './policy.js'
import { regenerate } from './regenerate.js'
import type { GhostAsk, GhostTier, TierOutcome } from './tier.js'

export const exactTier: GhostTier = {
  tier: 'exact',
  keepsApart: true,
  answer(ask, { memory }, rules): TierOutcome {
    const found = rules.sharing === 'own' ? ownSeen(ask, memory) : lastSeen(ask, memory)
    if (found === 'not-shared') return { refused: found }
    if (found === undefined) return { refused: 'not-learned' }
    if ('gone' in found) return { refused: 'gone' }
    const fresh = regenerate<Pick<Exemplar, 'headers' | 'body'>>(found, ask.route?.volatile, {
      now: ask.now,
      seenAt: found.lastSeenAt,
      random: randomBytes,
    })
    const said = ask.question.kind === 'json-rpc' ? withId(fresh, ask.question.id) : fresh
    if (said === undefined) return { refused: 'not-learned' }
    const isStale = found.staleAt !== undefined
    const grade = isStale
      ? (ask.route?.staleGrade ?? priorStaleGrade)
      : (ask.route?.grades.exact ?? priorGrade('exact'))
    const answer = answerOf(found, said, grade)
    const refused = refuseExemplar(found, ask.now, rules)
    if (refused !== undefined) return { refused, answer }
    if (isStale)
      return { refused: 'stale', answer, because: `a write touched it at ${new Date(found.staleAt).toISOString()}` }
    if (answer.lowerBound < rules.minConfidence) return { refused: 'low-confidence', answer }
    return { answer }
  },
}

/** By which a request is known. */
type KnownRequest = Pick<GhostAsk, 'method' | 'scope' | 'identity' | 'route'>

/** The newest that is known of this request: under its own credentials, else where the answer was for everybody. */
export function lastSeen(ask: KnownRequest, memory: MemoryReader): Exemplar | Tombstone | undefined {
  let found = inScope(ask, ask.scope, memory)
  if (ask.scope !== '') {
    const everybodys = inScope(ask, '', memory)
    if (everybodys !== undefined && !('gone' in everybodys) && everybodys.shared) found = newer(found, everybodys)
  }
  return found
}

/**
 * The same, of what this credential was answered itself. For everybody: from before that was asked for; whom it was answered to is
 * not known any more.
 */
function ownSeen(ask: KnownRequest, memory: MemoryReader): Exemplar | Tombstone | 'not-shared' | undefined {
  const own = inScope(ask, ask.scope, memory)
  return own !== undefined && !('gone' in own) && own.shared ? 'not-shared' : own
}

function inScope(ask: KnownRequest, scope: string, memory: MemoryReader): Exemplar | Tombstone | undefined {
  const own = byMethod(ask, ask.method, scope, memory)
  // RFC 9110 §9.3.2: the fields of a HEAD answer are those that GET would have had.
  if (ask.method !== 'HEAD') return own
  const got = byMethod(ask, 'GET', scope, memory)
  if (own === undefined || got === undefined || 'gone' in own || 'gone' in got) return own ?? got
  // What a HEAD answer shows of things is not looked at; a write that touched the one touched the other.
  return got.staleAt !== undefined && got.staleAt >= own.lastSeenAt ? { ...own, staleAt: got.staleAt } : own
}

function byMethod(
  ask: KnownRequest,
  method: string,
  scope: string,
  memory: MemoryReader,
): Exemplar | Tombstone | undefined {
  const baseKey = ask.identity.baseKey(method, scope)
  const fields = memory.vary(baseKey)
  const found = memory.exemplar(fields === undefined ? baseKey : ask.identity.variedKey(baseKey, fields))
  return found === undefined || 'gone' in found || isBelieved(found, ask.route) ? found : undefined
}

function newer(a: Exemplar | Tombstone | undefined, b: Exemplar): Exemplar | Tombstone {
  if (a === undefined) return b
  return ('gone' in a ? a.at : a.lastSeenAt) >= b.lastSeenAt ? a : b
}

/** `said`: what of it is said to this client. */
function answerOf(
  exemplar: Exemplar,
  { headers, body }: Pick<Exemplar, 'headers' | 'body'>,
  grade: TierGrade,
): GhostAnswer {
  return {
    tier: 'exact',
    status: exemplar.status,
    headers,
    body,
    confidence: grade.confidence,
    lowerBound: grade.lowerBound,
    capturedAt: exemplar.lastSeenAt,
    redactions: exemplar.redactions,
  }
}
