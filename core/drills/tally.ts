// thread: any
import type { DrillCounts } from '../contract/drills.js'
import { tiers } from '../contract/ghost.js'

export function noCounts(): DrillCounts {
  return { requests: 0, hit: 0, live: 0, faulty: 0, ghosts: {}, journalled: 0, refused: 0, unfinished: 0 }
}

export function addCounts(to: DrillCounts, more: DrillCounts): void {
  to.requests += more.requests
  to.hit += more.hit
  to.live += more.live
  to.faulty += more.faulty
  to.journalled += more.journalled
  to.refused += more.refused
  to.unfinished += more.unfinished
  for (const tier of tiers) {
    const count = more.ghosts[tier]
    if (count !== undefined) to.ghosts[tier] = (to.ghosts[tier] ?? 0) + count
  }
}

export function ghostsIn({ ghosts }: DrillCounts): number {
  return tiers.reduce((sum, tier) => sum + (ghosts[tier] ?? 0), 0)
}
