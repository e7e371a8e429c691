// thread: any
// Buckets of times that grow by a constant factor: whatever stands in one is known within 2 % (Masson, Rim, Lee: DDSketch, 2019).

const ERROR = 0.02
export const GAMMA = (1 + ERROR) / (1 - ERROR)
const LOG_GAMMA = Math.log(GAMMA)
/** Shorter is told as this. */
const MIN_MS = 0.001
/** Of MIN_MS, so that no bucket has a number below 0. */
export const FIRST_BUCKET = Math.ceil(Math.log(MIN_MS) / LOG_GAMMA)
/** The last one is for a day and all that is longer. */
export const LATENCY_BUCKETS = Math.ceil(Math.log(86_400_000) / LOG_GAMMA) - FIRST_BUCKET + 1

/** 0 … LATENCY_BUCKETS - 1. */
export function latencyBucket(ms: number): number {
  if (ms <= MIN_MS) return 0
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(Math.log(ms) / LOG_GAMMA) - FIRST_BUCKET)
}
