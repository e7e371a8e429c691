// thread: learner
// What all tiers together would have said to a request, and how right it would have been: they are asked in the order of
// core/ghost/tiers.ts, and the first that may speak is the one that clients hear. Without the semantic tier, whose answers
// are found by another thread: where it would have been the only one, this counts as silence. Pure.
import type { Refusal, Tier } from '../../core/contract/ghost.js'

/** What one tier would have said, held against the truth. */
export interface TierSays {
  readonly tier: Tier
  /** What gates serving, as it was before the truth was known. */
  readonly lowerBound: number
  /** Similarity to the truth, 0…1. */
  readonly score: number
  /** It is older than a ghost may be, or rules of caching forbid it. */
  readonly refused: boolean
  /** A write touched what it shows: it is heard only where nobody who knows of the write has an answer. */
  readonly stale?: boolean
}

export interface Heard {
  /** What this tier says; undefined: it knows nothing. */
  readonly exact: TierSays | undefined
  /** A write made the exact answer untrue. */
  readonly gone: boolean
  readonly composed: TierSays | { readonly because: string }
  readonly template: TierSays | undefined
}

export type WouldSay =
  | { readonly tier: Tier; readonly score: number }
  | { readonly tier: 'none'; readonly reason: Refusal; readonly because: string }

export function wouldSay({ exact, gone, composed, template }: Heard, minConfidence: number): WouldSay {
  const may = (says: TierSays | undefined): says is TierSays =>
    says !== undefined && !says.refused && says.lowerBound >= minConfidence
  const put = 'because' in composed ? undefined : composed
  const stale = exact?.stale === true
  if (!stale && may(exact)) return exact
  if (may(put)) return put
  if (stale && may(exact)) return exact
  // It does not know of writes, and would bring the old answer back.
  const isWritten = gone || stale
  if (!isWritten && may(template)) return template
  const heard = [exact, put, isWritten ? undefined : template].filter(says => says !== undefined)
  const doubted = heard.find(({ refused }) => !refused)
  if (doubted !== undefined) {
    const bounds = heard.map(({ tier, lowerBound }) => `${tier} ${lowerBound.toFixed(2)}`).join(', ')
    return { tier: 'none', reason: 'low-confidence', because: `not sure enough: ${bounds}` }
  }
  if (heard.length > 0)
    return { tier: 'none', reason: 'too-old', because: 'what is known is too old, or may not be kept' }
  return {
    tier: 'none',
    reason: gone ? 'gone' : 'not-derivable',
    because: 'because' in composed ? composed.because : '',
  }
}

/** Is it the exact answer that a client would hear? Then no other tier needs to be asked. */
export function exactSpeaks(
  exact: Pick<TierSays, 'lowerBound' | 'refused' | 'stale'> | undefined,
  minConfidence: number,
): boolean {
  return exact !== undefined && exact.stale !== true && !exact.refused && exact.lowerBound >= minConfidence
}
