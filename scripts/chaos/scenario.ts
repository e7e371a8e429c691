// What a scenario is, and what it reports.
import type { Tally } from './tally.js'

export interface Stage {
  /** How long each phase of the fault lasts. */
  readonly seconds: number
  readonly connections: number
  /** For a machine that is busy with other things: how long anything takes is told, and not held against it. */
  readonly short: boolean
}

export interface Report {
  readonly tally: Tally
  /** Seconds of load behind the tally. */
  readonly seconds: number
  /** Undefined: nothing was written. */
  readonly lostWrites?: number
  /** From the backend being well to live answers; undefined: it never fails here, or did not recover. */
  readonly recoveryMs?: number | undefined
  /** Promises that were broken, as sentences. */
  readonly broken: readonly string[]
  /** What else was measured. */
  readonly notes: readonly string[]
}

/** It cannot be done here, and why. */
export interface Skipped {
  readonly skipped: string
}

export interface Scenario {
  readonly name: string
  /** One sentence for the table. */
  readonly promise: string
  run(stage: Stage): Promise<Report | Skipped>
}
