// What was measured, as plain data.
import type { Answer } from './answers.js'
import type { PromisedRoute } from './asked-for.js'
import type { Scores } from './scores.js'

/** What the proxy said of itself just before the backend was killed; written by settle-process.ts. */
export interface BeforeTheKill {
  /** False: it still learned when the wait was over. */
  readonly settled: boolean
  readonly waitedMs: number
  /** `GET /api/learning`, as it stood. */
  readonly learning: Readonly<Record<string, unknown>>
  /** `overall` of `GET /api/readiness`, 0…1; null where there is no such endpoint, or no such number in its answer. */
  readonly readiness: number | null
  /** The same of requests that were asked before, and of others, where the answer tells. */
  readonly repeated?: number
  readonly unseen?: number
  /** Share of recent requests that were asked before. */
  readonly repeatedShare?: number
  /** Share of recent requests whose answers may not be kept, where the answer tells. */
  readonly unstorable?: number
  /** What it said of each route. */
  readonly routes?: readonly PromisedRoute[]
}

/** How the training went through the proxy: below 100 % the proxy changed something, or the stored truth does not fit. */
export interface Training {
  readonly requests: number
  readonly sameStatus: number
  readonly sameBody: number
}

export interface BackendRun {
  readonly backend: string
  readonly training: Training
  readonly before: BeforeTheKill
  readonly answers: readonly Answer[]
}

export interface BackendResult extends Omit<BackendRun, 'answers'> {
  readonly scores: Scores
  /** What readiness promised for just the questions that were asked, see asked-for.ts; undefined: it is not known. */
  readonly promised?: number
  /** The traffic went on as it was: its last requests were never seen before the outage. Undefined: that was not tried. */
  readonly goingOn?: GoingOn
}

/** A run of its own, in which what would have been the last training requests is asked in the outage. */
export interface GoingOn {
  /** Said before the kill, of what was seen until then. */
  readonly readiness: number
  /** Mean F1 of the reads that followed. */
  readonly shown: number
  readonly count: number
}

export interface LeftOut {
  readonly name: string
  readonly because: string
}

/** What somebody else reached; shares are 0…1. */
export interface PeerScore {
  readonly name: string
  readonly kind: 'peer' | 'control'
  readonly overall: Readonly<Record<string, number>>
  readonly mean: number
  readonly right: number
  readonly classes: Readonly<Record<string, number>>
  readonly answered: number
  readonly wrong: number
  readonly wrongButConfident: number
  readonly leaks: number
  readonly silent: number
}
