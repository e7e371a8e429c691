// thread: any
// What a tier is: one way to know an answer. A new tier is one file that exports a GhostTier and one line in tiers.ts.
import type { Honour } from '../contract/cache-control.js'
import type { Candidate, GhostAnswer, Refusal, Tier } from '../contract/ghost.js'
import type { LessonRoute } from '../contract/lesson.js'
import type { MemoryReader } from '../contract/memory.js'
import type { ComposeQuestion, ComposeReply, MatchQuestion, MatchReply } from '../contract/messages.js'
import type { Question } from '../contract/question.js'

/** The names of a request in memory, see record/identity.ts. */
export interface AskIdentity {
  baseKey(method: string, scope: string): string
  variedKey(baseKey: string, fields: readonly string[]): string
}

/** A request for which an answer is wanted, redacted and scoped. */
export interface GhostAsk {
  readonly method: string
  readonly path: string
  readonly query: string | undefined
  /** Flat, lower-case names, as the client sent them. */
  readonly headers: readonly string[]
  readonly scope: string
  readonly identity: AskIdentity
  readonly hasBody: boolean
  /** Redacted, whole; undefined where there is none, or it was not kept. */
  readonly body: Uint8Array | undefined
  readonly question: Question
  readonly route: LessonRoute | undefined
  /** Values of the parameters of the route's pattern, in order, not decoded. */
  readonly params: readonly string[]
  /** Epoch ms. */
  readonly now: number
  /** When the answer must be there, by the steady clock. */
  readonly answerBy: number
}

export interface GhostSources {
  readonly memory: MemoryReader
  /** Asks the brain; `brain-late` where it does not answer in time, `brain-busy` where too much is asked. Never rejects. */
  askMatch(question: MatchQuestion, answerBy: number): MatchReply | Promise<MatchReply>
  /**
   * Asks the brain for an answer put together from what it knows of the API. Never rejects. `route`: '' where none is known, and at
   * once where it would be in vain.
   */
  compose(question: ComposeQuestion, answerBy: number, route: string): ComposeReply | Promise<ComposeReply>
  /** No answer to a plain request of these credentials for which no route is known is surer, 0…1. Undefined: nobody knows. */
  surestNowhere?(scope: string): number
  /** A tier threw: the memory is damaged, or a bug of ours. It is refused, and others are asked. */
  failed(tier: Tier, error: unknown): void
}

export interface GhostRules {
  /** Lower bound of the confidence below which a ghost stays silent. */
  readonly minConfidence: number
  /** Oldest exemplar that may be used, seconds; 0: any. */
  readonly maxAgeS: number
  readonly honour: Honour
  /** `own`: what was answered to other credentials, or to nobody knows whom, is not said, be it public. Unless said: `public`. */
  readonly sharing?: 'public' | 'own'
}

/** Say yes or say why not. `answer` may stand beside a refusal: what would be said if it were surer. */
export type TierOutcome =
  | {
      readonly answer: GhostAnswer
      readonly refused?: undefined
      readonly candidates?: readonly Candidate[]
      readonly because?: string
    }
  | {
      readonly refused: Refusal
      readonly answer?: GhostAnswer
      readonly candidates?: readonly Candidate[]
      /** More than the word says, for people who ask why. */
      readonly because?: string
    }

export interface GhostTier {
  readonly tier: Tier
  /** It follows what writes change: where the exact answer is gone because of one, this tier may still know. Others may not bring the old answer back. */
  readonly knowsWrites?: boolean
  /** Each of its answers was given whole to one credential, and is known as that: it can keep to it. Others put together what several were told. */
  readonly keepsApart?: boolean
  answer(ask: GhostAsk, sources: GhostSources, rules: GhostRules): TierOutcome | Promise<TierOutcome>
}
