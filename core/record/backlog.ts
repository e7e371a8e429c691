// thread: main
// Learning slower than capturing shows as a backlog. Before it is full, and exchanges are dropped without looking at them,
// the edges are told to capture less: they choose, see sampler.ts.

/** Up to this part of what may wait nothing is wrong, and from there to the other one the edges slow down. */
const CALM = 1 / 8
const FULL_STOP = 1 / 2
/** The first exchanges of rare routes still get through. */
const LEAST = 0.05

/** Which share of its rate an edge may use while `pending` exchanges wait, of at most `maxPending`. */
export function captureShare(pending: number, maxPending: number): number {
  const filled = pending / maxPending
  return Math.min(1, Math.max(LEAST, 1 - (filled - CALM) / (FULL_STOP - CALM)))
}
