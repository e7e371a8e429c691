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

/** `writing`: what speaks of writes to the place, for each method. `mode`: of the whole proxy; where that is `off` no route has ghosts. */
export function policyValues(
  reading: Speaking,
  writing: readonly Speaking[],
  mode: Mode,
  settings: PolicySettings,
): Readonly<Record<PolicyField, PolicyValue>> {
  const told = (field: PolicyField, otherwise: string | number, by: string): PolicyValue =>
    valueBy(reading, field, { value: otherwise, from: 'settings', by })
  const ghost = told('ghost', mode, 'CHAOS_GHOST')
  return {
    // A route may have no ghosts where others have; not the other way round.
    ghost: ghost.value === 'auto' ? { value: mode, ...(mode === 'auto' ? from(ghost) : ofMode) } : ghost,
    minConfidence: told('minConfidence', settings.ghostMinConfidence, 'CHAOS_GHOST_MIN_CONFIDENCE'),
    maxAgeS: told('maxAgeS', settings.ghostMaxAgeS, 'CHAOS_GHOST_MAX_AGE_S'),
    hedgeMs: told('hedgeMs', settings.ghostHedgeMs, 'CHAOS_GHOST_HEDGE_MS'),
    slowMs: told('slowMs', settings.breakerSlowMs, 'CHAOS_BREAKER_SLOW_MS'),
    writes: inOne(
      writing.map(speaking =>
        valueBy(speaking, 'writes', { value: settings.ghostWrites, from: 'settings', by: 'CHAOS_GHOST_WRITES' }),
      ),
    ),
    sharing: told('sharing', 'public', ''),
    answer: told('answer', 'accepted', ''),
    preconditions: told('preconditions', 'seen', ''),
  }
}

function valueBy({ entry, flipped }: Speaking, field: PolicyField, otherwise: PolicyValue): PolicyValue {
  const switched: RoutePolicy | undefined = flipped
  if (switched?.[field] !== undefined) return { value: switched[field], from: 'switch', by: switched.route }
  if (entry?.[field] !== undefined) return { value: entry[field], from: 'routes file', by: entry.route }
  return otherwise
}

/** The file may say one thing of PUT and another of DELETE. */
function inOne(values: readonly PolicyValue[]): PolicyValue {
  const [first] = values
  if (values.every(({ value }) => value === first!.value))
    return values.find(({ from }) => from !== 'settings') ?? first!
  const entries = new Set(values.filter(({ from }) => from !== 'settings').map(({ by }) => by))
  return { value: 'by method', from: 'routes file', by: [...entries].join(', ') }
}

const ofMode = { from: 'settings', by: 'CHAOS_GHOST' } as const

function from({ from, by }: PolicyValue): Pick<PolicyValue, 'from' | 'by'> {
  return { from, by }
}
