// thread: any
// Asks the tiers in order until one answers. Stays synchronous as long as the tiers do: an exact ghost costs no promise.
import type { Candidate, GhostAnswer, Mode, Refusal, Tier } from '../contract/ghost.js'
import { refuseAtOnce } from './policy.js'
import type { GhostAsk, GhostRules, GhostSources, GhostTier, TierOutcome } from './tier.js'

/** What one tier said, for people who ask why. */
export interface Attempt {
  readonly tier: Tier
  /** '' where this tier gave the answer. */
  readonly refused: Refusal | ''
  /** Its answer, given or withheld. */
  readonly answer: GhostAnswer | undefined
  readonly candidates: readonly Candidate[]
  /** How the answer was found, or more than the reason says; '' for nothing. */
  readonly because: string
  readonly micros: number
}

export type GhostResult =
  | { readonly answer: GhostAnswer; readonly attempts: readonly Attempt[] }
  | { readonly answer?: undefined; readonly refused: Refusal; readonly attempts: readonly Attempt[] }

/** The most telling reason is reported, not the last one: higher wins. */
const weight: Record<Refusal, number> = {
  'mode-off': 9,
  'unsafe-method': 9,
  'request-no-store': 9,
  'maybe-done': 9,
  'body-not-kept': 9,
  'journal-full': 9,
  'journal-failed': 9,
  'own-write-unclear': 9,
  gone: 8,
  stale: 6,
  'low-confidence': 7,
  'too-old': 6,
  'freshness-rules': 6,
  'brain-late': 5,
  'brain-busy': 5,
  'brain-down': 5,
  'tier-failed': 5,
  'not-shared': 4,
  'no-candidate': 3,
  'not-derivable': 2,
  'no-template': 2,
  'not-learned': 1,
}

export function answerGhost(
  ask: GhostAsk,
  mode: Mode,
  tiers: readonly GhostTier[],
  sources: GhostSources,
  rules: GhostRules,
): GhostResult | Promise<GhostResult> {
  const refused = refuseAtOnce(ask, mode)
  if (refused !== undefined) return { refused, attempts: [] }
  return askFrom(0, [], ask, tiers, sources, rules)
}

function askFrom(
  first: number,
  attempts: Attempt[],
  ask: GhostAsk,
  tiers: readonly GhostTier[],
  sources: GhostSources,
  rules: GhostRules,
): GhostResult | Promise<GhostResult> {
  for (let i = first; i < tiers.length; i++) {
    const tier = tiers[i]!
    if (!tier.knowsWrites && attempts.some(({ refused }) => refused === 'gone' || refused === 'stale')) continue
    const startedAt = performance.now()
    if (rules.sharing === 'own' && tier.keepsApart !== true) {
      attempts.push(attemptOf(tier, putTogether, startedAt))
      continue
    }
    const outcome = askTier(tier, ask, sources, rules)
    if (outcome instanceof Promise) {
      return outcome.then(late => {
        attempts.push(attemptOf(tier, late, startedAt))
        return settled(late) ?? askFrom(i + 1, attempts, ask, tiers, sources, rules)
      })
    }
    attempts.push(attemptOf(tier, outcome, startedAt))
    const result = settled(outcome)
    if (result !== undefined) return result
  }
  return staleAnswer(attempts, rules) ?? { refused: mostTelling(attempts), attempts }

  function settled(outcome: TierOutcome): GhostResult | undefined {
    if (outcome.refused === undefined) return { answer: outcome.answer, attempts }
    return undefined
  }
}

const putTogether: TierOutcome = {
  refused: 'not-shared',
  because: 'it puts together what several clients were told, and sharing is own here',
}

/** What a write has made stale since, where nobody who knows of the write has an answer. */
function staleAnswer(attempts: Attempt[], { minConfidence }: GhostRules): GhostResult | undefined {
  const stale = attempts.find(({ refused }) => refused === 'stale')
  if (stale?.answer === undefined || stale.answer.lowerBound < minConfidence) return undefined
  const because = `${stale.because}, and no tier that knows of writes has an answer`
  const answer = { ...stale.answer, because }
  attempts.push({ ...stale, refused: '', answer, because, micros: 0 })
  return { answer, attempts }
}

/** A tier that fails must cost the client no more than its answer. */
function askTier(
  tier: GhostTier,
  ask: GhostAsk,
  sources: GhostSources,
  rules: GhostRules,
): TierOutcome | Promise<TierOutcome> {
  const failed = (error: unknown): TierOutcome => {
    sources.failed(tier.tier, error)
    return { refused: 'tier-failed' }
  }
  try {
    const outcome = tier.answer(ask, sources, rules)
    return outcome instanceof Promise ? outcome.catch(failed) : outcome
  } catch (error) {
    return failed(error)
  }
}

function attemptOf(tier: GhostTier, outcome: TierOutcome, startedAt: number): Attempt {
  return {
    tier: tier.tier,
    refused: outcome.refused ?? '',
    answer: outcome.answer,
    candidates: outcome.candidates ?? [],
    because: outcome.because ?? outcome.answer?.because ?? '',
    micros: Math.round((performance.now() - startedAt) * 1000),
  }
}

function mostTelling(attempts: readonly Attempt[]): Refusal {
  let reason: Refusal = 'not-learned'
  for (const { refused } of attempts) if (refused !== '' && weight[refused] > weight[reason]) reason = refused
  return reason
}
