// thread: any
// The tiers that exist, in the order in which they are asked.
import { entityTier, queryTier } from './composed.js'
import { exactTier } from './exact.js'
import { semanticTier } from './semantic.js'
import { templateTier } from './template.js'
import type { GhostTier } from './tier.js'

export const ghostTiers: readonly GhostTier[] = [exactTier, entityTier, queryTier, templateTier, semanticTier]
