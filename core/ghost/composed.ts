// thread: any
// Tiers `entity` and `query`: answers put together from what the brain knows of the API: the things it speaks of, its lists,
// what its parameters mean. Both come from one question to the brain.
import { fieldOf } from '../contract/fields.js'
import type { GhostAnswer } from '../contract/ghost.js'
import type { ComposeReply } from '../contract/messages.js'
import { withId } from './echo-id.js'
import { refuseForm } from './policy.js'
import type { GhostAsk, GhostRules, GhostSources, GhostTier, TierOutcome } from './tier.js'

/** One question for both tiers. */
const asked = new WeakMap<GhostAsk, ComposeReply | Promise<ComposeReply>>()

function replyFor(ask: GhostAsk, sources: GhostSources): ComposeReply | Promise<ComposeReply> {
  let reply = asked.get(ask)
  if (reply === undefined) {
    const question = {
      method: ask.method === 'HEAD' ? 'GET' : ask.method,
      path: ask.path,
      query: ask.query ?? '',
      scope: ask.scope,
      body: ask.body === undefined ? '' : Buffer.from(ask.body).toString(),
      contentType: fieldOf(ask.headers, 'content-type') ?? '',
    }
    reply = sources.compose(question, ask.answerBy, ask.route?.id ?? '')
    asked.set(ask, reply)
  }
  return reply
}

/** RFC 9110 §12.5.1, as far as it matters here: what is put together is JSON. */
function takesJson(accept: string | undefined): boolean {
  return accept === undefined || /json|\*\/\*|application\/\*/i.test(accept)
}

/** Where no route is known all that may be said is that there is nothing; how sure that can be is known beforehand. */
function isInVain({ route, question, scope }: GhostAsk, sources: GhostSources, { minConfidence }: GhostRules): boolean {
  if (route !== undefined || question.kind !== 'plain' || sources.surestNowhere === undefined) return false
  return sources.surestNowhere(scope) < minConfidence
}

const inVain: TierOutcome = {
  refused: 'not-derivable',
  because: 'no route is known, and nothing is sure where there is none',
}

function composedTier(tier: 'entity' | 'query'): GhostTier {
  return {
    tier,
    knowsWrites: true,
    // Without a promise where nobody is asked: a flood of such requests must cost as little as it can.
    answer(ask, sources, rules): TierOutcome | Promise<TierOutcome> {
      if (!takesJson(fieldOf(ask.headers, 'accept'))) return { refused: 'not-derivable', because: 'it takes no JSON' }
      if (isInVain(ask, sources, rules)) return inVain
      const reply = replyFor(ask, sources)
      return reply instanceof Promise
        ? reply.then(late => outcomeOf(tier, late, ask, rules))
        : outcomeOf(tier, reply, ask, rules)
    },
  }
}

function outcomeOf(tier: 'entity' | 'query', reply: ComposeReply, ask: GhostAsk, rules: GhostRules): TierOutcome {
  if (reply.kind === 'none') return { refused: reply.refused, because: reply.because }
  if (reply.tier !== tier) return { refused: 'not-derivable', because: `this is for the tier ${reply.tier}` }
  const because = refuseForm(reply.headers, ask)
  if (because !== undefined) return { refused: 'not-derivable', because }
  const said = ask.question.kind === 'json-rpc' ? withId(reply, ask.question.id, true) : reply
  if (said === undefined) return { refused: 'not-derivable', because: 'it has no place for the id of the request' }
  const answer: GhostAnswer = {
    tier,
    status: reply.status,
    headers: said.headers,
    body: said.body,
    confidence: reply.grade.confidence,
    lowerBound: reply.grade.lowerBound,
    capturedAt: reply.capturedAt,
    because: reply.because,
    redactions: 0,
  }
  if (rules.maxAgeS > 0 && ask.now - reply.capturedAt > rules.maxAgeS * 1000) return { refused: 'too-old', answer }
  if (answer.lowerBound < rules.minConfidence) return { refused: 'low-confidence', answer }
  return { answer }
}

export const entityTier = composedTier('entity')
export const queryTier = composedTier('query')
