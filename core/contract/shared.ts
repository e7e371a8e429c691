// thread: any
// The memory that several instances share: what main and its thread tell each other, and what people are told. Plain data.
import type { Forgetting, ForgottenBy, ForgottenIn } from './forgetting.js'

/** Why nothing is shared just now. */
export const sharedProblems = [
  'wrong-url',
  'not-reached',
  'slow',
  'wrong-password',
  'no-permission',
  'too-old',
  'foreign-key',
  'other-format',
  'other-scope-key',
  'other-encryption-key',
  'read-only',
  'full',
  'failed',
] as const
export type SharedProblemCode = (typeof sharedProblems)[number]

export interface SharedProblem {
  readonly code: SharedProblemCode
  /** What is wrong and what to do, in one line. Never a password. */
  readonly says: string
}

export interface SharedStatus {
  /** `limited`: connected, but not all of it works. */
  readonly state: 'connecting' | 'up' | 'limited' | 'down'
  /** Undefined: all is well. */
  readonly problem: SharedProblem | undefined
  /** Without credentials. */
  readonly url: string
  readonly prefix: string
  /** Exchanges, since the start. */
  readonly sent: number
  /** Thrown away because Redis took too little, or nothing. */
  readonly dropped: number
  /** Of other instances. */
  readonly received: number
  /** Put on the shelf by this instance for those that come later. */
  readonly shelved: number
  /** Octets that wait for Redis. */
  readonly pendingBytes: number
  /** Times that what was missed was read from the shelf. */
  readonly resyncs: number
  /** Times that what only this instance knew was sent again. */
  readonly refills: number
  /** What the shelf holds is being read. */
  readonly catchingUp: boolean
  /** Of the newest lesson that was shared. */
  readonly lessonVersion: number
}

/** Circuits of one instance that are not closed, by name. */
export interface SharedCircuits {
  readonly by: string
  /** Which upstreams they are of: others than one's own say nothing. */
  readonly upstreams: string
  readonly open: readonly string[]
}

export type MainToShared =
  /** `bytes`: see exchange-wire.ts; a copy, moved. */
  | { readonly kind: 'append'; readonly bytes: ArrayBuffer; readonly count: number }
  /** What was sent under this number is learned, or never will be. `count`: exchanges in it. */
  | { readonly kind: 'learned'; readonly batch: number; readonly count: number }
  | { readonly kind: 'circuits'; readonly upstreams: string; readonly open: readonly string[] }
  /** Undefined: the learner does not answer. */
  | { readonly kind: 'grades'; readonly json: string | undefined }
  /** `textKeys`: names of vectors that went. */
  | {
      readonly kind: 'forget'
      readonly askId: number
      readonly forgetting: Forgetting
      readonly textKeys: readonly string[]
      readonly dryRun: boolean
    }
  /** What another instance wants to be forgotten is forgotten here; or could not be: then it is asked for again. */
  | { readonly kind: 'forgot-here'; readonly id: string; readonly textKeys: readonly string[]; readonly done: boolean }
  | { readonly kind: 'close' }

export type SharedToMain =
  /** All instances hash credentials under this key. base64url. */
  | { readonly kind: 'scope-key'; readonly key: string }
  /** The first attempt to join has ended, well or not. */
  | { readonly kind: 'tried' }
  | { readonly kind: 'status'; readonly status: SharedStatus; readonly news: 'none' | 'better' | 'worse' }
  /** `position`: where to read on after these; undefined where they are not read in order. */
  | {
      readonly kind: 'exchanges'
      readonly batch: number
      readonly bytes: ArrayBuffer
      readonly position: string | undefined
    }
  | { readonly kind: 'circuits'; readonly circuits: SharedCircuits }
  | { readonly kind: 'grades-ask' }
  | { readonly kind: 'grades'; readonly json: string }
  | { readonly kind: 'forgot'; readonly askId: number; readonly reply: SharedForgot | { readonly problem: string } }
  /** Another instance wants it to be forgotten here as well. */
  | { readonly kind: 'forget-here'; readonly forgetting: Forgetting }
  | { readonly kind: 'closed' }

/** What was forgotten in Redis, and by whom. */
export interface SharedForgot {
  readonly stores: readonly ForgottenIn[]
  readonly instances: readonly ForgottenBy[]
}

/** Name of the state of the memory that says up to where the exchanges of others are learned. */
export const SHARED_POSITION = 'shared-position'
