// The learner with a memory on disk and the ghosts of the core, at a time that the test says.

import { openExactScan } from '../../brain/index/exact-scan.js'
import { type GhostWays, Learner, type LearnerParts } from '../../brain/learner.js'
import type { MemoryWriter } from '../../core/contract/memory.js'
import { fillTemplate } from '../../core/ghost/fill-template.js'
import { regenerate } from '../../core/ghost/regenerate.js'
import { reparameterise } from '../../core/ghost/reparameterise.js'
import { openWriter } from '../../core/memory/lmdb.js'

export const ghostWays: GhostWays = { fillTemplate, regenerate, reparameterise, refuses: () => false }

/** `memory` is the caller's to close. */
export function openLearner(
  dir: string,
  now: () => number,
  parts: Partial<LearnerParts> = {},
): { learner: Learner; memory: MemoryWriter } {
  const memory = openWriter(dir, { maxBytes: 1 << 30, forgotten: () => {} })
  const learner = new Learner({
    memory,
    openIndex: openExactScan,
    ghosts: ghostWays,
    gradeShare: 1,
    serving: { minConfidence: 0.7, maxAgeS: 0 },
    now,
    ...parts,
  })
  return { learner, memory }
}
