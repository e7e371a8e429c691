// How an answer compares with the truth. Pure.
import { similarity } from '../../core/contract/similarity.js'
import type { Reply } from './ask.js'

export type Verdict =
  /** Octet for octet the same. */
  | { readonly kind: 'exact' }
  /** The share of the truth's members that is right, 0…1 (F1); 1: the same content. */
  | { readonly kind: 'similar'; readonly similarity: number }
  | { readonly kind: 'refused'; readonly because: string }
  /** Answered where nothing may be answered, or nothing is known to compare with. */
  | { readonly kind: 'unknown' }

/** Less than this is called wrong: the default of CHAOS_GHOST_MIN_CONFIDENCE. */
export const RIGHT_ENOUGH = 0.7

export function judge(reply: Reply, truth: Reply | undefined): Verdict {
  if (reply.ghost === 'none') return { kind: 'refused', because: reply.refused ?? '' }
  if (truth === undefined) return { kind: 'unknown' }
  if (reply.status === truth.status && reply.body === truth.body) return { kind: 'exact' }
  return { kind: 'similar', similarity: similarity(part(reply), part(truth)) }
}

export interface Tally {
  readonly right: number
  /** Similar enough, not the same. */
  readonly partly: number
  readonly wrong: number
  readonly refused: number
}

export function tally(verdicts: readonly Verdict[]): Tally {
  const count = (matches: (verdict: Verdict) => boolean): number => verdicts.filter(matches).length
  const isRight = (verdict: Verdict): boolean =>
    verdict.kind === 'exact' || (verdict.kind === 'similar' && verdict.similarity === 1)
  const isPartly = (verdict: Verdict): boolean =>
    verdict.kind === 'similar' && verdict.similarity >= RIGHT_ENOUGH && verdict.similarity < 1
  const refused = count(verdict => verdict.kind === 'refused')
  const right = count(isRight)
  const partly = count(isPartly)
  return { right, partly, refused, wrong: verdicts.length - right - partly - refused }
}

/**
 * Did somebody get to see a private page that is not theirs: a ghost that answers with success, or any answer that holds
 * one of the page's own values.
 */
export function leaks(reply: Reply, page: Readonly<Record<string, unknown>>): boolean {
  if (reply.status < 300 && reply.ghost !== 'none') return true
  return Object.values(page).some(value => typeof value === 'string' && value.length >= 6 && reply.body.includes(value))
}

function part({ status, body }: Reply) {
  return { status, body: Buffer.from(body) }
}
