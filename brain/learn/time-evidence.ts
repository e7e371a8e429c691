// thread: learner
// Is a leaf the moment of its answer, or one at a constant distance from it? An answer says between which two distances
// that must be: it was made after its request was accepted and before it was complete.
import {
  type EpochUnit,
  mergedFormat,
  precisionMs,
  readEpoch,
  readTime,
  readTimeAs,
  type TimeFormat,
} from '../../core/contract/time-format.js'
import type { LeafPair } from './repeat-leaves.js'

/** When both answers of a repeat were made, epoch ms. */
export interface RepeatTimes {
  /** The old one was complete. */
  readonly seenAt: number
  /** The new one was asked for, and complete. */
  readonly startedAt: number
  readonly completedAt: number
}

export interface TimeEvidence {
  readonly format: TimeFormat
  /** The distance from the answer lies between these. */
  readonly low: number
  readonly high: number
  /** Repeats that fitted. */
  readonly fitted: number
  /** A number that is no date but grows with the clock: the time that a process is up. */
  readonly isElapsed: boolean
  /** Smallest and largest distance ever seen to the anchor, in which this is written as `fitted` times since. */
  readonly relation: { readonly to: string; readonly least: number; readonly most: number } | undefined
}

/** Clocks of two machines drift, and are set. */
const SLACK_MS = 100
/** What two readings of one clock in one answer may be apart. */
const JITTER_MS = 5
/** How long the old answer may have been under way: when it was asked for is not known any more. */
const OLD_UNDER_WAY_MS = 5_000
/** With each repeat the bounds give way a little, so that a drifting clock is followed. */
const GIVE_MS = 1
const FARTHEST_MS = 10 * 366 * 86_400_000
const ELAPSED_MIN_MS = 500
const NOW_MS = 1000

/** undefined: this place is no such moment. `known`: what was gathered before. */
export function fitTime(
  known: TimeEvidence | undefined,
  pairs: readonly LeafPair[],
  times: RepeatTimes,
): TimeEvidence | undefined {
  let evidence = known ?? beginTime(pairs[0]!, times)
  if (evidence === undefined) return undefined
  let low = evidence.low - (known === undefined ? 0 : GIVE_MS)
  let high = evidence.high + (known === undefined ? 0 : GIVE_MS)
  for (const { now } of pairs) {
    const read = readTimeAs(evidence.format, now)
    const format: TimeFormat | undefined = read === undefined ? undefined : mergedFormat(evidence.format, read.format)
    if (read === undefined || format === undefined) return undefined
    evidence = { ...evidence, format }
    low = Math.max(low, read.at - times.completedAt)
    high = Math.min(high, read.at + precisionMs(format) - times.startedAt)
  }
  if (low > high + SLACK_MS || (!evidence.isElapsed && Math.abs(low) > FARTHEST_MS)) return undefined
  return { ...evidence, low, high, fitted: evidence.fitted + 1 }
}

function beginTime(
  { old, now, isNumber }: LeafPair,
  { seenAt, startedAt, completedAt }: RepeatTimes,
): TimeEvidence | undefined {
  const [a, b] = [readTime(old), readTime(now)]
  if (a !== undefined && b !== undefined) {
    const format = mergedFormat(a.format, b.format)
    return format === undefined ? undefined : begun(format, a.at, seenAt, false)
  }
  if (!isNumber || a !== undefined || b !== undefined) return undefined
  // Grew as many units as time went by?
  const passedMs = completedAt - seenAt
  const grown = Number(now) - Number(old)
  if (passedMs < ELAPSED_MIN_MS || startedAt < seenAt) return undefined
  const unit: EpochUnit | undefined =
    Math.abs(grown - passedMs) < passedMs / 2 ? 'ms' : passedMs >= 2000 ? 's' : undefined
  const read = unit === undefined ? undefined : readEpoch(old, unit)
  return read === undefined ? undefined : begun(read.format, read.at, seenAt, true)
}

function begun(format: TimeFormat, at: number, seenAt: number, isElapsed: boolean): TimeEvidence {
  return {
    format,
    low: at - seenAt,
    high: at + precisionMs(format) - (seenAt - OLD_UNDER_WAY_MS),
    fitted: 0,
    isElapsed,
    relation: undefined,
  }
}

/** Notes how far the leaf is from the anchor, another moment in the same answers. */
export function relate(
  evidence: TimeEvidence,
  pairs: readonly LeafPair[],
  anchor: TimeEvidence,
  to: string,
  anchorText: string,
): TimeEvidence {
  const from = readTimeAs(anchor.format, anchorText)
  if (from === undefined) return evidence
  let { least, most } =
    evidence.relation?.to === to
      ? evidence.relation
      : { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
  for (const { now } of pairs) {
    const at = readTimeAs(evidence.format, now)?.at
    if (at === undefined) return evidence
    least = Math.min(least, at - from.at)
    most = Math.max(most, at - from.at)
  }
  return { ...evidence, relation: { to, least, most } }
}

/** The moment of the answer itself: no thing that happens to be in the answer has it. */
export function isNow({ low }: TimeEvidence): boolean {
  return Math.abs(low) <= NOW_MS
}

/** How far from the moment of the answer. `anchor`: the moment that the leaf was related to. */
export function offsetOf(evidence: TimeEvidence, anchor: TimeEvidence | undefined): number {
  if (anchor !== undefined && evidence.relation !== undefined) {
    const { least, most } = evidence.relation
    const own = offsetOf(anchor, undefined)
    const [precision, anchorPrecision] = [precisionMs(evidence.format), precisionMs(anchor.format)]
    if (least === most && precision === anchorPrecision) return own + least
    if (most - least <= precision + anchorPrecision + JITTER_MS)
      return (
        own +
        roundest(
          Math.min(most - anchorPrecision, least + precision),
          Math.max(most - anchorPrecision, least + precision),
        )
      )
  }
  return roundest(Math.min(evidence.low, evidence.high), Math.max(evidence.low, evidence.high))
}

const units = [86_400_000, 3_600_000, 60_000, 1000, 100, 10]

/** People choose round distances. */
function roundest(low: number, high: number): number {
  if (low <= SLACK_MS && high >= -SLACK_MS) return 0
  const middle = (low + high) / 2
  for (const unit of units) {
    const near = Math.round(middle / unit) * unit
    if (near >= low && near <= high) return near
  }
  return Math.round(middle)
}
