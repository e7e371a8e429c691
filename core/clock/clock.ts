// thread: any

/** The time of day, handed in wherever something follows from it, so that a test can own it. */
export interface Clock {
  /** Epoch ms. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
