// What the measurements of immortality are given.
export interface Bounds {
  /** How long each phase lasts. */
  readonly seconds: number
  /** Two seconds dead, two alive: so many times. */
  readonly flaps: number
  /** Processes that are killed at steps of the journal. */
  readonly crashes: number
  readonly random: () => number
}

/** Requests a second of the load, on so many connections: more than the promise speaks of. */
export const RATE = 5500
export const WANTED_RATE = 5000
export const CONNECTIONS = 64
