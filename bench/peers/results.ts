// What the scenarios measured, as plain data.
import type { Rounds } from '../budgets.js'
import type { PeerScenario } from './scenarios.js'

/** Somebody who did not take part, and why. */
export interface LeftOut {
  readonly name: string
  readonly because: string
}

export interface SpeedResult {
  readonly kind: 'speed'
  readonly scenario: PeerScenario
  readonly rounds: Rounds
  /** Memory after the last round, of all processes of each. */
  readonly residentBytes?: ReadonlyMap<string, number>
  /** Requests sent a second, where the rate was fixed. */
  readonly perSecond?: number
  readonly leftOut: readonly LeftOut[]
}

export interface Growth {
  readonly name: string
  /** `down`, `up`, `idle` */
  readonly what: string
  readonly beforeBytes: number
  readonly peakBytes: number
  /** Bytes or connections, and how many of them came to be. */
  readonly wanted: number
  readonly reached: number
}

export interface GrowthResult {
  readonly kind: 'growth'
  readonly scenario: PeerScenario
  readonly growths: readonly Growth[]
  readonly leftOut: readonly LeftOut[]
}

export type PeerResult = SpeedResult | GrowthResult
