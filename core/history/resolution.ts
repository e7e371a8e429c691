// thread: history
// In which steps a window of time is shown, and of which sums they are made. Pure.
import type { Window } from '../contract/history.js'

export interface Resolution {
  readonly seconds: 1 | 60 | 3600
  readonly table: 'sums_1s' | 'sums_1m' | 'sums_1h'
}

/** Finest first; each is made of the one before. */
export const resolutions = [
  { seconds: 1, table: 'sums_1s' },
  { seconds: 60, table: 'sums_1m' },
  { seconds: 3600, table: 'sums_1h' },
] as const satisfies readonly Resolution[]

/** How long seconds are kept, at most. */
export const SECONDS_KEPT_MS = 24 * 3_600_000

/** Steps that people can read. */
const stepsS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

/** The finest step with no more points than that. `now`: seconds are not there for ever. */
export function stepFor({ from, to }: Window, points: number, now: number): { stepMs: number; resolution: Resolution } {
  const least = from < now - SECONDS_KEPT_MS ? 60 : 1
  const spanS = (to - from) / 1000
  const stepS =
    stepsS.find(step => step >= least && spanS / step <= points) ?? Math.ceil(spanS / points / 86_400) * 86_400
  return { stepMs: stepS * 1000, resolution: coarsestWithin(stepS) }
}

/** The whole hours of a window, and its whole minutes: what is at their sides has to be told more finely. */
export function wholesOf({ from, to }: Window, now: number): { minutes: Window; hours: Window } {
  // Where there are no seconds any more its first minute belongs to it as a whole.
  const first = from < now - SECONDS_KEPT_MS ? Math.floor(from / 60_000) * 60_000 : from
  const minutes = wholes({ from: first, to }, 60_000)
  return { minutes, hours: wholes(minutes, 3_600_000) }
}

function wholes({ from, to }: Window, stepMs: number): Window {
  const begin = Math.ceil(from / stepMs) * stepMs
  return { from: begin, to: Math.max(begin, Math.floor(to / stepMs) * stepMs) }
}

/** The coarsest whose rows fit whole into the step. */
function coarsestWithin(stepS: number): Resolution {
  return resolutions.findLast(({ seconds }) => stepS % seconds === 0)!
}
