// How soon traffic is live again, and how that is held against its promise.
import type { Load } from './load.js'
import type { Stage } from './scenario.js'

/** CHAOS_BREAKER_PROBES of the proxies here, which is the default. */
export const PROBES = 5
/**
 * One that was dead is asked as soon as it accepts connections. One that accepts and misbehaves can only be tried, and where that
 * was in vain for long the circuit waits longer: who wants it back within 3 s whatever the length of a phase sets the longest wait.
 */
export const triedOften = { CHAOS_BREAKER_MAX_OPEN_MS: '2500' }
export const RECOVERY_WITHIN_MS = 3000
/** It is waited for longer, so that a promise that is broken shows by how much. */
const WAIT_MS = 40_000

/** To call when the backend is well again. More live answers than there are probes are traffic. */
export async function recovered(
  load: Load,
  { short }: Pick<Stage, 'short'>,
): Promise<{ recoveryMs: number | undefined; broken: string[] }> {
  const recoveryMs = await load.until('live', 2 * PROBES + 1, WAIT_MS)
  if (recoveryMs === undefined) return { recoveryMs, broken: [`no live traffic ${WAIT_MS / 1000} s after the end`] }
  const late = !short && recoveryMs > RECOVERY_WITHIN_MS
  return { recoveryMs, broken: late ? [`live again after ${Math.round(recoveryMs)} ms, not in 3 s`] : [] }
}
