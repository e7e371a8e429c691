// thread: any
// What an outage would have looked like that began at a time in the past: what ghosts would have said by what was known then, held
// against what the upstream really said. Plain data.
import type { Honour } from './cache-control.js'
import type { ExchangeFacts, HistoryQuery, HistoryReply } from './history.js'
import type { Difference } from './json-differences.js'
import type { RouteRules } from './route-policy.js'

/**
 * `acceptable`: not exactly the truth, but as like it as was asked for; `wrong`: less like it. `refused`: an honest 5xx, as writes
 * are where none is journalled. `unknown`: what the upstream said was not kept, or it said nothing.
 */
export const whatIfVerdicts = ['exact', 'acceptable', 'wrong', 'refused', 'journalled', 'unknown'] as const
export type WhatIfVerdict = (typeof whatIfVerdicts)[number]

/** Requests. */
export type WhatIfCounts = Readonly<Record<WhatIfVerdict, number>>

/** Why there is no truth to compare with. */
export const unknownReasons = [
  /** The upstream failed then, or was not asked. */
  'failed',
  /** Its answer may not be kept, is too long, or is of no use to the learner. */
  'not-kept',
  /** More came than is captured. */
  'sampled-out',
  /** It was the same as one of several that were kept of this target, and which is not known. */
  'form',
  /** It was kept, and had to make room since. */
  'gone',
  /** More was kept in the window than is read for a report. */
  'beyond',
  /** One of the two is coded in a way that cannot be read. */
  'unreadable',
] as const
export type UnknownReason = (typeof unknownReasons)[number]

export interface WhatIfQuery {
  /** When the upstream is said to have died, and until when it is looked at; epoch ms. */
  readonly at: number
  readonly until: number
  /** Similarity from which on an answer is acceptable; undefined: CHAOS_GHOST_MIN_CONFIDENCE. */
  readonly acceptable?: number | undefined
}

export interface WhatIfPart {
  readonly requests: number
  readonly counts: WhatIfCounts
  /** Mean similarity to the truth of all that was judged and is no write, silence counting 0; null: there was none. */
  readonly similarity: number | null
}

export interface WhatIfRoute extends WhatIfPart {
  /** As the history names it: `GET /users/{id}`, `unlearned`. */
  readonly route: string
}

/** How it goes on: what was asked in one part of the outage. */
export interface WhatIfStep extends WhatIfPart {
  /** Seconds since it began. */
  readonly fromS: number
  readonly toS: number
}

/** An answer that would have been unlike the truth. */
export interface WhatIfExample {
  /** Of the exchange in the history. */
  readonly id: string
  readonly route: string
  readonly method: string
  readonly target: string
  readonly tier: string
  readonly confidence: number
  readonly similarity: number
  readonly differences: readonly Difference[]
}

export interface WhatIfReport extends WhatIfPart {
  readonly at: string
  readonly until: string
  readonly acceptable: number
  /** Of the requests, 0…1, for which it is known what would have become of them. */
  readonly judged: number
  /** From what ghosts would have known: exchanges that the history kept from before. */
  readonly learnedFrom: {
    readonly exchanges: number
    /** The oldest of them; null: there was none. */
    readonly since: string | null
    /** More was kept than is learned from for a report: ghosts knew more, and would have been no worse. */
    readonly isCut: boolean
  }
  /** 1: all requests of the window that were kept one by one are looked at; n: one of n. */
  readonly oneOf: number
  /** Answers of each tier. */
  readonly tiers: Readonly<Record<string, number>>
  /** Why ghosts would have stayed silent; `write`: it was none of theirs. */
  readonly refusals: Readonly<Record<string, number>>
  readonly unknown: Readonly<Partial<Record<UnknownReason, number>>>
  /** Most asked for first. */
  readonly routes: readonly WhatIfRoute[]
  readonly steps: readonly WhatIfStep[]
  /** Least like the truth first. */
  readonly worst: readonly WhatIfExample[]
  readonly tookMs: number
}

export type WhatIfReply = WhatIfReport | 'busy' | { readonly unanswered: string }

export interface WhatIfWorkerData extends WhatIfQuery {
  readonly acceptable: number
  /** Undefined: what all instances saw, for they learn from each other. */
  readonly instance: string | undefined
  /** Of the memory that is made for it; empty. */
  readonly folder: string
  readonly rules: { readonly minConfidence: number; readonly maxAgeS: number; readonly honour: Honour }
  readonly routeRules: RouteRules
  readonly writes: 'refuse' | 'journal'
  readonly softFailures: boolean
  /** The memory that is made for it is encrypted, with a key that nobody else has. */
  readonly isSealed: boolean
}

export type WhatIfToMain =
  | { readonly kind: 'ask'; readonly askId: number; readonly query: HistoryQuery }
  | { readonly kind: 'done'; readonly report: Omit<WhatIfReport, 'tookMs'> }
  | { readonly kind: 'failed'; readonly because: string }

export interface MainToWhatIf {
  readonly askId: number
  readonly reply: HistoryReply
}

/** What the report needs to know of a request. */
export type WhatIfRequest = Pick<ExchangeFacts, 'id' | 'route'> & { readonly at: number }
