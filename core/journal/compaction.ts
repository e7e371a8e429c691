// thread: main
// When room is made in the journal, and where. Pure.
import { SEGMENT_HEADER_BYTES } from './frame.js'

export interface SegmentUse {
  readonly number: number
  readonly bytes: number
  /** What would have to be written anew if it were removed. */
  readonly live: number
}

/** Less than this is not worth a file. */
const WORTH_BYTES = 256

/**
 * The segment to be written anew, or undefined. Always the oldest: its records of states are about entries that stand in it or
 * behind it, so that none can lose its end before its beginning. `segments`: oldest first. `idle`: nothing waits, so that what
 * ended, credentials and all, need not stay.
 */
export function compactionDue(
  segments: readonly SegmentUse[],
  segmentBytes: number,
  maxBytes: number,
  idle: boolean,
): number | undefined {
  const [oldest] = segments
  if (oldest === undefined) return undefined
  let bytes = 0
  let live = 0
  for (const segment of segments) {
    bytes += segment.bytes
    live += segment.live
  }
  const dead = bytes - live - segments.length * SEGMENT_HEADER_BYTES
  // A quarter of the journal, or two segments of which nothing is needed; nearly full, less will do.
  const enough = bytes > maxBytes / 2 ? segmentBytes : Math.max(2 * segmentBytes, bytes / 4)
  const isDue = dead >= enough || (idle && dead >= WORTH_BYTES) || (oldest.live === 0 && segments.length > 1)
  return isDue ? oldest.number : undefined
}
