// thread: main
// What holds on a route, field by field, and who said so. Pure.
import type { Mode } from '../contract/ghost.js'
import type { RoutePolicy, Speaking } from '../contract/route-policy.js'
import type { PolicyField, PolicyValue } from '../contract/route-switches.js'
import type { Settings } from '../contract/settings.js'

export type PolicySettings = Pick<
  Settings,
  'ghostMinConfidence' | 'ghostMaxAgeS' | 'ghostHedgeMs' | 'breakerSlowMs' | 'ghostWrites'
>

/** `mode`: of the whole proxy; where that is `off` no route has ghosts. */
export function policyValues(
  { entry, flipped }: Speaking,
  mode: Mode,
  settings: PolicySettings,
): Readonly<Record<PolicyField, PolicyValue>> {
  const told = (field: PolicyField, otherwise: string | number, by: string): PolicyValue => {
    const switched: RoutePolicy | undefined = flipped
    if (switched?.[field] !== undefined) return { value: switched[field], from: 'switch', by: switched.route }
    if (entry?.[field] !== undefined) return { value: entry[field], from: 'routes file', by: entry.route }
    return { value: otherwise, from: 'settings', by }
  }
  const ghost = told('ghost', mode, 'CHAOS_GHOST')
  return {
    // A route may have no ghosts where others have; not the other way round.
    ghost: ghost.value === 'auto' ? { value: mode, ...(mode === 'auto' ? from(ghost) : ofMode) } : ghost,
    minConfidence: told('minConfidence', settings.ghostMinConfidence, 'CHAOS_GHOST_MIN_CONFIDENCE'),
    maxAgeS: told('maxAgeS', settings.ghostMaxAgeS, 'CHAOS_GHOST_MAX_AGE_S'),
    hedgeMs: told('hedgeMs', settings.ghostHedgeMs, 'CHAOS_GHOST_HEDGE_MS'),
    slowMs: told('slowMs', settings.breakerSlowMs, 'CHAOS_BREAKER_SLOW_MS'),
    writes: told('writes', settings.ghostWrites, 'CHAOS_GHOST_WRITES'),
    sharing: told('sharing', 'public', ''),
    answer: told('answer', 'accepted', ''),
    preconditions: told('preconditions', 'seen', ''),
  }
}

const ofMode = { from: 'settings', by: 'CHAOS_GHOST' } as const

function from({ from, by }: PolicyValue): Pick<PolicyValue, 'from' | 'by'> {
  return { from, by }
}
