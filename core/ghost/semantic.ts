// thread: any
// Tier `semantic`: a request that means the same was seen. The brain finds it by embedding, within the hard partition of
// brain/text.ts; its answer is fitted to this request where it echoes the other one.

import { withoutValidators } from '../contract/body-fields.js'
import type { GhostAnswer } from '../contract/ghost.js'
import type { MatchReply } from '../contract/messages.js'
import { isBelieved, refuseExemplar, refuseForm } from './policy.js'
import { reparameterise } from './reparameterise.js'
import type { GhostAsk, GhostRules, GhostSources, GhostTier, TierOutcome } from './tier.js'

export const semanticTier: GhostTier = {
  tier: 'semantic',
  keepsApart: true,
  answer(ask, sources, rules): TierOutcome | Promise<TierOutcome> {
    // What is asked in a body this tier cannot read.
    if (ask.route === undefined || ask.question.kind !== 'plain') return { refused: 'not-learned' }
    const question = {
      method: ask.method === 'HEAD' ? 'GET' : ask.method,
      path: ask.path,
      query: ask.query ?? '',
      scope: ask.scope,
      routeId: ask.route.id,
    }
    const reply = sources.askMatch(question, ask.answerBy)
    return reply instanceof Promise
      ? reply.then(late => outcomeOf(late, ask, sources, rules))
      : outcomeOf(reply, ask, sources, rules)
  },
}

function outcomeOf(reply: MatchReply, ask: GhostAsk, sources: GhostSources, rules: GhostRules): TierOutcome {
  const { candidates } = reply
  if (reply.kind === 'none') return { refused: reply.because, candidates }
  const exemplar = sources.memory.exemplar(reply.key)
  // The exemplar may have gone since it was embedded: a write buried it, or it was evicted.
  if (exemplar === undefined) return { refused: 'no-candidate', candidates }
  if ('gone' in exemplar) return { refused: 'gone', candidates }
  // The partition holds the scope already; this is the last lock on the door.
  if (exemplar.scope !== ask.scope || !isBelieved(exemplar, ask.route)) return { refused: 'no-candidate', candidates }
  if (rules.sharing === 'own' && exemplar.shared) return { refused: 'not-shared', candidates }
  const because = refuseForm(exemplar.headers, ask)
  if (because !== undefined) return { refused: 'no-candidate', candidates, because }
  const answer: GhostAnswer = {
    tier: 'semantic',
    status: exemplar.status,
    headers: withoutValidators(exemplar.headers),
    body: reparameterise(exemplar.body, { query: exemplar.query }, { query: ask.query ?? '' }),
    confidence: reply.grade.confidence,
    lowerBound: reply.grade.lowerBound,
    capturedAt: exemplar.lastSeenAt,
    redactions: exemplar.redactions,
  }
  const refused = refuseExemplar(exemplar, ask.now, rules)
  if (refused !== undefined) return { refused, answer, candidates }
  if (answer.lowerBound < rules.minConfidence) return { refused: 'low-confidence', answer, candidates }
  return { answer, candidates }
}
