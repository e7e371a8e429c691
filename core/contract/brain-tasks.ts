// thread: any
// What main asks of the learner and of the embed threads, and what they answer. Plain data.
import type { AnomalyName, AnomalySignal } from './anomalies.js'
import type { Forgetting, ForgottenIn } from './forgetting.js'
import type { Candidate } from './ghost.js'
import type { Lesson, TierGrade } from './lesson.js'
import type { ComposeQuestion, ComposeReply, UnshippedDemand } from './messages.js'
import type { ReadinessReport } from './readiness.js'

/** A request shape that is to be embedded. */
export interface TextToEmbed {
  readonly textKey: string
  readonly text: string
  readonly partition: string
  readonly exemplarKey: string
}

export interface EmbeddedText extends TextToEmbed {
  readonly vector: Float32Array
}

export type LearnerTask =
  /** Loads what is known and answers with the first lesson. */
  | { readonly kind: 'boot' }
  /** `bytes`: see exchange-wire.ts; moved. */
  | { readonly kind: 'learn'; readonly bytes: ArrayBuffer }
  /** What other instances saw; `position`: up to where that is all. */
  | { readonly kind: 'learn-shared'; readonly bytes: ArrayBuffer; readonly position: string | undefined }
  /** What grading has shown, for other instances; or what it has shown to others. JSON of brain/grade/shared-grades.ts. */
  | { readonly kind: 'grades' }
  | { readonly kind: 'adopt-grades'; readonly json: string }
  | { readonly kind: 'index'; readonly embedder: string; readonly items: readonly EmbeddedText[] }
  | {
      readonly kind: 'search'
      readonly embedder: string
      readonly routeId: string
      readonly partition: string
      readonly text: string
      readonly vector: Float32Array
      /** Names of texts that were found nearest elsewhere; undefined: the own index is asked. */
      readonly neighbours?: readonly { readonly id: string; readonly similarity: number }[]
    }
  /** An answer put together from what is known of the API. */
  | { readonly kind: 'compose'; readonly question: ComposeQuestion }
  | { readonly kind: 'unshipped'; readonly demand: UnshippedDemand }
  | { readonly kind: 'readiness' }
  /** What may be fetched to be known, most wanted first; nothing is named twice. */
  | { readonly kind: 'warm'; readonly limit: number }
  /** Texts known to memory that have no vector of this embedder yet. */
  | { readonly kind: 'unembedded'; readonly embedder: string; readonly limit: number }
  /** A person said of it that it is normal. */
  | { readonly kind: 'expect-anomaly'; readonly name: AnomalyName }
  | { readonly kind: 'forget'; readonly forgetting: Forgetting; readonly dryRun: boolean }
  /** Now and then: a lesson that was held back is due, or something to be written down. */
  | { readonly kind: 'tick' }
  /** Writes down what is still only in the thread's memory, and answers with the newest lesson. */
  | { readonly kind: 'flush' }

export interface LearnReply {
  readonly kind: 'learned'
  /** Exchanges that were looked at; those of the batch that failed are not among them. */
  readonly learned: number
  /** Stack of the first failure. */
  readonly failure?: string
  readonly lesson: Lesson | undefined
  readonly toEmbed: readonly TextToEmbed[]
  readonly counts: LearnerCounts
  /** What is strange, since the last reply; undefined: nothing. */
  readonly anomalies?: readonly AnomalySignal[]
}

export interface SearchReply {
  readonly kind: 'found'
  /** undefined: nothing near enough in the partition. */
  readonly best: { readonly key: string; readonly similarity: number; readonly grade: TierGrade } | undefined
  readonly candidates: readonly Candidate[]
}

export interface LearnerCounts {
  readonly routes: number
  readonly exemplars: number
  readonly vectors: number
  readonly bytes: number
  /** Something was learned that no lesson has told the edges yet. */
  readonly untaught: boolean
}

export type LearnerReply =
  | LearnReply
  | SearchReply
  | { readonly kind: 'composed'; readonly reply: ComposeReply }
  | { readonly kind: 'readiness'; readonly report: ReadinessReport }
  | { readonly kind: 'warm'; readonly targets: readonly { readonly routeId: string; readonly target: string }[] }
  | { readonly kind: 'unembedded'; readonly toEmbed: readonly TextToEmbed[] }
  | { readonly kind: 'grades'; readonly json: string }
  | { readonly kind: 'adopted' }
  /** `textKeys`: names of vectors that went. `learned`: what the learner that began anew says first; undefined: none did. */
  | {
      readonly kind: 'forgot'
      readonly stores: readonly ForgottenIn[]
      readonly textKeys: readonly string[]
      readonly learned: LearnReply | undefined
    }
