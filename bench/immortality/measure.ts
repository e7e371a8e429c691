// What a measurement is given, and what it gives back.
import type { Figure } from './figure.js'

export interface Bounds {
  /** How long each phase lasts. */
  readonly seconds: number
  /** Two seconds dead, two alive: so many times. */
  readonly flaps: number
  /** Processes that are killed at steps of the journal. */
  readonly crashes: number
  readonly random: () => number
}

export interface Measure {
  readonly name: string
  /** One sentence. */
  readonly question: string
  run(bounds: Bounds): Promise<Figure[]>
}

/** Requests a second of the load, on so many connections: more than the promise speaks of. */
export const RATE = 5500
export const WANTED_RATE = 5000
export const CONNECTIONS = 64
