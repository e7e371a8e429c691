// thread: any

/** The time of day, handed in wherever something follows from it, so that a test can own it. */
export interface Clock {
  /** Epoch ms. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/**
 * Ms since a moment that all threads share; nobody can set it. For what must go on when the time of day jumps, and is told from
 * thread to thread.
 */
export const steadyClock: Clock = { now: () => Number(process.hrtime.bigint()) / 1e6 }
