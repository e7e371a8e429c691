// thread: edge
import type { FaultCode } from '../contract/faults.js'
import type { Mode } from '../contract/ghost.js'
import type { CircuitState } from '../health/board.js'

export type Verdict =
  | { readonly forward: true; readonly probe: boolean }
  | { readonly forward: false; readonly because: FaultCode }

/** Whether this request goes to the upstream. `takeTicket` is asked only while the circuit is half-open. */
export function decide(circuit: CircuitState, mode: Mode, takeTicket: () => boolean): Verdict {
  if (mode === 'forced') return { forward: false, because: 'CHAOS_ERR_UPSTREAM_BYPASSED' }
  // Without ghosts the circuit would turn slow failures into fast ones at best: an operator who switched ghosts off
  // still wants the upstream to be spared, so the circuit holds in every mode.
  if (circuit === 'closed') return forwarded
  if (circuit === 'half-open' && takeTicket()) return probing
  return refused
}

const forwarded: Verdict = { forward: true, probe: false }
const probing: Verdict = { forward: true, probe: true }
const refused: Verdict = { forward: false, because: 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN' }
