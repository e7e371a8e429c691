// thread: any
// Which requests a drill hits. Pure: the n-th request on its routes, at a moment, with this seed, always fares alike.
import type { DrillPlan } from '../contract/drills.js'

/** Of the requests, 0–1, so long after its beginning: grows in proportion until the ramp is over. */
export function shareAfter({ share, rampS }: Pick<DrillPlan, 'share' | 'rampS'>, elapsedMs: number): number {
  if (rampS === 0 || elapsedMs >= rampS * 1000) return share
  return (share * Math.max(0, elapsedMs)) / (rampS * 1000)
}

export function isHit(seed: number, ordinal: number, share: number): boolean {
  return share > 0 && drawn(seed, ordinal) < share
}

/** 0–1, and never 1. Two rounds of the finaliser of MurmurHash3: neighbours have nothing in common. */
function drawn(seed: number, ordinal: number): number {
  return mixed(mixed(seed | 0) ^ ordinal) / 2 ** 32
}

function mixed(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
